package connect

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"reconcile/pkg/secret"
)

// mask stands where a secret stood.
const mask = "[secret]"

// shortSecret is the length below which a secret is replaced only where it
// stands as a word of its own; replacing every "a" would destroy the text.
const shortSecret = 4

// redactor replaces known secrets in texts. Services quote what they were sent,
// and what they quote ends up in errors.
type redactor struct {
	mu    sync.RWMutex
	known map[string]bool
	// short are the spellings of short secrets, and needles the folded forms of all
	// others by their first letters.
	short   []string
	needles map[[shortSecret]byte][]string
	// odd are secrets of which folding leaves too little, and wide their wide forms.
	odd, wide []string
}

// hide adds values in whatever spelling they travel.
func (r *redactor) hide(values ...secret.Value) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known, r.needles = map[string]bool{}, map[[shortSecret]byte][]string{}
	}
	for _, v := range values {
		if text := v.Reveal(); text != "" && !r.known[text] {
			r.known[text] = true
			r.add(text)
		}
	}
}

func (r *redactor) add(text string) {
	if len(text) < shortSecret {
		r.short = append(r.short, spellings(text)...)
		slices.SortFunc(r.short, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
		return
	}
	whole := r.need(cellsOf(text))
	undone := r.need(undo(cellsOf(text), func([]cell) {}))
	if !whole && !undone {
		r.odd = append(r.odd, text)
		if form := wide([]byte(text)); utf8.RuneCountInString(form) >= shortSecret {
			r.wide = append(r.wide, form, squash(misread(text)))
		}
	}
	// In capitals, base64 can no longer be undone.
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		r.need(cellsOf(encoding.EncodeToString([]byte(text))))
	}
}

// need adds a folded form; false when too little is left of it.
func (r *redactor) need(cells []cell) bool {
	form := fold(cells).text
	if len(form) < shortSecret {
		return false
	}
	key := [shortSecret]byte(form)
	if !slices.Contains(r.needles[key], string(form)) {
		r.needles[key] = append(r.needles[key], string(form))
	}
	return true
}

// spellings lists how a short text may appear in a URL, a form, a header or JSON.
func spellings(text string) []string {
	all := []string{text, url.QueryEscape(text), url.PathEscape(text)}
	for _, encode := range []func(any) ([]byte, error){json.Marshal, encode} {
		if quoted, err := encode(text); err == nil {
			all = append(all, string(quoted[1:len(quoted)-1]))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// redact returns text without known secrets, and without what looks like one.
func (r *redactor) redact(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	text = secret.Veil(text)
	if len(r.known) == 0 {
		return text
	}
	for _, odd := range r.odd {
		text = strings.ReplaceAll(text, odd, mask)
	}
	hidden := make([]bool, len(text))
	const deepest = 2
	if r.search(cellsOf(text), hidden, deepest) {
		return mask
	}
	text = masked(text, hidden)
	for _, word := range r.short {
		text = replaceWord(text, word)
	}
	return text
}

// search marks the parts of the original in which a secret is found, in the cells
// or in what they encode, so many layers deep. It reports whether the whole text has
// to go because nobody can tell where in it the secret is.
func (r *redactor) search(cells []cell, hidden []bool, layers int) bool {
	// A secret that holds escapes itself may be gone before all is undone.
	cells = undo(cells, func(half []cell) { r.match(half, hidden) })
	r.match(cells, hidden)
	if len(r.wide) > 0 {
		text := []byte(textOf(cells, len(cells)))
		for _, form := range []string{wide(text), squash(text)} {
			if slices.ContainsFunc(r.wide, func(needle string) bool { return strings.Contains(form, needle) }) {
				return true
			}
		}
	}
	if layers == 0 {
		return false
	}
	for _, inner := range decoded(cells) {
		if r.search(inner, hidden, layers-1) {
			return true
		}
	}
	return false
}

// match marks the parts of the original in which the folded cells hold a secret.
func (r *redactor) match(cells []cell, hidden []bool) {
	f := fold(cells)
	for i := 0; i+shortSecret <= len(f.text); i++ {
		for _, needle := range r.needles[[shortSecret]byte(f.text[i:])] {
			if rest := f.text[i:]; len(rest) >= len(needle) && string(rest[:len(needle)]) == needle {
				hide(cells, hidden, f.index[i], f.index[i+len(needle)-1])
			}
		}
	}
}

// hide marks what the cells between two stand for, with what folding left out at
// both ends.
func hide(cells []cell, hidden []bool, first, last int) {
	for first > 0 && cells[first-1].b > ' ' && negligible(cells[first-1].b) {
		first--
	}
	for last+1 < len(cells) && cells[last+1].b > ' ' && negligible(cells[last+1].b) {
		last++
	}
	for i := cells[first].from; i < cells[last].to; i++ {
		hidden[i] = true
	}
}

// masked puts one mask in the place of each hidden part.
func masked(text string, hidden []bool) string {
	if !slices.Contains(hidden, true) {
		return text
	}
	var out strings.Builder
	for i := range hidden {
		switch {
		case !hidden[i]:
			out.WriteByte(text[i])
		case i == 0 || !hidden[i-1]:
			out.WriteString(mask)
		}
	}
	return out.String()
}

// replaceWord masks word where no letter or digit touches it.
func replaceWord(text, word string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, word)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		last, _ := utf8.DecodeLastRuneInString(out.String())
		first, _ := utf8.DecodeRuneInString(after)
		if isWord(last) || isWord(first) {
			out.WriteString(word)
		} else {
			out.WriteString(mask)
		}
		text = after
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// longestText is how much of a text is looked at; more is never shown.
const longestText = 32 << 10

// line makes a text from a service fit for one line of a terminal: no secrets,
// no control characters, no more than a sentence or two.
func (r *redactor) line(text string) string {
	const limit = 300
	text = r.redact(text[:min(len(text), longestText)])
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, "?"))
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return string(runes)
}
