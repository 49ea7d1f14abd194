package simulator_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

// step is one raw request of a table and what is expected of its answer.
type step struct {
	method, url string
	header      h
	body        any
	status      int
	want        string // the whole body, a regular expression when it starts with ^
}

func (r *rig) steps(auth h, list []step) {
	r.Helper()
	for i, s := range list {
		a := r.do(s.method, s.url, auth.and(s.header), s.body)
		ok := a.body == s.want
		if strings.HasPrefix(s.want, "^") {
			ok = regexp.MustCompile(s.want).MatchString(a.body)
		}
		if a.status != s.status || !ok {
			r.Errorf("step %d: %s %s: %d %s\nwant %d %s", i+1, s.method, s.url, a.status, a.body, s.status, s.want)
		}
	}
}

func TestDestinationsSingle(t *testing.T) {
	r := newRig(t, simulator.Options{})
	d := `{"Name":"D","Type":"HTTP","URL":"https://x","url":"other","Password":"p"}`
	r.steps(r.bearer("destination"), []step{
		{"GET", dest, nil, nil, 200, `[]`},
		{"POST", dest, nil, d, 201, ""},
		{"POST", dest, nil, d, 409, `{"ErrorMessage":"Duplicate key"}`},
		{"GET", dest + "/D", nil, nil, 200, `{"Name":"D","Password":"p","Type":"HTTP","URL":"https://x","url":"other"}`},
		{"GET", dest + "/E", nil, nil, 404, "Not Found"},
		{"GET", dest + "/d", nil, nil, 404, "Not Found"},
		{"PUT", dest, nil, `{"Name":"D","Type":"HTTP"}`, 200, `{"Count":1}`},
		{"GET", dest + "/D", nil, nil, 200, `{"Name":"D","Type":"HTTP"}`},
		{"PUT", dest, nil, `{"Name":"E","Type":"HTTP"}`, 404, `^\{"ErrorMessage"`},
		{"PUT", dest + "/D", nil, d, 405, "Method Not Allowed"},
		{"PATCH", dest, nil, `{"Name":"D","a":"1","Type":"MAIL"}`, 204, ""},
		{"PATCH", dest, nil, `{"Name":"D","a":null}`, 204, ""},
		{"PATCH", dest, nil, `{"Name":"E","a":null}`, 404, `^\{"ErrorMessage"`},
		{"GET", dest + "/D", nil, nil, 200, `{"Name":"D","Type":"MAIL"}`},
		{"DELETE", dest + "/D", nil, nil, 200, `{"Count":1}`},
		{"DELETE", dest + "/D", nil, nil, 404, `^\{"ErrorMessage"`},
		{"DELETE", dest, nil, nil, 400, `^\{"ErrorMessage"`},
		{"GET", root + "/destination-configuration/v1/nothing", nil, nil, 404, "Not Found"},
	})
}

func TestDestinationsAreCheckedAsKnownAndNoMore(t *testing.T) {
	r := newRig(t, simulator.Options{})
	long := strings.Repeat("n", 201)
	bad := []string{
		`{"Name":"","Type":"HTTP"}`, `{"Type":"HTTP"}`, `{"Name":"x"}`, `{"Name":"` + long + `","Type":"HTTP"}`,
		`{"Name":"x","Type":"HTTP","n":1}`, `{"Name":"x","Type":"HTTP","n":true}`, `{"Name":"x","Type":"HTTP","n":null}`,
		`{"Name":"x","Type":"HTTP","Authentication":"OAuth2ClientCredentials","ClientID":"a"}`, `[]`, `"x"`, `{`,
		`{"Name":"x","Type":"HTTP"} {}`, `{"Name":"x","Type":"HTTP","$metadata":{}}`,
	}
	for _, b := range bad {
		r.want(400, "POST", dest, r.bearer("destination"), b)
	}
	r.want(415, "POST", dest, r.bearer("destination").and(h{"Content-Type": "text/plain"}), `{"Name":"x","Type":"HTTP"}`)
	for _, b := range []string{
		`{"Name":"a","Type":"nonsense","proxytype":"internet","Description":""}`,
		`{"Name":"b","Type":"HTTP","Authentication":"OAuth2ClientCredentials","clientId":""}`,
		`{"Name":"c '1' / ü","Type":"HTTP"}`,
	} {
		r.want(201, "POST", dest, r.bearer("destination"), b)
	}
	r.want(200, "GET", dest+"/c%20%271%27%20%2F%20%C3%BC", r.bearer("destination"), nil)
}

func TestDestinationEntityTags(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	r.want(201, "POST", dest, auth, m{"Name": "D", "Type": "HTTP", "Password": "1"})
	first := r.want(200, "GET", dest+"/D", auth, nil)
	tag := first.header.Get("ETag")
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(tag) {
		t.Fatalf("tag %q", tag)
	}
	if first.header.Get("X-Vcap-Request-Id") == "" || first.header.Get("Date") == "" {
		t.Errorf("headers %v", first.header)
	}
	if a := r.want(304, "GET", dest+"/D", auth.and(h{"If-None-Match": `"` + tag + `"`}), nil); a.body != "" || a.header.Get("ETag") != tag {
		t.Errorf("304: %+v", a)
	}
	r.want(412, "GET", dest+"/D", auth.and(h{"If-Match": "x"}), nil)
	r.want(200, "PUT", dest, auth.and(h{"If-Match": tag}), m{"Name": "D", "Type": "HTTP", "Password": "2"})
	r.want(412, "PUT", dest, auth.and(h{"If-Match": tag}), m{"Name": "D", "Type": "HTTP", "Password": "3"})
	if next := r.want(200, "GET", dest+"/D", auth, nil).header.Get("ETag"); next == tag {
		t.Error("a new secret has the old tag")
	}
	r.want(200, "POST", root+"/_sim/behaviour", nil, m{"ifMatchIgnored": true})
	r.want(200, "PUT", dest, auth.and(h{"If-Match": tag}), m{"Name": "D", "Type": "HTTP", "Password": "1"})
	if next := r.want(200, "GET", dest+"/D", auth, nil).header.Get("ETag"); next != tag {
		t.Error("equal content has another tag")
	}
}

func TestDestinationArrays(t *testing.T) {
	r := newRig(t, simulator.Options{})
	x := func(n string) m { return m{"Name": n, "Type": "HTTP"} }
	r.steps(r.bearer("destination"), []step{
		{"POST", dest, nil, []m{x("A")}, 201, `^\[\{"etag":"[0-9a-f]{64}","name":"A","status":201\}\]$`},
		{"POST", dest, nil, []m{x("A"), x("B")}, 207, `^\[\{"cause":"Duplicate key","name":"A","status":409\},\{"etag":"[0-9a-f]+","name":"B","status":201\}\]$`},
		{"POST", dest, nil, []m{x("A")}, 207, `^\[\{"cause":"Duplicate key","name":"A","status":409\}\]$`},
		{"PUT", dest, nil, []m{x("A"), x("Z")}, 207, `^\[\{"etag":"[0-9a-f]+","name":"A","status":200\},\{"cause":.*,"name":"Z","status":404\}\]$`},
		{
			"DELETE", dest + "?$filter=Name%20in%20('A','Z')", nil, nil, 200,
			`{"Count":1,"Summary":[{"name":"A","status":"DELETED"},{"name":"Z","reason":"Could not find configuration","status":"NOT_FOUND"}]}`,
		},
		{"POST", fragments, nil, []m{{"FragmentName": "F"}}, 400, `^\{"ErrorMessage"`},
	})
}

func TestDestinationLists(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	r := newRig(t, simulator.Options{Now: func() time.Time { return now }})
	auth := r.bearer("destination")
	for i := range 12 {
		r.want(201, "POST", dest, auth, m{"Name": fmt.Sprintf("D%02d", i), "Type": "HTTP"})
	}
	r.want(201, "POST", dest, auth, m{"Name": "it's", "Type": "HTTP"})
	names := func(query string) string {
		a := r.want(200, "GET", dest+"?"+query, auth, nil)
		var out []string
		for _, hit := range regexp.MustCompile(`"Name":"([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
			out = append(out, hit[1])
		}
		return strings.Join(out, " ")
	}
	for query, want := range map[string]string{
		"$filter=Name in ('D01', 'D03','none')":                 "D01 D03",
		"%24filter=Name+in+%28%27it%2527s%27%29":                "it's",
		"$filter=startswith(Name, 'D1')":                        "D10 D11",
		"$filter=endswith(Name,'9')":                            "D09",
		"$filter=startswith(Name,'it''s')":                      "it's",
		"$filter=modifiedwithin('30', 'minutes')":               names(""),
		"$select=Name&":                                         names(""),
		"$page=2&$pageSize=5":                                   "D05 D06 D07 D08 D09",
		"$page=3":                                               "",
		"$filter=Name in ('D01')&$includeMetadata=etag":         "D01",
		"$filter=Name in ('D01')&$includeMetadata=etag;nothing": "400",
	} {
		if want == "400" {
			r.want(400, "GET", dest+"?"+strings.ReplaceAll(query, " ", "%20"), auth, nil)
		} else if got := names(strings.ReplaceAll(query, " ", "%20")); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for _, query := range []string{
		"$select=Type", "$page=0", "$page=1&$pageSize=1001", "$page=x", "$page=1&$select=Name",
		"$page=1&$filter=Name%20in%20('a')", "$filter=Type%20eq%20'x'", "$filter=modifiedwithin('0','minutes')",
	} {
		r.want(400, "GET", dest+"?"+query, auth, nil)
	}
	a := r.want(200, "GET", dest+"?$page=2&$pageSize=5&$pageCount=true&$entityCount=true", auth, nil)
	link := `</subaccountDestinations?$page=1&$pageSize=5>; rel='previous', </subaccountDestinations?$page=3&$pageSize=5>; rel='next'`
	if a.header.Get("Link") != link || a.header.Get("Page-Count") != "3" || a.header.Get("Entity-Count") != "13" {
		t.Errorf("headers %v", a.header)
	}
	a = r.want(200, "GET", dest+"?$filter=Name%20in%20('D01')&$includeMetadata=modification_time;etag", auth, nil)
	if want := fmt.Sprintf(`"modification_time":"%d"`, now.UnixMilli()); !strings.Contains(a.body, want) || !strings.Contains(a.body, `"etag":"`) {
		t.Errorf("no metadata in %s", a.body)
	}
	a = r.want(201, "POST", dest+"?$includeMetadata=etag", auth, m{"Name": "M", "Type": "HTTP"})
	if !strings.HasPrefix(a.body, `{"$metadata":{"etag":"`) {
		t.Errorf("create with metadata: %s", a.body)
	}
	r.want(414, "GET", dest+"?$filter="+strings.Repeat("x", 4000), auth, nil)
}

func TestFragments(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.steps(r.bearer("destination"), []step{
		{"POST", fragments, nil, m{"FragmentName": "F", "a": "1"}, 201, ""},
		{"POST", fragments, nil, m{"FragmentName": "F", "a": "1"}, 409, `{"ErrorMessage":"Duplicate key"}`},
		{"POST", fragments, nil, m{"FragmentName": "G", "Name": "1"}, 400, `^\{"ErrorMessage"`},
		{"GET", fragments + "/F", nil, nil, 200, `{"FragmentName":"F","a":"1"}`},
		{"GET", fragments + "/G", nil, nil, 404, `{"ErrorMessage":"The fragment with the specified name 'G' was not found"}`},
		{"PUT", fragments, nil, m{"FragmentName": "F", "b": "2"}, 200, `{"Count":1}`},
		{"PUT", fragments, h{"If-Match": "stale"}, m{"FragmentName": "F", "b": "3"}, 412, `^\{"ErrorMessage"`},
		{"PUT", fragments, nil, m{"FragmentName": "G", "b": "2"}, 404, `^\{"ErrorMessage"`},
		{"GET", fragments, nil, nil, 200, `[{"FragmentName":"F","b":"2"}]`},
		{"GET", dest, nil, nil, 200, `[]`},
		{"DELETE", fragments + "/F", nil, nil, 200, `{"Count":1}`},
		{"GET", fragments, nil, nil, 200, `[]`},
	})
}

func TestLevelsAndServicesAreApart(t *testing.T) {
	r := newRig(t, simulator.Options{})
	instance := root + "/destination-configuration/v1/instanceDestinations"
	auth := r.bearer("destination")
	r.want(201, "POST", dest, auth, m{"Name": "D", "Type": "HTTP"})
	r.want(404, "GET", instance+"/D", auth, nil)
	find := root + "/destination-configuration/v1/destinations/"
	a := r.want(404, "GET", find+"E", auth, nil)
	if a.body != `{"ErrorMessage":"Configuration with the specified name was not found"}` {
		t.Errorf("find: %s", a.body)
	}
	r.want(201, "POST", instance, auth, m{
		"Name": "D", "Type": "HTTP", "Authentication": "BasicAuthentication",
		"User": "u", "Password": "p", "$metadata": m{"shared_with_subscriber": true},
	})
	a = r.want(200, "GET", find+"D", auth, nil)
	for _, part := range []string{`"value":"Basic dTpw"`, `"SubaccountId":"` + r.l.Connections().Subaccount + `"`, `"type":"Basic"`} {
		if !strings.Contains(a.body, part) {
			t.Errorf("no %s in %s", part, a.body)
		}
	}
	if a := r.want(401, "GET", dest, nil, nil); a.body != "Unauthorized" {
		t.Errorf("401: %q", a.body)
	}
	r.want(403, "GET", dest, r.bearer("adapter"), nil)
	r.want(401, "GET", dest, h{"Authorization": "Bearer x.y.z"}, nil)
	r.l.Advance(13 * time.Hour)
	r.want(401, "GET", dest, auth, nil)
}

func TestDestinationSwitches(t *testing.T) {
	r := newRig(t, simulator.Options{Behaviour: simulator.Behaviour{
		PatchMissing: true, ErrorBodies: "text",
		DeleteMissingCounts: true, QuotedETags: true, MaskSecrets: true, Lax: true, MaxEntities: 1,
	}})
	r.steps(r.bearer("destination"), []step{
		{"POST", dest, nil, `{"Name":"D","Password":7}`, 201, ""},
		{"POST", dest, nil, `{"Name":"E"}`, 400, "Bad Request"},
		{"POST", dest, nil, `{"Name":"D"}`, 409, "Conflict"},
		{"PATCH", dest, nil, `{"Name":"D"}`, 405, "Method Not Allowed"},
		{"DELETE", dest + "/X", nil, nil, 200, `{"Count":0}`},
		{"GET", dest + "/D", nil, nil, 200, `{"Name":"D","Password":"<redacted>"}`},
	})
	if tag := r.want(200, "GET", dest+"/D", r.bearer("destination"), nil).header.Get("ETag"); !strings.HasPrefix(tag, `"`) {
		t.Errorf("tag %s", tag)
	}
}

func TestTokens(t *testing.T) {
	r := newRig(t, simulator.Options{})
	k := r.key("destination")
	for _, name := range []string{"clientid", "clientsecret", "uri", "url", "identityzone", "tenantid", "instanceid", "xsappname", "uaadomain"} {
		if k[name] == nil || k[name] == "" {
			t.Errorf("key has no %s", name)
		}
	}
	url := k["url"].(string) + "/oauth/token"
	id, secret := k["clientid"].(string), k["clientsecret"].(string)
	form := h{"Content-Type": "application/x-www-form-urlencoded"}
	basicAuth := func(id, secret string) h {
		req, _ := http.NewRequest("GET", root, nil)
		req.SetBasicAuth(id, secret)
		return form.and(h{"Authorization": req.Header.Get("Authorization")})
	}
	grant := "grant_type=client_credentials"
	cases := []struct {
		name   string
		header h
		body   string
		status int
	}{
		{"form", form, grant + "&client_id=" + escape(id) + "&client_secret=" + escape(secret), 200},
		{"basic raw", basicAuth(id, secret), grant, 200},
		{"basic encoded", basicAuth(escape(id), escape(secret)), grant, 401},
		{"basic encoded and said so", basicAuth(escape(id), escape(secret)).and(h{"X-CF-ENCODED-CREDENTIALS": "true"}), grant, 200},
		{"wrong secret", basicAuth(id, "x"), grant, 401},
		{"other grant", basicAuth(id, secret), "grant_type=password", 400},
		{"no form", h{"Content-Type": "application/json"}, grant, 400},
	}
	for _, c := range cases {
		if a := r.do("POST", url, c.header, c.body); a.status != c.status {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		} else if c.status == 200 && r.json(a)["expires_in"] != 43199.0 {
			t.Errorf("%s: %s", c.name, a.body)
		}
	}
	r.want(404, "POST", root+"/tenants/nobody/oauth/token", basicAuth(id, secret), grant)
}
