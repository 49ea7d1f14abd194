package cli

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"reconcile/pkg/kinds"
	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// formatting are the flags of fmt.
type formatting struct{ write, check bool }

func (a *app) fmtCommand() *cobra.Command {
	var f formatting
	c := &cobra.Command{
		Use:   "fmt -f MANIFEST",
		Short: "Write manifests in their canonical form, comments kept",
		Long: "fmt lays manifests out in one way: two blanks of indentation, fields in the order of\n" +
			"the schema, comments and single blank lines kept, values as they are written. It\n" +
			"never changes what a manifest means, and a file where a comment could get lost stays\n" +
			"as it is. JSON files are left alone. Without -w the result goes to standard output,\n" +
			"unless a secret stands in the file.",
		Example: "  reconcile fmt -w -f integration.yaml\n  reconcile fmt --check -f integrations/",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := errors.Join(a.checkPaper("fmt"), a.needManifest()); err != nil {
				return err
			}
			return a.format(f)
		},
	}
	c.Flags().BoolVarP(&f.write, "write", "w", false, "write the files in place and list those that changed")
	c.Flags().BoolVar(&f.check, "check", false, "write nothing, list files that are not in canonical form, and exit 1 if there are any")
	return c
}

// formatted is one file in the JSON of fmt.
type formatted struct {
	File    string `json:"file"`
	Changed bool   `json:"changed"`
	after   []byte
}

// format formats every file; one that cannot be is an error and stays as it is.
func (a *app) format(f formatting) error {
	files, faults := manifest.Files(manifest.Options{Paths: a.files, Stdin: a.In, Values: a.values})
	if err := f.fits(files); err != nil {
		return err
	}
	formatter, err := manifest.NewFormatter(kinds.All())
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	p := paper{Result: view.Result{Command: "fmt", Errors: faults}}
	done := []formatted{}
	for _, file := range files {
		if filepath.Ext(file.Name) == ".json" {
			continue
		}
		if faults := f.unshown(file); len(faults) > 0 {
			p.Errors = append(p.Errors, faults...)
			continue
		}
		after, err := formatter.Format(file.Data)
		if err != nil {
			p.Errors = append(p.Errors, unformatted(file, err))
			continue
		}
		done = append(done, formatted{shownFile(file.Name), !bytes.Equal(after, file.Data), after})
	}
	p.body = map[string]any{"files": done}
	return a.deliver(f, p, done)
}

// fits refuses combinations of flags and files that make no sense.
func (f formatting) fits(files []manifest.File) error {
	switch {
	case f.write && f.check:
		return usageError{errors.New("--check writes nothing, and -w is to write"), "give one of the two"}
	case !f.write && !f.check && len(files) > 1:
		return usageError{fmt.Errorf("%d files do not fit into one standard output", len(files)), "give -w to write them in place, or --check to list those that differ"}
	}
	for _, file := range files {
		if f.write && file.Name == "-" {
			return usageError{errors.New("standard input cannot be written in place"), "leave -w out: the result goes to standard output"}
		}
	}
	return nil
}

// unshown lists the secrets in a file that would go to standard output.
func (f formatting) unshown(file manifest.File) []resource.Fault {
	if f.write || f.check {
		return nil
	}
	faults := manifest.Written(file)
	for i := range faults {
		faults[i].Message += ", and fmt would show it"
		faults[i].Remedy += "; fmt -w lays the file out in place and shows nothing"
	}
	return faults
}

func shownFile(name string) string {
	if name == "-" {
		return "<stdin>"
	}
	return name
}

// unformatted is the fault of a file that stays as it is.
func unformatted(file manifest.File, err error) resource.Fault {
	if errors.Is(err, manifest.ErrUnformattable) {
		return resource.Fault{
			Severity: resource.Error, Code: "E182", Position: resource.Position{File: shownFile(file.Name)},
			Message: "the file cannot be formatted and stays as it is: " + err.Error(),
			Remedy:  "put such comments on a line of their own, above a field, and format again",
		}
	}
	return manifest.SyntaxFault(file, err)
}

// deliver writes, lists or shows the files.
func (a *app) deliver(f formatting, p paper, done []formatted) error {
	for _, file := range done {
		switch {
		case !f.write && !f.check:
			p.text = append(p.text, file.after...)
		case file.Changed:
			p.text = fmt.Appendln(p.text, file.File)
		}
		if f.check && file.Changed {
			p.ExitCode = exitFailed
		}
		if f.write && file.Changed {
			if err := replaceFile(file.File, file.after); err != nil {
				return lateError{err}
			}
		}
	}
	if len(p.Errors) > 0 {
		p.ExitCode = exitInvalid
	}
	return a.hand(p)
}
