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

// format is one way to write results. Only text needs to know how the terminal
// looks.
type format struct {
	name  string
	write func(io.Writer, []view.Result) error
}

// formats are the result formats that -o knows.
var formats = []format{
	{name: "text"},
	{"json", view.JSON},
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
		s, err := newSink(text)
		if err != nil {
			return nil, err
		}
		if s.file == "" {
			toStdout++
		}
		all = append(all, s)
	}
	if toStdout > 1 {
		return nil, usageError{errors.New("-o sends two formats to standard output"), "give all but one a file: -o json=FILE"}
	}
	return all, nil
}

// newSink reads one value of -o. The file - is standard output.
func newSink(text string) (sink, error) {
	format, file, given := strings.Cut(text, "=")
	switch {
	case !slices.Contains(formatNames(), format):
		return sink{}, usageError{fmt.Errorf("-o %q: format %q is not known", text, format), "use one of " + strings.Join(formatNames(), ", ")}
	case given && file == "":
		return sink{}, usageError{fmt.Errorf("-o %q names no file", text), "write -o " + format + "=FILE, or -o " + format + " for standard output"}
	case file == "-":
		file = ""
	}
	return sink{format, file}, nil
}

// checkSinks makes sure, before anything is called, that every result can be
// written, and none over another one.
func (a *app) checkSinks() error {
	sinks, err := a.sinks()
	var files []target
	for _, s := range sinks {
		if s.file != "" {
			files = append(files, target{"-o " + s.format + "=" + s.file, s.file, 0o644})
		}
	}
	if a.planFile != "" {
		files = append(files, target{"--out " + a.planFile, a.planFile, 0o600})
	}
	for i, f := range files {
		err = cmp.Or(err, writable(f.flag, f.file, f.mode))
		for _, other := range files[:i] {
			err = cmp.Or(err, ownFile(other, f))
		}
	}
	return err
}

// target is a file that a flag names.
type target struct {
	flag, file string
	mode       os.FileMode
}

// ownFile refuses two flags that lead to one file. A device takes what comes.
func ownFile(a, b target) error {
	one, _ := os.Stat(a.file)
	other, _ := os.Stat(b.file)
	if one == nil || other == nil || !one.Mode().IsRegular() || !os.SameFile(one, other) {
		return nil
	}
	return usageError{fmt.Errorf("%s and %s name the same file", a.flag, b.flag), "give each its own file"}
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

// show writes the results to every sink.
func (a *app) show(results []view.Result) error {
	sinks, err := a.sinks()
	if err != nil {
		return err
	}
	a.addressed(results, a.given)
	for _, s := range sinks {
		err = errors.Join(err, a.write(s, results))
	}
	if err != nil {
		return lateError{err}
	}
	return nil
}

func (a *app) write(s sink, results []view.Result) error {
	if s.file == "" {
		style := a.style(a.OutTTY)
		style.Brief = a.seenPlan && a.OutTTY
		return a.render(a.Out, s.format, results, style)
	}
	file, err := os.Create(s.file)
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	err = a.render(file, s.format, results, view.Style{Full: a.verbose || a.full})
	return errors.Join(err, file.Close())
}

func (a *app) render(w io.Writer, format string, results []view.Result, style view.Style) error {
	if at := slices.Index(formatNames(), format); at >= 0 && formats[at].write != nil {
		return formats[at].write(w, results)
	}
	return view.Text(w, results, style)
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
	results := []view.Result{{Command: commandWord(a.commands, args), ExitCode: exitInvalid, Errors: []resource.Fault{fault}, Took: a.Now().Sub(a.started)}}
	asked := func(flag, short string) []string { return a.typed(args, flag, short) }
	a.addressed(results, asked)
	shown := false
	for _, output := range asked("output", "o") {
		format, file, _ := strings.Cut(output, "=")
		switch {
		case format == "text" || !slices.Contains(formatNames(), format):
		case file != "" && file != "-":
			// A result of an earlier run must not stay and look like this one's.
			_ = a.write(sink{format, file}, results)
		case !shown:
			_ = a.render(a.Out, format, results, view.Style{})
			shown = true
		}
	}
	if !shown {
		_, _ = fmt.Fprintf(a.Err, "reconcile: %s\n  %s\n", fault.Message, fault.Remedy)
	}
}

// typed finds the values of a flag in a command line that may not be understood as
// a whole, or in the environment.
func (a *app) typed(args []string, flag, short string) []string {
	var found []string
	for i, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		switch {
		case (arg == "-"+short || arg == "--"+flag) && i+1 < len(args):
			found = append(found, args[i+1])
		case given && (name == "-"+short || name == "--"+flag):
			found = append(found, value)
		case short != "" && strings.HasPrefix(arg, "-"+short):
			found = append(found, strings.TrimPrefix(arg, "-"+short))
		}
	}
	if text, ok := a.LookupEnv(variable(flag)); ok && len(found) == 0 {
		found = severalOf(flag, text)
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
