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
	long  *strings.Replacer
	short []string
}

// hide adds values in all spellings in which they travel.
func (r *redactor) hide(values ...secret.Value) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]bool{}
	}
	before := len(r.known)
	for _, v := range values {
		for _, spelling := range spellings(v.Reveal()) {
			r.known[spelling] = true
		}
	}
	if len(r.known) != before {
		r.rebuild()
	}
}

// spellings lists how a text may appear in a URL, a form, a header or JSON.
func spellings(text string) []string {
	if text == "" {
		return nil
	}
	all := []string{text, url.QueryEscape(text), url.PathEscape(text)}
	for _, encode := range []func(any) ([]byte, error){json.Marshal, encode} {
		if quoted, err := encode(text); err == nil {
			all = append(all, string(quoted[1:len(quoted)-1]))
		}
	}
	if len(text) >= shortSecret {
		all = append(all, base64.StdEncoding.EncodeToString([]byte(text)))
	}
	return all
}

// rebuild orders the secrets longest first, so that one that contains another
// is replaced as a whole.
func (r *redactor) rebuild() {
	var long []string
	r.short = nil
	for text := range r.known {
		if len(text) < shortSecret {
			r.short = append(r.short, text)
		} else {
			long = append(long, text)
		}
	}
	slices.SortFunc(long, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	var pairs []string
	for _, text := range long {
		pairs = append(pairs, text, mask)
	}
	r.long = strings.NewReplacer(pairs...)
}

// redact returns text without known secrets.
func (r *redactor) redact(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.long == nil {
		return text
	}
	text = r.long.Replace(text)
	for _, word := range r.short {
		text = replaceWord(text, word)
	}
	return text
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

// line makes a text from a service fit for one line of a terminal: no secrets,
// no control characters, no more than a sentence or two.
func (r *redactor) line(text string) string {
	const limit = 300
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, r.redact(strings.ToValidUTF8(text, "?")))
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return string(runes)
}
