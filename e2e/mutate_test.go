package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestEveryInstructionCounts leaves out each instruction of the runbook in turn,
// and gets each wrong: somebody who follows the rest must not end up green with
// everything as the manifest says.
func TestEveryInstructionCounts(t *testing.T) {
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
