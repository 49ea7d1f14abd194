package connect

import (
	"encoding/hex"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Services quote what they were sent in spellings of their own: escaped for HTML,
// JSON or addresses, once or twice, encoded as base64 or in hex, folded into one
// line, in capitals, or in another character set. No list of spellings is complete,
// so texts are undone until nothing is left to undo, and compared in a form in which
// none of that counts.

// cell is one byte of a text that was undone, and the part of the original that it
// stands for.
type cell struct {
	b        byte
	from, to int
}

func cellsOf(text string) []cell {
	cells := make([]cell, len(text))
	for i := range len(text) {
		cells[i] = cell{text[i], i, i + 1}
	}
	return cells
}

// textOf returns the first n cells as text, fewer where there are no more.
func textOf(cells []cell, n int) string {
	text := make([]byte, min(n, len(cells)))
	for i := range text {
		text[i] = cells[i].b
	}
	return string(text)
}

// undo undoes escapes until none is left, and shows each step to see.
func undo(cells []cell, see func([]cell)) []cell {
	const deepest = 8
	for range deepest {
		undone := unescape(cells)
		if len(undone) == len(cells) {
			break
		}
		see(cells)
		cells = undone
	}
	return cells
}

// unescape undoes one layer: %41 &amp; \u0041 \x41 \n. What it returns is shorter when
// there was one.
func unescape(cells []cell) []cell {
	if !escaped(cells) {
		return cells
	}
	out := make([]cell, 0, len(cells))
	for i := 0; i < len(cells); {
		text, n := unescapeOne(cells[i:])
		if n == 0 {
			out = append(out, cells[i])
			i++
			continue
		}
		for j := range len(text) {
			out = append(out, cell{text[j], cells[i].from, cells[i+n-1].to})
		}
		i += n
	}
	return out
}

func escaped(cells []cell) bool {
	for _, c := range cells {
		if c.b == '%' || c.b == '&' || c.b == '\\' {
			return true
		}
	}
	return false
}

// unescapeOne returns what the escape at the beginning stands for and how many cells
// it takes; 0 when there is none.
func unescapeOne(cells []cell) (text string, n int) {
	switch cells[0].b {
	case '%':
		if b, err := hex.DecodeString(textOf(cells[1:], 2)); err == nil && len(b) == 1 {
			return string(b), 3
		}
	case '&':
		return entity(cells)
	case '\\':
		return backslash(cells)
	}
	return "", 0
}

// entity undoes &name; whatever the case of its letters: that does not count here.
func entity(cells []cell) (text string, n int) {
	const longest = 12
	name, _, found := strings.Cut(textOf(cells, longest), ";")
	if !found {
		return "", 0
	}
	whole := strings.ToLower(name) + ";"
	if text = html.UnescapeString(whole); text == whole {
		return "", 0
	}
	return text, len(whole)
}

// backslash undoes escapes of strings. However many backslashes there are, they go:
// each layer doubles them.
func backslash(cells []cell) (text string, n int) {
	for n < len(cells) && cells[n].b == '\\' {
		n++
	}
	rest := cells[n:]
	if len(rest) == 0 {
		return "", n
	}
	switch unicode.ToLower(rune(rest[0].b)) {
	case 'n', 'r', 't', 'b', 'f':
		// A blank, lest what stands around it become an escape.
		return " ", n + 1
	case 'x':
		if b, err := hex.DecodeString(textOf(rest[1:], 2)); err == nil && len(b) == 1 {
			return string(b), n + 3
		}
	case 'u':
		return codeUnit(rest, n)
	}
	return "", n
}

// codeUnit undoes uXXXX, and a pair of them; n backslashes were before it.
func codeUnit(cells []cell, n int) (text string, length int) {
	const digits = 5 // and the letter
	unit := func(at int) rune {
		if at+digits > len(cells) || unicode.ToLower(rune(cells[at].b)) != 'u' {
			return -1
		}
		number, err := strconv.ParseUint(textOf(cells[at+1:], digits-1), 16, 16)
		if err != nil {
			return -1
		}
		return rune(number)
	}
	first := unit(0)
	if first < 0 {
		return "", n
	}
	if utf16.IsSurrogate(first) {
		gap := digits
		for gap < len(cells) && cells[gap].b == '\\' {
			gap++
		}
		if gap > digits {
			if both := utf16.DecodeRune(first, unit(gap)); both != utf8.RuneError {
				return string(both), n + gap + digits
			}
		}
	}
	return string(first), n + digits
}

// folded is a text in the form in which it is compared, and for each of its bytes
// the cell it came from.
type folded struct {
	text  []byte
	index []int
}

// fold leaves out what gets lost or changed on the way: blanks, which wrapping moves;
// plus, which stands for a blank; letters outside ASCII, which other character sets
// spell otherwise; and the case of letters.
func fold(cells []cell) folded {
	f := folded{make([]byte, 0, len(cells)), make([]int, 0, len(cells))}
	for i, c := range cells {
		if negligible(c.b) {
			continue
		}
		if 'A' <= c.b && c.b <= 'Z' {
			c.b += 'a' - 'A'
		}
		f.text, f.index = append(f.text, c.b), append(f.index, i)
	}
	return f
}

func negligible(b byte) bool { return b <= ' ' || b >= 0x7f || b == '+' || b == '\\' }

// wide is fold for secrets of which that leaves too little: letters outside ASCII
// stay, and those that were read in another character set are mended.
func wide(text []byte) string {
	const rounds = 2
	for range rounds {
		text = mend(text)
	}
	return squash(text)
}

// squash is wide without mending: where the case of misread letters was changed,
// nothing can be mended.
func squash(text []byte) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == '+' || r == '\\' {
			return -1
		}
		return unicode.ToLower(unicode.ToUpper(r))
	}, string(text))
}

// misread is how the bytes of UTF-8 appear in Latin-1.
func misread(text string) []byte {
	var out []byte
	for i := range len(text) {
		out = utf8.AppendRune(out, rune(text[i]))
	}
	return out
}

// windows lists what stands at 0x80 and after in the character set of Windows, where
// Latin-1 has nothing that prints.
// Fact: HTML reads the numbers of these places so. Source: WHATWG HTML, numeric
// character reference end state, read 2026-11-27. [documented]
var windows = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

// mend turns bytes that are no UTF-8 into the letters that they are in Latin-1, and
// letters that together are the bytes of UTF-8 into what those spell.
func mend(text []byte) []byte {
	var out, run []byte
	flush := func() {
		if utf8.Valid(run) {
			out = append(out, run...)
		} else {
			for _, b := range run {
				out = utf8.AppendRune(out, rune(b))
			}
		}
		run = run[:0]
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if place := slices.Index(windows, r); place >= 0 {
			r = rune(0x80 + place)
		}
		switch {
		case r == utf8.RuneError && size == 1:
			run = append(run, text[i])
		case r >= utf8.RuneSelf && r <= unicode.MaxLatin1:
			run = append(run, byte(r))
		default:
			flush()
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	flush()
	return out
}

// shortestRun is the length from which a run of letters may be an encoded secret.
const shortestRun = 6

// decoded returns what the text is when its runs of letters are base64 or hex. Where
// a run begins nobody knows, so each place is tried.
func decoded(cells []cell) [][]cell {
	var all [][]cell
	for _, run := range runs(cells, base64Digit, true) {
		for offset := range 4 {
			all = append(all, unbase64(run[min(offset, len(run)):]))
		}
	}
	for _, run := range runs(cells, hexDigit, false) {
		for offset := range 2 {
			all = append(all, unhex(run[offset:]))
		}
	}
	return all
}

// runs lists the longest runs of digits; a wrapped one goes on after a full line,
// and the last digit stands for the padding after it, too.
func runs(cells []cell, digit func(byte) int, wrapped bool) [][]cell {
	const fullLine = 60
	var all [][]cell
	var run []cell
	line := 0 // digits since the last break; 0 in a break, -1 after padding
	for _, c := range append(slices.Clip(cells), cell{}) {
		switch {
		case digit(c.b) >= 0 && line >= 0:
			run, line = append(run, c), line+1
		case wrapped && c.b <= ' ' && c.to > 0 && len(run) > 0 && (line == 0 || line >= fullLine):
			line = 0
		case wrapped && c.b == '=' && len(run) > 0:
			run[len(run)-1].to, line = c.to, -1
		default:
			if len(run) >= shortestRun {
				all = append(all, run)
			}
			run, line = nil, 0
			if digit(c.b) >= 0 {
				run, line = append(run, c), 1
			}
		}
	}
	return all
}

// base64Digit is the value of a digit in either alphabet, -1 for other bytes.
func base64Digit(b byte) int {
	switch {
	case 'A' <= b && b <= 'Z':
		return int(b - 'A')
	case 'a' <= b && b <= 'z':
		return int(b-'a') + 26
	case '0' <= b && b <= '9':
		return int(b-'0') + 52
	case b == '+' || b == '-':
		return 62
	case b == '/' || b == '_':
		return 63
	default:
		return -1
	}
}

func hexDigit(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	default:
		return -1
	}
}

func unbase64(run []cell) []cell { return join(run, base64Digit, 6) }

func unhex(run []cell) []cell { return join(run, hexDigit, 4) }

// join makes bytes of digits that are so many bits wide.
func join(run []cell, digit func(byte) int, width int) []cell {
	out := make([]cell, 0, len(run)*width/8)
	value, bits, from := 0, 0, 0
	for _, c := range run {
		if bits == 0 {
			from = c.from
		}
		value, bits = value<<width|digit(c.b), bits+width
		if bits >= 8 {
			bits -= 8
			out = append(out, cell{byte(value >> bits), from, c.to})
			value &= 1<<bits - 1
			from = c.from
		}
	}
	return out
}
