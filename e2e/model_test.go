package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"reconcile/pkg/reconcile"
)

// TestHistories plays random histories of one integration and holds a model beside
// it: whatever is edited, by whom, and whatever breaks on the way, nothing of
// others is touched unasked, nothing is made twice, and the ledger tells the truth.
// The number of histories bounds it, not the time.
func TestHistories(t *testing.T) {
	t.Parallel()
	var steps atomic.Int64
	var mu sync.Mutex
	told := map[string]int{}
	t.Run("all", func(t *testing.T) {
		for _, shard := range []string{"one", "two"} {
			t.Run(shard, func(t *testing.T) {
				t.Parallel()
				k := newKit(t)
				for _, name := range []string{"RANDOM_A", "RANDOM_B", "RANDOM_C"} {
					k.env[name] = "Value-of." + name
				}
				outer := t
				rapid.Check(t, func(t *rapid.T) {
					h := drawHistory(t)
					steps.Add(int64(len(h.moves)))
					problem, story := k.live(outer, h)
					if problem != "" {
						t.Fatalf("%s\n%s", problem, strings.Join(story.lines, "\n"))
					}
					mu.Lock()
					defer mu.Unlock()
					for what, n := range story.told {
						told[what] += n
					}
				})
			})
		}
	})
	t.Logf("%d steps: %v", steps.Load(), told)
	if steps.Load() < 2000 && !t.Failed() {
		t.Errorf("only %d steps were played", steps.Load())
	}
	for _, must := range []string{"run exit 0", "run exit 5", "death", "fault", "interrupt", "beside", "apply exit 0", "accept exit 0", "made", "deleted", "adopted", "renamed", "settled", "held E204"} {
		if told[must] == 0 && !t.Failed() {
			t.Errorf("it never came to %q: the draws are no good", must)
		}
	}
}

// live plays a history in simulated time and returns what was wrong.
func (k *kit) live(t *testing.T, h history) (problem string, m *model) {
	m = &model{own: map[key]bool{}, dirty: map[string]map[string]string{}, told: map[string]int{}}
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
		m.tester, m.land = collector{}, k.land(collector{}, k.dump)
		m.play(h)
	})
	return problem, m
}

// key finds an object: a destination by its name, anything else by its id.
type key struct{ collection, id string }

// shape is what is live of an object.
type shape struct{ name, text string }

// model is what must be true beside the program.
type model struct {
	tester
	*land
	// own are the objects that this integration made or was allowed to take.
	own map[key]bool
	// dirty are the properties of our destinations as somebody's hand left them.
	dirty map[string]map[string]string
	// known is the ledger before the command that is judged.
	known map[key]reconcile.Entry
	// saved is the move that saved a plan.
	saved *move
	told  map[string]int
	lines []string
}

func (m *model) play(h history) {
	if h.foreign != nil {
		m.run("-f", m.write(m, "other.yaml", h.foreign.manifest("random", "other", "overwrite")))
	}
	was := ""
	for i := range h.moves {
		mv := &h.moves[i]
		m.lines = append(m.lines, mv.String())
		if text, _ := json.Marshal(mv.wanted); i == 0 || string(text) != was {
			was = string(text)
			m.lines = append(m.lines, "   now the manifest is "+was)
		}
		switch mv.what {
		case "hand":
			m.hand(mv.hand)
		case "wait":
			time.Sleep(mv.pause)
		default:
			m.command(mv)
		}
	}
	m.settle(h.moves[len(h.moves)-1])
}

// hand does something in a console and notes what it left.
func (m *model) hand(h hand) {
	before := m.snapshot()
	m.act(m, h)
	for at, now := range m.snapshot() {
		if at.collection != "destinations" || before[at] == now || !m.own[at] {
			continue
		}
		was, is := properties(before[at].text), properties(now.text)
		if before[at].text == "" {
			continue // made anew: there is nothing that could be overwritten
		}
		for name := range maps.Keys(merged(was, is)) {
			if was[name] != is[name] {
				if m.dirty[at.id] == nil {
					m.dirty[at.id] = map[string]string{}
				}
				m.dirty[at.id][name] = is[name]
			}
		}
	}
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func properties(text string) map[string]string {
	p := map[string]string{}
	_ = json.Unmarshal([]byte(text), &p)
	return p
}

// snapshot is what is live.
func (m *model) snapshot() map[key]shape {
	s, all := m.state(m), map[key]shape{}
	for _, shelf := range s.Destinations {
		for name, one := range shelf {
			text, _ := json.Marshal(one.Properties)
			all[key{"destinations", name}] = shape{name, string(text)}
		}
	}
	for collection, list := range s.Collections {
		for _, one := range list {
			text, _ := json.Marshal([]any{one.System, one.Secrets})
			all[key{collection, one.ID}] = shape{fmt.Sprint(one.System["name"]), string(text)}
		}
	}
	return all
}

// command runs the program as the move says, and judges what came of it.
func (m *model) command(mv *move) {
	args := mv.args(m)
	if args == nil {
		return
	}
	allowed := mv
	if mv.what == "apply" {
		allowed = m.saved
	}
	before := m.snapshot()
	m.known = m.entries()
	ends := m.disturbed(mv, args)
	m.told[fmt.Sprintf("%s exit %d", mv.what, ends[0].code)]++
	m.told[mv.trouble]++
	for _, e := range ends {
		for _, one := range readReport(m, e).Errors {
			m.told["held "+one.Code]++
		}
		m.lines = append(m.lines, fmt.Sprintf("   exit %d %s", e.code, codes(e)))
	}
	if mv.what == "save" && ends[0].code == 2 {
		m.saved = mv
	}
	m.judge(allowed, mv, ends, before, m.snapshot())
}

// codes are what a refused run named.
func codes(e ended) []string {
	var r report
	_ = json.Unmarshal([]byte(e.out), &r)
	var all []string
	for _, one := range r.Errors {
		all = append(all, one.Code+" "+one.Message)
	}
	for _, s := range r.Steps {
		if touches(s.Action) {
			all = append(all, fmt.Sprintf("\n      %s %s/%s %s %s", s.Action, s.Kind, s.Name, s.Outcome, s.Error))
		}
	}
	return all
}

// disturbed runs a command while something happens.
func (m *model) disturbed(mv *move, args []string) []ended {
	var group sync.WaitGroup
	var second []ended
	signals, happened := make(chan os.Signal), atomic.Bool{}
	m.signals = signals
	m.wire.before = func(_ call, index int) trouble {
		switch {
		case mv.trouble == "death" && index > mv.at:
			return unsent
		case index != mv.at || happened.Swap(true):
			return none
		case mv.trouble == "fault" || mv.trouble == "death":
			return mv.fault
		case mv.trouble == "interrupt":
			for range mv.signals {
				signals <- os.Interrupt
			}
			time.Sleep(time.Millisecond)
		case mv.trouble == "beside":
			group.Go(func() { second = append(second, m.beside().run(args...)) })
			time.Sleep(time.Duration(mv.signals) * time.Second)
		}
		return none
	}
	first := m.run(args...)
	group.Wait()
	m.wire.before, m.signals = nil, nil
	return append([]ended{first}, second...)
}

// sections says where the objects of a kind lie.
var sections = map[string]string{
	"Destination": "destinations", "SystemUser": "systemUsers", "ProxySystem": "proxySystems",
	"IAGSystem": "iagSystems", "Parameter": "parameters", "Job": "jobs",
}

// entries is the ledger of this integration.
func (m *model) entries() map[key]reconcile.Entry {
	all := map[key]reconcile.Entry{}
	for _, shelf := range m.state(m).Fragments {
		for fragment, one := range shelf {
			if !strings.HasPrefix(fragment, "reconcile-ledger-random-now-") {
				continue
			}
			for property, text := range one.Properties {
				var e reconcile.Entry
				if property == "reconcile" || property == "FragmentName" {
					continue
				}
				if err := json.Unmarshal([]byte(text), &e); err != nil {
					m.Fatalf("ledger: %v", err)
				}
				at := key{sections[e.Kind], e.ID}
				if e.Kind == "Destination" {
					at.id = e.Name
				}
				if at.id != "" {
					all[at] = e
				}
			}
		}
	}
	return all
}

// settle ends a history: undisturbed, the wish is reached, or refused without a write.
func (m *model) settle(last move) {
	time.Sleep(2 * reconcile.Lease)
	last.what, last.trouble, last.adopt, last.retry, last.stop, last.prune = "run", "", true, true, false, false
	m.lines = append(m.lines, "settle: "+last.String())
	before := m.snapshot()
	m.known = m.entries()
	args := last.args(m)
	for section, kind := range map[string]string{"proxySystems": "ProxySystem", "systemUsers": "SystemUser"} {
		for _, o := range last.wanted[section] {
			args = append(args, "--overwrite-live", fmt.Sprintf("%s/%s", kind, o["name"]))
		}
	}
	first := m.run(args...)
	m.lines = append(m.lines, fmt.Sprintf("   exit %d %s", first.code, codes(first)))
	m.judge(&last, &last, []ended{first}, before, m.snapshot())
	for _, shelf := range m.state(m).Fragments {
		for name := range shelf {
			if strings.HasPrefix(name, "reconcile-lock-") && len(first.writes()) > 0 {
				m.Fatalf("%s is left", name)
			}
		}
	}
	if first.code == 5 || readReport(m, first).inUse() {
		return
	}
	args = slices.DeleteFunc(args, func(a string) bool { return a == "--adopt" })
	if idle := m.idle(args...); len(idle.writes()) > 0 {
		m.Fatalf("a run with nothing to do writes: %s", idle)
	}
	m.told["settled"]++
}
