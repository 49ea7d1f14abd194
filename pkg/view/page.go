package view

import (
	"strings"
	"unicode/utf8"
)

// page collects lines. Every line goes through write, so that none ends with a
// space or holds a control character.
type page struct {
	style Style
	// carets writes a line of ^ below the parts that differ: for pages of equally
	// wide letters where no style can mark them.
	carets bool
	out    strings.Builder
}

// gutter stands before each line of a hunk.
const gutter = "│ "

// indent is where the details of a block start.
const indent = 4

func (p *page) write(at int, spans ...span) {
	for len(spans) > 0 {
		last := &spans[len(spans)-1]
		if last.text = strings.TrimRight(last.text, " "); last.text != "" {
			break
		}
		spans = spans[:len(spans)-1]
	}
	var line strings.Builder
	if len(spans) > 0 {
		line.WriteString(strings.Repeat(" ", at))
		// GitHub Actions takes a line that begins with :: as a command.
		if text := strings.TrimSpace(spans[0].text); strings.HasPrefix(text, "::") {
			spans[0].text = `\` + text
		}
	}
	for _, s := range spans {
		line.WriteString(p.style.paint(s))
	}
	p.out.WriteString(unmarked(line.String()))
	p.out.WriteByte('\n')
	if p.carets {
		p.out.WriteString(caretLine(at, spans))
	}
}

// caretLine points at the marked parts of a line; "" when there are none.
func caretLine(at int, spans []span) string {
	var line strings.Builder
	line.WriteString(strings.Repeat(" ", at))
	for _, s := range spans {
		switch sign := " "; {
		case s.text == gutter:
			line.WriteString(gutter)
		case s.look == mark:
			sign = "^"
			fallthrough
		default:
			line.WriteString(strings.Repeat(sign, columns([]span{s})))
		}
	}
	text := line.String()
	if !strings.Contains(text, "^") {
		return ""
	}
	return strings.TrimRight(text, " ") + "\n"
}

// blank separates blocks: one empty line, none at the top and never two.
func (p *page) blank() {
	if text := p.out.String(); text != "" && !strings.HasSuffix(text, "\n\n") {
		p.out.WriteByte('\n')
	}
}

// segment is a part of a line that moves to the next line as a whole.
type segment struct {
	gap   int // spaces before it
	spans []span
}

func piece(gap int, text string, l look) segment {
	if text == "" {
		return segment{}
	}
	return segment{gap, []span{{text, l}}}
}

// flow writes segments one after the other. Those that do not fit any more go to
// the next line, at column hang.
func (p *page) flow(at, hang int, segments ...segment) {
	var line []span
	start, used := at, at
	for _, s := range segments {
		width := columns(s.spans)
		switch {
		case width == 0:
			continue
		case line != nil && p.style.Width > 0 && used+s.gap+width > p.style.Width:
			p.write(start, line...)
			line, start, used = nil, hang, hang
		case line != nil:
			line = append(line, span{text: strings.Repeat(" ", s.gap)})
			used += s.gap
		}
		line = append(line, s.spans...)
		used += width
	}
	if line != nil {
		p.write(start, line...)
	}
}

// prose writes sentences, each line of text on its own, wrapped between words
// when the width is known. What follows the first line stands at column hang.
func (p *page) prose(at, hang int, text string, l look) {
	for line := range strings.Lines(text) {
		var words []segment
		for word := range strings.FieldsSeq(line) {
			words = append(words, piece(1, word, l))
		}
		if p.style.Width == 0 {
			words = []segment{piece(0, strings.TrimSpace(line), l)}
		}
		if strings.TrimSpace(line) != "" {
			p.flow(at, hang, words...)
		}
		at = hang
	}
}

// wrap breaks spans into lines of at most width columns, wherever that is.
func wrap(spans []span, width int) [][]span {
	if width <= 0 {
		return [][]span{spans}
	}
	lines, used := [][]span{nil}, 0
	for _, s := range spans {
		rest := []rune(clean(s.text))
		for used+len(rest) > width {
			n := width - used
			lines[len(lines)-1] = append(lines[len(lines)-1], span{string(rest[:n]), s.look})
			lines, rest, used = append(lines, nil), rest[n:], 0
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], span{string(rest), s.look})
		used += len(rest)
	}
	return lines
}

// pad fills text up with spaces to n columns.
func pad(text string, n int) string {
	return text + strings.Repeat(" ", max(0, n-utf8.RuneCountInString(text)))
}
