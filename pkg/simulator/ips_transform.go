package simulator

import (
	"fmt"
	"regexp"
	"strings"
)

// block is the part of the read transformation for the kind of a call.
func (p *proxyCall) block() document {
	name := "user"
	if p.kind == "Groups" {
		name = "group"
	}
	b, _ := p.system.ReadTransformation[name].(document)
	return b
}

// transform applies the mappings of the read transformation, as far as copying attributes and constants. Without
// mappings no attribute is moved. Functions and variables are left out.
//
// Fact: mappings have sourcePath, constant, targetPath, ignore and scope; meta.location is that of the proxy, not of
// the backend. Source: SAP-docs/btp-cloud-identity-services identity-authentication-d45c8a3.md, read 2026-11-23.
// [documented]
func (p *proxyCall) transform(in document) document {
	out := document{}
	mappings, _ := p.block()["mappings"].([]any)
	for _, m := range mappings {
		m, _ := m.(document)
		target, _ := m["targetPath"].(string)
		if m["ignore"] == true || m["scope"] != nil || target == "" {
			continue
		}
		if c, ok := m["constant"]; ok {
			setPath(out, pathOf(target), c)
		} else if source, ok := m["sourcePath"].(string); ok {
			if v, ok := getPath(in, pathOf(source)); ok {
				setPath(out, pathOf(target), copyJSON(v))
			}
		}
	}
	id, ok := out["id"].(string)
	if !ok {
		return out
	}
	location := "https://" + p.host + strings.Replace(strings.Replace(proxyBase, "{system}", p.system.ID, 1), "{kind}", p.kind, 1)
	setPath(out, []string{"meta", "location"}, location+"/"+escapePath(id))
	return out
}

var pathSegment = regexp.MustCompile(`^(?:\.([A-Za-z0-9_$-]+)|\['([^']+)'\])`)

// pathOf splits a JSON path. What selects inside a list ends the path, so the list is copied as a whole.
func pathOf(path string) []string {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil
	}
	var out []string
	for rest != "" {
		m := pathSegment.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		out = append(out, m[1]+m[2])
		rest = rest[len(m[0]):]
	}
	return out
}

func getPath(in document, path []string) (any, bool) {
	var v any = in
	for _, name := range path {
		d, ok := v.(document)
		if !ok {
			return nil, false
		}
		if v, ok = d[name]; !ok {
			return nil, false
		}
	}
	return v, len(path) > 0
}

func setPath(out document, path []string, v any) {
	for i, name := range path {
		if i == len(path)-1 {
			out[name] = v
			return
		}
		inner, ok := out[name].(document)
		if !ok {
			inner = document{}
			out[name] = inner
		}
		out = inner
	}
}

var (
	emptyTest   = regexp.MustCompile(`^(\$\S+) EMPTY (true|false)$`)
	compareTest = regexp.MustCompile(`^(\$\S+) (==|!=) (?:'([^']*)'|"([^"]*)"|(true|false))$`)
)

// parseCondition reads the condition of a transformation: tests joined by && alone or by || alone. An empty condition
// passes everything.
//
// Fact: conditions are written as ($.emails EMPTY false) && ($.userType == 'x'). Source: SAP knowledge base article
// 3740332 and SAP-docs/btp-cloud-identity-services, read 2026-11-23. [observed] The full grammar is larger; what is
// not understood is an error, never ignored.
func parseCondition(text string) (test, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return func(document) bool { return true }, nil
	}
	or := strings.Contains(text, "||")
	if or && strings.Contains(text, "&&") {
		return nil, fmt.Errorf("condition %q mixes && and ||", text)
	}
	join := "&&"
	if or {
		join = "||"
	}
	var tests []test
	for part := range strings.SplitSeq(text, join) {
		t, err := parseTest(part)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return func(d document) bool {
		for _, t := range tests {
			if t(d) == or {
				return or
			}
		}
		return !or
	}, nil
}

func parseTest(text string) (test, error) {
	text = strings.Trim(strings.TrimSpace(text), "()")
	if m := emptyTest.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
		path := pathOf(m[1])
		return func(d document) bool {
			v, _ := getPath(d, path)
			return isEmpty(v) == (m[2] == "true")
		}, nil
	}
	if m := compareTest.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
		path, want := pathOf(m[1]), m[3]+m[4]+m[5]
		return func(d document) bool {
			v, ok := getPath(d, path)
			return (ok && fmt.Sprint(v) == want) == (m[2] == "==")
		}, nil
	}
	return nil, fmt.Errorf("condition %q is not understood", text)
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
