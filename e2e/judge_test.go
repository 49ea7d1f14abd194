package e2e

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

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
var refusals = []string{"E201", "E204", "E205", "E206", "E207", "E208", "E210", "E211", "E212", "E213", "E214", "E216"}

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
	if mv.stop && at.collection == "destinations" && len(m.dirty[at.id]) > 0 && m.known[at].Owned && mv.overwrite != "Destination/"+at.id {
		m.Fatalf("%s, changed by hand to %v, was deleted unseen", at.id, m.dirty[at.id])
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
		// What we made, and died before it was noted, may be a stranger's: who may adopt takes it as it is.
		taken := !m.known[at].Owned && mv.adopts(o)
		if mv.stop && m.own[at] && !taken && mv.overwrite != "Destination/"+at.id {
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
