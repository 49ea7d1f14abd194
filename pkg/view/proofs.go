package view

import (
	"slices"
	"strings"
)

// proofsInShort writes one line for each leg whose calls all did what the consumer
// needs, and everything about the others.
func (p *page) proofsInShort(checks []Check) {
	p.blank()
	whole := slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return !c.ofWhole() })
	checks = slices.DeleteFunc(slices.Clone(checks), Check.ofWhole)
	defer p.wholeInShort(whole)
	var legs []string
	for _, c := range checks {
		legs = append(legs, c.Leg)
	}
	slices.Sort(legs)
	legs = slices.Compact(legs)
	width := 0
	for _, leg := range legs {
		width = max(width, columns([]span{{text: leg}}))
	}
	var bad []Check
	for _, leg := range legs {
		of := slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return c.Leg != leg || c.Unsure })
		if failures(of) > 0 || leg == "" {
			bad = append(bad, of...)
			continue
		}
		if len(of) == 0 {
			continue
		}
		start := segment{0, []span{{"proved  ", green}, {pad(clean(leg), width) + " ", plain}}}
		p.line(indent, []segment{start}, legInShort(of))
	}
	bad = append(bad, slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return !c.Unsure })...)
	if len(bad) > 0 {
		p.proofLines(bad, width)
	}
}

// wholeInShort counts what was looked at of the landscape as a whole. None of it
// failed: what is missing is a warning.
func (p *page) wholeInShort(checks []Check) {
	if len(checks) == 0 {
		return
	}
	open := unsure(checks)
	p.line(indent, []segment{{0, []span{{"before  ", dim}}}},
		number(len(checks)-open, "prerequisite is", "prerequisites are")+" met, "+number(open, "was", "were")+" not checked; -v tells which, and why")
}

// legInShort counts the calls of a leg and names what they were about.
func legInShort(checks []Check) string {
	var calls, refs []string
	for _, c := range checks {
		calls, refs = append(calls, c.What), append(refs, c.Ref.String())
	}
	slices.Sort(calls)
	calls = slices.Compact(calls)
	slices.Sort(refs)
	refs = slices.Compact(refs)
	const few = 4
	if len(refs) > few {
		refs = append(refs[:few:few], number(len(refs)-few, "other", "others"))
	}
	return number(len(calls), "call", "calls") + " for " + strings.Join(refs, ", ")
}
