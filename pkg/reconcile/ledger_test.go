package reconcile

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// fat is an entry of about size bytes.
func fat(name string, size int) Entry {
	return Entry{Ref: ref("Box", name), Owned: true, ID: strings.Repeat("x", size)}
}

func save(t tester, l *Ledger) {
	t.Helper()
	if err := l.Save(t.Context()); err != nil {
		t.Fatalf("save: %v", err)
	}
}

// filled is a world whose ledger holds n entries of one KiB.
func filled(t tester, n int) *world {
	w := newWorld()
	l := w.ledger(t)
	for i := range n {
		l.Put(fat(fmt.Sprintf("b%03d", i), 1<<10))
	}
	save(t, l)
	w.heal()
	return w
}

func entries(l *Ledger) map[resource.Ref]Entry {
	all := map[resource.Ref]Entry{}
	for _, r := range l.Refs() {
		all[r] = l.Entry(r)
	}
	return all
}

func TestLedgerRoundTrip(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	full := Entry{
		Ref: ref("Box", "a / ü"), Owned: true, Adopted: true, ID: "id-1", Via: resource.WayAdapter, Owed: true,
		Wrote: map[string]string{"/p": "hash"}, Labels: map[string]string{"/s": "2026-11"},
		Intent: &Intent{Action: Update, Key: "key", At: at},
		Seen:   []Observation{{Path: "/p", Evidence: EvidenceReported, At: at, By: "me", Hash: "hash"}},
	}
	w := newWorld()
	l := w.ledger(t)
	l.Put(full)
	save(t, l)
	again := w.ledger(t)
	same(t, "entry", again.Entry(full.Ref), full)
	same(t, "fingerprint", again.Fingerprint(text("x")), l.Fingerprint(text("x")))
	same(t, "unknown", again.Entry(ref("Box", "b")), Entry{Ref: ref("Box", "b")})
}

func TestLedgerKeysDiffer(t *testing.T) {
	one, two := newWorld().ledger(t), newWorld().ledger(t)
	if one.Fingerprint(text("x")) == two.Fingerprint(text("x")) {
		t.Error("two ledgers share a key")
	}
}

// TestShards: whatever is put and dropped, no shard is larger than the limit,
// what is loaded is what was saved, and only touched shards are written.
func TestShards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		l := w.ledger(t)
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			for range rapid.IntRange(0, 40).Draw(t, "changes") {
				name := fmt.Sprint("b", rapid.IntRange(0, 60).Draw(t, "name"))
				if rapid.IntRange(0, 3).Draw(t, "drop") == 0 {
					l.Drop(ref("Box", name))
				} else {
					l.Put(fat(name, rapid.IntRange(0, 6<<10).Draw(t, "size")))
				}
			}
			if rapid.IntRange(0, 3).Draw(t, "run") > 0 {
				l.tally = l.tally.next(w.now(), rapid.Bool().Draw(t, "recorded"))
			}
			before := maps.Clone(w.store.shards)
			w.heal()
			save(t, l)
			w.onlyTouched(t, before)
			same(t, "loaded", entries(w.ledger(t)), entries(l))
		}
	})
}

// onlyTouched checks the sizes, and that each write changed something.
func (w *world) onlyTouched(t tester, before map[string]Shard) {
	changed := 0
	for name, s := range w.store.shards {
		size := 0
		for k, v := range s.Properties {
			size += len(k) + len(v)
		}
		if size > shardLimit {
			t.Errorf("%s holds %d bytes", name, size)
		}
		if !maps.Equal(s.Properties, before[name].Properties) {
			changed++
		}
	}
	// A new ledger of several shards writes its first one twice.
	if len(before) > 0 && len(w.writes) != changed {
		t.Errorf("%d shards changed, written were %v", changed, w.writes)
	}
}

func TestOnlyTheTouchedShardIsWritten(t *testing.T) {
	w := filled(t, 100)
	if len(w.store.shards) < 3 {
		t.Fatalf("only %d shards", len(w.store.shards))
	}
	l := w.ledger(t)
	save(t, l)
	same(t, "writes without a change", w.writes, nil)
	e := l.Entry(ref("Box", "b040"))
	e.Owed = true
	l.Put(e)
	save(t, l)
	same(t, "writes", w.writes, []string{"ledger " + LedgerName(testID) + "1"})
	l.Put(e)
	save(t, l)
	same(t, "writes after the same entry", len(w.writes), 1)
}

// TestLedgerSurvivesEveryCut: killed at any write of a save, the ledger still
// opens, and every entry is the old or the new one.
func TestLedgerSurvivesEveryCut(t *testing.T) {
	tests := map[string]func() *world{
		"new":      newWorld,
		"existing": func() *world { return filled(t, 100) },
	}
	for name, start := range tests {
		t.Run(name, func(t *testing.T) {
			clean := start()
			save(t, clean.grown(t))
			for n := range clean.writes {
				for _, after := range []bool{false, true} {
					w := start()
					before := entries(w.ledger(t))
					l := w.grown(t)
					w.fault = cut{at: n + 1, after: after, dies: true}
					if l.Save(t.Context()) == nil {
						t.Fatal("the cut did not happen")
					}
					w.heal()
					w.oldOrNew(t, before, entries(l))
				}
			}
		})
	}
}

// grown changes every third entry so that it moves to another shard.
func (w *world) grown(t tester) *Ledger {
	l := w.ledger(t)
	for i := 0; i < 100; i += 3 {
		l.Put(fat(fmt.Sprintf("b%03d", i), 3<<10))
	}
	return l
}

func (w *world) oldOrNew(t tester, before, after map[resource.Ref]Entry) {
	t.Helper()
	l := w.ledger(t)
	for r, old := range before {
		if id := l.Entry(r).ID; id != old.ID && id != after[r].ID {
			t.Errorf("%s is neither old nor new: %d bytes", r, len(id))
		}
	}
	// And it can be written again, with nothing doubled.
	for _, e := range after {
		l.Put(e)
	}
	save(t, l)
	same(t, "loaded", entries(w.ledger(t)), after)
	stored := map[string]int{}
	for _, s := range w.store.shards {
		for name := range s.Properties {
			if stored[name]++; name != metaProperty && stored[name] > 1 {
				t.Errorf("%s is stored %d times", name, stored[name])
			}
		}
	}
}

// TestDamagedLedger: nobody goes on by guessing.
func TestDamagedLedger(t *testing.T) {
	name := func(n int) string { return fmt.Sprint(LedgerName(testID), n) }
	set := func(shard int, property, text string) func(map[string]Shard) {
		return func(s map[string]Shard) { s[name(shard)].Properties[property] = text }
	}
	tests := map[string]func(shards map[string]Shard){
		"first shard missing":    func(s map[string]Shard) { delete(s, name(0)) },
		"middle shard missing":   func(s map[string]Shard) { delete(s, name(1)) },
		"last shard missing":     func(s map[string]Shard) { delete(s, name(len(s)-1)) },
		"entry is no JSON":       set(1, propertyName(ref("Box", "b040")), `{"kind":"Box","na`),
		"entry without a name":   set(1, propertyName(ref("Box", "b040")), `{}`),
		"entry in another place": set(1, "other", `{"kind":"Box","name":"b040"}`),
		"header is no JSON":      set(0, metaProperty, `{`),
		"header is missing":      func(s map[string]Shard) { delete(s[name(2)].Properties, metaProperty) },
		"format 0":               set(0, metaProperty, `{"format":0}`),
		"newer format":           set(1, metaProperty, `{"format":2,"integration":"demo-test"}`),
		"another integration":    set(1, metaProperty, `{"format":1,"integration":"other"}`),
		"key is missing":         set(0, metaProperty, `{"format":1,"integration":"demo-test","shards":4}`),
		"key is damaged":         set(0, metaProperty, `{"format":1,"integration":"demo-test","shards":4,"key":"%%"}`),
		"key of another length":  set(0, metaProperty, `{"format":1,"integration":"demo-test","shards":4,"key":"AAAA"}`),
	}
	for what, damage := range tests {
		t.Run(what, func(t *testing.T) {
			w := filled(t, 100)
			damage(w.store.shards)
			_, err := OpenLedger(t.Context(), testWho, w.store)
			if !errors.Is(err, ErrLedger) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestLedgerThatCannotBeLoaded(t *testing.T) {
	w := filled(t, 1)
	w.dead = true
	_, err := OpenLedger(t.Context(), testWho, w.store)
	if !errors.Is(err, errDead) || errors.Is(err, ErrLedger) {
		t.Errorf("the error is %v", err)
	}
}

// TestMoreThanTenShards: their names do not sort like text.
func TestMoreThanTenShards(t *testing.T) {
	w := filled(t, 400)
	if len(w.store.shards) < 12 {
		t.Fatalf("only %d shards", len(w.store.shards))
	}
	same(t, "entries", len(w.ledger(t).Refs()), 400)
}

func TestTwoWritersCollide(t *testing.T) {
	w := filled(t, 1)
	one, two := w.ledger(t), w.ledger(t)
	one.Put(fat("one", 1))
	two.Put(fat("two", 1))
	save(t, one)
	if err := two.Save(t.Context()); !errors.Is(err, connect.ErrPrecondition) {
		t.Errorf("the error is %v", err)
	}
	same(t, "left", len(w.ledger(t).Refs()), 2)
}

// TestLostLedgerAnswer: a write that happened although its answer was lost makes
// this run stop, and the next one opens what was written.
func TestLostLedgerAnswer(t *testing.T) {
	w := filled(t, 1)
	l := w.ledger(t)
	l.Put(fat("new", 1))
	w.fault = cut{at: 1, after: true}
	if err := l.Save(t.Context()); !errors.Is(err, connect.ErrUncertain) {
		t.Errorf("the error is %v", err)
	}
	same(t, "loaded", entries(w.ledger(t)), entries(l))
}

// TestNothingReadableIsStored looks for every value in every stored byte.
func TestNothingReadableIsStored(t *testing.T) {
	const canary = "CANARY"
	w := newWorld()
	spec := boxSpec{
		Type: text(canary + "-type"), Note: text(canary + "-note"), Password: hidden(canary+"-password", "P"),
		Properties: props("plain", canary+"-property"), Tags: resource.Set{canary + "-tag"},
	}
	m := manifest{
		w.box("a", spec), w.box("b", spec),
		w.account("c", accountSpec{Role: text(canary + "-role"), Secret: hidden(canary+"-sealed", "S").WithLabel("2026-11")}),
	}
	w.must(t, m, Policy{})
	w.editBox("a", func(s *boxSpec) { s.Note = text(canary + "-hand") })
	w.boxes.spoils = func(s boxSpec) boxSpec { s.Note = text(canary + "-spoiled"); return s }
	done := w.converge(t, m, Policy{})
	stored, _ := json.Marshal(w.store.shards)
	steps, _ := json.Marshal(done.Steps)
	if strings.Contains(string(stored), canary) {
		t.Errorf("a value is in the ledger: %s", stored)
	}
	for _, s := range []string{canary + "-password", canary + "-sealed"} {
		if strings.Contains(string(steps)+fmt.Sprintf("%+v %#v", done, done), s) {
			t.Errorf("%s is in the plan", s)
		}
	}
	if !strings.Contains(string(stored), "2026-11") {
		t.Error("the label is not in the ledger")
	}
}

func TestPropertyNames(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"a b", "a-b", "a/b", "a.b", "ä", "日本"} {
		p := propertyName(ref("Box", name))
		if strings.Trim(p, "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" || seen[p] {
			t.Errorf("%q became %q", name, p)
		}
		seen[p] = true
	}
}

// TestRefsAreSorted: the ledger lists in one order.
func TestRefsAreSorted(t *testing.T) {
	l := filled(t, 50).ledger(t)
	if !slices.IsSortedFunc(l.Refs(), resource.Ref.Compare) {
		t.Errorf("not sorted: %v", l.Refs())
	}
}
