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
	"reconcile/pkg/manifest"
	"reconcile/pkg/view"
)

// starters are the files that init writes, one folder for each template.
//
//go:embed all:starter
var starters embed.FS

func (a *app) initCommand() *cobra.Command {
	var template, out string
	c := &cobra.Command{
		Use:   "init --template NAME",
		Short: "Write a complete manifest to start from",
		Long: "init writes a manifest with comments, a values file for a first stage, the schema for\n" +
			"editors, a workflow for GitHub Actions, a .gitignore and a short README. It can be\n" +
			"validated and tried on a simulated landscape as it stands. A file that is there\n" +
			"already is never overwritten: then nothing is written at all.",
		Example: "  reconcile init --template ias --out integration",
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
	remedy := "use one of " + strings.Join(names, ", ") + ": reconcile init --template " + names[0]
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
	a.tell("Next: reconcile validate -f %s --values %s", filepath.Join(out, "integration.yaml"), filepath.Join(out, "values", "dev.yaml"))
	return a.hand(p)
}

// starter collects the files of a template, sorted by name.
func starter(template string) ([]draftFile, error) {
	schema, err := manifest.Schema(offlineKinds())
	if err != nil {
		return nil, err
	}
	workflow, err := starterWorkflow(manifests.GitHubActions)
	if err != nil {
		return nil, err
	}
	files := []draftFile{{schemaFile, schema}, {".github/workflows/reconcile.yaml", workflow}}
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
