package view

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"reconcile/pkg/person"
	"reconcile/pkg/resource"
)

// RunbookJSON writes a runbook as the document that `done --report` reads.
func RunbookJSON(w io.Writer, r person.Runbook) error { return encode(w, r) }

// RunbookMarkdown writes a runbook to read, tick and hand back.
func RunbookMarkdown(w io.Writer, r person.Runbook) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Work orders: %s, stage %s\n\n", r.Integration, r.Stage)
	for _, line := range intro(r) {
		fmt.Fprintf(&b, "%s\n", line)
	}
	for _, e := range r.Orders {
		mdOrder(&b, r, e)
	}
	if len(r.Orders) > 0 {
		fmt.Fprintf(&b, "\n## Afterwards\n\n")
		for _, line := range outro(r) {
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// intro is what everybody has to know first.
func intro(r person.Runbook) []string {
	if len(r.Orders) == 0 {
		return []string{"Nothing waits for a person."}
	}
	return []string{
		fmt.Sprintf("%s, written %s. No interface exists for what follows, so a person does it in the console.",
			number(len(r.Orders), "order", "orders"), r.Made.Format("2006-01-02 15:04 MST")),
		"Do the orders from top to bottom. Type every value letter by letter: a wrong case is saved without a complaint.",
		"Where an order needs what an earlier one brought, a blank says which. No secret stands here and none belongs here: only its place is named.",
	}
}

// outro says how to report, and what comes then.
func outro(r person.Runbook) []string {
	lines := []string{
		fmt.Sprintf("Tick Done at each order, fill in its blanks, and hand the file back: `reconcile done %s --report %s` (or `runbook.json`).", r.Manifest, resource.ShellWord(r.Folder+"runbook.md")),
		"Without the destination service's key the command writes a report file below `reports/` beside the manifest: commit it, and the next run reads it.",
		"Every secret has to be in its place before the next run.",
	}
	if len(r.Afterwards) > 0 {
		lines = append(lines, "Then run `reconcile "+r.Manifest+"` again. It does by itself: "+strings.Join(r.Afterwards, ", ")+"; and proves by real calls what can be proved.")
	} else {
		lines = append(lines, "Then run `reconcile "+r.Manifest+"` again: it proves by real calls what can be proved.")
	}
	return lines
}

func mdOrder(b *bytes.Buffer, r person.Runbook, e person.Entry) {
	fmt.Fprintf(b, "\n## %d. %s %s\n\nOrder `%s`\n\n", e.Number, e.Action, e.Ref, e.ID)
	for _, line := range about(r, e) {
		fmt.Fprintf(b, "- %s: %s\n", line[0], mdSpoken(line[1]))
	}
	b.WriteString("\n")
	for i, instruction := range e.Do {
		fmt.Fprintf(b, "%d. [ ] %s\n", i+1, orderLine(r, instruction))
	}
	b.WriteString("\n")
	for _, line := range e.Keep {
		fmt.Fprintf(b, "- Do not touch: %s\n", mdSpoken(line))
	}
	for _, line := range e.Notes {
		fmt.Fprintf(b, "- Mind: %s\n", mdSpoken(line))
	}
	fmt.Fprintf(b, "\n- [%s] Done\n", map[bool]string{true: "x", false: " "}[e.Result.Done])
	if e.Identified {
		fmt.Fprintf(b, "- %s: %s\n", identifier(e), orElse(e.Result.ID, "____"))
	}
	for _, blank := range runBlanks(e) {
		fmt.Fprintf(b, "- %s: %s\n", blank[0], orElse(blank[1], "____"))
	}
	fmt.Fprintf(b, "- By: %s\n- Ticket: %s\n\nOr report this order alone: `%s`\n", orElse(e.Result.By, "____"), orElse(e.Result.Ticket, "____"), command(r, e))
}

// about is what stands above the instructions: pairs of a word and a text.
func about(r person.Runbook, e person.Entry) [][2]string {
	lines := [][2]string{{"What it is", e.Why}, {"Why now", e.Reason}, {"Needed right", e.Right}}
	var first []string
	for _, ref := range e.After {
		first = append(first, fmt.Sprintf("order %d (%s)", r.Find(ref), ref))
	}
	lines = append(lines, [2]string{"First", strings.Join(first, ", ")}, [2]string{"Source of these steps", e.Source})
	kept := lines[:0]
	for _, line := range lines {
		if line[1] != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// command is the line that reports one order.
func command(r person.Runbook, e person.Entry) string {
	line := fmt.Sprintf("reconcile done %s %s --order %s", r.Manifest, resource.InQuotes(e.String()), brief(e.ID))
	if e.Identified {
		line += " --id ID"
	}
	if e.Result.Run != nil {
		line += " --status STATUS --finished TIME"
	}
	return line + " --by YOU"
}

// runBlanks are the blanks for what Job History shows of a run that was ordered.
func runBlanks(e person.Entry) [][2]string {
	run := e.Result.Run
	if run == nil {
		return nil
	}
	return [][2]string{{"Status", run.Status}, {"Started", run.Started}, {"Finished", run.Finished}, {"Users", string(run.Users)}, {"Groups", string(run.Groups)}}
}

// identifier is what the page calls the identifier that the report brings.
func identifier(e person.Entry) string {
	for _, i := range e.Do {
		if i.Do == resource.Note {
			return i.Label
		}
	}
	return "Id"
}

// brief is as much of an order's id as nobody mistakes.
func brief(id string) string { return id[:min(len(id), len("sha256:")+12)] }

// part is a piece of a sentence: plain, what the page calls something, what to
// type, or a blank.
type part struct{ Text, Kind string }

const (
	partPlain = ""
	partLabel = "label"
	partValue = "value"
	partBlank = "blank"
	partBlock = "block"
	partHint  = "hint"
)

// wording words one instruction.
func wording(r person.Runbook, i resource.Instruction) []part {
	said := phrase(r, i)
	if i.Have != "" {
		kind := partValue
		if strings.HasPrefix(i.Have, "[") {
			kind = partPlain
		}
		said = append(said, part{map[bool]string{true: ", which holds ", false: ", instead of "}[i.Do == resource.Drop], partPlain}, part{i.Have, kind})
	}
	if i.Hint != "" {
		said = append(said, part{" (" + i.Hint + ")", partHint})
	}
	return said
}

func phrase(r person.Runbook, i resource.Instruction) []part {
	label, value := part{i.Label, partLabel}, part{i.Value, partValue}
	switch i.Do {
	case resource.Open:
		return []part{{"Open ", partPlain}, label}
	case resource.Look:
		return []part{{"First look in the list for ", partPlain}, label, {" ", partPlain}, value}
	case resource.Press:
		if i.Value == "" {
			return []part{{"Press ", partPlain}, label}
		}
		return []part{{"At ", partPlain}, value, {" press ", partPlain}, label}
	case resource.Tick:
		return []part{{"Tick ", partPlain}, label}
	case resource.Untick:
		return []part{{"Untick ", partPlain}, label}
	case resource.Choose:
		return append([]part{{"In ", partPlain}, label, {" choose ", partPlain}}, typed(r, i)...)
	case resource.Property:
		return append([]part{{"Properties: add or set the Standard property ", partPlain}, label, {" = ", partPlain}}, typed(r, i)...)
	case resource.Credential:
		return append([]part{{"Properties: add or set the Credential property ", partPlain}, label, {" = ", partPlain}}, typed(r, i)...)
	case resource.Drop:
		return []part{{"Remove or empty ", partPlain}, label}
	case resource.Paste:
		return []part{{"In ", partPlain}, label, {" put ", partPlain}, {i.Value, partBlock}}
	case resource.Import:
		return []part{{"Press ", partPlain}, label, {" and give the file ", partPlain}, value}
	case resource.Note:
		return []part{{"Write down the ", partPlain}, label, {": ", partPlain}, {"", partBlank}}
	case resource.HandOver:
		said := append([]part{{"Bring the ", partPlain}, label, {" ", partPlain}, value, {" to ", partPlain}}, keptIn(i.Secret)...)
		if needs := neededBy(r, i.Secret); needs != "" {
			said = append(said, part{"; " + needs + " needs it as well, so keep this page open until it is typed there", partPlain})
		}
		return said
	default:
		return append([]part{{"In ", partPlain}, label, {" type ", partPlain}}, typed(r, i)...)
	}
}

// typed is what to type: a text, a blank of another order, or a secret by its
// place.
func typed(r person.Runbook, i resource.Instruction) []part {
	if i.From == "" {
		if i.Secret != "" {
			return append([]part{{"the secret kept in ", partPlain}}, keptIn(i.Secret)...)
		}
		return []part{{i.Value, partValue}}
	}
	ref, output, _ := strings.Cut(i.From, "#")
	whose := "the " + resultLabel(r, ref, output) + " of " + ref
	if n := r.Find(ref); n > 0 {
		whose = fmt.Sprintf("the %s from order %d", resultLabel(r, ref, output), n)
	}
	if i.Secret != "" {
		return append([]part{{whose + ", from the page that you kept open, or from ", partPlain}}, keptIn(i.Secret)...)
	}
	return []part{{"", partBlank}, {" " + whose, partPlain}}
}

// neededBy names the orders in which a secret is to be typed that is shown once.
func neededBy(r person.Runbook, secret string) string {
	var orders []string
	for _, e := range r.Orders {
		if slices.ContainsFunc(e.Do, func(i resource.Instruction) bool {
			return i.Do == resource.Credential && i.From != "" && i.Secret == secret && secret != ""
		}) {
			orders = append(orders, fmt.Sprintf("order %d", e.Number))
		}
	}
	return strings.Join(orders, " and ")
}

// resultLabel names a result of an order as the page calls it.
func resultLabel(r person.Runbook, ref, output string) string {
	for _, e := range r.Orders {
		for _, i := range e.Do {
			if e.String() == ref && i.Do == resource.Note && i.Value == output {
				return i.Label
			}
		}
	}
	return output
}

// keptIn words the place of a secret.
func keptIn(ref string) []part {
	kind, name, _ := strings.Cut(ref, ":")
	words := map[string]string{
		"env": "the environment variable ", "file": "the file ", "vcap": "the service in VCAP_SERVICES ", "binding": "the service binding ",
	}
	if ref == "" {
		return []part{{"the place that the manifest names", partPlain}}
	}
	return []part{{words[kind], partPlain}, {name, partValue}, {", where reconcile runs", partPlain}}
}

// orderLine is an instruction in Markdown.
func orderLine(r person.Runbook, i resource.Instruction) string {
	var b strings.Builder
	for _, p := range wording(r, i) {
		switch p.Kind {
		case partLabel:
			b.WriteString("**" + mdSpoken(p.Text) + "**")
		case partValue:
			b.WriteString(mdCode(p.Text))
		case partBlank:
			b.WriteString("`____`")
		case partBlock:
			b.WriteString("the text\n\n   ```json\n   " + p.Text + "\n   ```")
		default:
			b.WriteString(mdSpoken(p.Text))
		}
	}
	if i.Do == resource.Open && r.Console != "" && ofIdentity(i) {
		b.WriteString(": <" + r.Console + ">")
	}
	return b.String()
}

// mdCode shows a value letter by letter. Unlike code it never cuts: somebody has
// to type it.
func mdCode(text string) string {
	if text == "" {
		return "*(empty)*"
	}
	text = strings.ReplaceAll(text, "\n", " ")
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ") {
		text = " " + text + " "
	}
	fence := fenceFor(text, 1)
	return fence + text + fence
}

// mdMarks are the characters that begin markup inside a sentence.
var mdMarks = strings.NewReplacer(`\`, `\\`, "*", `\*`, "`", "\\`", "[", `\[`, "]", `\]`, "<", `\<`, "#", `\#`, "\n", " ")

// mdSpoken writes a sentence that holds names from outside.
func mdSpoken(text string) string { return mdMarks.Replace(clean(text)) }

// ofIdentity reports whether a page belongs to the identity tenant's console.
func ofIdentity(i resource.Instruction) bool {
	return strings.HasPrefix(i.Hint, "Administration console of Identity Authentication")
}
