package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// test tells whether an entity passes a filter.
type test func(document) bool

// filterable are the attributes that can be filtered by, in exactly this case. The directory of SAP may take more.
var filterable = map[string][]string{
	"Users": {
		"id", "userName", "displayName", "emails", "emails.value", "externalId", "active", "userType",
		"name.familyName", "name.givenName", "meta.lastModified", schemaUserExt + ":userUuid", schemaUserExt + ":userId",
	},
	"Groups": {"id", "displayName", "externalId", "meta.lastModified"},
}

// parseFilter reads eq (and gt on meta.lastModified), joined by and, or and parentheses. An empty text keeps all.
//
// Fact: filters of the directory follow RFC 7644. Source: api.sap.com as cited by
// SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [documented] Only the operators that the
// integration needs are taken; the others are refused, not ignored.
func parseFilter(text, kind string) (test, error) {
	if strings.TrimSpace(text) == "" {
		return func(document) bool { return true }, nil
	}
	p := &filterParser{tokens: filterTokens(text), kind: kind}
	t, err := p.any()
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("filter: unexpected %q", p.tokens[0])
	}
	return t, err
}

type filterParser struct {
	tokens []string
	kind   string
}

// filterTokens splits at blanks and parentheses, but not inside quotes.
func filterTokens(text string) []string {
	var out []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		n := 1
		switch {
		case text[0] == '"':
			for n < len(text) && (text[n] != '"' || text[n-1] == '\\') {
				n++
			}
			n = min(n+1, len(text))
		case text[0] != '(' && text[0] != ')':
			if n = strings.IndexAny(text, ` ()"`); n < 0 {
				n = len(text)
			}
		}
		out = append(out, text[:n])
		text = text[n:]
	}
	return out
}

func (p *filterParser) take() string {
	if len(p.tokens) == 0 {
		return ""
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

// joined reads a chain of terms.
func (p *filterParser) joined(word string, term func() (test, error), join func(a, b test) test) (test, error) {
	out, err := term()
	for err == nil && len(p.tokens) > 0 && strings.EqualFold(p.tokens[0], word) {
		p.take()
		var next test
		if next, err = term(); err == nil {
			out = join(out, next)
		}
	}
	return out, err
}

func (p *filterParser) any() (test, error) {
	return p.joined("or", p.all, func(a, b test) test { return func(d document) bool { return a(d) || b(d) } })
}

func (p *filterParser) all() (test, error) {
	return p.joined("and", p.term, func(a, b test) test { return func(d document) bool { return a(d) && b(d) } })
}

func (p *filterParser) term() (test, error) {
	if len(p.tokens) > 0 && p.tokens[0] == "(" {
		p.take()
		t, err := p.any()
		if err == nil && p.take() != ")" {
			err = fmt.Errorf("filter: a parenthesis is not closed")
		}
		return t, err
	}
	name, op, raw := p.take(), p.take(), p.take()
	if !slices.Contains(filterable[p.kind], name) {
		return nil, fmt.Errorf("filter: cannot filter by %q", name)
	}
	var value any
	if json.Unmarshal([]byte(raw), &value) != nil {
		return nil, fmt.Errorf("filter: %q is not a quoted value", raw)
	}
	switch {
	case op == "eq":
		return func(d document) bool { return slices.ContainsFunc(valuesAt(d, name), equalTo(name, value)) }, nil
	case op == "gt" && name == "meta.lastModified":
		since, _ := value.(string)
		// Times of one form compare as text.
		return func(d document) bool { return fmt.Sprint(valuesAt(d, name)[0]) > since }, nil
	}
	return nil, fmt.Errorf("filter: operator %q is not supported for %q", op, name)
}

// equalTo compares; names and e-mails of people are not case-sensitive (RFC 7643), the rest is.
func equalTo(name string, want any) func(any) bool {
	return func(have any) bool {
		h, ok1 := have.(string)
		w, ok2 := want.(string)
		if ok1 && ok2 && (name == "userName" || strings.HasPrefix(name, "emails")) {
			return strings.EqualFold(h, w)
		}
		return have == want
	}
}

// valuesAt lists the values of an attribute.
func valuesAt(d document, name string) []any {
	outer, inner := name, ""
	if strings.HasPrefix(name, "urn:") {
		i := strings.LastIndexByte(name, ':')
		outer, inner = name[:i], name[i+1:]
	} else if a, b, ok := strings.Cut(name, "."); ok {
		outer, inner = a, b
	}
	switch v := d[outer].(type) {
	case document:
		return []any{v[inner]}
	case []any:
		var out []any
		for _, e := range v {
			if m, ok := e.(document); ok {
				out = append(out, m["value"])
			}
		}
		return out
	}
	return []any{d[outer]}
}
