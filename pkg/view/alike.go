package view

import (
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// faultLine is what one or several faults say in the same words. Lines with the
// same remedy follow each other; first and last tell where it is to be said.
type faultLine struct {
	sentence    string
	faults      []resource.Fault
	first, last bool
}

// alike groups faults, so that a remedy is said once and not for each property, and
// a sentence once and not for each object. The order is that of the first of each.
func alike(faults []resource.Fault) []faultLine {
	var lines []faultLine
	for _, f := range faults {
		s := bare(f)
		last := -1
		at := -1
		for i, l := range lines {
			if remedied(l.faults[0], f) {
				last = i
				if l.sentence == s {
					at = i
				}
			}
		}
		switch {
		case at >= 0 && f.Ref != nil && lines[at].faults[0].Ref != nil:
			lines[at].faults = append(lines[at].faults, f)
		case last >= 0:
			lines = slices.Insert(lines, last+1, faultLine{sentence: s, faults: []resource.Fault{f}})
		default:
			lines = append(lines, faultLine{sentence: s, faults: []resource.Fault{f}})
		}
	}
	for i := range lines {
		lines[i].first = i == 0 || !remedied(lines[i-1].faults[0], lines[i].faults[0])
		lines[i].last = i+1 == len(lines) || !remedied(lines[i].faults[0], lines[i+1].faults[0])
	}
	return lines
}

// remedied reports whether one remedy is good for two faults.
func remedied(a, b resource.Fault) bool {
	return a.Code == b.Code && a.Remedy == b.Remedy && a.Source == b.Source
}

// bare is the message without the object that it begins with.
func bare(f resource.Fault) string {
	message := strings.Join(strings.Split(strings.TrimSpace(f.Message), "\n"), "; ")
	if f.Ref == nil {
		return message
	}
	return strings.TrimPrefix(message, f.Ref.String()+": ")
}

// brakes counts what keeps a run from writing.
func brakes(r Result) int {
	n := 0
	for _, l := range alike(r.errors()) {
		if l.first {
			n++
		}
	}
	return n
}
