package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"reconcile/pkg/reconcile"
)

// state is the part of a landscape's state that the program can change.
type state struct {
	Destinations map[string]map[string]struct{ Properties map[string]string }
	Fragments    map[string]map[string]struct{ Properties map[string]string }
	Collections  map[string][]struct {
		ID, Version string
		System      map[string]any
		Secrets     map[string]string
	}
	Runs map[string][]struct{ Status, IdempotencyKey string }
}

func (l *land) state(t tester) state {
	t.Helper()
	var s state
	data, err := l.Dump()
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// picture is a state in a form that two landscapes can be compared by: made-up
// identifiers, versions and keys are left out, references keep their meaning.
type picture struct {
	Destinations map[string]map[string]string
	// Objects holds the documents of each collection, sorted by name.
	Objects map[string][]map[string]any
	Secrets map[string]map[string]string
	// Runs counts the runs of each job by outcome.
	Runs map[string]map[string]int
	// Ledger describes each entry.
	Ledger map[string]string
}

func (l *land) picture(t tester) picture {
	t.Helper()
	s := l.state(t)
	p := picture{map[string]map[string]string{}, map[string][]map[string]any{}, map[string]map[string]string{}, map[string]map[string]int{}, s.ledger(t)}
	for _, shelf := range s.Destinations {
		for name, one := range shelf {
			p.Destinations[name] = one.Properties
		}
	}
	names := map[string]string{}
	for collection, list := range s.Collections {
		for _, one := range list {
			names[one.ID] = fmt.Sprintf("{%s %v}", collection, one.System["name"])
		}
	}
	for collection, list := range s.Collections {
		for _, one := range list {
			name := names[one.ID]
			p.Objects[collection] = append(p.Objects[collection], named(one.System, names))
			if len(one.Secrets) > 0 {
				p.Secrets[name] = one.Secrets
			}
			for _, run := range s.Runs[one.ID] {
				if p.Runs[name] == nil {
					p.Runs[name] = map[string]int{}
				}
				p.Runs[name][run.Status]++
			}
		}
		slices.SortFunc(p.Objects[collection], func(a, b map[string]any) int {
			return cmp.Compare(fmt.Sprint(a["name"]), fmt.Sprint(b["name"]))
		})
	}
	return p
}

// named replaces identifiers in a document by what they identify.
func named(document map[string]any, names map[string]string) map[string]any {
	out := maps.Clone(document)
	for field, value := range out {
		if text, ok := value.(string); ok && names[text] != "" {
			out[field] = names[text]
		}
	}
	return out
}

// ledger describes what the program remembers of each object, without what is
// made up, and demands that there is at most one memory of each.
func (s state) ledger(t tester) map[string]string {
	t.Helper()
	entries := map[string]string{}
	for _, shelf := range s.Fragments {
		for fragment, one := range shelf {
			for property, text := range one.Properties {
				var e reconcile.Entry
				if property == "reconcile" || property == "FragmentName" {
					continue
				}
				if err := json.Unmarshal([]byte(text), &e); err != nil {
					t.Fatalf("fragment %s, property %s: %v", fragment, property, err)
				}
				ref := e.String()
				if entries[ref] != "" {
					t.Errorf("the ledger remembers %s twice", ref)
				}
				entries[ref] = fmt.Sprintf("owned %t via %s wrote %v labels %v intent %t owed %t id %t",
					e.Owned, e.Via, slices.Sorted(maps.Keys(e.Wrote)), e.Labels, e.Intent != nil, e.Owed, e.ID != "")
			}
		}
	}
	return entries
}
