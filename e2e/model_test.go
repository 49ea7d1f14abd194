package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
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
	for _, must := range []string{"run exit 0", "run exit 5", "death", "fault", "interrupt", "beside", "apply exit 0", "accept exit 0", "made", "deleted", "adopted", "renamed", "settled"} {
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
	ends := m.disturbed(mv, args)
	m.told[fmt.Sprintf("%s exit %d", mv.what, ends[0].code)]++
	m.told[mv.trouble]++
	for _, e := range ends {
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

// judge holds what the program did against what it was allowed to do.
func (m *model) judge(allowed, mv *move, ends []ended, before, after map[key]shape) {
	quiet := maps.Equal(before, after)
	for _, e := range ends {
		m.judgeCode(mv, e, quiet || len(ends) > 1)
	}
	if mv.what == "save" || mv.what == "accept" {
		if !quiet {
			m.Fatalf("%s changes something", mv.what)
		}
		return
	}
	for at, was := range before {
		switch now, there := after[at]; {
		case !there:
			m.judgeDelete(allowed, at, was)
		case now != was:
			m.judgeChange(allowed, at, was, now)
		}
	}
	fresh := map[string]int{}
	for at, now := range after {
		if _, there := before[at]; there {
			continue
		}
		if !allowed.wants(at.collection, now.name) {
			m.Fatalf("%s %s was made, and nobody wants it", at.collection, now.name)
		}
		fresh[at.collection]++
		m.own[at] = true
		m.told["made"]++
	}
	m.judgeCreates(fresh, ends)
	m.judgeLedger(allowed, ends, after)
}

// refusals are the codes of errors that a history may run into.
var refusals = []string{"E201", "E204", "E205", "E206", "E207", "E208", "E210", "E211", "E212", "E213", "E214"}

func (m *model) judgeCode(mv *move, e ended, quiet bool) {
	possible := []int{0, 1, 5, 6}
	switch {
	case mv.what == "save":
		possible = []int{0, 2, 5}
	case mv.what == "accept":
		possible = []int{0, 5}
	case mv.trouble == "interrupt":
		possible = append(possible, 130)
	}
	if mv.trouble == "fault" || mv.trouble == "death" {
		possible = append(possible, 1, 4)
	}
	if !slices.Contains(possible, e.code) {
		m.Fatalf("exit %d is not for this: %s", e.code, e)
	}
	if (e.code == 5 || e.code == 4) && !quiet {
		m.Fatalf("exit %d, and something was written: %s", e.code, e)
	}
	r := readReport(m, e)
	for _, one := range r.Errors {
		if e.code == 5 && !slices.Contains(refusals, one.Code) {
			m.Fatalf("refused with %s: %s", one.Code, e)
		}
	}
	if mv.trouble == "" && (e.code == 1 || e.code == 6) && !r.inUse() && !r.ranBadly() {
		m.Fatalf("exit %d without trouble: %s", e.code, e)
	}
}

// ranBadly reports whether all that failed is a job, or a proof, which are about
// what somebody else's hand or a made-up address left.
func (r report) ranBadly() bool {
	for _, s := range r.Steps {
		if touches(s.Action) && s.Action != "run" && s.Outcome != "applied" {
			return false
		}
	}
	return true
}

func (m *model) judgeDelete(mv *move, at key, was shape) {
	switch {
	case !m.own[at]:
		m.Fatalf("%s %s was deleted, and is not ours", at.collection, was.name)
	case mv.says(at.collection, was.name)["state"] == "absent":
	case !mv.prune || mv.says(at.collection, was.name) != nil:
		m.Fatalf("%s %s was deleted, and nobody said so", at.collection, was.name)
	}
	delete(m.own, at)
	delete(m.dirty, was.name)
	m.told["deleted"]++
}

func (m *model) judgeChange(mv *move, at key, was, now shape) {
	o := mv.says(at.collection, now.name)
	if !mv.wants(at.collection, now.name) {
		m.Fatalf("%s %s was changed, and the manifest does not manage it", at.collection, was.name)
	}
	if was.name != now.name {
		if o["previously"] != was.name {
			m.Fatalf("%s %s was renamed to %s, and nobody said so", at.collection, was.name, now.name)
		}
		m.told["renamed"]++
	}
	if !m.own[at] && !mv.adopts(o) {
		m.Fatalf("%s %s was changed, and is not ours:\n%s\n%s", at.collection, was.name, was.text, now.text)
	}
	if !m.own[at] {
		m.told["adopted"]++
	}
	is := properties(now.text)
	for property, left := range m.dirty[at.id] {
		if is[property] == left {
			continue
		}
		if mv.stop && m.own[at] && mv.overwrite != "Destination/"+at.id {
			m.Fatalf("%s of %s, changed by hand to %q, was overwritten unseen with %q", property, at.id, left, is[property])
		}
		delete(m.dirty[at.id], property)
	}
	m.own[at] = true
}

// judgeCreates demands that each object that was made was made once.
func (m *model) judgeCreates(fresh map[string]int, ends []ended) {
	posts := map[string]int{}
	for _, e := range ends {
		for _, c := range e.calls {
			collection := c.path[strings.LastIndex(c.path, "/")+1:]
			if c.method == http.MethodPost && c.effective() && !c.ledger() && collection != "runs" && !strings.Contains(c.path, "subaccountDestinations") {
				posts[collection]++
			}
		}
	}
	delete(fresh, "destinations") // a name is there once, and an array makes many with one call
	if !maps.Equal(posts, fresh) {
		m.Fatalf("%v were made, and there are %v new ones", posts, fresh)
	}
}

// judgeLedger demands that the ledger owns what we made or took, and nothing else.
func (m *model) judgeLedger(mv *move, ends []ended, after map[key]shape) {
	entries := m.entries()
	for at, e := range entries {
		if _, there := after[at]; !there || !e.Owned {
			continue
		}
		if o := mv.says(at.collection, after[at].name); !m.own[at] && (o == nil || !mv.adopts(o)) {
			m.Fatalf("the ledger owns %s %s, which we neither made nor took", at.collection, after[at].name)
		}
		m.own[at] = true
	}
	for at := range m.own {
		if _, there := after[at]; !there && !entries[at].Owned {
			delete(m.own, at)
		}
	}
	if ends[0].code != 0 {
		return
	}
	for at, now := range after {
		if m.own[at] && mv.wants(at.collection, now.name) && (!entries[at].Owned || entries[at].Intent != nil) {
			m.Fatalf("all went well, and the ledger does not own %s %s: %+v", at.collection, now.name, entries[at])
		}
	}
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
	last.what, last.trouble, last.adopt, last.stop, last.prune = "run", "", true, false, false
	m.lines = append(m.lines, "settle: "+last.String())
	before := m.snapshot()
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
	if idle := m.run(args...); len(idle.writes()) > 0 {
		m.Fatalf("a run with nothing to do writes: %s", idle)
	}
	m.told["settled"]++
}
