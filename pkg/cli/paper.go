package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// paper is the result of a command that writes a text: a manifest, a drawing, an
// explanation. The text goes to standard output and nothing else does; with
// -o json it is a field of the document.
type paper struct {
	view.Result
	// text is the whole result as text.
	text []byte
	// body are the fields of the JSON document beside the usual ones.
	body map[string]any
}

// paperFormats are the formats of -o that such commands know.
var paperFormats = []string{"text", "json"}

// checkPaper refuses formats that a command with a text as result does not have.
func (a *app) checkPaper(command string) error {
	sinks, err := a.sinks()
	for _, s := range sinks {
		if !slices.Contains(paperFormats, s.format) {
			return usageError{fmt.Errorf("-o %s: %s writes text or json", s.format, command), "use -o json, or leave it out"}
		}
	}
	return err
}

// hand writes the paper to every sink and decides the exit code. Errors and
// warnings are the story where the result is text.
func (a *app) hand(p paper) error {
	errs, warnings := split(append(p.Errors, p.Warnings...))
	p.Errors, p.Warnings = errs, warnings
	if len(errs) > 0 && p.ExitCode == exitDone {
		p.ExitCode = exitInvalid
	}
	if s := a.signal.get(); s != nil && len(errs) > 0 {
		p.ExitCode = signalCode(s)
	}
	p.Complete = len(errs) == 0
	a.exit, a.settled = p.ExitCode, true
	sinks, err := a.sinks()
	if err != nil {
		return err
	}
	for _, s := range sinks {
		err = errors.Join(err, a.handTo(s, p))
	}
	if err != nil {
		return lateError{err}
	}
	return nil
}

func (a *app) handTo(s sink, p paper) error {
	var out bytes.Buffer
	if s.format == "json" {
		if err := view.Paper(&out, p.Result, p.body); err != nil {
			return err
		}
	} else {
		out.Write(p.text)
		a.tellFaults(slices.Concat(p.Errors, p.Warnings))
	}
	if s.file != "" {
		return os.WriteFile(s.file, out.Bytes(), 0o644)
	}
	_, err := io.Copy(a.Out, &out)
	return err
}

// tellFaults tells faults on stderr, each with its position and remedy. Errors
// are told even with -q: without them nobody knows what to mend.
func (a *app) tellFaults(faults []resource.Fault) {
	for _, f := range faults {
		if a.quiet && f.Severity == resource.Warning {
			continue
		}
		where := ""
		if at := f.Position.String(); at != "" {
			where = at + ": "
		}
		_, _ = fmt.Fprintf(a.Err, "%s%s %s: %s\n", where, f.Severity, f.Code, f.Message)
		if f.Remedy != "" {
			_, _ = fmt.Fprintf(a.Err, "  %s\n", f.Remedy)
		}
	}
}
