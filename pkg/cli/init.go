package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/kinds"
	"reconcile/pkg/starter"
	"reconcile/pkg/view"
)

func (a *app) initCommand() *cobra.Command {
	var template, out string
	c := &cobra.Command{
		Use:   "init --template NAME",
		Short: "Write a complete manifest to start from",
		Long: "init writes a manifest with comments, the schema for editors, a .gitignore and a short\n" +
			"README; with the template ias also a values file for a first stage and a workflow for\n" +
			"GitHub Actions, with the template connections what export needs to write a manifest\n" +
			"of what is there. All can be validated and tried on a simulated landscape as it\n" +
			"stands. A file that is there already is never overwritten: then nothing is written\n" +
			"at all.",
		Example: "  reconcile init --template ias --out integration\n  reconcile init --template connections",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := errors.Join(a.checkPaper("init"), checkTemplate(template)); err != nil {
				return err
			}
			return a.start(template, out)
		},
	}
	c.Flags().StringVar(&template, "template", "", "what to start from: "+strings.Join(starter.Names(), ", "))
	c.Flags().StringVar(&out, "out", ".", "folder to write into")
	_ = c.RegisterFlagCompletionFunc("template", cobra.FixedCompletions(starter.Names(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func checkTemplate(name string) error {
	names := starter.Names()
	if slices.Contains(names, name) {
		return nil
	}
	remedy := "use one of " + strings.Join(names, ", ") + ": reconcile init --template ias"
	if right, ok := catalogue.Nearest(name, names); ok {
		remedy = "did you mean --template " + right + "?"
	}
	if name == "" {
		return usageError{errors.New("no template named"), remedy}
	}
	return usageError{fmt.Errorf("--template %q is not known", name), remedy}
}

// start writes the files of a template.
func (a *app) start(template, out string) error {
	files, err := starter.Files(template, kinds.All())
	if err != nil {
		return err
	}
	p := paper{Result: view.Result{Command: "init"}}
	names := []string{}
	for i := range files {
		files[i].Name = filepath.Join(out, filepath.FromSlash(files[i].Name))
		names = append(names, files[i].Name)
		p.text = fmt.Appendln(p.text, files[i].Name)
	}
	if err := createFiles(files); err != nil {
		return err
	}
	p.body = map[string]any{"files": names}
	if template == starter.ConnectionsOnly {
		a.tell("Next: %s", commandLine{"reconcile", "export"}.flag("-f", filepath.Join(out, "connections.yaml")).flag("--out", filepath.Join(out, "integration.yaml")))
	} else {
		a.tell("Next: %s", commandLine{"reconcile", "validate"}.flag("-f", filepath.Join(out, "integration.yaml")).flag("--values", filepath.Join(out, "values", "dev.yaml")))
	}
	return a.hand(p)
}
