package reconcile

import (
	"fmt"
	"testing"
)

// crowd is n objects, nine boxes to each account that they refer to.
func (w *world) crowd(n int, note string) manifest {
	var m manifest
	for i := range n {
		if i%10 == 0 {
			m = append(m, w.account(fmt.Sprint("a", i/10), accountSpec{Role: text("r"), Secret: hidden("s", "S")}))
			continue
		}
		p := props("Type", "HTTP", "URL", "https://host.example", "ProxyType", "Internet")
		p["User"] = output("Account", fmt.Sprint("a", i/10), "id")
		m = append(m, w.box(fmt.Sprint("b", i), boxSpec{Note: text(note), Password: hidden("s", "S"), Properties: p}))
	}
	return m
}

func benchmarkMake(b *testing.B, n int, note string) {
	w := newWorld()
	w.must(b, w.crowd(n, "before"), Policy{})
	r := w.request(w.ledger(b), w.crowd(n, note), Policy{})
	w.heal()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Make(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(w.writes)), "writes")
	b.ReportMetric(float64(len(r.Kinds)), "lists/op")
}

func BenchmarkMake100(b *testing.B)         { benchmarkMake(b, 100, "before") }
func BenchmarkMake1000(b *testing.B)        { benchmarkMake(b, 1000, "before") }
func BenchmarkMake1000Changed(b *testing.B) { benchmarkMake(b, 1000, "after") }

func benchmarkApply(b *testing.B, n int, bulk bool) {
	calls, ledger := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		w := newWorld()
		w.bulk = bulk
		plan := w.plan(b, w.crowd(n, "new"), Policy{})
		b.StartTimer()
		w.apply(b, plan, Options{Parallelism: 8})
		b.StopTimer()
		calls += len(w.history)
		ledger += len(w.writes) - len(w.history)
		b.StartTimer()
	}
	b.ReportMetric(float64(calls)/float64(b.N), "calls/op")
	b.ReportMetric(float64(ledger)/float64(b.N), "ledger-writes/op")
}

func BenchmarkApply100(b *testing.B)      { benchmarkApply(b, 100, false) }
func BenchmarkApply100Bulk(b *testing.B)  { benchmarkApply(b, 100, true) }
func BenchmarkApply1000(b *testing.B)     { benchmarkApply(b, 1000, false) }
func BenchmarkApply1000Bulk(b *testing.B) { benchmarkApply(b, 1000, true) }

func BenchmarkLedgerSaveUnchanged(b *testing.B) {
	w := filled(b, 1000)
	l := w.ledger(b)
	b.ReportAllocs()
	for b.Loop() {
		save(b, l)
	}
	b.ReportMetric(float64(len(w.writes)), "writes")
}

// TestCallsAreBounded holds the numbers that do not depend on the machine: one
// list for each kind, one call for each object, few ledger writes.
func TestCallsAreBounded(t *testing.T) {
	tests := []struct {
		bulk          bool
		parallelism   int
		calls, ledger int
	}{
		// 10 accounts and 90 boxes: intents before each batch, and the end.
		{false, 1, 100, 101},
		{false, 10, 100, 11},
		{true, 10, 11, 3},
	}
	for _, c := range tests {
		w := newWorld()
		w.bulk = c.bulk
		w.apply(t, w.plan(t, w.crowd(100, "new"), Policy{}), Options{Parallelism: c.parallelism})
		same(t, "calls", len(w.history), c.calls)
		// A ledger of several shards writes those that a batch touches.
		shards := len(w.store.shards)
		if have := len(w.writes) - len(w.history); have > c.ledger+2*shards {
			t.Errorf("%d ledger writes with parallelism %d, want about %d", have, c.parallelism, c.ledger)
		}
		w.settled(t, w.crowd(100, "new"), Policy{})
	}
}
