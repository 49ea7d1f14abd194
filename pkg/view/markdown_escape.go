package view

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mdRow is a row of a table. A pipe ends a cell wherever it stands, also inside
// a code span, so all of them are escaped.
func mdRow(cells ...string) string {
	var b strings.Builder
	for _, cell := range cells {
		b.WriteString(strings.TrimRight("| "+strings.ReplaceAll(cell, "|", `\|`), " ") + " ")
	}
	return b.String() + "|\n"
}

func mdRule(n int) string { return strings.Repeat("|---", n) + "|\n" }

// code puts a foreign text into a code span, where nothing has a meaning: no
// markup, no mention, no reference. It is one line whatever the text holds.
func code(text string) string {
	if text = shortened(clean(text)); text == "" {
		return ""
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || strings.HasPrefix(text, " ") && strings.HasSuffix(text, " ") {
		text = " " + text + " "
	}
	fence := fenceFor(text, 1)
	return fence + text + fence
}

// htmlCode does the same where Markdown is not read.
func htmlCode(text string) string {
	return "<code>" + html.EscapeString(shortened(clean(text))) + "</code>"
}

// mdMarked is a code span with its marked part in bold, which only HTML can say.
// Markdown is read inside of it, so all that could have a meaning is a reference.
func mdMarked(spans []span) string {
	var b strings.Builder
	bold := false
	for _, s := range spans {
		text := referenced(clean(s.text))
		if bold = bold || s.look == mark && text != ""; s.look == mark && text != "" {
			text = "<b>" + text + "</b>"
		}
		b.WriteString(text)
	}
	if !bold {
		return code(joined(spans))
	}
	return "<code>" + b.String() + "</code>"
}

// referenced writes every sign that Markdown, a link or a mention could begin with
// as a character reference: those are text wherever they stand.
func referenced(text string) string {
	var b strings.Builder
	for i, r := range text {
		harmless := unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(` "/-,;=?.()`, r)
		if !harmless || r == '.' && strings.HasSuffix(strings.ToLower(text[:i]), "www") {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fenceFor is longer than any run of backticks in text, and at least least long.
func fenceFor(text string, least int) string {
	run := 0
	for _, r := range text {
		if r != '`' {
			run = 0
			continue
		}
		run++
		least = max(least, run+1)
	}
	return strings.Repeat("`", least)
}

// shortened cuts a text that is too long for a comment in its middle.
func shortened(text string) string {
	text, _ = cut(text, utf8.RuneCountInString(text)-lineRoom)
	return text
}

// mdProse writes a sentence: plain words stay as they are, all other parts go
// into code spans.
func mdProse(text string) string {
	var parts, foreign []string
	flush := func() {
		if len(foreign) > 0 {
			text := strings.Join(foreign, " ")
			inner := strings.TrimRight(text, ",;:")
			parts = append(parts, code(inner)+text[len(inner):])
		}
		foreign = nil
	}
	for word := range strings.FieldsSeq(shortened(text)) {
		if !harmless.MatchString(word) {
			foreign = append(foreign, word)
			continue
		}
		flush()
		parts = append(parts, word)
	}
	flush()
	return strings.Join(parts, " ")
}

// mdAbout is mdProse for a sentence about named objects: a name is one code span,
// also when it holds blanks.
func mdAbout(text string, names []string) string {
	at, name := len(text), ""
	for _, n := range names {
		i := wholly(text, n)
		if i >= 0 && (i < at || i == at && len(n) > len(name)) {
			at, name = i, n
		}
	}
	if name == "" {
		return mdProse(text)
	}
	rest := text[at+len(name):]
	stop := rest[:len(rest)-len(strings.TrimLeft(rest, ",;:."))]
	return strings.Join(filled(mdProse(text[:at]), code(name)+stop, mdAbout(rest[len(stop):], names)), " ")
}

// wholly finds a name that is not a part of a longer word; -1 without one.
func wholly(text, name string) int {
	for from := 0; name != ""; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			break
		}
		at += from
		end := at + len(name)
		if (at == 0 || strings.ContainsRune(" \n(", rune(text[at-1]))) &&
			(end == len(text) || strings.ContainsRune(" \n),;:.", rune(text[end]))) {
			return at
		}
		from = end
	}
	return -1
}

// harmless matches words that Markdown cannot take for anything else: neither
// markup nor a link, a list, a mention or the number of a commit or an issue.
var harmless = regexp.MustCompile(`^([A-Za-z]+(['-][A-Za-z]+)*[,;:.]?|\([a-z]+\)[,;:.]?|[0-9]{1,4}[,;]?|→|←)$`)
