package e2e

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// seen are the parts of a result that say how it is known.
type seen struct {
	Runs []struct {
		seen
	}
	Steps []struct {
		Kind, Name, State, Evidence string
		Facts                       []struct {
			Path, Evidence string
			Stale          bool
		}
	}
	Incident *struct {
		Since, LastGood time.Time
		Code, Leg       string
	}
	Warnings []struct{ Code, Ref string }
}

// read reads the JSON of one run.
func (e ended) seen(t *testing.T) seen {
	t.Helper()
	var s seen
	if err := json.Unmarshal([]byte(e.out), &s); err != nil {
		t.Fatalf("%v in %s", err, e)
	}
	if len(s.Runs) == 1 {
		return s.Runs[0].seen
	}
	return s
}

// states lists the states that a result holds, by object.
func (s seen) states() map[string]string {
	all := map[string]string{}
	for _, step := range s.Steps {
		all[step.Kind+"/"+step.Name] = step.State
	}
	return all
}

// aged lists the objects that somebody has to look at again.
func (s seen) aged() []string {
	var objects []string
	for _, w := range s.Warnings {
		if w.Code == "W251" {
			objects = append(objects, w.Ref)
		}
	}
	return objects
}

// TestHealthyDriftWritesOnceAnHour: what did not change is not written down at
// each look, and a plan never writes.
func TestHealthyDriftWritesOnceAnHour(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	example := k.example(t, "example")
	drift, plan := append([]string{"drift"}, example...), append([]string{"plan"}, example...)
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 0, example...)
		for look := 1; look <= 12; look++ {
			time.Sleep(15 * time.Minute)
			e := l.must(t, 0, drift...)
			want := 0
			if look%4 == 0 {
				want = 1
			}
			if writes := e.writes(); len(writes) != want || slices.ContainsFunc(writes, func(c call) bool { return !c.ledger() }) {
				t.Errorf("look %d writes %v, want %d", look, writes, want)
			}
			if e := l.must(t, 0, plan...); len(e.writes()) > 0 {
				t.Errorf("a plan writes: %s", e)
			}
		}
		want := map[string]int{"tokens POST": 4, "ledger GET": 1, "destinations GET": 3, "adapter GET": 5, "identity GET": 3, "proxy GET": 2}
		if diff := cmp.Diff(want, l.must(t, 0, drift...).budget()); diff != "" {
			t.Errorf("calls of a healthy look (-known +now):\n%s", diff)
		}
	})
}

// TestBrokenSince: every later process tells the same first time, and the last
// good one before it.
func TestBrokenSince(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	example := k.example(t, "example")
	drift := append([]string{"drift", "-o", "json"}, example...)
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 0, example...)
		made := time.Now().UTC().Truncate(time.Second)
		time.Sleep(20 * time.Minute)
		l.console(t, "POST", "destinations/IPS_PROXY", map[string]any{"set": map[string]string{"GROUPSURL": "/groups"}})
		broke := time.Now().UTC().Truncate(time.Second)
		for range 3 {
			in := l.must(t, 2, drift...).seen(t).Incident
			if in == nil || in.Code != "F-36" || in.Since.Before(broke) || in.Since.Sub(broke) > time.Minute || in.LastGood.Sub(made).Abs() > time.Minute {
				t.Fatalf("broke at %s, good at %s, told %+v", broke, made, in)
			}
			time.Sleep(2 * time.Hour)
		}
		l.must(t, 0, example...)
		s := l.must(t, 0, drift...).seen(t)
		if s.Incident != nil || s.states()["Destination/IPS_PROXY"] != "inSync" {
			t.Errorf("mended: %+v", s)
		}
	})
}

// TestLastSeenBroken: where nothing is read or called, the last look tells.
func TestLastSeenBroken(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	manifest := k.plain(t)
	synctest.Test(t, func(t *testing.T) {
		d := k.green(t, manifest)
		plan := slices.Concat([]string{"plan", "-o", "json"}, manifest)
		drift := slices.Concat([]string{"drift", "-o", "json"}, manifest)
		id := d.shown[proxyObject+"#id"]
		d.console(t, "PATCH", "proxySystems/"+id, map[string]any{"credentials": map[string]string{"Password": "another"}})
		e := d.must(t, 1, drift...)
		if s := e.seen(t); s.states()[proxyObject] != "broken" || s.Incident == nil || s.Incident.Leg != "IPS→IAS" {
			t.Fatalf("%s", e)
		}
		e = d.must(t, 2, plan...)
		e.says(t, "a proof failed on ")
		if e.seen(t).states()[proxyObject] != "broken" {
			t.Errorf("%s", e)
		}
	})
}

// TestEvidenceAges: what people reported counts for a time, calls refresh what they
// can show, and for the rest somebody has to look again.
func TestEvidenceAges(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	manifest := k.plain(t)
	const parameter = "Parameter/UserSource/SourceSystem"
	synctest.Test(t, func(t *testing.T) {
		d := k.green(t, manifest)
		plan := slices.Concat([]string{"plan", "-o", "json"}, manifest)
		drift := slices.Concat([]string{"drift", "-o", "json"}, manifest)
		s := d.must(t, 0, plan...).seen(t)
		if s.states()[parameter] != "unknown" || len(s.aged()) > 0 {
			t.Errorf("only reported, and fresh: %+v", s)
		}
		time.Sleep(8 * 24 * time.Hour)
		// Nobody looked for a week: the plan reads that, and asks nobody.
		s = d.must(t, 2, plan...).seen(t)
		if !stale(s, parameter) || !stale(s, "SystemUser/IAG caller") || s.states()["SystemUser/IAG caller"] != "unknown" {
			t.Errorf("after a week: %+v", s)
		}
		// A look proves the login again; of the parameter there is only the old word.
		s = d.must(t, 2, drift...).seen(t)
		if !stale(s, parameter) || s.states()[parameter] != "unknown" {
			t.Errorf("after a look: %+v", s)
		}
		d.must(t, 7, manifest...).says(t, "W251")
		for _, object := range s.aged() {
			d.must(t, 0, d.done(object)...)
		}
		if s = d.must(t, 0, drift...).seen(t); stale(s, parameter) {
			t.Errorf("after somebody looked: %+v", s)
		}
		d.must(t, 0, manifest...)
	})
}

// stale reports whether a fact of an object is stale.
func stale(s seen, object string) bool {
	for _, step := range s.Steps {
		for _, f := range step.Facts {
			if step.Kind+"/"+step.Name == object && f.Stale {
				return true
			}
		}
	}
	return false
}
