package simulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

const proxyURL = tenant + "/ipsproxy/service/api/v1/scim/"

func TestProxyLetsIn(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.systemUsers()
	id := r.proxy(nil)
	caller := r.basic("IAG_CALLER")
	for _, c := range []struct {
		path   string
		who    h
		status int
	}{
		{id + "/Users", caller, 200},
		{id + "/Groups", caller, 200},
		{id + "/Users", nil, 301},
		{id + "/Users", h{"Authorization": "Basic eDp5"}, 401},
		{id + "/Users", r.basic("IPS_BACKEND"), 403},
		{"none/Users", caller, 404},
		{id + "/users", caller, 404},
		{id + "/Schemas", caller, 404},
		{id, caller, 404},
		{id + "/Users/none", caller, 404},
		{strings.ToUpper(id) + "X/Users", caller, 404},
	} {
		if a := r.do("GET", proxyURL+c.path, c.who, nil); a.status != c.status {
			t.Errorf("%s: %d, want %d: %s", c.path, a.status, c.status, a.body)
		}
	}
	r.want(404, "GET", strings.Replace(proxyURL, "/service/api", "/api", 1)+id+"/Users", caller, nil)
	r.want(404, "GET", strings.Replace(proxyURL, ".com/", ".com//", 1)+id+"/Users", caller, nil)
	r.want(401, "GET", strings.Replace(proxyURL, "iag-demo", "other-demo", 1)+id+"/Users", caller, nil)
	v := r.json(r.want(200, "GET", adapter+"proxySystems/"+id, r.bearer("adapter"), nil))["version"].(string)
	r.want(200, "PATCH", adapter+"proxySystems/"+id, r.patch(v), m{"system": m{"state": "DISABLED"}})
	r.want(404, "GET", proxyURL+id+"/Users", caller, nil)
}

func TestProxyReads(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.systemUsers()
	url := proxyURL + r.proxy(nil)
	caller := r.basic("IAG_CALLER")
	for query, want := range map[string][4]float64{ // total, itemsPerPage, startIndex, resources
		"/Users":                                  {42, 25, 1, 25},
		"/Users?startIndex=26":                    {42, 17, 26, 17},
		"/Users?count=1000":                       {42, 42, 1, 42},
		"/Users?count=0":                          {42, 1, 1, 1},
		"/Users?startIndex=43":                    {42, 0, 43, 0},
		"/Groups?startIndex=1&count=1":            {8, 1, 1, 1},
		`/Users?filter=userName+eq+%22user001%22`: {1, 1, 1, 1},
		`/Users?filter=emails[0].value+eq+%22user001@example.com%22`:    {1, 1, 1, 1},
		`/Users?filter=userName+eq+%22x%22`:                             {0, 0, 1, 0},
		`/Users?filter=meta.lastModified+gt+%222000-01-01T00:00:00Z%22`: {42, 25, 1, 25},
	} {
		a := r.want(200, "GET", url+query, caller, nil)
		p := r.json(a)
		got := [4]float64{p["totalResults"].(float64), p["itemsPerPage"].(float64), p["startIndex"].(float64), float64(len(p["Resources"].([]any)))}
		if got != want || a.header.Get("Content-Type") != scim {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	for _, q := range []string{`?filter=userName+co+%22x%22`, `?filter=emails[1].value+eq+%22x%22`, `?filter=userName+eq+x`, "?count=x"} {
		if a := r.want(400, "GET", url+"/Users"+q, caller, nil); r.json(a)["status"] != 400.0 {
			t.Errorf("%s: %s", q, a.body)
		}
	}
	user := r.json(r.want(200, "GET", url+"/Users?count=1&attributes=userName", caller, nil))["Resources"].([]any)[0].(m)
	if len(user) != 3 || user["userName"] != "user001" || user["id"] == nil {
		t.Errorf("projected %v", user)
	}
	one := r.json(r.want(200, "GET", url+"/Users/"+user["id"].(string), caller, nil))
	if loc := one["meta"].(m)["location"]; loc != url+"/Users/"+user["id"].(string) {
		t.Errorf("location %v", loc)
	}
	if a := r.want(200, "GET", url+"/Users", caller.and(h{"Accept": "*/*"}), nil); a.header.Get("Content-Type") != "application/json" {
		t.Errorf("without Accept: %s", a.header.Get("Content-Type"))
	}
}

func TestProxyMirrorsTheBackend(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.systemUsers()
	caller := r.basic("IAG_CALLER")
	for name, c := range map[string]struct {
		change m
		kind   string
		status int
		detail string
	}{
		"type":         {m{"Type": "http"}, "Users", 401, "property: Type"},
		"blank":        {m{"User": "x "}, "Users", 401, "property: User"},
		"no url":       {m{"URL": nil}, "Users", 401, "property: URL"},
		"backend 401":  {m{"User": "x"}, "Users", 401, "invoking " + tenant + "/scim/Users"},
		"other user":   {m{"User": r.secret("IAG_CALLER_ID")}, "Users", 401, "statusCode: 401"},
		"version":      {m{"ias.api.version": "3"}, "Users", 400, "unsupported"},
		"bad filter":   {m{"ias.user.filter": "userName ew \"1\""}, "Users", 400, "statusCode: 400"},
		"unknown host": {m{"URL": "https://nowhere.example"}, "Users", 500, "unknown host nowhere.example"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &rig{t, r.l, r.client, r.tokens}
			a := s.want(c.status, "GET", proxyURL+s.proxy(c.change)+"/"+c.kind, caller, nil)
			if e := s.json(a); e["status"] != float64(c.status) || !strings.Contains(e["detail"].(string), c.detail) {
				t.Errorf("body %s", a.body)
			}
			if strings.Contains(a.body, r.secret("IPS_BACKEND_SECRET")) {
				t.Error("the answer has a secret")
			}
		})
	}
}

func TestProxyMirrorsAMissingAuthorization(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.systemUsers()
	r.admin("Read Users")
	id, _ := r.create("proxySystems", "p", m{
		"name": "P", "accessMode": "PROXY", "connectorTypeString": "SAP_CLOUD_IDENTITY",
		"properties": m{
			"Type": "HTTP", "ProxyType": "Internet", "Authentication": "BasicAuthentication", "URL": tenant,
			"User": "id-ReadUsers", "ias.api.version": "2",
		},
	}, m{"Password": "secret"})
	r.want(200, "GET", proxyURL+id+"/Users", r.basic("IAG_CALLER"), nil)
	a := r.want(403, "GET", proxyURL+id+"/Groups", r.basic("IAG_CALLER"), nil)
	if r.json(a)["status"] != 403.0 {
		t.Errorf("body %s", a.body)
	}
	r.want(403, "POST", proxyURL+id+"/Users", r.basic("IAG_CALLER").and(h{"Content-Type": scim}), m{"userName": "x"})
}

func TestProxyFiltersConditionsAndTotals(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.systemUsers()
	caller := r.basic("IAG_CALLER")
	id := r.proxy(m{"ias.user.filter": `userType eq "employee"`, "ias.group.filter": `displayName eq "SALES"`})
	total := func(path string) float64 {
		return r.json(r.want(200, "GET", proxyURL+id+path, caller, nil))["totalResults"].(float64)
	}
	if u, g, one := total("/Users"), total("/Groups"), total("/Users?filter=userName+eq+%22user001%22"); u != 42 || g != 1 || one != 1 {
		t.Errorf("%v users, %v groups, %v", u, g, one)
	}
	edit := func(patch m) {
		v := r.json(r.want(200, "GET", adapter+"proxySystems/"+id, r.bearer("adapter"), nil))["version"].(string)
		r.want(200, "PATCH", adapter+"proxySystems/"+id, r.patch(v), m{"system": patch})
	}
	edit(m{"readTransformation": m{"user": m{"condition": "($.emails EMPTY true)"}}})
	for _, c := range []struct {
		query       string
		total, read float64
	}{{"?count=20", 21, 20}, {"?count=20&startIndex=41", 61, 2}, {"?count=20&startIndex=43", 42, 0}} {
		p := r.json(r.want(200, "GET", proxyURL+id+"/Users"+c.query, caller, nil))
		if p["totalResults"] != c.total || p["itemsPerPage"] != c.read || len(p["Resources"].([]any)) != 0 {
			t.Errorf("%s: %v %v", c.query, p["totalResults"], p["itemsPerPage"])
		}
	}
	edit(m{"properties": m{"ips.proxy.scim.total.results.strategy": "Provided"}})
	if n := total("/Users"); n != 42 {
		t.Errorf("provided total %v", n)
	}
	edit(m{"readTransformation": m{"user": m{"condition": "something else"}}})
	r.want(500, "GET", proxyURL+id+"/Users", caller, nil)
	edit(m{"readTransformation": m{"user": m{"condition": nil, "mappings": []m{}}}})
	p := r.json(r.want(200, "GET", proxyURL+id+"/Users?count=1", caller, nil))
	if fmt.Sprint(p["Resources"]) != "[map[]]" {
		t.Errorf("without mappings: %v", p["Resources"])
	}
}

func TestProxyVersion1EndsOnItsDay(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	r := newRig(t, simulator.Options{Now: func() time.Time { return now }})
	r.systemUsers()
	caller := r.basic("IAG_CALLER")
	id := r.proxy(m{"ias.api.version": nil})
	if p := r.json(r.want(200, "GET", proxyURL+id+"/Groups", caller, nil)); p["totalResults"] != 8.0 || len(p["Resources"].([]any)) != 0 {
		t.Errorf("groups in version 1: %v", p)
	}
	r.want(200, "GET", proxyURL+id+"/Users", caller, nil)
	r.l.Advance(8 * 24 * time.Hour)
	a := r.want(404, "GET", proxyURL+id+"/Users", caller, nil)
	if !strings.Contains(a.body, "/service/scim/Users") {
		t.Errorf("after the end: %s", a.body)
	}
}

func TestProxyWrites(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.systemUsers()
	url := proxyURL + r.proxy(nil) + "/Users"
	who := r.basic("IAG_CALLER").and(h{"Content-Type": scim})
	made := r.json(r.want(201, "POST", url, who, m{"userName": "neu"}))
	one := url + "/" + made["id"].(string)
	r.want(409, "POST", url, who, m{"userName": "neu"})
	r.want(415, "POST", url, who.and(h{"Content-Type": "application/json"}), m{"userName": "neuer"})
	if u := r.json(r.want(200, "PUT", one, who, m{"userName": "neuer"})); u["userName"] != "neuer" {
		t.Errorf("put %v", u)
	}
	patch := m{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []m{{"op": "replace", "path": "displayName", "value": "N"}}}
	r.want(204, "PATCH", one, who, patch)
	r.want(204, "DELETE", one, who, nil)
	r.want(404, "DELETE", one, who, nil)
	t.Run("without patch support", func(t *testing.T) {
		s := &rig{t, r.l, r.client, r.tokens}
		id := s.proxy(m{"ias.support.patch.operation": "True"})
		s.want(400, "PATCH", proxyURL+id+"/Users/x", who, patch)
	})
}

func TestProxyRateLimit(t *testing.T) {
	now := time.Now()
	r := newRig(t, simulator.Options{Now: func() time.Time { return now }})
	r.systemUsers()
	url := proxyURL + r.proxy(nil) + "/Users?count=1"
	for range 200 {
		r.want(200, "GET", url, r.basic("IAG_CALLER"), nil)
	}
	r.want(429, "GET", url, r.basic("IAG_CALLER"), nil)
	r.l.Advance(time.Minute)
	r.want(200, "GET", url, r.basic("IAG_CALLER"), nil)
}
