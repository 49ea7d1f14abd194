package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestEveryInstructionCounts leaves out each instruction of the runbook in turn,
// and gets each wrong: somebody who follows the rest must not end up green with
// everything as the manifest says.
func TestEveryInstructionCounts(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	manifest := kit.plain(t)
	first := kit.desk(t, manifest).orders(t, 7)
	tried := 0
	for o := range first.Orders {
		for i, was := range first.Orders[o].Do {
			for name, mutant := range mutants(was) {
				tried++
				r := first
				r.Orders = slices.Clone(first.Orders)
				r.Orders[o].Do = slices.Concat(first.Orders[o].Do[:i], mutant, first.Orders[o].Do[i+1:])
				if why := kit.desk(t, manifest).green(t, r); why == "" {
					t.Errorf("order %d, instruction %d (%s %s) is %s, and nobody notices", o+1, i+1, was.Do, was.Label, name)
				}
			}
		}
	}
	if tried < 100 {
		t.Fatalf("only %d mutants", tried)
	}
}

// TestEveryEditCounts does the same with orders that change what is there: from
// a green landscape, one save forgotten or one field wrong is noticed.
func TestEveryEditCounts(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	later := d.edited(t, "edits", "description: Used by IAG", "description: Used by IAG only",
		"[Manage Users, Manage Groups]", "[Read Users, Manage Groups]", "every: 30m", "every: 15m",
		"      type: IAS\n", "      type: IAS\n      description: All of them\n",
		"        ips.trace.failed.entity.content: \"true\"\n        URL: https://iag-demo.accounts.ondemand.com", "        ips.trace.failed.entity.content: \"true\"\n        URL: https://iag-demo.accounts.ondemand.com:443")
	r := later.orders(t, 7)
	dump, err := later.Dump()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for o := range r.Orders {
		for i, was := range r.Orders[o].Do {
			for name, mutant := range mutants(was) {
				tried++
				changed := r
				changed.Orders = slices.Clone(r.Orders)
				changed.Orders[o].Do = slices.Concat(r.Orders[o].Do[:i], mutant, r.Orders[o].Do[i+1:])
				if why := later.again(t, dump).green(t, changed); why == "" {
					t.Errorf("order %d, instruction %d (%s %s) is %s, and nobody notices", o+1, i+1, was.Do, was.Label, name)
				}
			}
		}
	}
	if tried < 30 || later.again(t, dump).green(t, r) != "" {
		t.Fatalf("%d mutants; done as it says: %s", tried, later.again(t, dump).green(t, r))
	}
}

// again is the desk before a landscape in a given state.
func (d *desk) again(t *testing.T, dump []byte) *desk {
	t.Helper()
	other := *d
	own := &kit{dir: d.dir, dump: dump, env: maps.Clone(d.env)}
	other.land, other.shown = own.land(t, dump), maps.Clone(d.shown)
	return &other
}

// mutants are ways to get an instruction wrong. What to look for first matters
// only where something is there already: see TestPersonGoesOn.
func mutants(i instruction) map[string][]instruction {
	if i.Do == "look" {
		return nil
	}
	all := map[string][]instruction{"left out": nil}
	other := i
	other.Label += "x"
	all["about another field"] = []instruction{other}
	switch {
	case i.From != "":
		other = i
		other.From = strings.Replace(i.From, "#", " 2#", 1)
		other.Secret += "_OLD"
		all["from another order"] = []instruction{other}
	case i.Do == "handOver":
		other = i
		other.Secret += "_OLD"
		all["brought elsewhere"] = []instruction{other}
		delete(all, "about another field")
	case i.Do == "note":
		delete(all, "about another field")
	case i.Value != "":
		other = i
		other.Value = flipped(i.Value)
		all["typed in another case"] = []instruction{other}
	}
	return all
}

// flipped changes the case of the first letter, or a text without one.
func flipped(text string) string {
	for at, c := range text {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return text[:at] + string(c^0x20) + text[at+1:]
		}
	}
	return text + "1"
}

// green does a runbook and returns why somebody would notice, "" when nobody does.
func (d *desk) green(t *testing.T, r runbook) string {
	t.Helper()
	for i := range r.Orders {
		id, err := d.follow(t, r.Orders[i])
		if err != nil {
			return err.Error()
		}
		r.Orders[i].Result = map[string]any{"done": true, "id": id, "by": d.by, "ticket": ""}
	}
	for _, command := range [][]string{d.done("--report", d.reports(t, r)), d.manifest} {
		if e := d.run(command...); e.code != 0 {
			return fmt.Sprintf("exit %d", e.code)
		}
	}
	if e := d.strictly(); e.code != 0 {
		return fmt.Sprintf("strictly %d", e.code)
	}
	return ""
}
