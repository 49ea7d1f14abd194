package reconcile

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/resource"
)

// look makes a plan by what was seen before.
func (w *world) look(t tester, m manifest, before Sightings, p Policy, only ...resource.Ref) Plan {
	t.Helper()
	r := w.request(w.ledger(t), m, p)
	r.Seen, r.Only = before, only
	plan, err := Make(t.Context(), r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return plan
}

func trial(name string, ok bool) Trial { return Trial{Ref: ref("Account", name), Of: "login", OK: ok} }

// sealed is an object with a secret that cannot be read back.
func sealed(w *world) manifest {
	return manifest{
		w.account("a", accountSpec{Role: text("r"), Secret: hidden("s", "SECRET")}),
		w.account("b", accountSpec{Role: text("r")}),
	}
}

// TestObserve: only what changed is news, and the first bad time stays.
func TestObserve(t *testing.T) {
	w := newWorld()
	m := sealed(w)
	w.must(t, m, Policy{})
	before := Sightings{}
	tell := func(name string, news, ok bool) Sightings {
		t.Helper()
		p := w.look(t, m, before, Policy{})
		if ok {
			p.Prove(ref("Account", "a"), []string{"/secret"})
			p.Judge(nil, []resource.Ref{ref("Account", "a")})
		} else {
			p.Judge([]resource.Ref{ref("Account", "a")}, nil)
		}
		next, told := p.Sightings(before, []Trial{trial("a", ok)})
		same(t, name, told, news)
		before = next
		return next
	}
	good := tell("first look", true, true)
	same(t, "usable", good.Usable(), true)
	same(t, "nothing is usable", Sightings{}.Usable(), false)
	tell("again", false, true)
	good = before
	bad := tell("it breaks", true, false)
	same(t, "state", bad.Objects["Account/a"].State, Broken)
	same(t, "good", bad.Tried(trial("a", true)).Good, good.Tried(trial("a", true)).Good)
	later := tell("broken still", false, false)
	same(t, "since", later.Tried(trial("a", true)).Bad, bad.Tried(trial("a", true)).Bad)
	same(t, "object since", later.Objects["Account/a"].Since, bad.Objects["Account/a"].Since)
	same(t, "object good", later.Objects["Account/a"].Good, good.Objects["Account/a"].At)
	mended := tell("mended", true, true)
	same(t, "no bad time", mended.Tried(trial("a", true)).Bad.IsZero(), true)
	if text, _ := json.Marshal(before); strings.Contains(string(text), `"s"`) {
		t.Errorf("a value is kept: %s", text)
	}
}

// TestObserveInPart: a look at one object forgets no other; a whole look forgets
// what is gone.
func TestObserveInPart(t *testing.T) {
	w := newWorld()
	m := sealed(w)
	w.must(t, m, Policy{})
	all, _ := w.look(t, m, Sightings{}, Policy{}).Sightings(Sightings{}, []Trial{trial("a", true), trial("b", true)})
	part, _ := w.look(t, m, all, Policy{}, ref("Account", "b")).Sightings(all, nil)
	same(t, "in part", len(part.Objects)+len(part.Proofs), 4)
	gone := Sightings{Objects: all.Objects, Proofs: map[string]Tried{"Account/gone|login": {}, trial("a", true).key(): {}}}
	whole, _ := w.look(t, m, gone, Policy{}).Sightings(gone, nil)
	same(t, "whole", len(whole.Objects)+len(whole.Proofs), 3)
}

// TestProofIsRemembered: for the very value that was proven, for as long as it
// counts, and not when the manifest says otherwise.
func TestProofIsRemembered(t *testing.T) {
	w := newWorld()
	m := sealed(w)
	w.must(t, m, Policy{})
	p := w.look(t, m, Sightings{}, Policy{})
	p.Prove(ref("Account", "a"), []string{"/secret"})
	known, _ := p.Sightings(Sightings{}, nil)
	rotated := manifest{w.account("a", accountSpec{Role: text("r"), Secret: hidden("new", "SECRET")}), m[1]}
	other := known
	other.Objects = map[string]Sighting{"Account/a": known.Objects["Account/a"]}
	strange := other.Objects["Account/a"]
	strange.Seen = []Observation{{Path: "/secret", Evidence: EvidenceProbe, At: w.clock, Hash: "another"}}
	other.Objects["Account/a"] = strange
	for _, c := range []struct {
		name   string
		m      manifest
		seen   Sightings
		after  time.Duration
		policy Policy
		want   Evidence
		state  State
	}{
		{"nothing seen", m, Sightings{}, 0, Policy{}, EvidenceUnseen, InSync},
		{"seen", m, known, 0, Policy{StaleAfter: time.Hour}, EvidenceProbe, InSync},
		{"long ago", m, known, 2 * time.Hour, Policy{StaleAfter: time.Hour}, EvidenceProbe, Unknown},
		{"long ago, and it counts for ever", m, known, 2 * time.Hour, Policy{}, EvidenceProbe, InSync},
		{"another value was seen", m, other, 0, Policy{}, EvidenceUnseen, InSync},
		{"the manifest changed", rotated, known, 0, Policy{}, EvidenceUnseen, Drifted},
	} {
		w.clock = w.clock.Add(c.after)
		p := w.look(t, c.m, c.seen, c.policy)
		a := step(t, p, "Account/a")
		same(t, c.name, a.Evidence, c.want)
		same(t, c.name+", state", a.State, c.state)
		same(t, c.name+", stale", len(p.Stale()) > 0, c.state == Unknown)
		same(t, c.name+", doubtful", p.Doubtful(), c.state == Unknown)
		if c.state == Unknown {
			same(t, c.name+", reason", strings.HasPrefix(a.Reason, "cannot tell since 2026-11-23 "), true)
			p.Prove(ref("Account", "a"), []string{"/secret"})
			same(t, c.name+", proven anew", step(t, p, "Account/a").State, InSync)
		}
		w.clock = w.clock.Add(-c.after)
	}
}

// TestReportOutlivesOldProof: what was proven before somebody reported says
// nothing of what they did.
func TestReportOutlivesOldProof(t *testing.T) {
	w := reportWorld()
	m := w.needing("r", resource.Value{})
	w.report(t, m, said("a", "id-1"), said("b", "id-2"))
	p := w.look(t, m, Sightings{}, Policy{})
	p.Prove(ref("Account", "a"), []string{""})
	same(t, "proven", step(t, p, "Account/a").State, InSync)
	p.Judge([]resource.Ref{ref("Account", "b")}, nil)
	known, _ := p.Sightings(Sightings{}, nil)
	// The reports are of 13:00, the proof was before that.
	later := w.look(t, m, known, Policy{})
	same(t, "evidence", step(t, later, "Account/a").Evidence, EvidenceReported)
	same(t, "state", step(t, later, "Account/b").State, Unknown)
	w.clock = w.clock.Add(2 * time.Hour)
	p = w.look(t, m, Sightings{}, Policy{})
	p.Prove(ref("Account", "a"), []string{""})
	p.Judge([]resource.Ref{ref("Account", "b")}, nil)
	p.Blame(ref("Account", "b"), "F-5")
	p.Blame(ref("Account", "a"), "F-6")
	known, _ = p.Sightings(Sightings{}, nil)
	later = w.look(t, m, known, Policy{})
	same(t, "evidence of after", step(t, later, "Account/a").Evidence, EvidenceProbe)
	same(t, "broken by what was seen", step(t, later, "Account/b").State, Broken)
	same(t, "failure", step(t, later, "Account/b").Code, "F-5")
	same(t, "no failure", step(t, later, "Account/a").Code, "")
	_, news := later.Sightings(known, nil)
	same(t, "nothing new", news, false)
	later.Blame(ref("Account", "b"), "F-7")
	_, news = later.Sightings(known, nil)
	same(t, "another failure", news, true)
	later.Judge(nil, []resource.Ref{ref("Account", "b")})
	same(t, "a call shows otherwise", step(t, later, "Account/b").State, Unknown)
	same(t, "and takes the failure away", step(t, later, "Account/b").Code, "")
}

// TestBelow orders the levels.
func TestBelow(t *testing.T) {
	w := newWorld()
	m := sealed(w)
	w.must(t, m, Policy{})
	p := w.look(t, m, Sightings{}, Policy{})
	p.Prove(ref("Account", "a"), []string{"/secret"})
	for level, want := range map[Evidence]int{EvidenceRead: 1, EvidenceExport: 1, EvidenceProbe: 0, EvidenceAuditLog: 0, EvidenceUnseen: 0} {
		same(t, string(level), len(p.Below(level)), want)
	}
	same(t, "levels", strings.Join(Levels(), " "), "read export probe auditlog reported unseen")
}

// TestWithin drops what is read again anyway, and nothing else.
func TestWithin(t *testing.T) {
	s := Sightings{Format: 1, Objects: map[string]Sighting{}}
	for i := range 50 {
		s.Objects[fmt.Sprintf("Box/%02d", i)] = Sighting{State: InSync, Evidence: EvidenceRead}
	}
	s.Objects["Box/broken"] = Sighting{State: Broken}
	s.Objects["Box/proven"] = Sighting{State: InSync, Seen: []Observation{{Path: "/p"}}}
	same(t, "room for all", len(s.Within(1<<20).Objects), 52)
	cut := s.Within(2000)
	text, _ := json.Marshal(cut)
	same(t, "fits", len(text) <= 2000, true)
	same(t, "keeps some", len(cut.Objects) > 10, true)
	none := s.Within(0)
	same(t, "keeps what matters", len(none.Objects), 2)
	same(t, "the original", len(s.Objects), 52)
}
