package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"reconcile/pkg/person"
	"reconcile/pkg/view"
)

// runbook collects what waits for people in the job's plan.
func (j *job) runbook() person.Runbook {
	r := j.verdict.result
	var afterwards []string
	for _, ref := range r.Plan.Between() {
		afterwards = append(afterwards, ref.String())
	}
	console := ""
	if j.wiring.identity != nil {
		console = "https://" + j.wiring.identity.Host + "/admin"
	}
	return person.NewRunbook(person.Runbook{
		Integration: j.manifest.Name, Stage: j.manifest.Stage, Made: j.Now(), Console: console, Manifest: commandLine{}.manifest(j.app).String(), Folder: j.workorders + string(filepath.Separator),
		Afterwards: afterwards,
	}, r.Plan.Orders())
}

// writeRunbook writes the runbook in all its forms where --workorders says. One
// without orders replaces that of an earlier run.
func (j *job) writeRunbook() error {
	if j.workorders == "" || j.verdict.result.Plan == nil || j.command == "verify" {
		return nil
	}
	if err := os.MkdirAll(j.workorders, 0o755); err != nil {
		return fmt.Errorf("work orders: %w", err)
	}
	runbook := j.runbook()
	var failed error
	for _, form := range []struct {
		name  string
		write func(io.Writer, person.Runbook) error
	}{
		{"runbook.md", view.RunbookMarkdown},
		{"runbook.json", view.RunbookJSON},
		{"runbook.html", view.RunbookHTML},
	} {
		file, err := os.Create(filepath.Join(j.workorders, form.name))
		if err == nil {
			err = errors.Join(form.write(file, runbook), file.Close())
		}
		failed = errors.Join(failed, err)
	}
	return errors.Join(failed, j.writeImports(runbook))
}

// writeImports writes the files that orders ask to import.
func (j *job) writeImports(r person.Runbook) error {
	folder := filepath.Join(j.workorders, "imports")
	for _, e := range r.Orders {
		for _, f := range e.Files {
			err := os.MkdirAll(folder, 0o755)
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, filepath.Base(f.Name)), []byte(f.Text), 0o644)
			}
			if err != nil {
				return fmt.Errorf("work orders: %w", err)
			}
		}
	}
	return nil
}
