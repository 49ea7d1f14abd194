package auditlog

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"reconcile/pkg/resource"
)

// Subject is an object that records may speak of.
type Subject struct {
	Ref resource.Ref
	// Fields are the texts by which matchers find it: "name" and others.
	Fields map[string]string
}

// Hit is one record that speaks of an object.
type Hit struct {
	Ref    resource.Ref
	Record Record
	// Verb says what was done as far as the record tells: created, changed, deleted,
	// scheduled, ran; "touched" when it does not tell.
	Verb string
	// Moves is false where what was done leaves the object as it is.
	Moves bool
	// Named is true when the record names the object, false when it only hints at it.
	Named bool
}

// Since reports whether the hit may have moved the object after a time, which
// whoever noted it may have rounded down to the second.
func (h Hit) Since(t time.Time) bool {
	return h.Moves && h.Named && h.Record.At.Truncate(time.Second).After(t)
}

// How well a record fits an object, from not at all.
const (
	fitsNot = iota
	fitsHint
	fitsName
	fitsExactly
)

// Find returns the hits, by subject in the order given, the newest first. A record
// that names one object exactly is no hit for others of its kind whose names are
// parts of it, and a record is about the kind whose word fits best.
func Find(records []Record, matchers []Matcher, subjects []Subject) []Hit {
	found := make([][]Hit, len(subjects))
	for _, r := range records {
		p := newProse(r.texts)
		name, moves := p.verb()
		for _, m := range p.about(matchers) {
			for i, fit := range m.best(p, subjects) {
				if fit > fitsNot {
					found[i] = append(found[i], Hit{subjects[i].Ref, r, name, moves, fit >= fitsName})
				}
			}
		}
	}
	for i := range found {
		slices.SortStableFunc(found[i], func(a, b Hit) int { return b.Record.At.Compare(a.Record.At) })
	}
	return slices.Concat(found...)
}

// about picks the matchers whose words fit best: a word that is a text of its own
// before one within a text, a longer one before a shorter one.
func (p prose) about(matchers []Matcher) []Matcher {
	var about []Matcher
	best := 0
	for _, m := range matchers {
		grade := 0
		for _, word := range m.Words {
			switch {
			case p.leaf(word):
				grade = max(grade, 1000+len(word))
			case p.holds(word):
				grade = max(grade, len(word))
			}
		}
		if grade > best {
			about, best = nil, grade
		}
		if grade == best && grade > 0 {
			about = append(about, m)
		}
	}
	return about
}

// best grades the subjects of the matcher's kind, and keeps the best: of those that
// are named within a text the one with the longest name.
func (m Matcher) best(p prose, subjects []Subject) map[int]int {
	fits, top, long := map[int]int{}, fitsNot, 0
	for i, s := range subjects {
		if s.Ref.Kind != m.Kind {
			continue
		}
		fits[i] = m.fit(p, s)
		top = max(top, fits[i])
		if fits[i] >= fitsName {
			long = max(long, len(s.Fields["name"]))
		}
	}
	for i, fit := range fits {
		if fit < top || fit == fitsName && len(subjects[i].Fields["name"]) < long {
			delete(fits, i)
		}
	}
	return fits
}

// fit grades one subject.
func (m Matcher) fit(p prose, s Subject) int {
	for i, group := range m.By {
		values := make([]string, len(group))
		for k, field := range group {
			values[k] = s.Fields[field]
		}
		switch {
		case slices.Contains(values, "") || !p.all(values):
		case i > 0:
			return fitsHint
		case p.leaf(values[0]):
			return fitsExactly
		case p.exact(m):
			return fitsHint
		default:
			return fitsName
		}
	}
	return fitsNot
}

// prose is what a record says, ready to be searched in any letter case.
type prose struct {
	texts []string
	// quoted are the parts of texts that stand in quotes.
	quoted []string
}

var quotes = regexp.MustCompile(`(?:^|[^\pL\pN])['"„“‘«]([^'"„“”‘’«»]+)['"“”’»](?:$|[^\pL\pN])`)

func newProse(texts []string) prose {
	p := prose{texts: make([]string, len(texts))}
	for i, text := range texts {
		p.texts[i] = strings.ToLower(text)
		for _, found := range quotes.FindAllStringSubmatch(p.texts[i], -1) {
			p.quoted = append(p.quoted, found[1])
		}
	}
	return p
}

// leaf reports whether one text of the record, or a part in quotes, is the value and
// nothing else.
func (p prose) leaf(value string) bool {
	value = strings.ToLower(value)
	return slices.Contains(p.texts, value) || slices.Contains(p.quoted, value)
}

// exact reports whether the record sets names apart: in quotes, or in a text of their
// own beside that of the kind. Then a name within another one is another name.
func (p prose) exact(m Matcher) bool {
	return len(p.quoted) > 0 || slices.ContainsFunc(m.Words, p.leaf)
}

// all reports whether each value stands somewhere in the record as whole words.
func (p prose) all(values []string) bool {
	for _, v := range values {
		if !p.holds(v) {
			return false
		}
	}
	return true
}

func (p prose) holds(value string) bool {
	value = strings.ToLower(value)
	return value != "" && slices.ContainsFunc(p.texts, func(text string) bool { return holdsWord(text, value) })
}

// holdsWord reports whether a word stands in a text without a letter or digit
// beside it.
func holdsWord(text, word string) bool {
	for start := 0; ; {
		at := strings.Index(text[start:], word)
		if at < 0 {
			return false
		}
		at += start
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(word):])
		if !partOfWord(before) && !partOfWord(after) {
			return true
		}
		start = at + len(word)
	}
}

func partOfWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// verb says what was done. A text that is a verb and nothing else counts before
// verbs within texts: names may hold verbs, too.
func (p prose) verb() (name string, moves bool) {
	for _, match := range []func(string) bool{p.leaf, p.holds} {
		for _, v := range verbs() {
			if slices.ContainsFunc(v.words, match) {
				return v.name, v.moves
			}
		}
	}
	return "touched", true
}
