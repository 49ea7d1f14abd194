package conformance

import (
	"bytes"
	"context"
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

// SCIM is a SCIM service to hold to RFC 7643 and 7644, and the login of a client that knows those and nothing of SAP. It
// fails the test on every answer that they do not allow. It shares nothing with the product.
//
// It is ours because no maintained SCIM client for Go could be had from the module proxy.
type SCIM struct {
	*testing.T
	// Base is the address that /Users and /Groups are added to.
	Base           string
	User, Password string
	Client         *http.Client
	// Proxy allows the known departures of Identity Provisioning from RFC 7644: status in errors is a number, and whether
	// 201 has Location is not documented.
	Proxy bool
	// Prefix starts the name of everything that is made, and nothing else is touched: ZZ_PROBE_ and something random
	// where others work too.
	Prefix string
	// Disposable says that the service can be walked from end to end: nobody else's rate limits are used up.
	Disposable bool
}

// do makes a call and checks what holds for every answer.
func (c *SCIM) do(method, path string, body any) (status int, header http.Header, out object) {
	c.Helper()
	var in io.Reader = http.NoBody
	if body != nil {
		in = bytes.NewReader(c.encode(body))
	}
	r, err := http.NewRequestWithContext(c.Context(), method, c.Base+path, in)
	if err != nil {
		c.Fatal(err)
	}
	r.SetBasicAuth(c.User, c.Password)
	r.Header.Set("Accept", scimType)
	if body != nil {
		r.Header.Set("Content-Type", scimType)
	}
	resp, err := c.Client.Do(r)
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
func (c *SCIM) isError(status int, out object) {
	c.Helper()
	var want any = fmt.Sprint(status)
	if c.Proxy {
		want = float64(status)
	}
	if !slices.Contains(out["schemas"].([]any), any(scimError)) || out["status"] != want || text(out["detail"]) == "" {
		c.Errorf("error %d: %v", status, out)
	}
}

// Want makes a call with the only status that will do.
func (c *SCIM) Want(status int, method, path string, body any) (http.Header, map[string]any) {
	c.Helper()
	got, header, out := c.do(method, path, body)
	if got != status {
		c.Fatalf("%s %s: %d, want %d: %v", method, path, got, status, out)
	}
	return header, out
}

// create makes a resource and checks what a service must add (RFC 7644, 3.3).
func (c *SCIM) create(kind string, body object) string {
	c.Helper()
	header, out := c.Want(201, "POST", "/"+kind, body)
	c.isResource(kind, out)
	if at := header.Get("Location"); !strings.HasSuffix(at, "/"+kind+"/"+text(out["id"])) && !c.Proxy {
		c.Errorf("POST /%s: Location %q (RFC 7644, 3.3)", kind, at)
	}
	id := text(out["id"])
	c.Cleanup(func() { c.discard("/" + kind + "/" + id) })
	return id
}

// discard deletes what a test that failed has left.
func (c *SCIM) discard(path string) {
	r, err := http.NewRequestWithContext(context.WithoutCancel(c.Context()), http.MethodDelete, c.Base+path, http.NoBody)
	if err != nil {
		c.Error(err)
		return
	}
	r.SetBasicAuth(c.User, c.Password)
	resp, err := c.Client.Do(r)
	if err != nil {
		c.Errorf("clean up: %v", err)
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 && resp.StatusCode != http.StatusNotFound {
		c.Errorf("clean up %s: status %d", path, resp.StatusCode)
	}
}

func (c *SCIM) encode(v any) []byte {
	c.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		c.Fatal(err)
	}
	return data
}

// text is a string out of JSON, "" for anything else.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// isResource holds what every resource has (RFC 7643, 3.1).
func (c *SCIM) isResource(kind string, out object) {
	c.Helper()
	meta, _ := out["meta"].(object)
	if text(out["id"]) == "" || meta["resourceType"] != strings.TrimSuffix(kind, "s") ||
		!strings.HasSuffix(text(meta["location"]), kind+"/"+text(out["id"])) || meta["created"] == nil ||
		meta["lastModified"] == nil || text(meta["version"]) == "" {
		c.Errorf("%s: id or meta is wrong: %v", kind, out)
	}
}

// All reads a collection as RFC 7644, 3.4.2.4 says: on from startIndex by what came, until totalResults is reached.
func (c *SCIM) All(kind string, count int, filter string) []map[string]any {
	c.Helper()
	var all []object
	for start := 1; ; {
		q := url.Values{"startIndex": {fmt.Sprint(start)}, "count": {fmt.Sprint(count)}}
		if filter != "" {
			q.Set("filter", filter)
		}
		_, page := c.Want(200, "GET", "/"+kind+"?"+q.Encode(), nil)
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

// RunSCIM holds a service to the specification: a person and a group of the suite's own are made, read, filtered,
// changed and deleted.
func RunSCIM(c *SCIM) {
	c.Helper()
	before := 0
	if c.Disposable {
		before = c.walk()
	}
	id, group := c.person(), c.create("Groups", object{"schemas": []string{scimGroup}, "displayName": c.Prefix + "_group"})
	c.patch("/Groups/"+group, object{"op": "add", "path": "members", "value": []object{{"value": id}}})
	c.members(group, id)
	c.patch("/Groups/"+group, object{"op": "remove", "path": `members[value eq "` + id + `"]`})
	c.members(group)
	for _, path := range []string{"/Groups/" + group, "/Users/" + id} {
		c.Want(204, "DELETE", path, nil)
		c.Want(404, "GET", path, nil)
		c.Want(404, "DELETE", path, nil)
	}
	if c.Disposable && len(c.All("Users", 50, "")) != before {
		c.Errorf("%d users before, another number after", before)
	}
}

// walk reads everybody in pages that do not divide the number of people, and counts them.
func (c *SCIM) walk() int {
	c.Helper()
	all := c.All("Users", 7, "")
	ids := map[string]bool{}
	for _, u := range all {
		ids[text(u["id"])] = true
	}
	if len(ids) != len(all) || len(all) == 0 {
		c.Fatalf("%d users, %d different", len(all), len(ids))
	}
	return len(all)
}

// person makes, finds, replaces and changes a person, and returns the id.
func (c *SCIM) person() string {
	c.Helper()
	name := c.Prefix + "_user"
	ada := object{
		"schemas": []string{scimUser}, "userName": name, "active": true,
		"name":   object{"givenName": "Ada", "familyName": "Conformance"},
		"emails": []object{{"value": strings.ToLower(name) + "@example.com", "primary": true}},
	}
	id := c.create("Users", ada)
	_, got := c.Want(200, "GET", "/Users/"+id, nil)
	c.isResource("Users", got)
	if part, _ := got["name"].(object); got["userName"] != name || part["familyName"] != "Conformance" || got["active"] != true {
		c.Errorf("user %v", got)
	}
	if found := c.All("Users", 10, `userName eq "`+name+`"`); len(found) != 1 || found[0]["id"] != id {
		c.Errorf("filter found %v", found)
	}
	c.Want(409, "POST", "/Users", ada)
	ada["displayName"] = "Ada C."
	if _, got = c.Want(200, "PUT", "/Users/"+id, ada); got["displayName"] != "Ada C." {
		c.Errorf("replaced %v", got)
	}
	c.patch("/Users/"+id, object{"op": "replace", "path": "active", "value": false})
	if _, got = c.Want(200, "GET", "/Users/"+id, nil); got["active"] != false || got["displayName"] != "Ada C." {
		c.Errorf("patched %v", got)
	}
	return id
}

// patch makes one operation; RFC 7644, 3.5.2 allows 200 with the resource or 204 without.
func (c *SCIM) patch(path string, operation object) {
	c.Helper()
	status, _, out := c.do("PATCH", path, object{"schemas": []string{scimPatch}, "Operations": []object{operation}})
	if (status != 200 || out["id"] == nil) && (status != 204 || out != nil) {
		c.Errorf("PATCH %s: %d %v", path, status, out)
	}
}

// members holds the members of a group.
func (c *SCIM) members(group string, want ...string) {
	c.Helper()
	_, got := c.Want(200, "GET", "/Groups/"+group, nil)
	list, _ := got["members"].([]any)
	var ids []string
	for _, m := range list {
		ids = append(ids, text(m.(object)["value"]))
	}
	if !slices.Equal(ids, want) {
		c.Errorf("members %q, want %q", ids, want)
	}
}
