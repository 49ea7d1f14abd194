package view

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"reconcile/pkg/resource"
)

const (
	// longFrom is the number of runes from which a value is shown as a hunk.
	longFrom = 101
	// context is the number of equal lines around a difference.
	context = 2
	// lineInSight is the number of columns of a line of which only a part differs,
	// where the width is not known.
	lineInSight = 100
	// hunkLines is the number of lines shown unless all are asked for.
	hunkLines = 30
	// compareCells limits the table of the comparison, about 16 MB.
	compareCells = 4 << 20
)

// diffLine is one line of a hunk; op is '+', '-', ' ' or '…'.
type diffLine struct {
	op   rune
	text string
}

// isLong reports whether a change is shown line by line.
func isLong(c resource.Change) bool {
	showable := func(v resource.Value) bool { return gone(v) || v.Form() == resource.Literal }
	long := func(v resource.Value) bool {
		return strings.Contains(v.Text(), "\n") || utf8.RuneCountInString(v.Text()) >= longFrom
	}
	return showable(c.Have) && showable(c.Want) && (long(c.Have) || long(c.Want))
}

// hunk writes a long value line by line, behind a gutter.
func (p *page) hunk(c resource.Change) {
	lines := compare(linesOf(c))
	hidden := 0
	if !p.style.Full && len(lines) > hunkLines {
		hidden = len(lines) - hunkLines
		lines = lines[:hunkLines]
	}
	room := 0
	switch {
	case p.style.Full:
	case p.style.Width > 0:
		room = max(p.style.Width-indent-6, 20)
	default:
		room = lineInSight
	}
	for i, l := range lines {
		p.diffLine(l, markedLine(lines, i, room))
	}
	if hidden > 0 {
		p.write(indent+2, span{gutter + "… " + number(hidden, "more line", "more lines"), dim})
	}
}

func (p *page) diffLine(l diffLine, spans []span) {
	color := map[rune]look{'+': green, '-': red, '…': dim}[l.op]
	sign := string(l.op)
	for _, line := range wrap(spans, max(p.style.Width-indent-6, 0)) {
		p.write(indent+2, append([]span{{gutter, dim}, {sign + " ", color}}, line...)...)
		sign = " "
	}
}

// markedLine returns the text of a line; where one line takes the place of one other,
// the part that differs is marked, and what both share is cut to room columns.
func markedLine(lines []diffLine, i, room int) []span {
	op := func(j int) rune {
		if j < 0 || j >= len(lines) {
			return 0
		}
		return lines[j].op
	}
	other := -1
	switch {
	case op(i) == '-' && op(i+1) == '+' && op(i-1) != '-' && op(i+2) != '+':
		other = i + 1
	case op(i) == '+' && op(i-1) == '-' && op(i-2) != '-' && op(i+1) != '+':
		other = i - 1
	}
	text := visible(lines[i].text)
	if other < 0 {
		return []span{{text: text}}
	}
	beside := visible(lines[other].text)
	head, tail := shared(text, beside)
	spans, _ := atEnds(text, head, tail, tooMuch(text, beside, room))
	return spans
}

// tooMuch is by how much the longer of two texts exceeds room columns: both are cut by
// that, so that what they share looks the same. A room of 0 has no limit.
func tooMuch(a, b string, room int) int {
	if room == 0 {
		return 0
	}
	return max(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) - room
}

// visible makes spaces at the end of a line visible, and the rest printable.
func visible(text string) string {
	kept := strings.TrimRight(text, " ")
	return clean(spelled(kept)) + strings.Repeat("·", len(text)-len(kept))
}

// linesOf splits both sides into lines. JSON is laid out first, unless only the
// layout differs.
func linesOf(c resource.Change) (have, want []string) {
	a, b := pretty(c.Have.Text()), pretty(c.Want.Text())
	if a == b {
		a, b = c.Have.Text(), c.Want.Text()
	}
	if !gone(c.Have) {
		have = strings.Split(a, "\n")
	}
	if !gone(c.Want) {
		want = strings.Split(b, "\n")
	}
	return have, want
}

func pretty(text string) string {
	var b bytes.Buffer
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		if json.Indent(&b, []byte(trimmed), "", "  ") == nil {
			return b.String()
		}
	}
	return text
}

// compare lists what leads from one list of lines to the other, without the
// equal lines that are far from any difference.
func compare(have, want []string) []diffLine {
	var lines []diffLine
	head := 0
	for head < min(len(have), len(want)) && have[head] == want[head] {
		lines = append(lines, diffLine{' ', have[head]})
		head++
	}
	tail := 0
	for tail < min(len(have), len(want))-head && have[len(have)-1-tail] == want[len(want)-1-tail] {
		tail++
	}
	lines = append(lines, middle(have[head:len(have)-tail], want[head:len(want)-tail])...)
	for _, text := range have[len(have)-tail:] {
		lines = append(lines, diffLine{' ', text})
	}
	return fold(lines)
}

// middle compares by the longest common subsequence. Where that would take too
// much room, all lines are replaced.
func middle(have, want []string) []diffLine {
	if (len(have)+1)*(len(want)+1) > compareCells {
		return append(all('-', have), all('+', want)...)
	}
	common := subsequences(have, want)
	var lines []diffLine
	i, j := 0, 0
	for i < len(have) && j < len(want) {
		switch {
		case have[i] == want[j]:
			lines = append(lines, diffLine{' ', have[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			lines = append(lines, diffLine{'-', have[i]})
			i++
		default:
			lines = append(lines, diffLine{'+', want[j]})
			j++
		}
	}
	return slices.Concat(lines, all('-', have[i:]), all('+', want[j:]))
}

// subsequences holds at [i][j] the length of the longest list of lines that both
// have[i:] and want[j:] contain in that order.
func subsequences(have, want []string) [][]int32 {
	table := make([][]int32, len(have)+1)
	table[len(have)] = make([]int32, len(want)+1)
	for i := len(have) - 1; i >= 0; i-- {
		table[i] = make([]int32, len(want)+1)
		for j := len(want) - 1; j >= 0; j-- {
			if have[i] == want[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}

func all(op rune, texts []string) []diffLine {
	lines := make([]diffLine, len(texts))
	for i, text := range texts {
		lines[i] = diffLine{op, text}
	}
	return lines
}

// fold replaces long runs of equal lines by their number.
func fold(lines []diffLine) []diffLine {
	near := make([]bool, len(lines))
	for i, l := range lines {
		for j := max(i-context, 0); l.op != ' ' && j <= min(i+context, len(lines)-1); j++ {
			near[j] = true
		}
	}
	var kept []diffLine
	for i := 0; i < len(lines); i++ {
		if near[i] {
			kept = append(kept, lines[i])
			continue
		}
		start := i
		for i+1 < len(lines) && !near[i+1] {
			i++
		}
		kept = append(kept, diffLine{'…', number(i-start+1, "equal line", "equal lines")})
	}
	return kept
}
