package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// TestCallBudgets counts the calls of whole runs by service and method. Reading
// follows the number of collections, never that of objects.
func TestCallBudgets(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	example := k.example(t, "example")
	many, few := k.many(t, 200), k.many(t, 5)
	// A dry run logs in at each service and reads the ledger and each collection.
	look := map[string]int{"tokens POST": 2, "ledger GET": 1, "destinations GET": 1}
	// One array changes all, one list looks right before and one reads them back.
	change := map[string]int{
		"tokens POST": 1, "destinations GET": 4, "destinations PUT": 1,
		"ledger GET": 12, "ledger POST": 1, "ledger PUT": 4, "ledger DELETE": 1,
	}
	for _, c := range []struct {
		name   string
		before []string
		args   []string
		want   map[string]int
	}{
		{"dry run of the example", nil, append(example, "--dry-run"), with(look, "adapter GET", 5)},
		{"dry run of the example, converged", example, append(example, "--dry-run"), with(look, "adapter GET", 5)},
		{"dry run of 5", nil, append(few, "--dry-run"), with(look, "tokens POST", 1)},
		{"dry run of 200", nil, append(many, "--dry-run"), with(look, "tokens POST", 1)},
		{"dry run of 200, converged", many, append(many, "--dry-run"), with(look, "tokens POST", 1)},
		{"nothing to do among 200", many, many, with(look, "tokens POST", 1)},
		{"nothing to do in the example", example, example, map[string]int{
			// The proofs: two logins, what they open, and Users and Groups through the proxy.
			"tokens POST": 4, "ledger GET": 1, "destinations GET": 3, "adapter GET": 5, "identity GET": 3, "proxy GET": 2,
		}},
		{"first converge of 200", nil, many, map[string]int{
			// One array creates all, one list reads them back; the plan is made again under
			// the lock, which lies beside the ledger. The ledger has two pieces.
			"tokens POST": 1, "destinations GET": 3, "destinations POST": 1,
			"ledger GET": 14, "ledger POST": 4, "ledger PUT": 3, "ledger DELETE": 1,
		}},
		// With what is announced, 200 entries need a second shard.
		{"10 changes among 200", many, k.moved(t, 200, 10), with(with(with(change, "ledger GET", 14), "ledger POST", 2), "ledger PUT", 5)},
		{"200 changes among 200", many, k.moved(t, 200, 200), with(with(with(change, "ledger GET", 16), "ledger POST", 3), "ledger PUT", 6)},
		{"first converge of the example", nil, example, map[string]int{
			// Nine objects and one run; the ledger is written before and after each batch.
			"tokens POST": 4, "ledger GET": 19, "ledger POST": 3, "ledger PUT": 5, "ledger DELETE": 1,
			"destinations GET": 5, "destinations POST": 1, "adapter GET": 10, "adapter POST": 9, "identity GET": 3, "proxy GET": 2,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := k.land(t, k.dump)
				if c.before != nil {
					l.must(t, 0, c.before...)
				}
				e := l.run(c.args...)
				if e.code != 0 && e.code != 2 {
					t.Fatalf("%s", e)
				}
				if diff := cmp.Diff(c.want, e.budget()); diff != "" {
					t.Errorf("calls (-known +now); if that is meant, correct the number:\n%s", diff)
				}
			})
		})
	}
}

// with is a budget with one number changed.
func with(budget map[string]int, what string, n int) map[string]int {
	budget = maps.Clone(budget)
	budget[what] = n
	return budget
}

// budget counts calls by service and method.
func (e ended) budget() map[string]int {
	n := map[string]int{}
	for _, c := range e.calls {
		n[service(c)+" "+c.method]++
	}
	return n
}

// services names what a path belongs to; the first match counts.
var services = []struct{ part, name string }{
	{"/token", "tokens"},
	{"subaccountDestinationFragments", "ledger"},
	{"/destination-configuration/", "destinations"},
	{"/adapter/", "adapter"},
	{"/ipsproxy/", "proxy"},
	{"/scim/", "identity"},
}

func service(c call) string {
	i := slices.IndexFunc(services, func(s struct{ part, name string }) bool { return strings.Contains(c.path, s.part) })
	if i < 0 {
		return fmt.Sprintf("unknown %s", c.path)
	}
	return services[i].name
}
