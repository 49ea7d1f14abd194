package simulator_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

func operations(ops ...m) m {
	return m{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": ops}
}

func TestPatchOfMembers(t *testing.T) {
	r := newRig(t, simulator.Options{})
	who := r.admin("Manage Users", "Manage Groups")
	page := r.json(r.want(200, "GET", tenant+"/scim/Users?count=4", who, nil))
	names := map[string]string{}
	var ids []string
	for i, u := range page["Resources"].([]any) {
		id := u.(m)["id"].(string)
		ids, names[id] = append(ids, id), string(rune('a'+i))
	}
	ref := func(i int) m { return m{"value": ids[i]} }
	element := func(i int) string { return `members[value eq "` + ids[i] + `"]` }
	group := r.json(r.want(201, "POST", tenant+"/scim/Groups", who, m{"displayName": "G", "members": []m{ref(0)}}))["id"].(string)
	address := tenant + "/scim/Groups/" + group
	for _, c := range []struct {
		ops    []m
		status int
		want   string // members afterwards
	}{
		{[]m{{"op": "add", "path": "members", "value": []m{ref(1), ref(2)}}}, 204, "abc"},
		{[]m{{"op": "add", "path": "members", "value": []m{ref(1)}}}, 204, "abc"},
		{[]m{{"op": "Add", "path": "members", "value": ref(3)}}, 204, "abcd"},
		{[]m{{"op": "remove", "path": element(0)}, {"op": "remove", "path": element(2)}}, 204, "bd"},
		{[]m{{"op": "remove", "path": element(0)}}, 204, "bd"},
		{[]m{{"op": "remove", "path": "members", "value": []m{ref(3)}}}, 204, "b"},
		{[]m{{"op": "replace", "path": element(1), "value": ref(0)}}, 204, "a"},
		{[]m{{"op": "replace", "path": element(1), "value": ref(0)}}, 400, "a"},
		{[]m{{"op": "replace", "path": "members", "value": []m{ref(2), ref(3)}}}, 204, "cd"},
		{[]m{{"op": "replace", "path": "members", "value": ref(1)}}, 204, "b"},
		{[]m{{"op": "replace", "value": m{"members": []m{ref(0)}, "displayName": "H"}}}, 204, "a"},
		{[]m{{"op": "add", "value": m{"members": []m{ref(1)}}}}, 204, "ab"},
		{[]m{{"op": "replace", "path": element(0) + ".display", "value": "Ada"}}, 204, "ab"},
		{[]m{{"op": "remove", "path": element(0) + ".display"}}, 204, "ab"},
		{[]m{{"op": "add", "path": "members", "value": []m{ref(2)}}, {"op": "explode", "path": "members"}}, 400, "ab"},
		{[]m{{"op": "add", "path": "members", "value": []m{{"value": "nobody"}}}}, 400, "ab"},
		{[]m{{"op": "replace", "path": element(0), "value": "text"}}, 400, "ab"},
		{[]m{{"op": "remove"}}, 400, "ab"},
		{[]m{{"op": "add", "value": "text"}}, 400, "ab"},
		{[]m{{"op": "remove", "path": `members[value co "x"]`}}, 400, "ab"},
		{[]m{{"op": "replace", "path": "id", "value": "x"}}, 400, "ab"},
		{[]m{{"op": "remove", "path": "displayName"}}, 400, "ab"},
		{[]m{{"op": "remove", "path": "members"}}, 204, ""},
	} {
		a := r.do("PATCH", address, who, operations(c.ops...))
		got := ""
		g := r.json(r.want(200, "GET", address, who, nil))
		members, _ := g["members"].([]any)
		for _, member := range members {
			got += names[member.(m)["value"].(string)]
		}
		if a.status != c.status || got != c.want {
			t.Errorf("%v: %d %s, members %s, want %s", c.ops, a.status, a.body, got, c.want)
		}
		if a.status == 400 && !strings.Contains(a.body, `"scimType":"`) {
			t.Errorf("%v: no scimType in %s", c.ops, a.body)
		}
	}
}

func TestEntityTagsOfTheDirectory(t *testing.T) {
	r := newRig(t, simulator.Options{})
	who := r.admin("Manage Users")
	a := r.want(201, "POST", tenant+"/scim/Users", who, m{"userName": "x"})
	address, tag := a.header.Get("Location"), a.header.Get("ETag")
	if b := r.want(304, "GET", address, who.and(h{"If-None-Match": tag}), nil); b.body != "" || b.header.Get("ETag") != tag {
		t.Errorf("304: %+v", b)
	}
	stale, fresh := who.and(h{"If-Match": `"stale"`}), who.and(h{"If-Match": tag})
	patch := operations(m{"op": "replace", "path": "displayName", "value": "X"})
	r.want(412, "PUT", address, stale, m{"userName": "x"})
	r.want(412, "PATCH", address, stale, patch)
	r.want(412, "DELETE", address, stale, nil)
	r.want(204, "PATCH", address, fresh, patch)
	r.want(412, "PATCH", address, fresh, patch)
	again := r.want(200, "GET", address, who.and(h{"If-None-Match": tag}), nil)
	if again.header.Get("ETag") == tag {
		t.Error("a change keeps the tag")
	}
	r.want(204, "DELETE", address, who.and(h{"If-Match": "*"}), nil)
}

func TestCursorPaging(t *testing.T) {
	r := newRig(t, simulator.Options{})
	who := r.admin("Manage Users", "Manage Groups")
	walk := func(kind, filter string, count int) (ids []string, pages int) {
		for start := "initial"; start != "end"; pages++ {
			q := fmt.Sprintf("?startId=%s&count=%d", start, count)
			if filter != "" {
				q += "&filter=" + url.QueryEscape(filter)
			}
			page := r.json(r.want(200, "GET", tenant+"/scim/"+kind+q, who, nil))
			list := page["Resources"].([]any)
			if page["startId"] != start || page["startIndex"] != nil || page["itemsPerPage"] != float64(len(list)) {
				t.Errorf("page %v %v %v", page["startId"], page["startIndex"], page["itemsPerPage"])
			}
			for _, e := range list {
				ids = append(ids, e.(m)["id"].(string))
			}
			if next := page["nextId"].(string); start == next {
				t.Fatal("the cursor stands still")
			} else if start = next; start != "end" && len(list) != count {
				t.Errorf("%d on a page that is not the last", len(list))
			}
		}
		return ids, pages
	}
	all, pages := walk("Users", "", 10)
	if len(all) != 42 || pages != 5 {
		t.Errorf("%d users on %d pages", len(all), pages)
	}
	if _, pages := walk("Users", "", 21); pages != 2 {
		t.Errorf("%d pages of 21", pages)
	}
	if groups, pages := walk("Groups", "", 100); len(groups) != 8 || pages != 1 {
		t.Errorf("%d groups on %d pages", len(groups), pages)
	}
	if hits, _ := walk("Users", `userName eq "user001" or userName eq "user042"`, 1); len(hits) != 2 {
		t.Errorf("%d filtered", len(hits))
	}
	if none, pages := walk("Users", `userName eq "nobody"`, 10); len(none) != 0 || pages != 1 {
		t.Errorf("%d of nobody on %d pages", len(none), pages)
	}
	last := r.json(r.want(200, "GET", tenant+"/scim/Users?startId="+all[41]+"&filter="+url.QueryEscape(`userName eq "user001"`), who, nil))
	if last["nextId"] != "end" || last["itemsPerPage"] != 0.0 {
		t.Errorf("behind the last hit: %v", last)
	}
	if a := r.want(400, "GET", tenant+"/scim/Users?startId=nobody", who, nil); r.json(a)["detail"] != "Invalid startId" {
		t.Errorf("unknown cursor: %s", a.body)
	}
	r.want(400, "GET", tenant+"/scim/Users?startId=initial&startIndex=1", who, nil)
}

func TestDiscoveryIsNotThere(t *testing.T) {
	r := newRig(t, simulator.Options{})
	if a := r.want(404, "GET", tenant+"/scim/ServiceProviderConfig", r.admin("Read Users"), nil); r.json(a)["status"] != "404" {
		t.Errorf("body %s", a.body)
	}
	r.want(301, "GET", tenant+"/scim/ServiceProviderConfig", nil, nil)
}

func TestDirectoryRateLimit(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	r := newRig(t, simulator.Options{Now: func() time.Time { return now }, Behaviour: simulator.Behaviour{ScimSlowdown: 20 * time.Millisecond}})
	who, users := r.admin("Read Users"), tenant+"/scim/Users?count=0"
	call := func(n, status int) time.Duration {
		t.Helper()
		start := time.Now()
		for range n {
			r.want(status, "GET", users, who, nil)
		}
		return time.Since(start)
	}
	call(200, 200)
	if d := call(3, 200); d < 60*time.Millisecond {
		t.Errorf("above 200 a call took %v", d/3)
	}
	r.want(200, "POST", root+"/_sim/behaviour", nil, m{"scimSlowdown": "0s"})
	call(77, 200)
	call(2, 429)
	r.want(401, "GET", otherHost+"/scim/Users", who, nil)
	r.systemUsers()
	r.want(200, "GET", proxyURL+r.proxy(nil)+"/Users", r.basic("IAG_CALLER"), nil)
	r.l.Advance(59 * time.Second)
	call(1, 429)
	r.l.Advance(time.Second)
	call(200, 200)
}
