package simulator_test

import (
	"strings"
	"testing"

	"reconcile/pkg/simulator"
)

// TestSchemas holds the life of a tenant's own schema as it was recorded, and that the built-in ones stay.
func TestSchemas(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.systemUsers()
	const schemas, id = tenant + "/scim/Schemas/", "urn:ietf:scim:schemas:Own"
	who := r.basic("IPS_BACKEND").and(h{"Content-Type": scim})
	own := m{
		"id": id, "name": "Own", "description": "Test", "meta": m{}, "schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Schema"},
		"attributes": []m{
			{"name": "a", "type": "string", "multivalued": true, "required": true, "returned": "never"},
			{"name": "c", "type": "complex", "subAttributes": []m{{"name": "s", "type": "decimal"}}},
		},
	}
	a := r.want(201, "POST", schemas, who, own)
	for name, want := range map[string]string{
		"Server": "SAP", "Cache-Control": "private,no-cache,no-store", "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "none",
		"Referrer-Policy": "origin", "X-Ids-Namespace": "ias", "Content-Type": scim,
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if a.header.Get("X-Ids-Id") == "" || a.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("headers %v", a.header)
	}
	made := r.json(a)
	first := made["attributes"].([]any)[0].(m)
	if first["multiValued"] != true || first["multivalued"] != nil || first["caseExact"] != false || first["returned"] != "never" || first["mutability"] != "readWrite" {
		t.Errorf("attribute %v", first)
	}
	meta := made["meta"].(m)
	if at := a.header.Get("Location"); at != schemas+strings.ReplaceAll(id, ":", "%3A") || at != meta["location"] {
		t.Errorf("Location %s, meta %v", at, meta)
	}
	if tag := a.header.Get("ETag"); tag != `"`+meta["version"].(string)+`"` || meta["resourceType"] != "Schema" {
		t.Errorf("ETag %s, meta %v", tag, meta)
	}
	if got := r.want(200, "GET", schemas+id, who, nil); got.body != a.body || got.header.Get("ETag") != a.header.Get("ETag") {
		t.Errorf("read %s", got.body)
	}
	list := r.json(r.want(200, "GET", tenant+"/scim/Schemas", who, nil))
	if n := len(list["Resources"].([]any)); n != 6 || list["totalResults"] != 6.0 || list["itemsPerPage"] != 1000.0 {
		t.Errorf("%d schemas, %v", n, list["totalResults"])
	}
	r.want(409, "POST", schemas, who, own)
	for _, bad := range []any{
		"{",
		m{"id": "Own", "name": "x", "attributes": []m{{"name": "a"}}},
		m{"id": "urn:x", "name": "x"},
		m{"id": "urn:x", "name": "x", "attributes": []m{{"type": "string"}}},
		m{"id": "urn:x", "name": "x", "attributes": []m{{"name": "a", "subAttributes": []m{{}}}}},
	} {
		r.want(400, "POST", schemas, who, bad)
	}
	r.want(415, "POST", schemas, who.and(h{"Content-Type": "application/json"}), own)
	r.want(403, "POST", schemas, r.basic("IAG_CALLER").and(h{"Content-Type": scim}), own)
	r.want(403, "DELETE", schemas+"urn:ietf:params:scim:schemas:core:2.0:User", who, nil)
	r.want(204, "DELETE", schemas+id, who, nil)
	r.want(404, "DELETE", schemas+id, who, nil)
	r.want(404, "GET", schemas+id, who, nil)
}
