package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// TestConvergesWhateverIsThere: for random manifests and random live states,
// after one run the next plan is empty, and the next run writes nothing. The number
// of cases bounds it, not the time.
func TestConvergesWhateverIsThere(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for _, name := range []string{"RANDOM_A", "RANDOM_B", "RANDOM_C"} {
		k.env[name] = "Value-of." + name
	}
	outer, told := t, map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		if problem := k.play(outer, s, told); problem != "" {
			t.Fatalf("%s", problem)
		}
	})
	t.Logf("how the runs ended: %v", told)
	if told["converged"] < fairShare && !t.Failed() {
		t.Errorf("%d runs converged, want %d: the draws are no good", told["converged"], fairShare)
	}
}

// fairShare is how many of the 100 cases of rapid have to end converged.
const fairShare = 20

// scenario is a landscape's past and what is wanted now.
type scenario struct {
	// earlier was applied by this integration, foreign by another; nil means not.
	earlier, foreign wish
	hands            []hand
	now              wish
	stop, prune      bool
	parallelism      int
}

func drawScenario(t *rapid.T) scenario {
	s := scenario{now: drawn(t, "now"), parallelism: rapid.SampledFrom([]int{1, 8}).Draw(t, "parallelism")}
	if rapid.Bool().Draw(t, "foreign") {
		s.foreign = drawn(t, "foreign")
	}
	if rapid.Bool().Draw(t, "earlier") {
		s.earlier = drawn(t, "earlier")
	}
	s.hands = rapid.SliceOfN(rapid.Custom(drawHand), 0, 4).Draw(t, "hands")
	s.stop, s.prune = rapid.Bool().Draw(t, "stop"), rapid.Bool().Draw(t, "prune")
	return s
}

// hand is one thing that somebody does in a console, as far as it is possible.
type hand struct {
	method, collection string
	// nth picks one of what exists; below 0 it is a new one.
	nth  int
	body map[string]any
}

func (h hand) String() string {
	return fmt.Sprintf("%s %s #%d %v", h.method, h.collection, h.nth, h.body)
}

func drawHand(t *rapid.T) hand {
	return rapid.SampledFrom([]hand{
		{http.MethodDelete, "destinations", 0, nil},
		{http.MethodPost, "destinations", 1, object{"set": map[string]string{"note": "by hand"}}},
		{http.MethodPost, "destinations", 0, object{"set": map[string]string{"Type": "HTTP", "URL": "https://hand.example", "my token": "by hand", "another": "x"}}},
		{http.MethodPost, "destinations", 2, object{"set": map[string]string{"URL": "https://hand.example"}, "remove": []string{"note", "ProxyType"}}},
		{http.MethodPatch, "systemUsers", 0, object{"authorizations": []string{"Manage Users"}}},
		{http.MethodDelete, "systemUsers", 1, nil},
		{http.MethodPatch, "proxySystems", 0, object{"set": map[string]string{"ips.failed.request.retry.attempts": "0", "ips.date.variable.format": "yyyy"}}},
		{http.MethodDelete, "proxySystems", 0, nil},
		{http.MethodPatch, "iagSystems", 0, object{"description": "by hand"}},
		{http.MethodDelete, "iagSystems", 0, nil},
		{http.MethodPatch, "parameters", 0, object{"value": "by hand"}},
		{http.MethodDelete, "parameters", 1, nil},
		{http.MethodPatch, "jobs", 0, object{"recurrence": object{"every": "8h"}}},
		{http.MethodDelete, "jobs", 1, nil},
	}).Draw(t, "hand")
}

// act does it. Consoles refuse some of it, as they should.
func (l *land) act(t tester, h hand) {
	if h.nth < 0 {
		l.console(t, h.method, h.collection, h.body)
		return
	}
	var names []string
	if s := l.state(t); h.collection == "destinations" {
		for _, shelf := range s.Destinations {
			names = append(names, slices.Sorted(maps.Keys(shelf))...)
		}
		names = append(names, "D1")
	} else {
		for _, one := range s.Collections[h.collection] {
			names = append(names, one.ID)
		}
	}
	if len(names) > 0 {
		l.console(t, h.method, h.collection+"/"+names[h.nth%len(names)], h.body)
	}
}

// gave is what ends a play; rapid's own way out does not leave the bubble.
type gave string

// collector is a tester that gives up by a panic.
type collector struct{}

// Helper implements tester.
func (collector) Helper() {}

// Failed implements tester.
func (collector) Failed() bool { return false }

// Fatalf implements tester.
func (collector) Fatalf(format string, args ...any) { panic(gave(fmt.Sprintf(format, args...))) }

// Errorf implements tester.
func (c collector) Errorf(format string, args ...any) { c.Fatalf(format, args...) }

// play plays a scenario in simulated time and returns what was wrong.
func (k *kit) play(t *testing.T, s scenario, told map[string]int) (problem string) {
	synctest.Test(t, func(*testing.T) {
		defer func() {
			if reason := recover(); reason != nil {
				text, expected := reason.(gave)
				if !expected {
					panic(reason)
				}
				problem = string(text)
			}
		}()
		s.play(collector{}, k, told)
	})
	return problem
}

func (s scenario) play(t tester, k *kit, told map[string]int) {
	l := k.land(t, k.dump)
	// The secrets are made up, so their logins are refused.
	flags := []string{"--adopt", "--retry-login", "--max-deletes=100", "--max-delete-share=1", fmt.Sprintf("--parallelism=%d", s.parallelism)}
	past := func(w wish, stage string) {
		if w != nil {
			l.run(append([]string{"-f", k.write(t, stage+".yaml", w.manifest("random", stage, "overwrite"))}, flags...)...)
		}
	}
	past(s.foreign, "other")
	past(s.earlier, "now")
	for _, h := range s.hands {
		l.act(t, h)
	}
	policy := "overwrite"
	if s.stop {
		policy = "stop"
	}
	if s.prune {
		flags = append(flags, "--prune")
	}
	manifest := s.now.manifest("random", "now", policy)
	args := append([]string{"-f", k.write(t, "now.yaml", manifest)}, flags...)
	first := l.run(append(args, "-o", "json")...)
	told[fmt.Sprintf("exit %d", first.code)]++
	report := readReport(t, first)
	fail := func(what string, e ended) {
		first.out, e.out, first.calls = "", "", first.writes()
		t.Fatalf("%s\n%s\nhands %v\nfirst: %s\n%s", what, manifest, s.hands, first, e)
	}
	switch {
	case first.code == 5 && !report.refusedWell(s.stop), first.code == 4, first.code == 7, first.code == 3:
		fail("the run ends badly", ended{})
	case first.code == 5:
		if len(first.writes()) > 0 {
			fail("a refused run writes", ended{})
		}
		return
	}
	if report.inUse() {
		return
	}
	if bad := report.unfinished(); bad != "" {
		fail("a step did not succeed: "+bad, ended{})
	}
	args = slices.DeleteFunc(args, func(a string) bool { return a == "--adopt" })
	again := l.run(append([]string{"plan", "-o", "json"}, slices.DeleteFunc(slices.Clone(args), func(a string) bool { return strings.HasPrefix(a, "--parallelism") })...)...)
	if left := readReport(t, again).left(); left != "" {
		fail("the next plan still wants "+left, again)
	}
	if idle := l.idle(args...); len(idle.writes()) > 0 {
		fail("a run with nothing to do writes", idle)
	}
	told["converged"]++
}

// idle runs a command that has nothing to do, and is to write nothing. When a proof
// fails, the first such run may note a login that was refused, so that nobody tries it
// again: nothing else, and only once.
func (l *land) idle(args ...string) ended {
	first := l.run(args...)
	if first.code != 1 || !first.noted(loginsFragment) {
		return first
	}
	return l.run(args...)
}

// loginsFragment is where this integration remembers logins that were refused.
const loginsFragment = "reconcile-ledger-random-now-logins"

// noted reports whether a run wrote this fragment and read it back, and no other.
func (e ended) noted(fragment string) bool {
	return len(e.writes()) == 1 && slices.ContainsFunc(e.calls, func(c call) bool { return strings.HasSuffix(c.path, "/"+fragment) })
}

// report is what these tests read of a result.
type report struct {
	Steps  []struct{ Kind, Name, Action, Outcome, Error string }
	Errors []struct{ Code, Message string }
}

func readReport(t tester, e ended) report {
	var r report
	if err := json.Unmarshal([]byte(e.out), &r); err != nil {
		t.Fatalf("%v: %s", err, e)
	}
	return r
}

// refusedWell reports whether every brake that held is one that a random wish can
// run into: a stranger's or a protected object wanted gone, one that another
// integration owns or whose id would be lost, and, where the policy says so, a
// change by hand.
func (r report) refusedWell(stop bool) bool {
	brakes := []string{"E205", "E206", "E211", "E212"}
	for _, e := range r.Errors {
		if !slices.Contains(brakes, e.Code) && (e.Code != "E204" || !stop) {
			return false
		}
	}
	return len(r.Errors) > 0
}

// inUse reports whether something could not be deleted because a stranger's object
// uses it: that fails, and goes on failing, as it should.
func (r report) inUse() bool {
	for _, s := range r.Steps {
		if s.Action == "delete" && s.Outcome == "failed" && strings.Contains(s.Error, "409") {
			return true
		}
	}
	return false
}

// unfinished names the first step that was to be done and was not. A job that ran
// and found nothing to read did its part.
func (r report) unfinished() string {
	for _, s := range r.Steps {
		if touches(s.Action) && s.Outcome != "applied" && s.Action != "run" {
			return fmt.Sprintf("%s %s/%s is %q: %s", s.Action, s.Kind, s.Name, s.Outcome, s.Error)
		}
	}
	return ""
}

func (r report) left() string {
	for _, s := range r.Steps {
		if touches(s.Action) {
			return fmt.Sprintf("%s %s/%s", s.Action, s.Kind, s.Name)
		}
	}
	return ""
}

func touches(action string) bool { return action != "unchanged" && action != "kept" }

// TestServerDefaultsAreNobodysChange: the day that IAS notes for a new secret was
// set by nobody's hand, so it neither stops a rotation nor differs from what the
// manifest says later.
func TestServerDefaultsAreNobodysChange(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.env["RANDOM_A"], k.env["RANDOM_B"] = "First.one", "Second.one"
	user := func(secrets ...object) []string {
		w := wish{"systemUsers": {{"name": "U1", "authorizations": []string{"Read Users"}, "secrets": secrets}}}
		return []string{"-f", k.write(t, "user.yaml", w.manifest("random", "now", "stop"))}
	}
	first := object{"label": "s1", "value": object{"env": "RANDOM_A"}, "expireIn": "1 year"}
	second := object{"label": "s2", "value": object{"env": "RANDOM_B"}, "expireIn": "1 year"}
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 0, user(first)...)
		l.must(t, 0, user(second, first)...)
		l.must(t, 0, user(second)...)
		l.settled(t, user(second)...)
		second["created"] = "1999-01-01"
		l.settled(t, user(second)...)
	})
}
