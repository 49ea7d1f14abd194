package reconcile

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// minute is a minute of the day on which the tests play.
func minute(n int) time.Time { return time.Date(2026, 11, 23, 12, n, 0, 0, time.UTC) }

// TestTallyTellsEachRun draws rows of runs, recorded or not, and loses what some of them
// left: each of them is told as what it is, and nothing else is.
func TestTallyTellsEachRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tally Tally
		var records []StoredRecord
		var want []string
		lost, seen := false, false
		for i, kind := range rapid.SliceOfN(rapid.SampledFrom([]string{"recorded", "note", "unrecorded", "lost"}), 0, 40).Draw(t, "runs") {
			tally = tally.next(minute(i), kind != "unrecorded")
			r := StoredRecord{RunRecord: RunRecord{Run: i + 1, Ledger: "m", Started: minute(i)}, Open: kind == "note"}
			switch kind {
			case "recorded", "note":
				records, seen = append(records, r), true
			case "unrecorded":
				if seen {
					want = append(want, fmt.Sprint("not recorded ", i+1))
				}
			default:
				lost = true
			}
		}
		account := &Account{Tally: tally, Mark: "m", Ledger: "the ledger"}
		c := chain{byNumber: map[int][]StoredRecord{}}
		c.traceless(records, *account)
		if !lost && len(c.faults) > 0 || lost && tally.Forgotten == 0 && len(c.faults) == 0 {
			t.Fatalf("lost is %t: %v", lost, c.faults)
		}
		c.unrecorded(records, *account)
		for _, text := range want {
			if number := strings.TrimPrefix(text, "not recorded "); tally.Forgotten == 0 && !tells(c, number) {
				t.Fatalf("%s: %v", text, c.faults)
			}
		}
		if !tally.sound() || len(marshal(tally)) > 2400 {
			t.Fatalf("%d bytes: %s", len(marshal(tally)), marshal(tally))
		}
		var again Tally
		if err := json.Unmarshal([]byte(marshal(tally)), &again); err != nil || marshal(again) != marshal(tally) {
			t.Fatalf("%s %v", marshal(again), err)
		}
	})
}

// tells reports whether a complaint says of a run that it was not recorded.
func tells(c chain, number string) bool {
	for _, f := range c.faults {
		var from, to, n int
		_, _ = fmt.Sscan(number, &n)
		if _, err := fmt.Sscanf(f.Message, "runs %d to %d, from", &from, &to); err != nil {
			_, _ = fmt.Sscanf(f.Message, "run %d of", &from)
			to = from
		}
		if f.Code == "E237" && from <= n && n <= to {
			return true
		}
	}
	return false
}

// TestTallyOfALedger: a ledger without a count begins one, keeps it, and one that
// contradicts itself is damaged. A run of which nothing was sent does not count.
func TestTallyOfALedger(t *testing.T) {
	old := shelf{LedgerName(testID) + "0": {Name: LedgerName(testID) + "0", Version: "1", Properties: map[string]string{metaProperty: goodHeader}}}
	l, err := OpenLedger(t.Context(), testWho, old)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "tally", l.tally, Tally{})
	back := l.Point()
	l.tally = l.tally.next(minute(1), false)
	back()
	l.Put(Entry{Ref: ref("Box", "a")})
	if err := l.Save(t.Context()); err != nil || strings.Contains(old[LedgerName(testID)+"0"].Properties[metaProperty], "tally") {
		t.Errorf("a count of nothing was stored: %v", err)
	}
	l.tally = l.tally.next(minute(2), false)
	if err := l.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := OpenLedger(t.Context(), testWho, old)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "stored", again.tally, Tally{Runs: 1, Last: minute(2), Unrecorded: []Gap{{1, 1, minute(2), minute(2)}}})
	for _, tally := range []string{`{"runs":-1}`, `{"runs":1,"forgotten":2}`, `{"runs":9,"unrecorded":[{"from":4,"to":3}]}`, `{"runs":9,"unrecorded":[{"from":4,"to":6},{"from":6,"to":7}]}`} {
		header := strings.TrimSuffix(goodHeader, "}") + `,"tally":` + tally + "}"
		store := shelf{"x": {Name: LedgerName(testID) + "0", Version: "1", Properties: map[string]string{metaProperty: header}}}
		if _, err := OpenLedger(t.Context(), testWho, store); err == nil || !strings.Contains(err.Error(), "its count of runs contradicts itself") {
			t.Errorf("%s: %v", tally, err)
		}
	}
}

// TestTallyTakesRoom: where the first shard is full, an entry makes room for the tally.
func TestTallyTakesRoom(t *testing.T) {
	w := filled(t, 100)
	l := w.ledger(t)
	for i := range 40 {
		l.tally = l.tally.next(minute(i), i%2 > 0)
		before := maps.Clone(w.store.shards)
		w.heal()
		save(t, l)
		w.onlyTouched(t, before)
	}
	same(t, "loaded", entries(w.ledger(t)), entries(l))
}
