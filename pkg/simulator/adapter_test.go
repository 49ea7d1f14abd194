package simulator_test

import (
	"maps"
	"strings"
	"testing"

	"reconcile/pkg/simulator"
)

func (r *rig) post(key string) h { return r.bearer("adapter").and(h{"Idempotency-Key": key}) }

func (r *rig) patch(version string) h {
	return r.bearer("adapter").and(h{"If-Match": `"` + version + `"`, "Content-Type": mergePatch})
}

func TestAdapterContract(t *testing.T) {
	r := newRig(t, simulator.Options{})
	url := adapter + "parameters"
	body := m{"system": m{"group": "G", "name": "N", "value": "1"}}
	r.want(401, "GET", url, nil, nil)
	r.want(403, "GET", url, r.bearer("destination"), nil)
	if a := r.want(400, "POST", url, r.bearer("adapter"), body); a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("error in %s", a.header.Get("Content-Type"))
	}
	first := r.want(201, "POST", url, r.post("k"), body)
	again := r.want(201, "POST", url, r.post("k"), body)
	if again.body != first.body || again.header.Get("ETag") != first.header.Get("ETag") {
		t.Errorf("first %s, again %s", first.body, again.body)
	}
	r.want(422, "POST", url, r.post("k"), m{"system": m{"group": "G", "name": "N", "value": "2"}})
	r.want(409, "POST", url, r.post("l"), body)
	made := r.json(first)
	id, version := made["id"].(string), made["version"].(string)
	if first.header.Get("ETag") != `"`+version+`"` || made["idempotencyKey"] != "k" {
		t.Errorf("created %v", made)
	}
	one := url + "/" + id
	r.want(200, "GET", one, r.bearer("adapter"), nil)
	r.want(404, "GET", url+"/x", r.bearer("adapter"), nil)
	if a := r.want(405, "PUT", one, r.bearer("adapter"), body); a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("405 in %s", a.header.Get("Content-Type"))
	}
	change := m{"system": m{"value": "2"}}
	r.want(428, "PATCH", one, r.bearer("adapter").and(h{"Content-Type": mergePatch}), change)
	r.want(412, "PATCH", one, r.patch("0"), change)
	r.want(415, "PATCH", one, r.patch(version).and(h{"Content-Type": "application/json"}), change)
	r.want(422, "PATCH", one, r.patch(version), m{"system": m{"name": "M"}})
	r.want(422, "PATCH", one, r.patch(version), m{"system": m{"Value": "3"}})
	r.want(422, "PATCH", one, r.patch(version), m{"system": change["system"], "secrets": m{"a": "b"}})
	changed := r.json(r.want(200, "PATCH", one, r.patch(version), change))
	if changed["version"] == version || changed["system"].(m)["value"] != "2" {
		t.Errorf("changed %v", changed)
	}
	r.want(428, "DELETE", one, r.bearer("adapter"), nil)
	r.want(412, "DELETE", one, r.bearer("adapter").and(h{"If-Match": version}), nil)
	r.want(204, "DELETE", one, r.bearer("adapter").and(h{"If-Match": "W/" + `"` + changed["version"].(string) + `"`}), nil)
	r.want(404, "GET", one, r.bearer("adapter"), nil)
	r.want(201, "POST", url, r.post("k"), body)
	if list := r.json(r.want(200, "GET", url, r.bearer("adapter"), nil)); len(list["items"].([]any)) != 0 {
		t.Error("a repeated create made a deleted thing again")
	}
}

func TestAdapterPages(t *testing.T) {
	r := newRig(t, simulator.Options{})
	for _, n := range []string{"a", "b", "c", "d", "e"} {
		r.create("parameters", n, m{"group": "G", "name": n, "value": ""}, nil)
	}
	names, next := "", ""
	for range 3 {
		page := r.json(r.want(200, "GET", adapter+"parameters?limit=2"+next, r.bearer("adapter"), nil))
		for _, i := range page["items"].([]any) {
			names += i.(m)["system"].(m)["name"].(string)
		}
		if token, ok := page["next"].(string); ok {
			next = "&after=" + token
		} else {
			next = ""
		}
	}
	if names != "abcde" || next != "" {
		t.Errorf("walked %s, next %q", names, next)
	}
	r.want(400, "GET", adapter+"parameters?limit=0", r.bearer("adapter"), nil)
}

func TestSystemUserRules(t *testing.T) {
	r := newRig(t, simulator.Options{})
	slot := func(l string) m { return m{"label": l, "expireIn": "Never"} }
	user := func(change m) m {
		u := m{"name": "U", "authorizations": []string{"Read Users"}, "slots": []m{slot("a")}}
		maps.Copy(u, change)
		return u
	}
	for name, c := range map[string]struct{ system, secrets m }{
		"no name":            {user(m{"name": " "}), m{"a": "s"}},
		"no authorization":   {user(m{"authorizations": []string{}}), m{"a": "s"}},
		"unknown one":        {user(m{"authorizations": []string{"manage users"}}), m{"a": "s"}},
		"three slots":        {user(m{"slots": []m{slot("a"), slot("b"), slot("c")}}), m{"a": "1", "b": "2", "c": "3"}},
		"slot without":       {user(nil), nil},
		"secret without":     {user(nil), m{"a": "1", "b": "2"}},
		"unknown expiry":     {user(m{"slots": []m{{"label": "a", "expireIn": "3 years"}}}), m{"a": "s"}},
		"colon in client id": {user(m{"clientID": "a:b"}), m{"a": "s"}},
		"unknown field":      {user(m{"description": "x"}), m{"a": "s"}},
		"field in slot":      {user(m{"slots": []m{{"label": "a", "expireIn": "Never", "Created": "x"}}}), m{"a": "s"}},
		"wrong type":         {user(m{"slots": "a"}), m{"a": "s"}},
	} {
		if a := r.do("POST", adapter+"systemUsers", r.post(name), m{"system": c.system, "secrets": c.secrets}); a.status != 422 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	id, version := r.create("systemUsers", "ok", user(nil), m{"a": "s3cret"})
	r.want(409, "POST", adapter+"systemUsers", r.post("twice"), m{"system": user(nil), "secrets": m{"a": "s"}})
	r.want(409, "POST", adapter+"systemUsers", r.post("id"), m{"system": user(m{"name": "V", "clientID": id}), "secrets": m{"a": "s"}})
	one := adapter + "systemUsers/" + id
	r.want(422, "PATCH", one, r.patch(version), m{"system": m{"clientID": "other"}})
	r.want(422, "PATCH", one, r.patch(version), m{"system": m{"name": "other"}})
	a := r.want(200, "PATCH", one, r.patch(version), m{"system": m{"slots": []m{slot("b")}}, "secrets": m{"b": "n3w"}})
	if strings.Contains(a.body, "s3cret") || strings.Contains(a.body, "n3w") {
		t.Error("a secret was answered")
	}
	if dump := r.want(200, "GET", root+"/_sim/dump", nil, nil); strings.Contains(dump.body, "s3cret") || !strings.Contains(dump.body, "n3w") {
		t.Error("the dump has the old secret or not the new one")
	}
}

func TestProxySystemRules(t *testing.T) {
	r := newRig(t, simulator.Options{})
	system := func(change m) m {
		s := m{
			"name": "P", "accessMode": "PROXY", "connectorTypeString": "SAP_CLOUD_IDENTITY", "id": "mine",
			"properties": m{"URL": tenant, "typo.PROPERTY": "kept"},
		}
		maps.Copy(s, change)
		return s
	}
	for name, c := range map[string]struct{ system, secrets m }{
		"bad name":            {system(m{"name": "a/b"}), nil},
		"long name":           {system(m{"name": strings.Repeat("x", 101)}), nil},
		"access mode":         {system(m{"accessMode": "READ"}), nil},
		"unknown field":       {system(m{"relatedSystems": []string{}}), nil},
		"no string":           {system(m{"properties": m{"a": 1}}), nil},
		"password in clear":   {system(m{"properties": m{"Password": "x"}}), nil},
		"encrypted with text": {system(m{"encryptedProperties": m{"Password": "x"}}), nil},
		"user as secret":      {system(nil), m{"User": "x"}},
	} {
		if a := r.do("POST", adapter+"proxySystems", r.post(name), m{"system": c.system, "secrets": c.secrets}); a.status != 422 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	id, version := r.create("proxySystems", "ok", system(nil), m{"Password": "pw"})
	r.want(409, "POST", adapter+"proxySystems", r.post("twice"), m{"system": system(nil)})
	made := r.json(r.want(200, "GET", adapter+"proxySystems/"+id, r.bearer("adapter"), nil))["system"].(m)
	properties := made["properties"].(m)
	if id == "mine" || made["id"] != id || made["tenantId"] != "iag-demo" || made["state"] != "ENABLED" ||
		properties["ips.trace.failed.entity.content"] != "false" || properties["ips.failed.request.retry.attempts"] != "2" ||
		properties["ips.failed.request.retry.attempts.interval"] != "60" || properties["typo.PROPERTY"] != "kept" ||
		properties["ias.api.version"] != nil || made["readTransformation"] == nil {
		t.Errorf("made %v", made)
	}
	if v, ok := made["encryptedProperties"].(m)["Password"]; !ok || v != nil {
		t.Errorf("encrypted %v", made["encryptedProperties"])
	}
	one := adapter + "proxySystems/" + id
	for name, patch := range map[string]m{
		"encrypted": {"encryptedProperties": m{}}, "type": {"connectorTypeString": "XSUAA"}, "id": {"id": "x"},
		"mode": {"accessMode": "WRITE"},
	} {
		if a := r.do("PATCH", one, r.patch(version), m{"system": patch}); a.status != 422 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	has := func(secret string) bool {
		return strings.Contains(r.want(200, "GET", root+"/_sim/dump", nil, nil).body, `"Password": "`+secret+`"`)
	}
	version = r.json(r.want(200, "PATCH", one, r.patch(version), m{"system": m{"alias": "x", "properties": m{"typo.PROPERTY": nil}}}))["version"].(string)
	if !has("pw") {
		t.Error("a harmless patch voided the secret")
	}
	version = r.json(r.want(200, "PATCH", one, r.patch(version), m{
		"system":  m{"properties": m{"URL": otherHost}},
		"secrets": m{"Password": "pw2"},
	}))["version"].(string)
	if !has("pw2") {
		t.Error("a carried secret was voided")
	}
	r.want(200, "PATCH", one, r.patch(version), m{"system": m{"properties": m{"URL": tenant}}})
	if has("pw2") {
		t.Error("a secret survived the change of URL")
	}
}

func TestIAGDocuments(t *testing.T) {
	r := newRig(t, simulator.Options{})
	for name, c := range map[string]struct {
		collection string
		system     m
	}{
		"system without link":     {"iagSystems", m{"name": "A", "type": "IAS"}},
		"system with both":        {"iagSystems", m{"name": "A", "type": "IAS", "externalSystemID": "1", "destination": "D"}},
		"system without type":     {"iagSystems", m{"name": "A", "externalSystemID": "1"}},
		"job of unknown category": {"jobs", m{"name": "J", "category": "repository sync"}},
		"sync of nothing":         {"jobs", m{"name": "J", "category": "Repository Sync"}},
		"sync of unknown":         {"jobs", m{"name": "J", "category": "Repository Sync", "iagSystem": "A"}},
		"system for provisioning": {"jobs", m{"name": "J", "category": "Provisioning", "iagSystem": "A"}},
		"odd recurrence":          {"jobs", m{"name": "J", "category": "Provisioning", "recurrence": m{"every": "daily"}}},
		"odd start":               {"jobs", m{"name": "J", "category": "Provisioning", "recurrence": m{"every": "1h", "start": "25:00"}}},
		"not ours":                {"jobs", m{"name": "J", "category": "Provisioning", "runAfterChange": true}},
	} {
		if a := r.do("POST", adapter+c.collection, r.post(name), m{"system": c.system}); a.status != 422 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	id, version := r.create("iagSystems", "a", m{"name": "A", "type": "IAS", "externalSystemID": "1"}, nil)
	r.want(409, "POST", adapter+"iagSystems", r.post("b"), m{"system": m{"name": "B", "type": "IAS", "externalSystemID": "1"}})
	r.create("jobs", "j", m{"name": "J", "category": "Repository Sync", "iagSystem": "A"}, nil)
	r.want(409, "DELETE", adapter+"iagSystems/"+id, r.bearer("adapter").and(h{"If-Match": version}), nil)
}
