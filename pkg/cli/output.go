package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// sink is one place where a result goes, in one format.
type sink struct{ format, file string }

// format is one way to write results. Only JSON and text need to know whether
// there may be several results, and how the terminal looks.
type format struct {
	name  string
	write func(io.Writer, []view.Result) error
}

// formats are the result formats that -o knows.
var formats = []format{
	{name: "text"},
	{name: "json"},
	{"markdown", view.Markdown},
	{"html", view.HTML},
	{"junit", view.JUnit},
	{"sarif", view.SARIF},
	{"github", view.GitHub},
	{"gitlab", view.GitLab},
}

func formatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// sinks parses -o. Standard output takes one format.
func (a *app) sinks() ([]sink, error) {
	if len(a.outputs) == 0 {
		return []sink{{format: "text"}}, nil
	}
	var all []sink
	toStdout := 0
	for _, text := range a.outputs {
		format, file, _ := strings.Cut(text, "=")
		if !slices.Contains(formatNames(), format) {
			return nil, usageError{fmt.Errorf("-o %q: format %q is not known", text, format), "use one of " + strings.Join(formatNames(), ", ")}
		}
		if file == "" {
			toStdout++
		}
		all = append(all, sink{format, file})
	}
	if toStdout > 1 {
		return nil, usageError{errors.New("-o sends two formats to standard output"), "give all but one a file: -o json=FILE"}
	}
	return all, nil
}

// checkSinks makes sure, before anything is called, that every result can be
// written.
func (a *app) checkSinks() error {
	sinks, err := a.sinks()
	for _, s := range sinks {
		if s.file != "" {
			err = cmp.Or(err, writable("-o "+s.format+"="+s.file, s.file, 0o644))
		}
	}
	if a.planFile != "" {
		err = cmp.Or(err, writable("--out "+a.planFile, a.planFile, 0o600))
	}
	return err
}

// writable makes sure that a file can be written. One that is there keeps its
// content until then.
func writable(flag, name string, mode os.FileMode) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, mode)
	if err != nil {
		return usageError{fmt.Errorf("%s: %w", flag, err), "name a file in a folder that exists and may be written"}
	}
	return file.Close()
}

// lateError is a result that could not be written although the command did its
// work: the command's own exit code stands, and 0 becomes 1.
type lateError struct{ error }

// show writes the results to every sink. Several wraps JSON in a list of runs.
func (a *app) show(results []view.Result, several bool) error {
	sinks, err := a.sinks()
	if err != nil {
		return err
	}
	for _, s := range sinks {
		err = errors.Join(err, a.write(s, results, several))
	}
	if err != nil {
		return lateError{err}
	}
	return nil
}

func (a *app) write(s sink, results []view.Result, several bool) error {
	if s.file == "" {
		return a.render(a.Out, s.format, results, several, a.style(a.OutTTY))
	}
	file, err := os.Create(s.file)
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	err = a.render(file, s.format, results, several, view.Style{Full: a.verbose || a.full})
	return errors.Join(err, file.Close())
}

func (a *app) render(w io.Writer, format string, results []view.Result, several bool, style view.Style) error {
	switch at := slices.Index(formatNames(), format); {
	case format == "json":
		return view.JSON(w, results, several)
	case at >= 0 && formats[at].write != nil:
		return formats[at].write(w, results)
	default:
		return view.Text(w, results, style)
	}
}

func (a *app) style(tty bool) view.Style {
	// Who asks for the counts of --full wants to see every call.
	style := view.Style{Color: a.colored(tty), Full: a.verbose || a.full}
	if tty {
		style.Width = a.Width
	}
	return style
}

// tell writes a line of the story, unless -q.
func (a *app) tell(format string, args ...any) {
	if !a.quiet {
		_, _ = fmt.Fprintf(a.Err, format+"\n", args...)
	}
}

// usage shows an error of usage in the format that was asked for, as far as the
// command line could be understood.
func (a *app) usage(err error, args []string) {
	fault := resource.Fault{Severity: resource.Error, Code: codeUsage, Message: err.Error(), Remedy: "see reconcile --help"}
	if u, ok := errors.AsType[usageError](err); ok {
		fault.Remedy = u.remedy
	}
	result := view.Result{Command: commandWord(a.commands, args), ExitCode: exitInvalid, Errors: []resource.Fault{fault}, Took: a.Now().Sub(a.started)}
	shown := false
	for _, output := range a.askedOutputs(args) {
		switch format, file, _ := strings.Cut(output, "="); {
		case format == "text" || !slices.Contains(formatNames(), format):
		case file != "":
			// A result of an earlier run must not stay and look like this one's.
			_ = a.write(sink{format, file}, []view.Result{result}, false)
		case !shown:
			_ = a.render(a.Out, format, []view.Result{result}, false, view.Style{})
			shown = true
		}
	}
	if !shown {
		_, _ = fmt.Fprintf(a.Err, "reconcile: %s\n  %s\n", fault.Message, fault.Remedy)
	}
}

// askedOutputs finds the values of -o in a command line that may not be
// understood as a whole, or in the environment.
func (a *app) askedOutputs(args []string) []string {
	var found []string
	for i, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		switch {
		case (arg == "-o" || arg == "--output") && i+1 < len(args):
			found = append(found, args[i+1])
		case given && (name == "-o" || name == "--output"):
			found = append(found, value)
		case strings.HasPrefix(arg, "-o"):
			found = append(found, strings.TrimPrefix(arg, "-o"))
		}
	}
	if text, ok := a.LookupEnv("RECONCILE_OUTPUT"); ok && len(found) == 0 {
		found = append(found, text)
	}
	return found
}

// commandWord is the command of a command line that may not be understood.
func commandWord(root *cobra.Command, args []string) string {
	found, _, err := root.Find(args)
	if err != nil || found == root {
		return "converge"
	}
	for found.Parent() != root {
		found = found.Parent()
	}
	return found.Name()
}
