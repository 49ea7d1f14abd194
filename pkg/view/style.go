package view

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Style says how text is laid out.
type Style struct {
	// Color allows ANSI colours. Without them nothing is lost.
	Color bool
	// Width is the number of columns; 0 is unknown, and nothing is cut.
	Width int
	// Full also lists what is unchanged, whole long texts and the plan's digest.
	Full bool
	// Brief says only how it ended: errors, the summary and what to do next. It is for
	// a reader who has just seen the rest.
	Brief bool
}

// look is how a piece of text is drawn.
type look int

const (
	plain look = iota
	dim
	bold
	mark   // the part of a value that differs
	unlike // a value that differs as a whole, or nearly
	red
	green
	yellow
	cyan
	magenta
)

var ansi = [...]string{dim: "2", bold: "1", mark: "1;4", unlike: "1;4", red: "31", green: "32", yellow: "33", cyan: "36", magenta: "35"}

// span is a piece of text with one look.
type span struct {
	text string
	look look
}

// paint makes a span safe to print and gives it its colour.
func (s Style) paint(p span) string {
	text := clean(p.text)
	if !s.Color || p.look == plain || strings.TrimSpace(text) == "" {
		return text
	}
	return "\x1b[" + ansi[p.look] + "m" + text + "\x1b[0m"
}

// clean escapes what is not printable: texts come from services and files, and
// must not move the cursor, start a new line, turn the writing around, or give a
// pipeline that reads along a command (##vso[…]).
func clean(text string) string {
	var b strings.Builder
	for i, r := range text {
		if strconv.IsPrint(r) && (r != utf8.RuneError || strings.HasPrefix(text[i:], "\uFFFD")) {
			b.WriteRune(r)
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		quoted := strconv.Quote(text[i : i+size])
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return unmarked(b.String())
}

// unmarked keeps a text from being read as a command by Azure Pipelines.
func unmarked(text string) string { return strings.ReplaceAll(text, "##", `#\x23`) }

// columns is the width of spans on the screen.
func columns(spans []span) int {
	n := 0
	for _, s := range spans {
		n += utf8.RuneCountInString(clean(s.text))
	}
	return n
}
