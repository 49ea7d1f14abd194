package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// Text writes results for people: what happens to which object and why, then
// proofs, findings, errors and warnings, and last one line that sums up and one
// that says what to do next.
func Text(w io.Writer, results []Result, style Style) error {
	p := &page{style: style, carets: !style.Color}
	for _, r := range results {
		p.blank()
		p.result(r)
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

func (p *page) result(r Result) {
	if p.style.Brief {
		p.faults(r.errors(), red)
		p.blank()
		p.ending(r)
		return
	}
	p.incident(r.Incident)
	p.header(r)
	p.steps(r.steps())
	p.orders(r)
	if p.style.Full {
		p.proofs(r.Verified)
	} else {
		p.proofsInShort(r.Verified)
	}
	for _, f := range r.Findings {
		p.finding(f)
	}
	p.faults(r.errors(), red)
	p.faults(r.warnings(), yellow)
	p.failedAgain(r.steps())
	p.blank()
	for _, note := range r.Notes {
		p.prose(0, 2, note, plain)
	}
	p.ending(r)
}

// ending writes the line that sums up, and the one that says what to do next.
func (p *page) ending(r Result) {
	if line := summary(r); line != "" {
		p.prose(0, 2, line, bold)
	}
	if p.style.Full && r.Plan != nil {
		p.prose(0, 2, "Digest "+r.Plan.Digest, dim)
	}
	if line := next(r); line != "" {
		p.prose(0, 2, line, plain)
	}
}

func (p *page) header(r Result) {
	parts := filled(r.Integration, r.Stage, r.Landscape, r.mode())
	if len(parts) == 0 {
		return
	}
	segments := []segment{piece(0, parts[0], bold)}
	for _, part := range parts[1:] {
		segments = append(segments, piece(1, "· "+part, plain))
	}
	p.flow(0, 2, segments...)
	p.target(r.Target)
}

// proofs lists the real calls that were made, in columns.
func (p *page) proofs(checks []Check) {
	p.blank()
	legs := 0
	for _, c := range checks {
		legs = max(legs, columns([]span{{text: c.Leg}}))
	}
	p.proofLines(checks, legs)
}

// proofLines writes a line for each call. One call may prove several objects.
func (p *page) proofLines(checks []Check, legs int) {
	var said []Check
	for _, c := range checks {
		call := Check{Leg: c.Leg, What: c.What, OK: c.OK, Unsure: c.Unsure, Detail: c.Detail}
		if slices.Contains(said, call) {
			continue
		}
		said = append(said, call)
		p.proof(call, provedBy(call, checks), legs)
	}
}

func (p *page) proof(c Check, refs []string, legs int) {
	word, l := "proved", green
	switch {
	case c.Unsure:
		word, l = "unsure", yellow
	case !c.OK:
		word, l = "failed", red
	}
	start := segment{0, []span{{word + "  ", l}, {pad(clean(c.Leg), legs) + " ", plain}}}
	text := strings.Join(filled(c.What, prefixed("of ", strings.Join(filled(refs...), ", "))), " ")
	p.line(indent, []segment{start}, strings.Join(filled(text, c.Detail), ": "))
}

// provedBy lists the objects about which a call says the same.
func provedBy(call Check, checks []Check) []string {
	var refs []string
	for _, c := range checks {
		if c.Leg == call.Leg && c.What == call.What && c.OK == call.OK && c.Unsure == call.Unsure && c.Detail == call.Detail {
			refs = append(refs, c.about())
		}
	}
	return refs
}

// finding writes what a real call proved to be wrong.
func (p *page) finding(f resource.Finding) {
	p.blank()
	p.flow(0, indent, piece(0, "✗ "+f.Code, red), piece(2, f.Leg, plain), piece(2, f.Ref.String(), bold))
	p.prose(indent, indent, f.Message, plain)
	p.named("cause", f.Cause, plain)
	p.named("remedy", f.Remedy, plain)
	p.named("source", f.Source, dim)
}

// named writes "name: text" below a block, nothing without a text.
func (p *page) named(name, text string, l look) {
	if text != "" {
		p.prose(indent, indent+2, name+": "+text, l)
	}
}

// faults lists errors or warnings, each at its place in the manifest. What several
// objects share is said once.
func (p *page) faults(faults []resource.Fault, l look) {
	p.blank()
	for _, line := range alike(faults) {
		f := line.faults[0]
		if len(line.faults) == 1 {
			p.line(indent, []segment{piece(0, prefix(f.Position), bold), piece(1, f.Code, l)}, strings.Join(strings.Split(strings.TrimSpace(f.Message), "\n"), "; "))
		} else {
			p.line(indent, []segment{piece(0, f.Code, l)}, line.sentence+":")
			for _, f := range line.faults {
				p.flow(indent, indent+2, piece(0, f.Ref.String(), plain), piece(2, f.Position.String(), dim))
			}
		}
		if line.last {
			p.prose(indent, indent, f.Remedy, plain)
			p.named("source", f.Source, dim)
		}
	}
}

// prefix is a place as it stands before a message.
func prefix(at resource.Position) string {
	if text := at.String(); text != "" {
		return text + ":"
	}
	return ""
}

// line writes segments and, behind them, a sentence that wraps.
func (p *page) line(hang int, segments []segment, sentence string) {
	if p.style.Width == 0 {
		p.flow(0, hang, append(segments, piece(1, sentence, plain))...)
		return
	}
	for word := range strings.FieldsSeq(sentence) {
		segments = append(segments, piece(1, word, plain))
	}
	p.flow(0, hang, segments...)
}

// steps writes one block for each step that does something or stands out.
func (p *page) steps(steps []reconcile.Step) {
	steps = p.standOut(steps)
	words := 0
	for _, s := range steps {
		words = max(words, len(labelOf(s).word))
	}
	p.blank()
	before := 0
	for _, s := range steps {
		block := &page{style: p.style, carets: p.carets}
		block.step(s, steps, words)
		text := block.out.String()
		lines := strings.Count(text, "\n")
		if lines > 1 || before > 1 {
			p.blank()
		}
		p.out.WriteString(text)
		before = lines
	}
}

// standOut leaves out what is only counted.
func (p *page) standOut(steps []reconcile.Step) []reconcile.Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s reconcile.Step) bool {
		return !p.style.Full && labelOf(s).word == unchanged
	})
}

// screenful is how many steps a person sees at once, about, and namedAgain how many
// that failed are named again below more steps than these.
const screenful, namedAgain = 10, 10

// failedAgain names what failed once more, where the steps are in the manifest's
// order and so many that a failure has scrolled away.
func (p *page) failedAgain(steps []reconcile.Step) {
	if len(p.standOut(steps)) <= screenful {
		return
	}
	p.blank()
	failed := slices.DeleteFunc(slices.Clone(steps), func(s reconcile.Step) bool { return standing(s) != reconcile.Failed })
	for _, s := range failed[:min(namedAgain, len(failed))] {
		l, name, cause := labelOf(s), s.String(), causeOf(s)
		if cause != "" {
			name += ":"
		}
		p.line(indent, []segment{{0, []span{{l.symbol + " " + l.word + "  ", l.look}, {name, bold}}}}, cause)
	}
	if more := len(failed) - namedAgain; more > 0 {
		p.prose(0, indent, fmt.Sprintf("and %d more failed", more), red)
	}
}
