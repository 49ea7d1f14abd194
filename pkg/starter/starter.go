package starter

import (
	"bytes"
	"embed"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"reconcile/manifests"
	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
)

// templates are the files, one folder for each template.
//
//go:embed all:files
var templates embed.FS

// ConnectionsOnly is the template for export: it has neither objects nor values, and
// so nothing for a workflow to do.
const ConnectionsOnly = "connections"

// Names lists the templates.
func Names() []string {
	// The folder is part of the program.
	folders, _ := templates.ReadDir("files")
	var names []string
	for _, f := range folders {
		names = append(names, f.Name())
	}
	return names
}

// Files are those of a template, sorted by name, with the schema of these kinds.
func Files(template string, kinds []resource.Kind) ([]manifest.File, error) {
	schema, err := manifest.Schema(kinds)
	if err != nil {
		return nil, err
	}
	files := []manifest.File{{Name: manifest.SchemaFile, Data: schema}}
	if template != ConnectionsOnly {
		workflow, err := forFirstStage(manifests.GitHubActions)
		if err != nil {
			return nil, err
		}
		files = append(files, manifest.File{Name: ".github/workflows/reconcile.yaml", Data: workflow})
	}
	root := path.Join("files", template)
	err = fs.WalkDir(templates, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := templates.ReadFile(name)
		files = append(files, manifest.File{Name: strings.TrimPrefix(name, root+"/"), Data: data})
		return err
	})
	slices.SortFunc(files, func(a, b manifest.File) int { return strings.Compare(a.Name, b.Name) })
	return files, err
}

// forFirstStage is the workflow with the values of the first stage. Flags can be
// given as variables, so that no command in it has to change.
func forFirstStage(workflow []byte) ([]byte, error) {
	const at = "\nenv:\n"
	if bytes.Count(workflow, []byte(at)) != 1 {
		return nil, errors.New("the workflow has no place for variables")
	}
	return bytes.Replace(workflow, []byte(at), []byte(at+"  # The values of the stage: --values of every command below.\n  RECONCILE_VALUES: values/dev.yaml\n"), 1), nil
}
