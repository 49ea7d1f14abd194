package view

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"reconcile/pkg/reconcile"
)

// Progress returns what prints an apply while it goes: a line for each step that
// has ended and, on a terminal, one line below with the steps under way. It may
// be called from one goroutine at a time. Nothing depends on it, so a failing w
// is not reported.
func Progress(w io.Writer, style Style, tty bool) func(reconcile.Event) {
	p := &progress{w: w, style: style, tty: tty}
	return p.tell
}

type progress struct {
	w       io.Writer
	style   Style
	tty     bool
	running []string
	shown   bool // the line with the steps under way is on the screen
}

func (p *progress) tell(e reconcile.Event) {
	name := string(e.Step.Action) + " " + e.Step.String()
	text := p.erase()
	if at := slices.Index(p.running, name); at >= 0 {
		p.running = slices.Delete(p.running, at, at+1)
	}
	if e.Ended {
		text += p.ended(e)
	} else {
		p.running = append(p.running, name)
	}
	_, _ = io.WriteString(p.w, text+p.underWay())
}

// erase clears the line with the steps under way.
func (p *progress) erase() string {
	if !p.shown {
		return ""
	}
	p.shown = false
	return "\r\x1b[2K"
}

// underWay draws the line with the steps under way, short enough not to wrap.
func (p *progress) underWay() string {
	if !p.tty || len(p.running) == 0 {
		return ""
	}
	p.shown = true
	width := p.style.Width
	if width == 0 {
		width = 80
	}
	text := clean("… " + strings.Join(p.running, ", "))
	text, _ = cut(text, utf8.RuneCountInString(text)-width+1)
	return p.style.paint(span{text, dim})
}

// ended is the line of one step: "applied  create  Destination/X  (0.1s)".
func (p *progress) ended(e reconcile.Event) string {
	s := e.Step
	l := green
	if held, ok := standingLabels[s.Outcome]; ok {
		l = held.look
	}
	line := &page{style: Style{Color: p.style.Color}}
	line.flow(0, 0,
		piece(0, pad(string(s.Outcome), 7), l),
		piece(2, pad(string(s.Action), 6), plain),
		piece(2, s.String(), bold),
		piece(2, took(e), dim),
		piece(2, note(s), plain))
	return line.out.String()
}

func took(e reconcile.Event) string {
	if e.Took == 0 {
		return ""
	}
	return "(" + seconds(e.Took) + ")"
}

func note(s reconcile.Step) string {
	switch s.Outcome {
	case reconcile.Blocked:
		return "by " + strings.Join(s.BlockedBy, ", ")
	case reconcile.Failed:
		return s.Error
	default:
		return s.Detail
	}
}
