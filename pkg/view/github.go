package view

import (
	"io"
	"strconv"
	"strings"
)

// GitHub writes results as workflow commands, which GitHub Actions shows beside
// the lines of the manifest: one for each error, finding, warning and object that
// stands out, worst first because only some of them are shown, and last one with
// the summary. The log of the job is where they have to be printed.
func GitHub(w io.Writer, results []Result) error {
	var b strings.Builder
	for _, r := range placed(results) {
		for _, n := range notices(r, false) {
			b.WriteString(workflowCommand(r, n))
		}
		name := strings.Join(filled("reconcile", r.Integration, r.Stage), " · ")
		sum := strings.Join(each(append(filled(summary(r), next(r)), r.Notes...), clean), "\n")
		b.WriteString("::notice title=" + commandProperty(name) + "::" + commandData(sum) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Fact: the commands error, warning and notice take file, line, col and title.
// Source: GitHub Docs, Workflow commands for GitHub Actions, read 2026-11-23. [documented]
func workflowCommand(r Result, n notice) string {
	word := map[level]string{levelError: "error", levelWarning: "warning", levelNote: "notice"}[n.level]
	var properties []string
	if n.at.File != "" {
		properties = append(properties, "file="+commandProperty(n.at.File))
	}
	if n.at.File != "" && n.at.Line > 0 {
		properties = append(properties, "line="+strconv.Itoa(n.at.Line), "col="+strconv.Itoa(n.at.Col))
	}
	title := strings.Join(filled(r.Integration, r.Stage, n.rule, n.ref), " · ")
	properties = append(properties, "title="+commandProperty(title))
	return "::" + word + " " + strings.Join(properties, ",") + "::" + commandData(n.text()) + "\n"
}

// commandData escapes the text behind a command; commandProperty also what ends a
// property.
func commandData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func commandProperty(text string) string {
	return strings.NewReplacer("%", "%25", ":", "%3A", ",", "%2C").Replace(clean(text))
}
