package auditlog

import (
	"bytes"
	"embed"
	"encoding/csv"
	"strings"
	"sync"
)

//go:embed data/*.csv
var data embed.FS

// table returns the rows of a data file without its heading; a test parses each.
func table(name string) [][]string {
	text, _ := data.ReadFile("data/" + name)
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil
	}
	return rows[1:]
}

// Matcher says which records speak of objects of a kind.
type Matcher struct {
	// Kind is the kind, such as Job.
	Kind string
	// Words are those of which a record holds at least one, in any letter case.
	Words []string
	// By lists groups of fields. A record whose texts hold all values of one group
	// speaks of the object. The first group names it, the others only hint at it.
	By [][]string
}

// Matchers returns the matchers that come with the program, one a kind. Kinds
// without one are not in the subaccount's audit log.
var Matchers = sync.OnceValue(func() []Matcher {
	var all []Matcher
	for _, row := range table("matchers.csv") {
		m := Matcher{Kind: row[0], Words: strings.Split(row[1], "|")}
		for group := range strings.SplitSeq(row[2], ";") {
			m.By = append(m.By, strings.Split(group, "+"))
		}
		all = append(all, m)
	}
	return all
})

// Reword returns the matchers with other words for some kinds, for a log that is
// worded otherwise than expected.
func Reword(all []Matcher, words map[string][]string) []Matcher {
	out := make([]Matcher, len(all))
	for i, m := range all {
		if other, ok := words[m.Kind]; ok {
			m.Words = other
		}
		out[i] = m
	}
	return out
}

// verb is one row of the table of verbs.
type verb struct {
	name  string
	words []string
	moves bool
}

var verbs = sync.OnceValue(func() []verb {
	var all []verb
	for _, row := range table("verbs.csv") {
		all = append(all, verb{row[0], strings.Split(row[1], "|"), row[2] == "yes"})
	}
	return all
})
