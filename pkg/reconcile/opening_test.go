package reconcile

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// wrong is the error of opening a ledger, which has to be one of the ledger.
func wrong(t tester, store Store, code string) *LedgerError {
	t.Helper()
	_, err := OpenLedger(t.Context(), testWho, store)
	e, ok := errors.AsType[*LedgerError](err)
	if !ok || e.Code != code || !errors.Is(err, ErrLedger) || e.Remedy == "" {
		t.Fatalf("the error is %v, want %s", err, code)
	}
	return e
}

// TestLostLedger: what lies beside a ledger and proves that there was one keeps
// everybody from going on as if it were the first run, until somebody says so.
func TestLostLedger(t *testing.T) {
	w := filled(t, 3)
	clear(w.store.shards)
	if l := w.ledger(t); l.Stored() || l.Mark() != "" || l.Anew() {
		t.Error("a true first run is taken for something else")
	}
	w.store.traces = []string{"page a", "lock 7 of b"}
	if text := wrong(t, w.store, "E220").Error(); !strings.Contains(text, "page a and lock 7 of b are there") {
		t.Errorf("it says %s", text)
	}
	l, err := StartLedger(t.Context(), testWho, w.store)
	if err != nil || !l.Anew() {
		t.Fatal(l, err)
	}
	save(t, l)
	again := w.ledger(t)
	same(t, "begun", again.Stored(), true)
	same(t, "mark", again.Mark(), l.Mark())
	same(t, "entries", len(again.Refs()), 0)
}

// TestMarkFollowsTheLedger: only a ledger that was stored gives a mark, and a ledger
// that could not be written gives none.
func TestMarkFollowsTheLedger(t *testing.T) {
	w := newWorld()
	l := w.ledger(t)
	l.Put(fat("a", 1))
	w.fault = cut{at: 1}
	if l.Save(t.Context()) == nil || l.Mark() != "" {
		t.Errorf("mark %q of a ledger that was not stored", l.Mark())
	}
	w.heal()
	save(t, l)
	if l.Mark() == "" || l.Mark() == filled(t, 1).ledger(t).Mark() {
		t.Error("the mark does not tell two ledgers apart")
	}
}

func TestKeyOfTheLedger(t *testing.T) {
	w := filled(t, 1)
	name := LedgerName(testID) + "0"
	meta := w.store.shards[name].Properties[metaProperty]
	other := strings.Replace(meta, keyOf(meta), keyOf(filled(t, 1).store.shards[name].Properties[metaProperty]), 1)
	w.store.shards[name].Properties[metaProperty] = other
	if text := wrong(t, w.store, "E221").Error(); !strings.Contains(text, "memory "+name) {
		t.Errorf("the place is not named: %s", text)
	}
	// Older headers have no check, and load.
	before, after, _ := strings.Cut(meta, `"check":"`)
	w.store.shards[name].Properties[metaProperty] = before + after[strings.Index(after, `",`)+2:]
	same(t, "entries", len(w.ledger(t).Refs()), 1)
}

func keyOf(meta string) string {
	_, rest, _ := strings.Cut(meta, `"key":"`)
	key, _, _ := strings.Cut(rest, `"`)
	return key
}

// TestForeignLedgers: what others own is known from each ledger in the place; one that
// cannot be read is told, and what it has entries of is not taken.
func TestForeignLedgers(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		unread bool
	}{
		"readable": {`{"format":1,"integration":"other-dev"}`, false},
		"newer":    {`{"format":2,"integration":"other-dev"}`, true},
		"damaged":  {`{`, true},
		"none":     {``, true},
	} {
		w := filled(t, 1)
		shard := LedgerName("other-dev") + "0"
		a, b := ref("Box", "a"), ref("Box", "b")
		w.store.shards[shard] = Shard{Name: shard, Version: "1", Properties: map[string]string{
			metaProperty: c.header, propertyName(a): `{"kind":"Box","name":"a","owned":true}`, "x": `{"kind":"Box","name":"b"}`,
		}}
		l := w.ledger(t)
		same(t, name+": unread", len(l.Unread()) > 0, c.unread)
		if !strings.HasPrefix(l.ClaimedBy(a), "other-dev") || l.ClaimedBy(ref("Box", "c")) != "" {
			t.Errorf("%s: a is claimed by %q, c by %q", name, l.ClaimedBy(a), l.ClaimedBy(ref("Box", "c")))
		}
		same(t, name+": an entry that is not said to be owned", l.ClaimedBy(b) != "", c.unread)
		same(t, name+": own entries", len(l.Refs()), 1)
	}
}

func TestShardNames(t *testing.T) {
	for name, want := range map[string]string{
		"reconcile-ledger-a-b-0": "a-b 0", "reconcile-ledger-a-12": "a 12", "reconcile-ledger-a-2-3": "a-2 3",
		"reconcile-ledger-a-seen": "", "reconcile-ledger-a-01": "", "reconcile-ledger-": "", "reconcile-ledger-7": "", "other": "", "reconcile-ledger-a--1": "a- 1",
	} {
		have := ""
		if id, index, ok := shardOf(name); ok {
			have = fmt.Sprintf("%s %d", id, index)
		}
		same(t, name, have, want)
	}
}

// TestSharedFile lets many integrations write to one file at the same time: nothing is
// lost, and each sees what the others own.
func TestSharedFile(t *testing.T) {
	f := FileStore{Path: filepath.Join(t.TempDir(), "ledger.json")}
	const integrations, rounds = 4, 12
	var group sync.WaitGroup
	for i := range integrations {
		group.Go(func() {
			who := Identity{fmt.Sprint("i", i), "test"}
			for n := range rounds {
				l, err := OpenLedger(t.Context(), who, f)
				if err != nil {
					t.Error(err)
					return
				}
				l.Put(Entry{Ref: ref("Box", fmt.Sprintf("%d.%d", i, n)), Owned: true})
				if err := l.Save(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for i := range integrations {
		l, err := OpenLedger(t.Context(), Identity{fmt.Sprint("i", i), "test"}, f)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "entries", len(l.Refs()), rounds)
		same(t, "claim", l.ClaimedBy(ref("Box", fmt.Sprintf("%d.3", (i+1)%integrations))), fmt.Sprintf("i%d-test", (i+1)%integrations))
	}
}

// TestParseClaim: a claim is known completely, or it is strange; never is it expired
// because a field is missing.
func TestParseClaim(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		field := func(name string, texts ...string) string {
			return rapid.SampledFrom(append(texts, "")).Draw(t, name)
		}
		parts := []string{
			field("format", `"format":0`, `"format":1`, `"format":2`, `"format":"x"`), field("token", `"token":""`, `"token":"t"`, `"Token":"t"`),
			field("expires", `"expires":"2026-11-27T08:00:00Z"`, `"expires":"soon"`, `"until":"2026-11-27T08:00:00Z"`), `"holder":"h"`,
		}
		var given []string
		for _, p := range parts {
			if p != "" {
				given = append(given, p)
			}
		}
		text := "{" + strings.Join(given, ",") + "}"
		c := ParseClaim(text, 3, "fragment x")
		known := (parts[0] == "" || parts[0] == `"format":0` || parts[0] == `"format":1`) &&
			strings.HasSuffix(parts[1], `"t"`) && parts[2] == `"expires":"2026-11-27T08:00:00Z"`
		if known != (c.Strange == "") || c.Number != 3 {
			t.Errorf("%s: %+v", text, c)
		}
		if !known && (!strings.Contains(c.String(), "fragment x") || !c.holds(c.Expires)) {
			t.Errorf("%s holds nothing, or its place is not named: %s", text, c)
		}
	})
}
