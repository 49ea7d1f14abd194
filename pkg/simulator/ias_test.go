package simulator_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

// admin makes a system user with the given authorizations and returns its credentials.
func (r *rig) admin(authorizations ...string) h {
	r.Helper()
	id := "id-" + strings.ReplaceAll(strings.Join(authorizations, "-"), " ", "")
	r.create("systemUsers", id, m{
		"name": id, "clientID": id, "authorizations": authorizations,
		"slots": []m{{"label": "a", "expireIn": "1 year"}},
	}, m{"a": "secret"})
	return h{
		"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":secret")), "Accept": scim,
		"Content-Type": scim,
	}
}

func TestDirectoryAuthorizations(t *testing.T) {
	r := newRig(t, simulator.Options{})
	users, groups := tenant+"/scim/Users", tenant+"/scim/Groups"
	a := r.want(301, "GET", users, nil, nil)
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || a.header.Get("Location") == "" {
		t.Errorf("login page: %v", a.header)
	}
	a = r.want(401, "GET", users, h{"Authorization": "Basic eDp5"}, nil)
	if strings.Contains(a.body, "schemas") {
		t.Error("a 401 of the front is SCIM")
	}
	reader, writer, grouper := r.admin("Read Users"), r.admin("Manage Users"), r.admin("Manage Groups")
	other := r.admin("Access Proxy System API")
	for _, c := range []struct {
		method, url string
		who         h
		status      int
	}{
		{"GET", users, reader, 200},
		{"GET", users, writer, 200},
		{"GET", users, grouper, 403},
		{"GET", users, other, 403},
		{"GET", groups, grouper, 200},
		{"GET", groups, writer, 403},
		{"GET", groups, reader, 403},
		{"DELETE", users + "/x", reader, 403},
		{"DELETE", users + "/x", writer, 404},
		{"DELETE", groups + "/x", grouper, 404},
		{"GET", tenant + "/scim/Schemas", other, 200},
		{"GET", users + "/", reader, 200},
		{"GET", strings.Replace(users, "iag-demo", "other-demo", 1), reader, 401},
	} {
		if a := r.do(c.method, c.url, c.who, nil); a.status != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.url, a.status, c.status)
		}
	}
	r.l.Advance(366 * 24 * time.Hour)
	r.want(401, "GET", users, reader, nil)
}

func TestDirectoryToken(t *testing.T) {
	r := newRig(t, simulator.Options{})
	who := r.admin("Read Users")
	form := h{"Content-Type": "application/x-www-form-urlencoded"}
	url := tenant + "/oauth2/token"
	a := r.want(200, "POST", url, who.and(form), "grant_type=client_credentials")
	bearer := h{"Authorization": "Bearer " + r.json(a)["access_token"].(string)}
	r.want(200, "POST", url, form, "grant_type=client_credentials&client_id=id-ReadUsers&client_secret=secret")
	r.want(401, "POST", url, form, "grant_type=client_credentials&client_id=id-ReadUsers&client_secret=x")
	r.want(400, "POST", url, who.and(form), "grant_type=password")
	r.want(200, "GET", tenant+"/scim/Users", bearer, nil)
	r.want(403, "GET", tenant+"/scim/Groups", bearer, nil)
	r.want(401, "GET", otherHost+"/scim/Users", bearer, nil)
	r.l.Advance(2 * time.Hour)
	r.want(401, "GET", tenant+"/scim/Users", bearer, nil)
}

func TestLockAfterFailures(t *testing.T) {
	r := newRig(t, simulator.Options{Behaviour: simulator.Behaviour{LockAfter: 2}})
	who := r.admin("Read Users")
	wrong := h{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("id-ReadUsers:x"))}
	for range 2 {
		r.want(401, "GET", tenant+"/scim/Users", wrong, nil)
	}
	r.want(401, "GET", tenant+"/scim/Users", who, nil)
	r.l.Advance(time.Hour)
	r.want(200, "GET", tenant+"/scim/Users", who, nil)
}

func TestDirectoryShowsWhatIsAskedFor(t *testing.T) {
	r := newRig(t, simulator.Options{})
	who := r.admin("Read Users")
	first := r.json(r.want(200, "GET", tenant+"/scim/Users?count=1", who, nil))["Resources"].([]any)[0].(m)
	one := "/" + first["id"].(string)
	for query, want := range map[string]string{
		"?attributes=userName":                      "id schemas userName",
		"?attributes=userName,%20name":              "id name schemas userName",
		"?attributes=nothing":                       "id schemas",
		"?excludedAttributes=id,schemas,meta,name":  "",
		"?attributes=,":                             strings.Join(slices.Sorted(maps.Keys(first)), " "),
		"?attributes=name&excludedAttributes=name,": "id schemas",
	} {
		a := r.json(r.want(200, "GET", tenant+"/scim/Users"+one+query, who, nil))
		page := r.json(r.want(200, "GET", tenant+"/scim/Users"+query+"&count=1", who, nil))["Resources"].([]any)[0].(m)
		got := strings.Join(slices.Sorted(maps.Keys(a)), " ")
		if want == "" {
			all := maps.Clone(first)
			delete(all, "meta")
			delete(all, "name")
			want = strings.Join(slices.Sorted(maps.Keys(all)), " ")
		}
		if got != want || strings.Join(slices.Sorted(maps.Keys(page)), " ") != want {
			t.Errorf("%s: %s and %v, want %s", query, got, page, want)
		}
	}
}

// TestTwoSecretsAndTheirEnd rotates as people do: both secrets are good at a time, and each ends by itself.
func TestTwoSecretsAndTheirEnd(t *testing.T) {
	r := newRig(t, simulator.Options{})
	r.create("systemUsers", "two", m{
		"name": "Two", "authorizations": []string{"Read Users"}, "clientID": "two",
		"slots": []m{{"label": "old", "expireIn": "1 year"}, {"label": "new", "expireIn": "Never"}},
	}, m{"old": "first", "new": "second"})
	login := func(status int, secrets ...string) {
		t.Helper()
		for _, s := range secrets {
			basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("two:"+s))
			r.want(status, "GET", tenant+"/scim/Users?count=1", h{"Authorization": basic}, nil)
		}
	}
	login(200, "first", "second")
	login(401, "third", "")
	r.l.Advance(364 * 24 * time.Hour)
	login(200, "first", "second")
	r.l.Advance(3 * 24 * time.Hour)
	login(401, "first")
	login(200, "second")
}

func TestDirectoryReads(t *testing.T) {
	r := newRig(t, simulator.Options{})
	who := r.admin("Manage Users", "Manage Groups")
	list := func(query string) m { return r.json(r.want(200, "GET", tenant+"/scim/"+query, who, nil)) }
	for query, want := range map[string][3]float64{
		"Users":                              {42, 42, 1},
		"Users?startIndex=41&count=10":       {42, 2, 41},
		"Users?count=0":                      {42, 0, 1},
		"Groups":                             {8, 8, 1},
		`Users?filter=userName+eq+"user007"`: {1, 1, 1},
		`Users?filter=emails.value+eq+"USER007@example.com"`:                               {1, 1, 1},
		`Users?filter=userName+eq+"nobody"`:                                                {0, 0, 1},
		`Groups?filter=displayName+eq+"IAG_WF_MANAGER"`:                                    {1, 1, 1},
		`Groups?filter=displayName+eq+"iag_wf_manager"`:                                    {0, 0, 1},
		`Users?filter=userType+eq+"employee"+and+active+eq+true`:                           {42, 42, 1},
		`Users?filter=(userName+eq+"user001"+or+userName+eq+"user002")+and+active+eq+true`: {2, 2, 1},
		`Users?filter=meta.lastModified+gt+"2999-01-01T00:00:00.000Z"`:                     {0, 0, 1},
	} {
		page := list(strings.ReplaceAll(query, `"`, "%22"))
		if page["totalResults"] != want[0] || page["itemsPerPage"] != want[1] || page["startIndex"] != want[2] {
			t.Errorf("%s: %v %v %v", query, page["totalResults"], page["itemsPerPage"], page["startIndex"])
		}
	}
	for _, query := range []string{
		`Users?filter=username+eq+%22x%22`, `Users?filter=userName+co+%22x%22`, `Users?filter=userName+eq+x`,
		`Users?filter=(userName+eq+%22x%22`, "Users?count=x",
	} {
		if a := r.want(400, "GET", tenant+"/scim/"+query, who, nil); r.json(a)["status"] != "400" {
			t.Errorf("%s: %s", query, a.body)
		}
	}
	user := list("Users?count=1")["Resources"].([]any)[0].(m)
	if user["groups"] == nil || user["meta"].(m)["location"] != tenant+"/scim/Users/"+user["id"].(string) {
		t.Errorf("user %v", user)
	}
	a := r.want(404, "GET", tenant+"/scim/Users/none", who, nil)
	if e := r.json(a); e["status"] != "404" || a.header.Get("X-Message-Code") != "IDS_EXCEPTION" || !strings.Contains(a.body, "none") {
		t.Errorf("404: %s %v", a.body, a.header)
	}
}

func TestDirectoryWrites(t *testing.T) {
	r := newRig(t, simulator.Options{})
	who := r.admin("Manage Users", "Manage Groups")
	users, groups := tenant+"/scim/Users", tenant+"/scim/Groups"
	r.want(415, "POST", users, who.and(h{"Content-Type": "application/json"}), m{"userName": "x"})
	r.want(400, "POST", users, who, m{"displayName": "x"})
	if a := r.want(400, "POST", groups, who, m{}); !strings.Contains(a.body, "Missing required creator property 'displayName'") {
		t.Errorf("group: %s", a.body)
	}
	r.want(409, "POST", users, who, m{"userName": "USER001"})
	r.want(409, "POST", users, who, m{"userName": "new", "emails": []m{{"value": "user001@example.com", "primary": true}}})
	a := r.want(201, "POST", users, who, m{"userName": "new", "name": m{"familyName": "N"}})
	user := r.json(a)
	id := user["id"].(string)
	if a.header.Get("Location") != users+"/"+id || a.header.Get("ETag") != `"`+user["meta"].(m)["version"].(string)+`"` {
		t.Errorf("created: %v", a.header)
	}
	r.want(400, "POST", groups, who, m{"displayName": "G", "members": []m{{"value": "nobody"}}})
	group := r.json(r.want(201, "POST", groups, who, m{"displayName": "G", "members": []m{{"value": id}}}))
	gid := group["id"].(string)
	op := func(op, path string, value any) m {
		return m{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []m{{"op": op, "path": path, "value": value}}}
	}
	r.want(204, "PATCH", users+"/"+id, who, op("replace", "name.givenName", "Gina"))
	r.want(204, "PATCH", users+"/"+id, who, op("replace", "", m{"displayName": "Gina N"}))
	r.want(400, "PATCH", users+"/"+id, who, op("explode", "x", 1))
	r.want(400, "PATCH", users+"/"+id, who, m{"Operations": []m{}})
	user = r.json(r.want(200, "GET", users+"/"+id, who, nil))
	if fmt.Sprint(user["name"]) != "map[familyName:N givenName:Gina]" || user["displayName"] != "Gina N" || len(user["groups"].([]any)) != 1 {
		t.Errorf("user %v", user)
	}
	r.want(204, "PATCH", groups+"/"+gid, who, op("remove", `members[value eq "`+id+`"]`, nil))
	if g := r.json(r.want(200, "GET", groups+"/"+gid, who, nil)); len(g["members"].([]any)) != 0 {
		t.Errorf("group %v", g)
	}
	r.want(204, "PATCH", groups+"/"+gid, who, op("add", "members", []m{{"value": id}}))
	r.want(412, "PUT", users+"/"+id, who.and(h{"If-Match": `"x"`}), m{"userName": "new"})
	if u := r.json(r.want(200, "PUT", users+"/"+id, who, m{"userName": "newer"})); u["name"] != nil || u["userName"] != "newer" {
		t.Errorf("put %v", u)
	}
	r.want(204, "DELETE", users+"/"+id, who, nil)
	r.want(404, "GET", users+"/"+id, who, nil)
	if g := r.json(r.want(200, "GET", groups+"/"+gid, who, nil)); len(g["members"].([]any)) != 0 {
		t.Errorf("members after deletion %v", g)
	}
}
