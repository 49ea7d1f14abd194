package view

import (
	"cmp"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

const (
	// commentLimit is what a comment has to stay below, in bytes: at most as many
	// characters.
	commentLimit = 65536
	// noteRoom is kept free for the lines that say what was left out.
	noteRoom = 512
	// lineRoom is the number of columns from which a sentence or a line of a hunk
	// is cut, nameRoom that of a name in the heading.
	lineRoom, nameRoom = 600, 80
)

// Markdown writes results as a comment on a pull request. The first line of each
// result is the same in every run that reads its manifest, the second line of the
// document in every run, so that a comment can be found and replaced.
// What does not fit into one comment is left out from the end and counted.
func Markdown(w io.Writer, results []Result) error {
	results = slices.Clone(results)
	for i := range results[min(1, len(results)):] {
		results[i+1].Comment = "" // the document is one comment
	}
	comments, left := fitting(each(results, newComment))
	room := commentLimit - 1 - noteRoom
	for _, c := range comments {
		room -= c.fixed()
	}
	var b strings.Builder
	for i, c := range comments {
		if i > 0 {
			b.WriteByte('\n')
		}
		body, used := c.body(room / (len(comments) - i))
		room -= used
		b.WriteString(strings.TrimRight(c.head+body+c.tail, "\n") + "\n")
	}
	if left > 0 {
		b.WriteString("\n" + more(left, "integration", "integrations"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// comment is what is said of one result: head and tail always, of the sections
// as much as fits.
type comment struct {
	head, tail string
	sections   []section
}

// section is a list with what stands around it. noun names one and many items.
type section struct {
	noun        [2]string
	open, close string
	items       []string
}

// fitting drops comments from the end until at least the fixed parts fit.
func fitting(comments []comment) (kept []comment, left int) {
	room := commentLimit - 1 - noteRoom
	for i, c := range comments {
		if room -= c.fixed(); room < 0 {
			return comments[:i], len(comments) - i
		}
	}
	return comments, 0
}

// fixed is the size of a comment without its sections.
func (c comment) fixed() int { return len(c.head) + len(c.tail) + noteRoom + 1 }

// body writes the sections into room bytes and, beyond them, what was left out.
func (c comment) body(room int) (text string, used int) {
	var b strings.Builder
	noted := map[string]bool{}
	for _, s := range c.sections {
		part, left := s.fill(room - used)
		b.WriteString(part)
		used += len(part)
		if left == 0 {
			continue
		}
		// Nothing jumps the queue: what follows is left out as well.
		room = used
		if !noted[s.noun[0]] {
			b.WriteString(more(left, s.noun[0], s.noun[1]) + "\n")
		}
		noted[s.noun[0]] = true
	}
	return b.String(), used
}

// fill writes as many items as fit, from the first on, and counts the others.
func (s section) fill(room int) (text string, left int) {
	used, n := len(s.open)+len(s.close)+1, 0
	for n < len(s.items) && used+len(s.items[n]) <= room {
		used += len(s.items[n])
		n++
	}
	if n > 0 {
		text = s.open + strings.Join(s.items[:n], "") + s.close + "\n"
	}
	return text, len(s.items) - n
}

func more(n int, one, many string) string {
	return "… " + number(n, "more "+one, "more "+many) + ", see the job's log\n"
}

func newComment(r Result) comment {
	steps := worstFirst(r.steps())
	c := comment{head: mdHead(r), sections: []section{
		{noun: [2]string{"error", "errors"}, items: mdFaults("✗", r.errors())},
		{noun: [2]string{"finding", "findings"}, items: each(r.Findings, mdFinding)},
		{noun: [2]string{"warning", "warnings"}, items: mdFaults("!", r.warnings())},
		{
			noun: [2]string{"object", "objects"}, open: mdRow("action", "object", "why", "where") + mdRule(4),
			items: each(steps, func(s reconcile.Step) string { return mdStep(s, r.steps()) }),
		},
		{noun: [2]string{"object", "objects"}, items: filled(each(steps, mdDetails)...)},
		mdOrders(r),
		mdProofs(r.Verified),
	}}
	if r.Plan != nil && r.Plan.Digest != "" {
		c.tail = "Digest: " + code(r.Plan.Digest) + "\n"
	}
	return c
}

// mdHead writes the marker, the heading and the summary.
func mdHead(r Result) string {
	short := func(text string) string {
		text, _ = cut(text, utf8.RuneCountInString(text)-nameRoom)
		return text
	}
	mark := func(text string) string { return url.PathEscape(orElse(short(text), "-")) }
	names := each(filled(short(r.Integration), short(r.Stage)), mdProse)
	heading := strings.Join(append([]string{"### reconcile"}, names...), " · ")
	where := strings.Join(filled(mdProse(short(r.Landscape)), r.mode()), " · ")
	marker := "<!-- reconcile: " + mark(r.Integration) + "/" + mark(r.Stage) + " -->\n"
	if r.Comment != "" {
		marker += "<!-- reconcile-comment: " + url.PathEscape(r.Comment) + " -->\n"
	}
	lines := filled(marker+heading, mdIncident(r.Incident), summary(r), strings.TrimRight(strings.Join(each(r.Notes, mdNote(r)), ""), "\n"), where, strings.Join(each(r.Target.parts(), mdProse), " · "))
	return strings.Join(lines, "\n\n") + "\n\n"
}

// mdNote writes a note as an item of a list; objects in it are one name each.
func mdNote(r Result) func(string) string {
	names := each(r.steps(), reconcile.Step.String)
	if r.Plan != nil {
		names = append(names, r.Plan.Blind...)
	}
	return func(note string) string { return "- " + mdAbout(note, names) + "\n" }
}

// ranks sorts steps by their word; what is not here comes last.
var ranks = []string{
	"failed", "blocked", "skipped", "waiting", "broken", "update", "adopt", "differs", "create", "run", "kept", "forget", "unknown",
}

// worstFirst lists the steps that do something or stand out; those that delete
// come first, whatever became of them.
func worstFirst(steps []reconcile.Step) []reconcile.Step {
	steps = slices.DeleteFunc(slices.Clone(steps), func(s reconcile.Step) bool { return labelOf(s).word == unchanged })
	rank := func(s reconcile.Step) int {
		at := slices.Index(ranks, labelOf(s).word)
		switch {
		case s.Action == reconcile.Delete:
			return -1
		case at < 0:
			return len(ranks)
		default:
			return at
		}
	}
	slices.SortStableFunc(steps, func(a, b reconcile.Step) int { return cmp.Compare(rank(a), rank(b)) })
	return steps
}

// mdFaults writes faults as items of a list, one for each. What several share is
// said with the first of them.
func mdFaults(sign string, faults []resource.Fault) []string {
	var items []string
	for _, line := range alike(faults) {
		f, more := line.faults[0], ""
		if line.first {
			more = mdNamed("", f.Remedy) + mdNamed("source: ", f.Source)
		}
		if len(line.faults) == 1 {
			message := strings.Join(strings.Split(strings.TrimSpace(f.Message), "\n"), "; ")
			items = append(items, strings.Join(filled("-", sign, code(f.Code), code(f.Position.String()), mdProse(message)), " ")+"\n"+more)
			continue
		}
		head := strings.Join(filled("-", sign, code(f.Code), mdProse(line.sentence)), " ") + "\n" + more
		for _, f := range line.faults {
			items = append(items, head+"  - "+strings.Join(filled(code(f.Ref.String()), code(f.Position.String())), " ")+"\n")
			head = ""
		}
	}
	return items
}

// mdFinding writes what a real call proved to be wrong.
func mdFinding(f resource.Finding) string {
	head := filled("- ✗", code(f.Code), code(f.Leg), code(f.Ref.String()), mdProse(f.Message))
	return strings.Join(head, " ") + "\n" +
		mdNamed("cause: ", f.Cause) + mdNamed("remedy: ", f.Remedy) + mdNamed("source: ", f.Source)
}

// mdNamed writes a sentence below an item, nothing without a text.
func mdNamed(name, text string) string {
	if text = mdProse(text); text == "" {
		return ""
	}
	return "  - " + name + text + "\n"
}

// mdStep is the row of one step.
func mdStep(s reconcile.Step, all []reconcile.Step) string {
	l := labelOf(s)
	obstacle := &page{}
	obstacle.obstacle(s, all)
	about := func(text string) string {
		if text == "" {
			return ""
		}
		return mdAbout(text, each(all, reconcile.Step.String))
	}
	how := mdProse(strings.Join(filled(todo(s), evidence(s)), ", "))
	return mdRow(
		strings.Join(filled(l.symbol+" "+l.word, how), ", "), code(s.String()),
		strings.Join(filled(about(reason(s)), about(obstacle.out.String()), mdProse(done(s))), "; "),
		code(s.Position.String()))
}

// mdDetails shows the properties that change, nothing when there are none. What
// an applied create holds stands in the manifest.
func mdDetails(s reconcile.Step) string {
	if len(s.Changes) == 0 || s.Action == reconcile.Create && s.Outcome == reconcile.Applied {
		return ""
	}
	rows, hunks := "", ""
	for _, c := range s.Changes {
		rows += mdChange(s, c)
		if isLong(c) {
			hunks += code(field(c.Path)) + "\n\n" + mdHunk(c) + "\n"
		}
	}
	l := labelOf(s)
	return "<details><summary>" + l.symbol + " " + l.word + " " + htmlCode(s.String()) + "</summary>\n\n" +
		mdRow("property", "now", "wanted", "who moved") + mdRule(4) + rows + "\n" + hunks + "</details>\n"
}

// mdChange is the row of one property.
func mdChange(s reconcile.Step, c resource.Change) string {
	now, wanted := mdSides(s, c)
	moved := ""
	if s.Action != reconcile.Create {
		moved = mdProse(who(s, c))
		if at := s.Positions[c.Path]; at != s.Position {
			moved = strings.Join(filled(moved, code(at.String())), " ")
		}
	}
	return mdRow(code(field(c.Path)), now, wanted, moved)
}

// mdSides returns what is there and what is wanted, as far as it may be shown.
func mdSides(s reconcile.Step, c resource.Change) (now, wanted string) {
	creating := s.Action == reconcile.Create
	switch {
	case c.Sensitive():
		wanted = mdProse(secretWords(c, creating))
	case isLong(c) && gone(c.Want):
		now, wanted = "see below", "removed"
	case isLong(c):
		wanted = "see below"
	default:
		now, wanted = mdPair(c)
	}
	if creating {
		now = ""
	}
	return now, strings.Join(filled(wanted, mdRemark(s, c.Want)), " ")
}

// mdPair shows both sides, with the part that differs in bold.
func mdPair(c resource.Change) (now, wanted string) {
	if c.Have.Form() != resource.Literal || c.Want.Form() != resource.Literal {
		return mdValue(c.Have, "not set"), mdValue(c.Want, "removed")
	}
	have, want := text(c.Have, ""), text(c.Want, "")
	head, tail := shared(have, want)
	return mdMarked(excerpt(have, head, tail, lineRoom)), mdMarked(excerpt(want, head, tail, lineRoom))
}

// mdValue shows a value that is not sensitive; none stands for nothing.
func mdValue(v resource.Value, none string) string {
	switch v.Form() {
	case resource.Literal:
		return code(text(v, none))
	case resource.Pending:
		to, name := v.From()
		return mdProse(name) + " of " + code(to.String())
	default:
		return mdProse(text(v, none))
	}
}

func mdRemark(s reconcile.Step, v resource.Value) string {
	if v.Label() != "" {
		return "(label " + code(v.Label()) + ")"
	}
	return remark(s, v)
}

// mdHunk shows a long value line by line, with a line of carets where a part of a
// line differs: a fence takes no markup.
func mdHunk(c resource.Change) string {
	lines := compare(linesOf(c))
	hidden := max(len(lines)-hunkLines, 0)
	lines = lines[:len(lines)-hidden]
	var b strings.Builder
	for i, l := range lines {
		spans := markedLine(lines, i, lineInSight)
		b.WriteString(strings.TrimRight(string(l.op)+" "+shortened(joined(spans)), " ") + "\n")
		if len([]rune(joined(spans))) <= lineRoom {
			b.WriteString(caretLine(2, spans))
		}
	}
	if hidden > 0 {
		b.WriteString("… " + number(hidden, "more line", "more lines") + "\n")
	}
	fence := fenceFor(b.String(), 3)
	return fence + "diff\n" + b.String() + fence + "\n"
}

func joined(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	return unmarked(b.String())
}

// mdProofs folds the real calls that were made away, in the words of Text.
func mdProofs(checks []Check) section {
	p := &page{}
	p.proofs(checks)
	var lines []string
	for line := range strings.Lines(p.out.String()) {
		lines = append(lines, shortened(strings.TrimSuffix(line, "\n"))+"\n")
	}
	fence := fenceFor(p.out.String(), 3)
	head := proofsHead(checks)
	return section{
		noun: [2]string{"proof", "proofs"}, items: lines,
		open:  "<details><summary>" + head + "</summary>\n\n" + fence + "text\n",
		close: fence + "\n\n</details>\n",
	}
}
