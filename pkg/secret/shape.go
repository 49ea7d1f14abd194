package secret

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A shape is one way in which a text tells by its look that it holds a secret,
// whatever the name under which it stands.
type shape struct {
	// what names it for people: "the text holds …".
	what string
	// hint is a part, in lower case, without which nothing can match: most texts
	// have none, and looking for it costs a fraction of matching.
	hint string
	// folded patterns, all in lower case, are matched whatever the letter case: they see
	// the text in lower case, as the hint does.
	folded bool
	// pattern marks the secret itself with its groups.
	pattern *regexp.Regexp
	// doubt reports that a match is no secret after all; nil for never.
	doubt func(match string) bool
}

// shapes is the table. What is inside a URL is found by RFC 3986 section 3.2.1, a
// key by RFC 7468 section 10, a token by RFC 7515 section 3.1, a login by RFC 7617
// section 2, read 2026-11-27. [documented]
var shapes = []shape{
	{"a password inside an address", "://", false, regexp.MustCompile(`://[^/?#\s:@]*:([^/?#\s]+)@`), blank},
	{"a private key", "private key", false, regexp.MustCompile(`(?s)(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|.*))`), nil},
	{"a token", "eyj", false, regexp.MustCompile(`\b(eyJ[\w\-]{8,}\.(?:eyJ[\w\-]{8,}\.[\w\-]*|[\w\-]*\.[\w\-]{8,}\.[\w\-]+\.[\w\-]+))`), nil},
	{"a login", "basic", true, regexp.MustCompile(`\bbasic\s+([a-z0-9+/\-_]{6,}={0,2})`), func(match string) bool { return !isLogin(match) }},
	{"a token", "bearer", true, regexp.MustCompile(`\bbearer\s+([\w\-.~+/]{20,}=*)`), func(match string) bool { return !strings.ContainsAny(match, "0123456789") }},
}

// noSecrets are what a form, a type or a document says in the place of a secret.
var noSecrets = regexp.MustCompile(`(?i)^(?:.{0,3}|true|false|none|null|required|optional|string|text|password|secret|token|x+|\.+|\[secret\].*|\[redacted\].*|[*•●∙]+|<[a-z][a-z \-_]*>?|\$[.{].*|\{.*|%\w{1,2}|%\w+%)$`)

// blanks are what stands between colon and @ of an address where a password belongs
// and none is: short and common ones are passwords there.
var blanks = regexp.MustCompile(`(?i)^(?:x+|\.+|\[secret\].*|\[redacted\].*|[*•●∙]+|<.*>?|\$[.{].*|\{.*|%\w{1,2}|%\w+%)$`)

func blank(match string) bool { return blanks.MatchString(match) }

func placeholder(match string) bool { return noSecrets.MatchString(match) }

// isLogin reports whether text is an id and a password as Basic authentication
// sends them.
func isLogin(text string) bool {
	plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "="))
	return err == nil && utf8.Valid(plain) && strings.Contains(string(plain), ":")
}

// found is one secret inside a text.
type found struct {
	what     string
	from, to int
}

// find lists the secrets inside a text that tell by their look, by place.
func find(text string) []found {
	lower := lowered(text)
	var all []found
	for _, s := range shapes {
		if strings.Contains(lower, s.hint) {
			all = append(all, s.find(text, lower)...)
		}
	}
	for _, a := range assignments {
		all = append(all, a.find(text, lower)...)
	}
	slices.SortStableFunc(all, func(a, b found) int { return a.from - b.from })
	return all
}

// find lists what a shape finds in a text, which is also given in lower case.
func (s shape) find(text, lower string) (all []found) {
	seen := text
	if s.folded {
		seen = lower
	}
	for _, match := range s.pattern.FindAllStringSubmatchIndex(seen, -1) {
		all = append(all, groups(s.what, s.doubt, text, 0, match)...)
	}
	return all
}

// groups returns the groups of a match, which began at an offset of the text, without
// those that are no secret.
func groups(what string, doubt func(string) bool, text string, offset int, match []int) (all []found) {
	for i := 2; i+1 < len(match); i += 2 {
		if from, to := offset+match[i], offset+match[i+1]; match[i] >= 0 && (doubt == nil || !doubt(text[from:to])) {
			all = append(all, found{what, from, to})
		}
	}
	return all
}

// lowered returns text with the letters of ASCII in lower case, so that each byte
// keeps its place; [strings.ToLower] may change the length of others.
func lowered(text string) string {
	lower := []byte(text)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c | 0x20
		}
	}
	return string(lower)
}

// Look says what secret a text holds, such as "a private key", as far as its look
// tells; "" when it tells of none. The name under which it stands tells more.
func Look(text string) string {
	if all := find(text); len(all) > 0 {
		return all[0].what
	}
	return ""
}

// Within returns the secrets inside a text that tell by their look.
func Within(text string) []Value {
	var all []Value
	for _, f := range find(text) {
		all = append(all, New(text[f.from:f.to]))
	}
	return all
}

// Veil returns text with a mask for each secret inside it that tells by its look.
func Veil(text string) string {
	var out strings.Builder
	end := 0
	for _, f := range find(text) {
		if f.to <= end {
			continue
		}
		if f.from >= end {
			out.WriteString(text[end:f.from] + mask)
		}
		end = f.to
	}
	return out.String() + text[end:]
}
