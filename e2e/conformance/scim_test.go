package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The media type and the schemas of RFC 7643 and 7644.
const (
	scimType  = "application/scim+json"
	scimUser  = "urn:ietf:params:scim:schemas:core:2.0:User"
	scimGroup = "urn:ietf:params:scim:schemas:core:2.0:Group"
	scimPatch = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	scimList  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	scimError = "urn:ietf:params:scim:api:messages:2.0:Error"
)

// scimClient is a SCIM client that knows RFC 7643 and 7644 and nothing of SAP: a base address and a login. It fails
// the test on every answer that those do not allow. It shares nothing with the product.
//
// It is ours because no maintained SCIM client for Go could be had from the module proxy. What it reads is held
// against a library of others in [TestSCIMSchemas] and [TestSCIMFilters].
type scimClient struct {
	*testing.T
	base, user, password string
	http                 *http.Client
	// proxy allows the known departures of the proxy from RFC 7644: status in errors is a number, and whether 201 has
	// Location is not documented.
	proxy bool
}

// do makes a call and checks what holds for every answer.
func (c *scimClient) do(method, path string, body any) (status int, header http.Header, out object) {
	c.Helper()
	var in io.Reader = http.NoBody
	if body != nil {
		in = bytes.NewReader(mustJSON(c.T, body))
	}
	r, err := http.NewRequestWithContext(c.Context(), method, c.base+path, in)
	if err != nil {
		c.Fatal(err)
	}
	r.SetBasicAuth(c.user, c.password)
	r.Header.Set("Accept", scimType)
	if body != nil {
		r.Header.Set("Content-Type", scimType)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.Fatal(err)
	}
	if len(data) == 0 {
		return resp.StatusCode, resp.Header, nil
	}
	if mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";"); mediaType != scimType {
		c.Errorf("%s %s: %d in %s (RFC 7644, 3.1)", method, path, resp.StatusCode, mediaType)
	}
	if err := json.Unmarshal(data, &out); err != nil {
		c.Fatalf("%s %s: %v in %s", method, path, err, data)
	}
	if schemas, _ := out["schemas"].([]any); len(schemas) == 0 {
		c.Errorf("%s %s: no schemas (RFC 7643, 3): %s", method, path, data)
	}
	if resp.StatusCode >= 400 {
		c.isError(resp.StatusCode, out)
	}
	return resp.StatusCode, resp.Header, out
}

// isError holds the form of an error (RFC 7644, 3.12).
func (c *scimClient) isError(status int, out object) {
	c.Helper()
	var want any = fmt.Sprint(status)
	if c.proxy {
		want = float64(status)
	}
	if !slices.Contains(out["schemas"].([]any), any(scimError)) || out["status"] != want || text(out["detail"]) == "" {
		c.Errorf("error %d: %v", status, out)
	}
}

// want is do with the only status that will do.
func (c *scimClient) want(status int, method, path string, body any) (http.Header, object) {
	c.Helper()
	got, header, out := c.do(method, path, body)
	if got != status {
		c.Fatalf("%s %s: %d, want %d: %v", method, path, got, status, out)
	}
	return header, out
}

// create makes a resource and checks what a service must add (RFC 7644, 3.3).
func (c *scimClient) create(kind string, body object) string {
	c.Helper()
	header, out := c.want(201, "POST", "/"+kind, body)
	c.isResource(kind, out)
	if at := header.Get("Location"); !strings.HasSuffix(at, "/"+kind+"/"+text(out["id"])) && !c.proxy {
		c.Errorf("POST /%s: Location %q (RFC 7644, 3.3)", kind, at)
	}
	return text(out["id"])
}

// isResource holds what every resource has (RFC 7643, 3.1).
func (c *scimClient) isResource(kind string, out object) {
	c.Helper()
	meta, _ := out["meta"].(object)
	if text(out["id"]) == "" || meta["resourceType"] != strings.TrimSuffix(kind, "s") ||
		!strings.HasSuffix(text(meta["location"]), kind+"/"+text(out["id"])) || meta["created"] == nil ||
		meta["lastModified"] == nil || text(meta["version"]) == "" {
		c.Errorf("%s: id or meta is wrong: %v", kind, out)
	}
}

// all reads a collection as RFC 7644, 3.4.2.4 says: on from startIndex by what came, until totalResults is reached.
func (c *scimClient) all(kind string, count int, filter string) []object {
	c.Helper()
	var all []object
	for start := 1; ; {
		q := url.Values{"startIndex": {fmt.Sprint(start)}, "count": {fmt.Sprint(count)}}
		if filter != "" {
			q.Set("filter", filter)
		}
		_, page := c.want(200, "GET", "/"+kind+"?"+q.Encode(), nil)
		list, _ := page["Resources"].([]any)
		if !slices.Contains(page["schemas"].([]any), any(scimList)) || page["startIndex"] != float64(start) ||
			page["itemsPerPage"] != float64(len(list)) || len(list) > count {
			c.Fatalf("no page of %d from %d: %v", count, start, page)
		}
		for _, item := range list {
			c.isResource(kind, item.(object))
			all = append(all, item.(object))
		}
		start += len(list)
		if total, _ := page["totalResults"].(float64); len(list) == 0 || start > int(total) {
			return all
		}
	}
}

// life takes a user and a group from creation to deletion.
func (c *scimClient) life() {
	c.Helper()
	before := c.all("Users", 7, "")
	ids := map[string]bool{}
	for _, u := range before {
		ids[text(u["id"])] = true
	}
	if len(ids) != len(before) || len(before) == 0 {
		c.Fatalf("%d users, %d different", len(before), len(ids))
	}
	ada := object{
		"schemas": []string{scimUser}, "userName": "ada.conformance", "active": true,
		"name":   object{"givenName": "Ada", "familyName": "Conformance"},
		"emails": []object{{"value": "ada.conformance@example.com", "primary": true}},
	}
	id := c.create("Users", ada)
	_, got := c.want(200, "GET", "/Users/"+id, nil)
	c.isResource("Users", got)
	if name, _ := got["name"].(object); got["userName"] != "ada.conformance" || name["familyName"] != "Conformance" || got["active"] != true {
		c.Errorf("user %v", got)
	}
	if found := c.all("Users", 10, `userName eq "ada.conformance"`); len(found) != 1 || found[0]["id"] != id {
		c.Errorf("filter found %v", found)
	}
	c.want(409, "POST", "/Users", ada)
	ada["displayName"] = "Ada C."
	if _, got = c.want(200, "PUT", "/Users/"+id, ada); got["displayName"] != "Ada C." {
		c.Errorf("replaced %v", got)
	}
	c.patch("/Users/"+id, object{"op": "replace", "path": "active", "value": false})
	if _, got = c.want(200, "GET", "/Users/"+id, nil); got["active"] != false || got["displayName"] != "Ada C." {
		c.Errorf("patched %v", got)
	}
	group := c.create("Groups", object{"schemas": []string{scimGroup}, "displayName": "conformance"})
	c.patch("/Groups/"+group, object{"op": "add", "path": "members", "value": []object{{"value": id}}})
	c.members(group, id)
	c.patch("/Groups/"+group, object{"op": "remove", "path": `members[value eq "` + id + `"]`})
	c.members(group)
	for _, path := range []string{"/Groups/" + group, "/Users/" + id} {
		c.want(204, "DELETE", path, nil)
		c.want(404, "GET", path, nil)
		c.want(404, "DELETE", path, nil)
	}
	if after := c.all("Users", 50, ""); len(after) != len(before) {
		c.Errorf("%d users before, %d after", len(before), len(after))
	}
}

// patch makes one operation; RFC 7644, 3.5.2 allows 200 with the resource or 204 without.
func (c *scimClient) patch(path string, operation object) {
	c.Helper()
	status, _, out := c.do("PATCH", path, object{"schemas": []string{scimPatch}, "Operations": []object{operation}})
	if (status != 200 || out["id"] == nil) && (status != 204 || out != nil) {
		c.Errorf("PATCH %s: %d %v", path, status, out)
	}
}

// members holds the members of a group.
func (c *scimClient) members(group string, want ...string) {
	c.Helper()
	_, got := c.want(200, "GET", "/Groups/"+group, nil)
	list, _ := got["members"].([]any)
	var ids []string
	for _, m := range list {
		ids = append(ids, text(m.(object)["value"]))
	}
	if !slices.Equal(ids, want) {
		c.Errorf("members %q, want %q", ids, want)
	}
}

// callers makes the two system users of an integration and a proxy system, and returns the id of the latter.
func (l *landscape) callers() string {
	l.Helper()
	slots := []object{{"label": "a", "expireIn": "1 year"}}
	for name, authorizations := range map[string][]string{
		"IAG_CALLER": {"Access Proxy System API"}, "IPS_BACKEND": {"Manage Users", "Manage Groups"},
	} {
		l.adapter("systemUsers", object{"system": object{
			"name": name, "authorizations": authorizations,
			"clientID": l.secret(name + "_ID"), "slots": slots,
		}, "secrets": object{"a": l.secret(name + "_SECRET")}})
	}
	return l.adapter("proxySystems", object{
		"system": object{
			"name": "IAS for IAG", "accessMode": "PROXY",
			"connectorTypeString": "SAP_CLOUD_IDENTITY", "properties": object{
				"Type": "HTTP", "ProxyType": "Internet",
				"Authentication": "BasicAuthentication", "URL": l.sim.Connections().IdentityServices.URL,
				"User": l.secret("IPS_BACKEND_ID"), "ias.api.version": "2", "ias.support.patch.operation": "true",
			},
		},
		"secrets": object{"Password": l.secret("IPS_BACKEND_SECRET")},
	})
}

// TestSCIM points a client of the specification at the directory and at the proxy.
func TestSCIM(t *testing.T) {
	for _, target := range []string{"directory", "proxy"} {
		t.Run(target, func(t *testing.T) {
			l := inProcess(t, func(next http.RoundTripper) http.RoundTripper { return next })
			system, tenant := l.callers(), l.sim.Connections().IdentityServices.URL
			c := &scimClient{
				T: t, base: tenant + "/scim", user: l.secret("IPS_BACKEND_ID"),
				password: l.secret("IPS_BACKEND_SECRET"), http: l.client,
			}
			if target == "proxy" {
				c.base, c.proxy = tenant+"/ipsproxy/service/api/v1/scim/"+system, true
				c.user, c.password = l.secret("IAG_CALLER_ID"), l.secret("IAG_CALLER_SECRET")
			}
			c.life()
		})
	}
}
