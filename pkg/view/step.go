package view

import (
	"slices"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// step writes the block of one step; words is the width of the longest label.
func (p *page) step(s reconcile.Step, all []reconcile.Step, words int) {
	l := labelOf(s)
	p.flow(0, indent,
		segment{0, []span{{l.symbol + " " + pad(l.word, words) + "  ", l.look}, {s.String(), bold}}},
		piece(2, strings.Join(filled(todo(s), evidence(s)), ", "), plain),
		piece(2, done(s), green),
		piece(2, s.Position.String(), dim))
	p.prose(indent, indent, reason(s), dim)
	if s.LastRun != nil {
		p.prose(indent, indent, s.LastRun.String(), plain)
	}
	p.obstacle(s, all)
	// What an applied create holds stands in the manifest; the plan has shown it.
	if s.Action != reconcile.Create || s.Outcome != reconcile.Applied || p.style.Full {
		p.changes(s)
	}
}

// done says that a step was applied and what came of it.
func done(s reconcile.Step) string {
	if s.Outcome != reconcile.Applied {
		return ""
	}
	return strings.Join(filled("applied", s.Detail), ", ")
}

// obstacle says why a step was not or cannot be done.
func (p *page) obstacle(s reconcile.Step, all []reconcile.Step) {
	switch standing(s) {
	case reconcile.Failed:
		p.prose(indent, indent+2, "failed: "+strings.Join(filled(s.Error, s.Detail), "\n"), red)
	case reconcile.Skipped:
		p.prose(indent, indent+2, "skipped: "+orElse(s.Error, "the run was stopped"), plain)
	case reconcile.Blocked:
		p.prose(indent, indent+2, "blocked by "+blockers(s, all), plain)
	case reconcile.Waits:
		p.prose(indent, indent+2, awaited(s), plain)
	case reconcile.Applied: // nothing stood in its way
	default:
		p.prose(indent, indent+2, brokenBy(s), plain)
	}
}

// causeOf is the first line of why a step failed or stands out, for where there is
// room for one.
func causeOf(s reconcile.Step) string {
	text := reason(s)
	if standing(s) == reconcile.Failed {
		text = strings.Join(filled(s.Error, s.Detail), "\n")
	}
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(first)
}

// brokenBy says by which known failure an object is broken, and what mends it: the
// proof that told may have been made by another run.
func brokenBy(s reconcile.Step) string {
	f, known := catalogue.Failure(s.Code)
	if s.State != reconcile.Broken || !known {
		return ""
	}
	return f.Code + ", " + f.Title + ": " + f.Remedy + "; reconcile explain " + f.Code + " says more"
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// blockers names what a step waits for, and how that stands; then, where some of that is
// blocked itself, what has to be done first of all.
func blockers(s reconcile.Step, all []reconcile.Step) string {
	name := func(name string) string { return standingOf(name, all) }
	behind := slices.DeleteFunc(roots(s, all), func(root string) bool { return slices.Contains(s.BlockedBy, root) })
	return strings.Join(filled(strings.Join(each(s.BlockedBy, name), ", "), prefixed("in the end by ", few(each(behind, name)))), ", ")
}

// undone is the step of that name that is still to be done, nil where there is none.
func undone(name string, all []reconcile.Step) *reconcile.Step {
	for i := range all {
		if _, stands := standingLabels[standing(all[i])]; stands && all[i].String() == name {
			return &all[i]
		}
	}
	return nil
}

// standingOf is a name, and how its step stands.
func standingOf(name string, all []reconcile.Step) string {
	if s := undone(name, all); s != nil {
		name += " (" + labelOf(*s).word + ")"
	}
	return name
}

// roots names what a step waits for in the end: what is not blocked itself.
func roots(s reconcile.Step, all []reconcile.Step) []string {
	var found []string
	queue, seen := slices.Clone(s.BlockedBy), map[string]bool{s.String(): true}
	for ; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if seen[name] {
			continue
		}
		seen[name] = true
		if before := undone(name, all); before != nil && standing(*before) == reconcile.Blocked {
			queue = append(queue, before.BlockedBy...)
		} else {
			found = append(found, name)
		}
	}
	return found
}

// clientID is the path of what comes from outside like a secret, and is none.
const clientID = "/clientID"

// awaited says who has to do what before a waiting step can go on.
func awaited(s reconcile.Step) string {
	var places, ids []string
	for _, c := range s.Changes {
		switch from := c.Want.Source().String(); {
		case c.Want.Form() != resource.External:
		case c.Path == clientID:
			ids = append(ids, from)
		default:
			places = append(places, from)
		}
	}
	slices.Sort(places)
	places = slices.Compact(places)
	who := "a person has to do it in the console"
	if len(ids) > 0 && s.Via == resource.WayPerson {
		who += ", then the client id goes into " + strings.Join(ids, ", ")
	}
	switch {
	case len(places) == 0:
		return who
	case s.Via == resource.WayPerson:
		return who + ", then the secret goes into " + strings.Join(places, ", ")
	default:
		return "create it, put the secret into " + strings.Join(places, ", ") + ", run again"
	}
}

// changes writes the properties that change, aligned.
func (p *page) changes(s reconcile.Step) {
	column := 0
	for _, c := range s.Changes {
		column = max(column, columns([]span{{text: field(c.Path)}}))
	}
	limit := 32
	if p.style.Width > 0 {
		limit = min(limit, p.style.Width/3)
	}
	for _, c := range s.Changes {
		p.change(s, c, min(column, limit))
	}
}

func (p *page) change(s reconcile.Step, c resource.Change, column int) {
	hang := indent + column + 2
	segments := []segment{piece(0, pad(clean(field(c.Path)), column), plain)}
	long := isLong(c)
	room := 0
	if p.style.Width > 0 {
		room = max(p.style.Width-hang, 12)
	}
	if !long {
		segments = append(segments, p.values(s, c, room)...)
	} else if gone(c.Want) {
		segments = append(segments, piece(2, "→ removed", red))
	}
	// A new object is new in all its properties; saying so would be noise.
	if s.Action != reconcile.Create {
		segments = slices.Concat(segments, wordwise(3, originWords[c.Origin], dim, room), wordwise(3, extraWords(s, c), dim, room))
		if at := s.Positions[c.Path]; at != s.Position {
			segments = append(segments, piece(3, at.String(), dim))
		}
	}
	p.flow(indent, hang, segments...)
	if long {
		p.hunk(c)
	}
}

// values returns what is there and what is wanted, as far as it may be shown, in lines
// of at most room columns; 0 has no limit.
func (p *page) values(s reconcile.Step, c resource.Change, room int) []segment {
	want := text(c.Want, "removed")
	var segments []segment
	switch {
	case c.Sensitive():
		segments = wordwise(2, secretWords(c, s.Action == reconcile.Create), plain, room)
	case s.Action == reconcile.Create && c.Want.Form() == resource.Pending:
		segments = wordwise(2, "← "+want, plain, room)
	case s.Action == reconcile.Create:
		segments = linewise(2, "", []span{{want, plain}}, room)
	default:
		segments = p.pair(c, want, room)
	}
	return append(segments, wordwise(1, remark(s, c.Want), plain, room)...)
}

// linewise breaks a value into lines of at most room columns behind a sign, so that no
// part of it is out of sight.
func linewise(gap int, sign string, spans []span, room int) []segment {
	before, segments := span{sign, plain}, []segment(nil)
	for _, line := range wrap(spans, max(room-columns([]span{before}), 0)) {
		segments = append(segments, segment{gap, append([]span{before}, line...)})
		gap, before.text = 0, pad("", columns([]span{before}))
	}
	return segments
}

// wordwise breaks a sentence between words where it is wider than room columns.
func wordwise(gap int, text string, l look, room int) []segment {
	if room == 0 || columns([]span{{text: text}}) <= room {
		return []segment{piece(gap, text, l)}
	}
	var segments []segment
	for word := range strings.FieldsSeq(text) {
		segments = append(segments, piece(gap, word, l))
		gap = 1
	}
	return segments
}

// narrow is the width of a screen below which values are only broken into lines: so
// little would be left of what is cut that nobody knows it again.
const narrow = 50

// pair shows both sides with the differing part marked: on one line when they
// fit, else below each other, cut alike where they agree and never where they differ.
func (p *page) pair(c resource.Change, want string, room int) []segment {
	have, arrow := text(c.Have, "not set"), "→ "
	side := func(text string, _ int) []span { return []span{{text, plain}} }
	if c.Have.Form() == resource.Literal && c.Want.Form() == resource.Literal {
		head, tail := shared(have, want)
		side = func(text string, over int) []span { spans, _ := atEnds(text, head, tail, over); return spans }
	}
	one := slices.Concat(side(have, 0), []span{{" " + arrow, plain}}, side(want, 0))
	if room == 0 || columns(one) <= room {
		return []segment{{2, one}}
	}
	over := 0
	if p.style.Width >= narrow {
		over = tooMuch(have, want, room-columns([]span{{text: arrow}}))
	}
	return append(linewise(2, "", side(have, over), room), linewise(1, arrow, side(want, over), room)...)
}
