package cli

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reconcile/manifests"
	"reconcile/pkg/catalogue"
	"reconcile/pkg/kinds"
	"reconcile/pkg/manifest"
	"reconcile/pkg/view"
)

// starters are the files that init writes, one folder for each template.
//
//go:embed all:starter
var starters embed.FS

// connectionsOnly is the template for export: it has neither objects nor values, and
// so nothing for a workflow to do.
const connectionsOnly = "connections"

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
	c.Flags().StringVar(&template, "template", "", "what to start from: "+strings.Join(starterNames(), ", "))
	c.Flags().StringVar(&out, "out", ".", "folder to write into")
	_ = c.RegisterFlagCompletionFunc("template", cobra.FixedCompletions(starterNames(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// starterNames lists the templates of init.
func starterNames() []string {
	// The folder is part of the program.
	folders, _ := starters.ReadDir("starter")
	var names []string
	for _, f := range folders {
		names = append(names, f.Name())
	}
	return names
}

func checkTemplate(name string) error {
	names := starterNames()
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
	files, err := starter(template)
	if err != nil {
		return err
	}
	p := paper{Result: view.Result{Command: "init"}}
	names := []string{}
	for i := range files {
		files[i].name = filepath.Join(out, filepath.FromSlash(files[i].name))
		names = append(names, files[i].name)
		p.text = fmt.Appendln(p.text, files[i].name)
	}
	if err := a.createFiles(files); err != nil {
		return err
	}
	p.body = map[string]any{"files": names}
	if template == connectionsOnly {
		a.tell("Next: reconcile export -f %s --out %s", filepath.Join(out, "connections.yaml"), filepath.Join(out, "integration.yaml"))
	} else {
		a.tell("Next: reconcile validate -f %s --values %s", filepath.Join(out, "integration.yaml"), filepath.Join(out, "values", "dev.yaml"))
	}
	return a.hand(p)
}

// starter collects the files of a template, sorted by name.
func starter(template string) ([]draftFile, error) {
	schema, err := manifest.Schema(kinds.All())
	if err != nil {
		return nil, err
	}
	files := []draftFile{{schemaFile, schema}}
	if template != connectionsOnly {
		workflow, err := starterWorkflow(manifests.GitHubActions)
		if err != nil {
			return nil, err
		}
		files = append(files, draftFile{".github/workflows/reconcile.yaml", workflow})
	}
	root := path.Join("starter", template)
	err = fs.WalkDir(starters, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := starters.ReadFile(name)
		files = append(files, draftFile{strings.TrimPrefix(name, root+"/"), data})
		return err
	})
	slices.SortFunc(files, func(a, b draftFile) int { return strings.Compare(a.name, b.name) })
	return files, err
}

// starterWorkflow is the workflow with the values of the first stage. Flags can be
// given as variables, so that no command in it has to change.
func starterWorkflow(workflow []byte) ([]byte, error) {
	const at = "\nenv:\n"
	if bytes.Count(workflow, []byte(at)) != 1 {
		return nil, errors.New("the workflow has no place for variables")
	}
	return bytes.Replace(workflow, []byte(at), []byte(at+"  # The values of the stage: --values of every command below.\n  RECONCILE_VALUES: values/dev.yaml\n"), 1), nil
}
