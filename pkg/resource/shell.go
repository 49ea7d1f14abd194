package resource

import (
	"strings"
	"unicode"
)

// ShellWord is a text as one word of a command line that people copy into a shell: as it
// is where no shell would take it apart, else in quotes.
func ShellWord(text string) string {
	if text != "" && strings.IndexFunc(text, special) < 0 {
		return text
	}
	return InQuotes(text)
}

// InQuotes is a text as one word of a shell, in quotes also where it needs none.
func InQuotes(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// special reports whether some shell may give a rune a meaning. Letters of any language
// have none.
func special(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.Nd, unicode.M) && !strings.ContainsRune("_-+=.,:/@%", r)
}
