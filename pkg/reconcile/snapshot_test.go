package reconcile

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

// frozen plans on what a snapshot of a plan holds once it was written and read.
func (w *world) frozen(t tester, m manifest, taken Plan, key []byte) Plan {
	t.Helper()
	data, err := json.Marshal(taken.Snapshot(key))
	if err != nil {
		t.Fatalf("%v", err)
	}
	if strings.Contains(string(data), "secret ") {
		t.Fatalf("the snapshot holds a secret: %s", data)
	}
	s, err := ReadSnapshot(data)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	r := w.request(nil, m, generous)
	offline := []resource.Kind{
		resource.Bind(accountKind(), r.Kinds[0].Way(), nil), resource.Bind(boxKind(), resource.WayAPI, nil), resource.Bind(taskKind(), resource.WayAdapter, nil),
	}
	past, kinds, ledger, err := s.Recall(offline, key)
	if err != nil {
		t.Fatalf("recall: %v", err)
	}
	for i := range r.Objects {
		for _, k := range kinds {
			if k.Name() == r.Objects[i].Ref.Kind {
				r.Objects[i].Kind = k
			}
		}
	}
	r.Past, r.Kinds, r.Ledger = past, kinds, ledger
	made, err := Make(t.Context(), r)
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	if len(w.writes) > 0 {
		t.Fatalf("a plan on a snapshot wrote %v", w.writes)
	}
	return made
}

// told lists what a plan does, without what a snapshot cannot know.
func toldOf(p Plan) (lines []string) {
	for _, s := range p.Steps {
		lines = append(lines, fmt.Sprintf("%s %s %s", s.Ref, s.Action, s.State))
		for _, c := range s.Changes {
			lines = append(lines, fmt.Sprintf("  %s want %s %s", c.Path, c.Want, c.Origin))
		}
	}
	return lines
}

// TestSnapshotPlansAlike: with the key and the secrets at hand, a plan on a snapshot
// is the plan that it was taken of, whatever was changed by hand meanwhile.
func TestSnapshotPlansAlike(t *testing.T) {
	key := SnapshotKey([]byte("0123456789abcdef0123456789abcdef"), "nonce")
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		w := s.play(t)
		taken := w.plan(t, desired(w, s.after), generous)
		w.heal()
		again := w.frozen(t, desired(w, s.after), taken, key)
		same(t, "plan", toldOf(again), toldOf(taken))
	})
}

// TestSnapshotWithoutKey: secrets then count as equal, and each is told.
func TestSnapshotWithoutKey(t *testing.T) {
	w := newWorld()
	secret := func(text string) boxSpec {
		return boxSpec{Note: resource.Text("red"), Password: hidden(text, "SECRET")}
	}
	w.must(t, one(w.box("a", secret("secret 1"))), Policy{})
	taken := w.plan(t, one(w.box("a", secret("secret 1"))), Policy{})
	w.heal()
	plan := w.frozen(t, one(w.box("a", secret("secret 2"))), taken, nil)
	same(t, "action", step(t, plan, "Box/a").Action, Unchanged)
	same(t, "blind", plan.Blind, []string{"Box/a /password"})
	keyed := w.frozen(t, one(w.box("a", secret("secret 2"))), taken, SnapshotKey([]byte("k"), "n"))
	same(t, "action with a key", step(t, keyed, "Box/a").Action, Update)
	same(t, "blind with a key", keyed.Blind, nil)
}

// TestSnapshotIsRead: what is no snapshot, or has another key, is refused.
func TestSnapshotIsRead(t *testing.T) {
	for _, text := range []string{``, `{}`, `{"kind": "Snapshot"}`, `{"kind": "Snapshot", "formatVersion": 2}`, `{"kind": "Snapshot", "formatVersion": 1}`} {
		if _, err := ReadSnapshot([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	s := newWorld().plan(t, nil, Policy{}).Snapshot(SnapshotKey([]byte("a"), "n"))
	if _, _, _, err := s.Recall(nil, SnapshotKey([]byte("b"), "n")); err == nil {
		t.Error("another key is taken")
	}
	old := &Past{Taken: time.Unix(0, 0)}
	if !old.stale(time.Unix(0, 0).Add(25*time.Hour)) || old.stale(time.Unix(0, 0).Add(time.Hour)) {
		t.Error("age does not count")
	}
}

// FuzzReadSnapshot: whatever is in the file, reading it ends.
func FuzzReadSnapshot(f *testing.F) {
	f.Add([]byte(`{"formatVersion":1,"kind":"Snapshot","taken":"2026-11-23T12:00:00Z","objects":[{"kind":"Box","name":"a","spec":{"note":"x","password":null},"hidden":{"/password":"h"}}],"ledger":[{"kind":"Box","name":"a","owned":true,"unmoved":["/note"],"moved":["/password"]}]}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if s, err := ReadSnapshot(data); err == nil {
			_, _, _, _ = s.Recall([]resource.Kind{resource.Bind(boxKind(), resource.WayAPI, nil)}, nil)
		}
	})
}
