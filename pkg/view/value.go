package view

import (
	"strconv"
	"unicode/utf8"

	"reconcile/pkg/resource"
)

// text shows a value that is not sensitive; none stands for nothing.
func text(v resource.Value, none string) string {
	switch v.Form() {
	case resource.Literal:
		return spelled(strconv.Quote(v.Text()))
	case resource.Pending:
		return output(v)
	case resource.Unset, resource.Absent:
		return none
	default:
		return v.String()
	}
}

// shared returns how many bytes two texts have in common at both ends, in whole
// runes. The two parts never overlap.
func shared(a, b string) (head, tail int) {
	for head < min(len(a), len(b)) {
		r, size := utf8.DecodeRuneInString(a[head:])
		if s, _ := utf8.DecodeRuneInString(b[head:]); r != s {
			break
		}
		head += size
	}
	for tail < min(len(a), len(b))-head {
		r, size := utf8.DecodeLastRuneInString(a[:len(a)-tail])
		s, _ := utf8.DecodeLastRuneInString(b[:len(b)-tail])
		if r != s || tail+size > min(len(a), len(b))-head {
			break
		}
		tail += size
	}
	return head, tail
}

// excerpt marks what stands between the shared ends of a text: as a part, where
// more is shared than differs. When it is wider than room columns, the shared ends
// are cut first, so that the difference stays in sight. A room of 0 has no limit.
func excerpt(text string, head, tail, room int) []span {
	over := 0
	if room > 0 {
		over = utf8.RuneCountInString(text) - room
	}
	spans, over := atEnds(text, head, tail, over)
	spans[1].text, _ = cut(spans[1].text, over)
	return spans
}

// atEnds is excerpt that takes over columns out, none of them of what differs, and
// returns what is still too much.
func atEnds(text string, head, tail, over int) ([]span, int) {
	before, middle, after := text[:head], text[head:len(text)-tail], text[len(text)-tail:]
	l := unlike
	if n := utf8.RuneCountInString; n(before)+n(after) > n(middle)+len(`""`) {
		l = mark
	}
	before, over = cut(before, over)
	after, over = cut(after, over)
	return []span{{before, plain}, {middle, l}, {after, plain}}, over
}

// cut takes over columns out of the middle of a text, as far as it leaves three
// runes at either side, and returns what is still too much.
func cut(text string, over int) (string, int) {
	runes := []rune(text)
	n := min(over+1, len(runes)-6)
	if over <= 0 || n < 2 {
		return text, over
	}
	at := (len(runes) - n) / 2
	return string(runes[:at]) + "…" + string(runes[at+n:]), over - n + 1
}
