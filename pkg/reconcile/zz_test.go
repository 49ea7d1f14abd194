package reconcile
import ("testing";"pgregory.net/rapid";"time";"fmt")
func TestZZ(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		w := s.play(t)
		m := desired(w, s.after)
		log:=""
		for range 2 {
			plan := w.plan(t, m, generous)
			log+=summary(plan)
			w.fault = rapid.SampledFrom(cuts(rapid.IntRange(1, 8).Draw(t, "n"))).Draw(t, "cut")
			log+=fmt.Sprintln(w.fault)
			_ = Apply(t.Context(), &plan, Options{Parallelism: 4, WaitJobs: time.Minute})
			log+=fmt.Sprintln(w.writes)
			w.heal()
			l:=w.ledger(t)
			for _,r:=range l.Refs() { e:=l.Entry(r); log+=fmt.Sprintln(r,e.Owned,e.Intent,e.Owed)}
		}
		log+=summary(w.plan(t,m,generous))
		w.must(t, m, generous)
		defer func(){ if t.Failed() { fmt.Println(log)}}()
		w.reached(t, m)
	})
}
