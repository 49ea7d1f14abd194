package view

import (
	"bytes"
	_ "embed" // the page below
	"fmt"
	"html/template"
	"io"
	"strings"

	"reconcile/pkg/person"
	"reconcile/pkg/resource"
)

//go:embed orders.gohtml
var runbookPage string

var runbookTemplate = template.Must(template.New("runbook").Funcs(template.FuncMap{
	"wording": wording, "about": about, "intro": intro, "command": command, "identifier": identifier, "runBlanks": runBlanks, "brief": brief,
	"console": func(r person.Runbook, i resource.Instruction) string {
		if i.Do == resource.Open && ofIdentity(i) {
			return r.Console
		}
		return ""
	},
	"add": func(i int) int { return i + 1 },
	"outro": func(r person.Runbook) [][]part {
		return each(outro(r), func(line string) []part {
			var all []part
			for i, text := range strings.Split(line, "`") {
				all = append(all, part{text, []string{partPlain, partValue}[i%2]})
			}
			return all
		})
	},
	"anchor": func(n int) string { return fmt.Sprintf("order-%d", n) },
}).Parse(runbookPage))

// RunbookHTML writes a runbook as a page to print and tick: it needs no network
// and no script.
func RunbookHTML(w io.Writer, r person.Runbook) error {
	var b bytes.Buffer
	if err := runbookTemplate.Execute(&b, r); err != nil {
		return fmt.Errorf("write the runbook: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}
