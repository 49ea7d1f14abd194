package simulator

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// keeper tells whether an item passes a filter.
type keeper func(name string, i *item) bool

// filterForm reads one form of $filter; ok is false when the text has another form.
type filterForm func(d *desk, text string) (keep keeper, ok bool)

// filter reads $filter.
//
// Fact: destinations can be filtered by Name in (…), startswith, endswith, modifiedwithin and label, certificates by
// Name in (…) and label, fragments by label only. Source: Destination Service OpenAPI (SAP/crossplane-provider-btp
// swagger.json), read 2026-11-23. [documented] A filter that is not understood answers 400. [assumed]
func (d *desk) filter() (keeper, bool) {
	text, given := d.query["$filter"]
	if !given {
		return func(string, *item) bool { return true }, true
	}
	for _, form := range d.fam.filters {
		if keep, ok := form(d, text); ok {
			return keep, true
		}
	}
	return nil, false
}

// filterNames reads "Name in ('a', 'b')".
func filterNames(_ *desk, text string) (keeper, bool) {
	names, ok := inList(text)
	return func(name string, _ *item) bool { return slices.Contains(names, name) }, ok
}

// inList reads "Name in ('a', 'b')".
//
// Fact: each name is percent-encoded inside its quotes, so a quote within a name is %27 there and %2527 on the wire.
// Source: Destination Service OpenAPI, read 2026-11-23. [documented] A raw quote within a name is refused. [assumed]
func inList(text string) (names []string, ok bool) {
	p := scanner{text}
	if !p.word("Name in") {
		return nil, false
	}
	raw, ok := p.list()
	if !ok || !p.end() {
		return nil, false
	}
	for _, r := range raw {
		name, err := url.PathUnescape(r)
		if err != nil || strings.Contains(r, "'") {
			return nil, false
		}
		names = append(names, name)
	}
	return names, true
}

// filterStart reads "startswith(Name, 'a')".
func filterStart(_ *desk, text string) (keeper, bool) {
	return affix(text, "startswith", strings.HasPrefix)
}

// filterEnd reads "endswith(Name, 'a')".
func filterEnd(_ *desk, text string) (keeper, bool) {
	return affix(text, "endswith", strings.HasSuffix)
}

// affix reads a comparison with a part of the name.
//
// Fact: a quote within the part is doubled, and nothing else is escaped. Source: Destination Service OpenAPI, read
// 2026-11-23. [documented]
func affix(text, word string, test func(s, part string) bool) (keeper, bool) {
	p := scanner{text}
	if !p.word(word) || !p.word("(") || !p.word("Name") || !p.word(",") {
		return nil, false
	}
	part, ok := p.quoted()
	return func(name string, _ *item) bool { return test(name, part) }, ok && p.word(")") && p.end()
}

// filterAge reads "modifiedwithin('30', 'minutes')".
//
// Fact: minutes is the only unit, and the number is a whole one from 1 to 1440. Source: Destination Service OpenAPI,
// read 2026-11-23. [documented]
func filterAge(d *desk, text string) (keeper, bool) {
	p := scanner{text}
	if !p.word("modifiedwithin") || !p.word("(") {
		return nil, false
	}
	count, ok1 := p.quoted()
	comma := p.word(",")
	unit, ok2 := p.quoted()
	minutes, err := strconv.Atoi(count)
	if !ok1 || !comma || !ok2 || !p.word(")") || !p.end() || unit != "minutes" || err != nil || minutes < 1 || minutes > 1440 {
		return nil, false
	}
	since := d.l.time().Add(-time.Duration(minutes) * time.Minute).UnixMilli()
	return func(_ string, i *item) bool { return i.Modified >= since }, true
}

// filterLabels reads "Label['k'] HAS ('v1', 'v2')", several of them joined with AND.
//
// Fact: a label passes when it has all the values. Source: Destination Service OpenAPI, read 2026-11-23. [documented]
// Several conditions are joined with AND. Source: SAP/cloud-sdk-python @fc67a8f, read 2026-11-23. [observed in clients]
// How a quote within a key or value is escaped is not said; it is doubled here, as elsewhere. [assumed]
func filterLabels(d *desk, text string) (keeper, bool) {
	if d.l.behaviour.LabelsMissing {
		return nil, false
	}
	var wanted []label
	for p := (scanner{text}); ; {
		if !p.word("Label") || !p.word("[") {
			return nil, false
		}
		key, ok := p.quoted()
		if !ok || !p.word("]") || !p.word("HAS") {
			return nil, false
		}
		values, ok := p.list()
		if !ok {
			return nil, false
		}
		wanted = append(wanted, label{key, values})
		if p.end() {
			break
		}
		if !p.word("AND") {
			return nil, false
		}
	}
	return func(_ string, i *item) bool {
		return !slices.ContainsFunc(wanted, func(w label) bool { return !i.hasLabel(w) })
	}, true
}

// scanner reads a filter piece by piece, blanks between the pieces skipped. Each method eats what it recognises.
type scanner struct{ rest string }

// word eats a literal text.
func (p *scanner) word(w string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(p.rest, " "), w)
	if ok {
		p.rest = rest
	}
	return ok
}

// end tells whether nothing is left.
func (p *scanner) end() bool { return strings.TrimLeft(p.rest, " ") == "" }

// quoted eats a text in single quotes; two quotes inside stand for one.
func (p *scanner) quoted() (string, bool) {
	if !p.word("'") {
		return "", false
	}
	var out strings.Builder
	for {
		part, rest, closed := strings.Cut(p.rest, "'")
		if !closed {
			return "", false
		}
		out.WriteString(part)
		p.rest = rest
		if !strings.HasPrefix(rest, "'") {
			return out.String(), true
		}
		out.WriteByte('\'')
		p.rest = rest[1:]
	}
}

// list eats one or more texts in quotes, separated by commas, in parentheses.
func (p *scanner) list() (values []string, ok bool) {
	if !p.word("(") {
		return nil, false
	}
	for {
		v, ok := p.quoted()
		if !ok {
			return nil, false
		}
		values = append(values, v)
		if p.word(")") {
			return values, true
		}
		if !p.word(",") {
			return nil, false
		}
	}
}
