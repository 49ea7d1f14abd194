package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"reconcile/pkg/reconcile"
)

const (
	// refresh is how often a terminal is drawn at most, and how often it is looked
	// whether there is something to draw.
	refresh = 200 * time.Millisecond
	// runningLines is the number of steps under way that are listed, manySteps that
	// of all steps from which those that went well are only counted.
	runningLines, manySteps = 8, 40
	// patience is how long a phase may take before a log hears of it, and again is
	// the pause until it hears more.
	patience, again = 5 * time.Second, 30 * time.Second
)

// Progress tells a run while it goes. On a terminal it keeps a list of the steps
// under way with their time below the lines of those that have ended; elsewhere it
// writes a line for each step that has ended. It may be used by many goroutines.
// Nothing depends on it, so a failing writer is not reported.
type Progress struct {
	mu    sync.Mutex
	w     io.Writer
	style Style
	tty   bool
	now   func() time.Time
	start time.Time

	// total is the number of steps, 0 when not known; done, failed and held count those
	// that have ended.
	total, done, failed, held int
	running                   []running
	phase                     phase
	// lines wait to be written, drawn is the number of lines of the list on the
	// screen, last when it was drawn and shown what it was.
	lines string
	drawn int
	last  time.Time
	shown string
	stop  chan struct{}
	ended sync.WaitGroup
}

type running struct {
	name  string
	since time.Time
}

// phase is what goes on besides steps, such as reading.
type phase struct {
	name string
	// about says what of it is under way and what it has cost so far.
	about func() string
	said  time.Time
}

// NewProgress returns a silent Progress: it writes once it is told something, until
// Close. total is the number of steps to come, now the clock.
func NewProgress(w io.Writer, style Style, tty bool, total int, now func() time.Time) *Progress {
	return &Progress{w: w, style: style, tty: tty, total: total, now: now, start: now()}
}

// Step tells of a step that begins or has ended.
func (p *Progress) Step(e reconcile.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := string(e.Step.Action) + " " + e.Step.String()
	if at := slices.IndexFunc(p.running, func(r running) bool { return r.name == name }); at >= 0 {
		p.running = slices.Delete(p.running, at, at+1)
	}
	if e.Ended {
		p.count(e)
	} else {
		p.running = append(p.running, running{name, p.now()})
	}
	p.tick()
	p.draw(false)
}

// count takes note of a step that has ended. Those that went well are not listed on
// a terminal when there are many.
func (p *Progress) count(e reconcile.Event) {
	p.done++
	switch e.Step.Outcome {
	case reconcile.Applied:
		if p.tty && p.total > manySteps {
			return
		}
	case reconcile.Failed:
		p.failed++
	default:
		p.held++
	}
	p.lines += p.line(e)
}

// Phase tells that something begins that is no step. about says how it stands, such
// as "12 calls, 2 retries"; it is asked from another goroutine.
func (p *Progress) Phase(name string, about func() string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase = phase{name: name, about: about}
	p.tick()
}

// Close writes what is left, takes the list off the screen and ends everything.
func (p *Progress) Close() {
	p.mu.Lock()
	stop := p.stop
	p.stop = nil
	if p.phase.name != "" && !p.phase.said.IsZero() && !p.tty {
		p.lines += p.phaseLine(p.phase.name + " ended after ")
	}
	p.phase, p.running = phase{}, nil
	if p.tty && p.total > manySteps && p.done > p.failed+p.held {
		p.lines += fmt.Sprintf("applied  %s  (%s)\n", number(p.done-p.failed-p.held, "step", "steps"), seconds(p.now().Sub(p.start)))
	}
	p.draw(true)
	p.mu.Unlock()
	if stop != nil {
		close(stop)
	}
	p.ended.Wait()
}

// tick starts to look at the clock.
func (p *Progress) tick() {
	if p.stop != nil || !p.tty && p.phase.name == "" {
		return
	}
	stop := make(chan struct{})
	p.stop = stop
	p.ended.Go(func() {
		ticker := time.NewTicker(refresh)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				p.mu.Lock()
				if p.stop == stop {
					p.grow()
					p.draw(false)
				}
				p.mu.Unlock()
			}
		}
	})
}

// grow lets a log hear of a phase that takes long.
func (p *Progress) grow() {
	if p.tty || p.phase.name == "" {
		return
	}
	now := p.now()
	if now.Sub(p.start) >= patience && (p.phase.said.IsZero() || now.Sub(p.phase.said) >= again) {
		p.phase.said = now
		p.lines += p.phaseLine(p.phase.name + " for ")
	}
}

// phaseLine is "reading for 5.0s: 12 calls, 2 retries".
func (p *Progress) phaseLine(words string) string {
	line := &page{style: Style{Color: p.style.Color}}
	line.write(0, span{words + seconds(p.now().Sub(p.start)) + prefixed(": ", p.phase.about()), dim})
	return line.out.String()
}

// draw writes the lines that wait and, on a terminal, the list anew. Unless it is
// the last time, it does so at most once in a while.
func (p *Progress) draw(last bool) {
	if !p.tty {
		if p.lines != "" {
			_, _ = io.WriteString(p.w, p.lines)
		}
		p.lines = ""
		return
	}
	if now := p.now(); !last && !p.last.IsZero() && now.Sub(p.last) < refresh {
		return
	}
	list := p.list()
	if text := strings.Join(list, "\n"); p.lines != "" || text != p.shown {
		_, _ = io.WriteString(p.w, p.erase()+p.lines+text)
		p.lines, p.shown, p.drawn, p.last = "", text, len(list), p.now()
	}
}

// erase takes the list off the screen.
func (p *Progress) erase() string {
	if p.drawn == 0 {
		return ""
	}
	return "\r\x1b[2K" + strings.Repeat("\x1b[1A\x1b[2K", p.drawn-1)
}

// list are the lines about what is under way, none wider than the screen.
func (p *Progress) list() []string {
	var lines []string
	if p.phase.name != "" {
		lines = append(lines, p.under(p.phase.name, p.start, p.phase.about()))
	}
	if p.total > manySteps && len(p.running) > 0 {
		counts := some([]entry{{p.failed, "failed"}, {p.held, "not done"}})
		lines = append(lines, p.under(fmt.Sprintf("%d of %d steps", p.done, p.total), p.start, counts))
	}
	shown := p.running[:min(len(p.running), runningLines)]
	for _, r := range shown {
		lines = append(lines, p.under(r.name, r.since, ""))
	}
	if n := len(p.running) - len(shown); n > 0 {
		lines = append(lines, p.style.paint(span{fmt.Sprintf("… and %d more", n), dim}))
	}
	return lines
}

// under is a line of the list: "… create Destination/X  3s". The name is cut, the
// time is not.
func (p *Progress) under(name string, since time.Time, more string) string {
	width := p.style.Width
	if width == 0 {
		width = 80
	}
	text := "  " + strings.Join(filled(p.now().Sub(since).Truncate(time.Second).String(), more), ", ")
	name = "… " + clean(name)
	name, over := cut(name, utf8.RuneCountInString(name+text)-width+1)
	text, _ = cut(text, over)
	return p.style.paint(span{name + text, dim})
}

// line is that of one step: "applied  create  Destination/X  (0.1s)".
func (p *Progress) line(e reconcile.Event) string {
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
