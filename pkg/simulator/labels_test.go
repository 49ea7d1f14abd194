package simulator_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

func TestLabels(t *testing.T) {
	for _, c := range []struct{ url, name, body, put string }{
		{dest, "X", `{"Name":"X","Type":"HTTP"}`, `{"Name":"X","Type":"MAIL"}`},
		{instance, "X", `{"Name":"X","Type":"HTTP"}`, `{"Name":"X","Type":"MAIL"}`},
		{fragments, "X", `{"FragmentName":"X","a":"1"}`, `{"FragmentName":"X","a":"2"}`},
		{certificates, "X.pem", `{"Name":"X.pem","Content":"AAAA"}`, `{"Name":"X.pem","Content":"BBBB"}`},
	} {
		t.Run(c.url, func(t *testing.T) {
			r := newRig(t, simulator.Options{})
			auth, labels := r.bearer("destination"), c.url+"/"+c.name+"/labels"
			r.want(404, "GET", labels, auth, nil)
			r.want(404, "PUT", labels, auth, `[]`)
			r.want(201, "POST", c.url, auth, c.body)
			tag := r.want(200, "GET", c.url+"/"+c.name, auth, nil).header.Get("ETag")
			r.steps(auth, []step{
				{"GET", labels, nil, nil, 200, `[]`},
				{"PUT", labels, nil, `[{"key":"k","values":["1"]}]`, 204, ""},
				{"PATCH", labels, nil, `{"action":"ADD","labels":[{"key":"k","values":["1","2"]},{"key":"l","values":["3","4"]}]}`, 204, ""},
				{"GET", labels, nil, nil, 200, `[{"key":"k","values":["1","2"]},{"key":"l","values":["3","4"]}]`},
				{"GET", c.url + "/" + c.name, nil, nil, 200, `^\{"[^$]*\}$`},
				{"PUT", c.url, nil, c.put, 200, `{"Count":1}`},
				{"PATCH", labels, nil, `{"action":"DELETE","labels":[{"key":"k","values":["1","2","9"]},{"key":"z","values":["1"]}]}`, 204, ""},
				{"PATCH", labels, nil, `{"action":"REMOVE","labels":[{"key":"l","values":["3"]}]}`, 204, ""},
				{"GET", c.url + "?$includeMetadata=labels", nil, nil, 200, `^.*"\$metadata":\{"labels":\[\{"key":"l","values":\["4"\]\}\]\}`},
				{"GET", c.url + "?$includeMetadata=etag;labels&$filter=" + url.QueryEscape("Label['l'] HAS ('4')"), nil, nil, 200, `^.*"etag"`},
				{"GET", c.url + "?$filter=" + url.QueryEscape("Label['l'] HAS ('3')"), nil, nil, 200, `[]`},
				{"PUT", labels, nil, `[]`, 204, ""},
				{"GET", labels, nil, nil, 200, `[]`},
			})
			r.want(200, "PUT", c.url, auth, c.body)
			if again := r.want(200, "GET", c.url+"/"+c.name, auth, nil).header.Get("ETag"); again != tag {
				t.Error("labels change the entity tag")
			}
			r.want(200, "DELETE", c.url+"/"+c.name, auth, nil)
			r.want(404, "GET", labels, auth, nil)
		})
	}
}

func TestLabelLimits(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth, labels := r.bearer("destination"), dest+"/X/labels"
	r.want(201, "POST", dest, auth, m{"Name": "X", "Type": "HTTP"})
	many := func(n, values int) []m {
		var list []m
		for i := range n {
			v := []string{}
			for j := range values {
				v = append(v, fmt.Sprint(j))
			}
			list = append(list, m{"key": fmt.Sprint(i), "values": v})
		}
		return list
	}
	r.want(204, "PUT", labels, auth, many(10, 10))
	for _, bad := range []any{
		many(11, 1), many(1, 11), many(1, 0),
		[]m{{"values": []string{"1"}}},
		`{}`, `null`, `[1]`, `{`,
		[]m{{"key": "a", "values": []string{"1"}}, {"key": "a", "values": []string{"2"}}},
	} {
		r.want(400, "PUT", labels, auth, bad)
	}
	for _, bad := range []any{
		m{"action": "ADD", "labels": []m{{"key": "x", "values": []string{"1"}}}},
		m{"action": "ADD", "labels": []m{{"key": "0", "values": []string{"x"}}}},
		m{"action": "KEEP", "labels": []m{}},
		m{"action": "ADD"},
		`[]`,
	} {
		r.want(400, "PATCH", labels, auth, bad)
	}
	r.want(204, "PATCH", labels, auth, m{"action": "ADD", "labels": many(10, 10)})
	r.want(405, "POST", labels, auth, `[]`)
	r.want(200, "POST", root+"/_sim/behaviour", nil, m{"labelsMissing": true})
	r.want(404, "GET", labels, auth, nil)
	r.want(400, "GET", dest+"?$filter="+url.QueryEscape("Label['0'] HAS ('0')"), auth, nil)
}

// filters are what they let through; one that begins with 400 is refused.
var filters = map[string]string{
	"Name in ('a','ab', 'none')":                                 "a|ab",
	"Name in ('b%27c')":                                          "b'c",
	"Name in ('it%27s%2C%20%28new%29', '100%25')":                "100%|it's, (new)",
	"Name in ( 'a b' )":                                          "a b",
	"startswith(Name, 'a')":                                      "a|a b|ab",
	"startswith(Name,'it''s, (')":                                "it's, (new)",
	"startswith(Name, '')":                                       "100%|a|a b|ab|b'c|it's, (new)|new",
	"startswith(Name, '100%')":                                   "100%",
	"startswith(Name, 'b%27')":                                   "",
	"endswith(Name, '''c')":                                      "b'c",
	"endswith(Name,'new)')":                                      "it's, (new)",
	"modifiedwithin('29', 'minutes')":                            "new",
	"modifiedwithin('30','minutes')":                             "100%|a|a b|ab|b'c|it's, (new)|new",
	"Label['first'] HAS ('a')":                                   "a|a b|ab",
	"Label['first'] HAS ('all', 'b')":                            "b'c",
	"Label['first'] HAS ('all') AND Label['it''s'] HAS ('o''k')": "100%|a|a b|ab|b'c|it's, (new)",
	"Label['first'] HAS ('a') AND Label['first'] HAS ('b')":      "",
	"Label['none'] HAS ('a')":                                    "",
	"400 Name in ('b'c')":                                        "",
	"400 Name in ('b''c')":                                       "",
	"400 Name in ('%zz')":                                        "",
	"400 Name in ()":                                             "",
	"400 Name in ('a'":                                           "",
	"400 Name in ('a') x":                                        "",
	"400 Name in ('a' 'b')":                                      "",
	"400 name in ('a')":                                          "",
	"400 Type in ('a')":                                          "",
	"400 startswith(Name, 'b'c')":                                "",
	"400 startswith(Name, 'a) ":                                  "",
	"400 startswith(Type, 'a')":                                  "",
	"400 startswith('a')":                                        "",
	"400 contains(Name, 'a')":                                    "",
	"400 modifiedwithin('0', 'minutes')":                         "",
	"400 modifiedwithin('1441', 'minutes')":                      "",
	"400 modifiedwithin('1.5', 'minutes')":                       "",
	"400 modifiedwithin('1', 'hours')":                           "",
	"400 modifiedwithin(1, 'minutes')":                           "",
	"400 Label['first'] HAS ()":                                  "",
	"400 Label['first'] HAS ('a') OR Label['first'] HAS ('b')":   "",
	"400 Label['first'] HAS ('a') AND":                           "",
	"400 Label[first] HAS ('a')":                                 "",
	"400 Label['first'] has ('a')":                               "",
	"400 Label['first'] HAS ('a') AND startswith(Name, 'a')":     "",
	"400 ": "",
}

func TestFilters(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	r := newRig(t, simulator.Options{Now: func() time.Time { return now }})
	auth := r.bearer("destination")
	names := []string{"a", "ab", "b'c", "it's, (new)", "100%", "a b"}
	for _, n := range names {
		r.want(201, "POST", dest, auth, m{"Name": n, "Type": "HTTP"})
		r.want(201, "POST", certificates, auth, m{"Name": n + ".pem", "Content": "AAAA"})
		r.want(204, "PUT", dest+"/"+url.PathEscape(n)+"/labels", auth, []m{{"key": "first", "values": []string{n[:1], "all"}}, {"key": "it's", "values": []string{"o'k"}}})
	}
	r.l.Advance(30 * time.Minute)
	r.want(201, "POST", dest, auth, m{"Name": "new", "Type": "HTTP"})
	for filter, want := range filters {
		status := 200
		if rest, bad := strings.CutPrefix(filter, "400 "); bad {
			filter, status = rest, 400
		}
		a := r.want(status, "GET", dest+"?$filter="+url.QueryEscape(filter), auth, nil)
		var got []string
		for _, hit := range regexp.MustCompile(`"Name":"([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
			got = append(got, hit[1])
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %q, want %q", filter, strings.Join(got, "|"), want)
		}
	}
	for filter, status := range map[string]int{"Name in ('a.pem')": 200, "startswith(Name,'a')": 400, "modifiedwithin('1','minutes')": 400} {
		r.want(status, "GET", certificates+"?$filter="+url.QueryEscape(filter), auth, nil)
	}
	r.want(400, "GET", fragments+"?$filter="+url.QueryEscape("Name in ('a')"), auth, nil)
	for _, mixed := range []string{
		"$select=Name&$filter=x", "$page=1&$filter=x", "$page=1&$select=Name", "$page=1&$includeMetadata=etag",
		"$select=Name&$includeMetadata=etag", "$pageSize=5", "$pageCount=true", "$entityCount=true",
	} {
		r.want(400, "GET", dest+"?"+mixed, auth, nil)
		r.want(400, "GET", certificates+"?"+mixed, auth, nil)
	}
}

func TestDeletionByFilter(t *testing.T) {
	r := newRig(t, simulator.Options{})
	auth := r.bearer("destination")
	for _, n := range []string{"a", "b'c", "p"} {
		r.want(201, "POST", dest, auth, m{"Name": n, "Type": "HTTP"})
	}
	r.want(201, "POST", dest, auth, m{"Name": "u", "Type": "HTTP", "clientAssertion.destinationName": "p"})
	by := func(filter string) string { return dest + "?$filter=" + url.QueryEscape(filter) }
	r.steps(auth, []step{
		{"DELETE", dest, nil, nil, 400, `^\{"ErrorMessage"`},
		{"DELETE", by("startswith(Name, 'a')"), nil, nil, 400, `^\{"ErrorMessage"`},
		{"DELETE", by("modifiedwithin('1', 'minutes')"), nil, nil, 400, `^\{"ErrorMessage"`},
		{"DELETE", by("Name in ('a', 'p')"), nil, nil, 400, `{"ErrorMessage":"Unable to remove Configurations \"[p]\"."}`},
		{"DELETE", dest + "/p", nil, nil, 400, `^\{"ErrorMessage":"Cannot perform operation on the destination 'p' because it is used as an assertion provider for destination 'u'"\}$`},
		{
			"DELETE", by("Name in ('a', 'b%27c', 'x')"), nil, nil, 200,
			`{"Count":2,"Summary":[{"name":"a","status":"DELETED"},{"name":"b'c","status":"DELETED"},{"name":"x","reason":"Could not find configuration","status":"NOT_FOUND"}]}`,
		},
		{"GET", dest + "?$select=Name", nil, nil, 200, `[{"Name":"p"},{"Name":"u"}]`},
		{"DELETE", fragments, nil, nil, 405, "Method Not Allowed"},
	})
}

func TestAssertionProvidersStay(t *testing.T) {
	for _, property := range []string{"clientAssertion.destinationName", "SAMLAssertionProvider"} {
		r := newRig(t, simulator.Options{})
		auth := r.bearer("destination")
		r.want(201, "POST", dest, auth, m{"Name": "p", "Type": "HTTP"})
		r.want(201, "POST", dest, auth, m{"Name": "u", "Type": "HTTP", property: "p"})
		r.want(400, "DELETE", dest+"/p", auth, nil)
		r.want(200, "DELETE", dest+"/u", auth, nil)
		r.want(200, "DELETE", dest+"/p", auth, nil)
	}
}

func TestCreationWithMetadata(t *testing.T) {
	r := newRig(t, simulator.Options{})
	x := func(n string) m { return m{"Name": n, "Type": "HTTP"} }
	q := "?$includeMetadata=etag;shared_with_subscriber"
	r.steps(r.bearer("destination"), []step{
		{"POST", dest + q, nil, x("A"), 201, `^\{"\$metadata":\{"etag":"[0-9a-f]+","shared_with_subscriber":false\}\}$`},
		{"POST", dest + q, nil, x("A"), 409, `^\{"\$metadata":\{"etag":"[0-9a-f]+".*\},"ErrorMessage":"Duplicate key"\}$`},
		{"POST", dest + q, nil, []m{x("A"), x("B")}, 207, `^\[\{"\$metadata":\{.*\},"cause":"Duplicate key","name":"A","status":409\},\{"\$metadata":\{.*"name":"B","status":201\}\]$`},
		{"POST", dest + "?$includeMetadata=labels", nil, x("C"), 400, `^\{"ErrorMessage"`},
		{"POST", fragments + q, nil, m{"FragmentName": "F"}, 201, `^\{"\$metadata":\{"etag"`},
	})
}
