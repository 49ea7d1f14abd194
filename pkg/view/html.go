package view

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page and its style lie beside this file
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

//go:embed report.css
var htmlStyle string

//go:embed report.html.tmpl
var htmlPage string

var htmlTemplate = template.Must(template.New("report").Parse(htmlPage))

// htmlReport is what the page is made of. Foreign texts are plain strings all the
// way into html/template, which escapes them; only the style is trusted.
type htmlReport struct {
	Title    string
	Style    template.CSS
	Policy   string
	Sections []htmlResult
}

type htmlResult struct {
	ID, Name, Stage, Command, Where, Digest, Summary, Next, Verdict, Tone string
	ExitCode                                                              int
	Notes, Target                                                         []string
	Incident                                                              *htmlIncident
	Counts                                                                []htmlCount
	Picture                                                               *picture
	Problems                                                              []htmlProblem
	Warnings                                                              []htmlProblem
	Steps                                                                 []htmlStep
	Proofs                                                                []htmlProof
	ProofsHead                                                            string
	ProofsOpen                                                            bool
	Calm                                                                  []htmlStep
	History                                                               htmlHistory
}

type htmlCount struct {
	N    int
	Word string
}

type htmlProblem struct {
	Code, Ref, Leg, Place, Message, Cause, Remedy, Source string
	// Places are the objects that it is about, where there are several.
	Places []htmlPlace
}

type htmlPlace struct{ Ref, Place string }

type htmlStep struct {
	ID, Symbol, Word, Tone, Ref, How, Place, Reason, Obstacle, Done string
	Changes                                                         []htmlChange
	Hunks                                                           []htmlHunk
	Facts                                                           []htmlFact
	// Held says that the changes are folded away: those of an applied create, and of
	// all but the first of many.
	Held bool
	// New says that there is nothing to compare with.
	New bool
}

type htmlChange struct {
	Field             string
	Have, Want        []htmlSpan
	Remark, Who, Here string
}

// htmlSpan is a piece of a value; Mark says that it differs from the other side.
type htmlSpan struct {
	Text string
	Mark bool
}

type htmlHunk struct {
	Field string
	Lines []htmlLine
}

type htmlLine struct {
	Class, Sign string
	Spans       []htmlSpan
}

type htmlFact struct {
	Path, Evidence, At string
	Stale              bool
}

type htmlProof struct{ Tone, Symbol, Word, Leg, What, Ref, Detail string }

// HTML writes results as one page that needs nothing else: no request, no script,
// for phones and paper, light and dark.
func HTML(w io.Writer, results []Result) error {
	sum := sha256.Sum256([]byte(htmlStyle))
	report := htmlReport{
		Title: "reconcile", Style: template.CSS(htmlStyle),
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
	for i, r := range results {
		report.Sections = append(report.Sections, newHTMLResult("r"+strconv.Itoa(i+1), r))
	}
	if len(results) > 0 {
		report.Title = strings.Join(filled("reconcile", clean(results[0].Integration), clean(results[0].Stage)), " · ")
	}
	var b bytes.Buffer
	if err := htmlTemplate.Execute(&b, report); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	_, err := w.Write(disarmed(b.Bytes(), "#&#35;"))
	return err
}

func newHTMLResult(id string, r Result) htmlResult {
	out := htmlResult{
		ID: id, Name: clean(r.Integration), Stage: clean(r.Stage), Command: clean(r.Command), ExitCode: r.ExitCode,
		Where: clean(r.Landscape), Target: each(r.Target.parts(), clean), Summary: summary(r), Next: next(r), Notes: each(r.Notes, clean), Incident: newHTMLIncident(r.Incident), Counts: htmlCounts(r),
		Problems: append(newHTMLFaults(r.errors()), each(r.Findings, newHTMLFinding(r))...),
		Warnings: newHTMLFaults(r.warnings()),
		Proofs:   htmlProofs(r.Verified), ProofsHead: proofsHead(r.Verified),
		ProofsOpen: failures(r.Verified) > 0,
	}
	if mode := r.mode(); mode != "" && mode != r.Command {
		out.Command += ", " + mode
	}
	if r.Plan != nil {
		out.Digest = clean(r.Plan.Digest)
	}
	v := verdict(r)
	out.Verdict, out.Tone = v.symbol+" "+v.word, tones[v.look]
	anchors, places := map[string]string{}, 0
	add := func(to *[]htmlStep, s reconcile.Step) {
		places++
		step := newHTMLStep(id+"s"+strconv.Itoa(places), s, r.steps())
		if anchors[s.String()] == "" || s.Action.Writes() {
			anchors[s.String()] = step.ID
		}
		*to = append(*to, step)
	}
	for _, s := range worstFirst(r.steps()) {
		add(&out.Steps, s)
	}
	for i := openSteps; i < len(out.Steps); i++ {
		out.Steps[i].Held = true
	}
	for _, s := range r.steps() {
		if labelOf(s).word == unchanged {
			add(&out.Calm, s)
		}
	}
	out.Picture, out.History = newPicture(r, anchors), newHTMLHistory(r)
	return out
}

// openSteps is how many steps a page shows unfolded; a longer one is a list to open.
const openSteps = 50

// verdicts are the words for exit codes, with the look of the whole result.
var verdicts = map[int]label{
	0: {"✓", "in sync or applied", green}, 1: {"✗", "failed", red}, 2: {"≠", "differences", yellow},
	3: {"✗", "invalid", red}, 4: {"✗", "not authorised or unreachable", red}, 5: {"!", "refused", red},
	6: {"✗", "partly applied", red}, 7: {"…", "waiting for a person", yellow},
	130: {"!", "interrupted", yellow}, 143: {"!", "terminated", yellow},
}

// calmWords say what exit code 0 means for a command.
var calmWords = map[string]string{"validate": "valid", "verify": "proved", "drift": "in sync", "plan": "nothing to do"}

func verdict(r Result) label {
	v, ok := verdicts[r.ExitCode]
	if !ok {
		v = label{"", "exit code", red}
	}
	if r.ExitCode == 0 {
		v.word = orElse(calmWords[r.Command], v.word)
	}
	if r.ExitCode == 0 && r.Plan != nil && r.Plan.Differs() && !count(r).ended(r) {
		v = verdicts[2] // --exit-zero
	}
	return v
}

func htmlCounts(r Result) []htmlCount {
	t := count(r)
	var counts []htmlCount
	add := func(n int, word string) {
		if n > 0 {
			counts = append(counts, htmlCount{n, word})
		}
	}
	for _, e := range []entry{
		{t.Failed, "failed"},
		{t.Blocked, "blocked"},
		{t.Waiting, "waiting"},
		{t.Skipped, "skipped"},
		{t.Applied, "applied"},
		{t.Create, "create"},
		{t.Update, "update"},
		{t.Delete, "delete"},
		{t.Adopt, "adopt"},
		{t.Run, "run"},
		{t.Forget, "forget"},
		{t.Kept, "kept"},
		{t.words["broken"], "broken"},
		{t.words["differs"], "differs"},
		{t.words["unknown"], "unknown"},
		{t.words[unchanged], unchanged},
	} {
		add(e.n, e.word)
	}
	for _, c := range []struct {
		n         int
		one, many string
	}{
		{len(r.errors()), "error", "errors"},
		{len(r.Findings), "finding", "findings"},
		{len(r.warnings()), "warning", "warnings"},
	} {
		_, word, _ := strings.Cut(number(c.n, c.one, c.many), " ")
		add(c.n, word)
	}
	return counts
}

// newHTMLFaults writes what several faults share once.
func newHTMLFaults(faults []resource.Fault) []htmlProblem {
	return each(alike(faults), func(line faultLine) htmlProblem {
		f := line.faults[0]
		p := htmlProblem{Code: clean(f.Code)}
		if line.last {
			p.Remedy, p.Source = cleanLines(f.Remedy), cleanLines(f.Source)
		}
		if len(line.faults) > 1 {
			p.Message = clean(line.sentence)
			p.Places = each(line.faults, func(f resource.Fault) htmlPlace { return htmlPlace{clean(f.Ref.String()), clean(f.Position.String())} })
			return p
		}
		p.Place, p.Message = clean(f.Position.String()), cleanLines(strings.TrimSpace(f.Message))
		if f.Ref != nil {
			p.Ref = clean(f.Ref.String())
		}
		return p
	})
}

func newHTMLFinding(r Result) func(resource.Finding) htmlProblem {
	return func(f resource.Finding) htmlProblem {
		return htmlProblem{
			Code: clean(f.Code), Ref: clean(f.Ref.String()), Leg: clean(f.Leg), Place: clean(r.position(f.Ref).String()),
			Message: cleanLines(f.Message), Cause: cleanLines(f.Cause), Remedy: cleanLines(f.Remedy), Source: cleanLines(f.Source),
		}
	}
}

func newHTMLStep(id string, s reconcile.Step, all []reconcile.Step) htmlStep {
	l := labelOf(s)
	out := htmlStep{
		ID: id, Symbol: l.symbol, Word: l.word, Tone: tones[l.look], Ref: clean(s.String()),
		How: clean(strings.Join(filled(todo(s), evidence(s)), ", ")), Place: clean(s.Position.String()),
		Reason: cleanLines(reason(s)), Done: clean(done(s)), Held: s.Action == reconcile.Create && s.Outcome == reconcile.Applied,
		New:   s.Action == reconcile.Create,
		Facts: each(s.Facts, newHTMLFact),
	}
	obstacle := &page{}
	obstacle.obstacle(s, all)
	out.Obstacle = strings.TrimSpace(obstacle.out.String())
	for _, c := range s.Changes {
		out.Changes = append(out.Changes, newHTMLChange(s, c))
		if isLong(c) {
			out.Hunks = append(out.Hunks, newHTMLHunk(c))
		}
	}
	return out
}

func newHTMLFact(f reconcile.Fact) htmlFact {
	at := ""
	if !f.At.IsZero() {
		at = f.At.UTC().Format(time.RFC3339)
	}
	return htmlFact{Path: clean(field(f.Path)), Evidence: clean(string(f.Evidence)), At: at, Stale: f.Stale}
}

func newHTMLChange(s reconcile.Step, c resource.Change) htmlChange {
	out := htmlChange{Field: clean(field(c.Path)), Remark: clean(remark(s, c.Want))}
	if s.Action != reconcile.Create {
		out.Who = clean(who(s, c))
		if at := s.Positions[c.Path]; at != s.Position {
			out.Here = clean(at.String())
		}
	}
	plainly := func(text string) []htmlSpan { return []htmlSpan{{Text: clean(text)}} }
	creating := s.Action == reconcile.Create
	switch have, want := text(c.Have, "not set"), text(c.Want, "removed"); {
	case c.Sensitive():
		out.Want = plainly(secretWords(c, creating))
	case isLong(c) && gone(c.Want):
		out.Want = plainly("removed, see below")
	case isLong(c):
		out.Want = plainly("see below")
	case creating:
		out.Want = plainly(want)
	case c.Have.Form() == resource.Literal && c.Want.Form() == resource.Literal:
		head, tail := shared(have, want)
		out.Have, out.Want = htmlSpans(excerpt(have, head, tail, 0)), htmlSpans(excerpt(want, head, tail, 0))
	default:
		out.Have, out.Want = plainly(have), plainly(want)
	}
	return out
}

func htmlSpans(spans []span) []htmlSpan {
	var out []htmlSpan
	for _, s := range spans {
		if s.text != "" {
			out = append(out, htmlSpan{clean(s.text), s.look == mark || s.look == unlike})
		}
	}
	return out
}

// htmlHunkLines is the number of lines of a hunk on a page, where room is cheaper.
const htmlHunkLines = 400

func newHTMLHunk(c resource.Change) htmlHunk {
	lines := compare(linesOf(c))
	hidden := max(len(lines)-htmlHunkLines, 0)
	lines = lines[:len(lines)-hidden]
	hunk := htmlHunk{Field: clean(field(c.Path))}
	classes := map[rune]string{'+': "add", '-': "del", '…': "gap"}
	for i, l := range lines {
		hunk.Lines = append(hunk.Lines, htmlLine{classes[l.op], string(l.op), htmlSpans(markedLine(lines, i, 0))})
	}
	if hidden > 0 {
		hunk.Lines = append(hunk.Lines, htmlLine{"gap", "…", []htmlSpan{{Text: number(hidden, "more line", "more lines")}}})
	}
	return hunk
}

func htmlProofs(checks []Check) []htmlProof {
	return each(checks, func(c Check) htmlProof {
		p := htmlProof{
			Tone: "good", Symbol: "✓", Word: "proved", Leg: clean(c.Leg), What: clean(c.What), Ref: clean(c.about()), Detail: clean(c.Detail),
		}
		switch {
		case c.Unsure:
			p.Tone, p.Symbol, p.Word = "warn", "?", "unsure"
		case !c.OK:
			p.Tone, p.Symbol, p.Word = "bad", "✗", "failed"
		}
		return p
	})
}

// proofsHead counts proofs: "3 proofs, 1 failed".
func proofsHead(checks []Check) string {
	open := unsure(checks)
	return strings.Join(filled(number(len(checks)-open, "proof", "proofs"), some([]entry{{failures(checks), "failed"}, {open, "not checked"}})), ", ")
}
