package simulator

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestConditions(t *testing.T) {
	d := document{"a": "x", "n": document{"b": true}, "l": []any{}, schemaUserExt: document{"userId": "P1"}}
	for text, want := range map[string]bool{
		"": true, "$.a EMPTY false": true, "($.l EMPTY true)": true, "$.z EMPTY false": false,
		"$.a == 'x'": true, `$.a != "x"`: false, "$.n.b == true": true, "$.z != 'x'": true,
		"($.a == 'x') && ($.l EMPTY false)": false, "($.a == 'y') || ($.n EMPTY false)": true,
		"$['" + schemaUserExt + "']['userId'] == 'P1'": true,
	} {
		got, err := parseCondition(text)
		if err != nil || got(d) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"x", "$.a", "$.a == x", "$.a == 'x' && $.a == 'y' || $.a == 'z'"} {
		if _, err := parseCondition(text); err == nil {
			t.Errorf("%s is understood", text)
		}
	}
}

// TestMergePatch holds the examples of RFC 7396, appendix A.
func TestMergePatch(t *testing.T) {
	for _, c := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `null`, `null`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	} {
		var have, patch, want any
		for i, v := range []*any{&have, &patch, &want} {
			if err := json.Unmarshal([]byte(c[i]), v); err != nil {
				t.Fatal(err)
			}
		}
		if got := mergePatch(have, patch); !reflect.DeepEqual(got, want) {
			t.Errorf("%s + %s = %v", c[0], c[1], got)
		}
	}
}

// FuzzFilters holds that no text a client sends can bring the landscape down.
func FuzzFilters(f *testing.F) {
	for _, s := range []string{
		`userName eq "x"`, `(`, `"`, `meta.lastModified gt 1`, `Name in ('a','%zz')`,
		`startswith(Name, 'it''s')`, `modifiedwithin('5', 'minutes')`, `Label['k'] HAS ('v') AND Label['l'] HAS ('w')`,
		`members[value eq "x"].display`, `$.a EMPTY true`,
	} {
		f.Add(s)
	}
	desk := &desk{l: &Landscape{now: time.Now, state: &state{}}}
	d := document{"userName": "x", "meta": document{"lastModified": "2026"}, "emails": []any{document{"value": "y"}}}
	f.Fuzz(func(_ *testing.T, s string) {
		if keep, err := parseFilter(s, "Users"); err == nil {
			keep(d)
		}
		if keep, err := parseCondition(s); err == nil {
			keep(d)
		}
		for _, form := range destinationFamily.filters {
			if keep, ok := form(desk, s); ok {
				keep("it's", &item{Labels: []label{{"k", []string{"v"}}}})
			}
		}
		parseQuery(s)
		_ = guessType(s)
		_ = applyPatch(document{"members": "x"}, "add", s, s)
	})
}
