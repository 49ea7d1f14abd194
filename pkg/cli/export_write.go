package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reconcile/pkg/export"
	"reconcile/pkg/ips"
	"reconcile/pkg/kinds"
	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// writeExport writes the manifest to where the flags say and tells what the
// reader has to do with it.
func (a *app) writeExport(e exporting, c *collector, r export.Result) error {
	r, files, err := e.acceptable(c.integration, r)
	if err != nil {
		return lateError{err}
	}
	if e.out != "" || e.split != "" {
		if err := a.createFiles(files); err != nil {
			return err
		}
	}
	p := paper{Result: c.verdict.result}
	if e.out == "" && e.split == "" {
		p.text = files[0].data
	}
	for _, f := range files {
		if e.out != "" || e.split != "" {
			p.text = fmt.Appendln(p.text, f.name)
		}
	}
	positions := a.locate(files, r)
	for _, note := range r.Notes {
		a.tell("%s", note)
	}
	a.tellSecrets(positions)
	p.body = map[string]any{"secrets": positions, "notes": append([]string{}, r.Notes...), "manifest": joined(files)}
	a.tellProblems(files)
	if e.split == "" && e.out == "" {
		a.tell("For completion in editors, beside the file: mkdir -p %s && reconcile schema > %s", filepath.Dir(schemaFile), schemaFile)
	}
	return a.hand(p)
}

// schemaFile is where generated manifests look for the schema; a folder of its own
// keeps it from being loaded as a manifest.
const schemaFile = "schema/integration.schema.json"

// modeline tells editors where the schema is.
const modeline = "yaml-language-server: $schema=" + schemaFile

// draftFile is one file to be written.
type draftFile struct {
	name string
	data []byte
}

// files are what the export consists of: one, or one for each kind.
func (e exporting) files(in manifest.Integration, r export.Result) ([]draftFile, error) {
	formatter, err := manifest.NewFormatter(kinds.All())
	if err != nil {
		return nil, err
	}
	head := []string{modeline, "Written by reconcile export. Secrets are references; set the variables they name."}
	whole := manifest.Draft{Head: head, Name: in.Name, Stage: in.Stage, Connections: in.Connections, Objects: r.Objects, Dir: "."}
	if e.split == "" {
		name := "<stdout>"
		if e.out != "" {
			name, whole.Dir = e.out, filepath.Dir(e.out)
		}
		whole.Objects = rebased(whole.Objects, whole.Dir)
		data, err := formatter.Write(whole)
		files := []draftFile{{name, data}}
		if err == nil && e.out != "" {
			files, err = withSchema(files, whole.Dir)
		}
		return files, err
	}
	parts, files := e.parts(whole)
	if files, err = withSchema(files, e.split); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		data, err := formatter.Write(parts[name])
		if err != nil {
			return nil, err
		}
		files = append(files, draftFile{filepath.Join(e.split, name), data})
	}
	return files, nil
}

// withSchema adds the schema that the modeline names, unless it is there: another
// export or init wrote it.
func withSchema(files []draftFile, dir string) ([]draftFile, error) {
	name := filepath.Join(dir, schemaFile)
	if _, err := os.Stat(name); err == nil {
		return files, nil
	}
	schema, err := manifest.Schema(kinds.All())
	return append(files, draftFile{name, schema}), err
}

// parts splits a draft into files by kind. Transformations get files of their own,
// in a folder below, which loading leaves alone.
func (e exporting) parts(whole manifest.Draft) (map[string]manifest.Draft, []draftFile) {
	whole.Dir = e.split
	whole.Objects = rebased(whole.Objects, whole.Dir)
	var files []draftFile
	first := whole
	first.Objects = nil
	parts := map[string]manifest.Draft{"connections.yaml": first}
	for _, o := range whole.Objects {
		if spec, ok := o.Spec.(ips.Spec); ok {
			o.Spec = ips.Detach(spec, func(kind, document string) string {
				name := "transformations/" + fileName(o.Name) + "." + kind + ".json"
				for n := 2; slices.ContainsFunc(files, func(f draftFile) bool { return f.name == filepath.Join(e.split, name) }); n++ {
					name = fmt.Sprintf("transformations/%s-%d.%s.json", fileName(o.Name), n, kind)
				}
				files = append(files, draftFile{filepath.Join(e.split, name), []byte(document)})
				return name
			})
		}
		name := o.Kind.Section() + ".yaml"
		part, ok := parts[name]
		if !ok {
			part = whole
			part.Objects, part.Connections = nil, manifest.Connections{}
		}
		part.Objects = append(part.Objects, o)
		parts[name] = part
	}
	return parts, files
}

// rebased makes the paths inside objects relative to a folder.
func rebased(objects []manifest.Drafted, dir string) []manifest.Drafted {
	path := func(path string) string { return manifest.Relative(secret.Ref{File: path}, dir).File }
	out := slices.Clone(objects)
	for i, o := range out {
		out[i].Spec = o.Kind.Map(o.Spec, func(_ string, v resource.Value) resource.Value {
			if v.Form() != resource.External {
				return v
			}
			return resource.Outside(manifest.Relative(v.Source(), dir)).WithLabel(v.Label())
		})
		if proxy, ok := out[i].Spec.(ips.Spec); ok {
			out[i].Spec = ips.Rebase(proxy, path)
		}
	}
	return out
}

// fileName makes a name fit for a file.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>| `, r) {
			return '-'
		}
		return r
	}, name)
}

// createFiles writes files that must not exist yet.
func (a *app) createFiles(files []draftFile) error {
	for _, f := range files {
		if _, err := os.Lstat(f.name); err == nil {
			return usageError{fmt.Errorf("%s is there already", f.name), "remove it, or write to another place; nothing was written"}
		}
	}
	for _, f := range files {
		if err := createFile(f); err != nil {
			return lateError{err}
		}
	}
	return nil
}

func createFile(f draftFile) error {
	if err := os.MkdirAll(filepath.Dir(f.name), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(f.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s appeared meanwhile and stays as it is", f.name)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(f.data)
	return errors.Join(err, file.Close())
}

// placed is one secret with the place of its reference.
type placed struct {
	Env      string `json:"env"`
	Ref      string `json:"ref"`
	Path     string `json:"path"`
	Position string `json:"position"`
}

// locate finds where the references to secrets stand in what was written.
func (a *app) locate(files []draftFile, r export.Result) []placed {
	found := []placed{}
	written, _ := load(files)
	for _, s := range r.Secrets {
		at := resource.Position{}
		for _, in := range written.Integrations {
			for _, o := range in.Objects {
				if o.Ref == s.Ref {
					at = o.At(s.Path)
				}
			}
		}
		found = append(found, placed{s.Env, s.Ref.String(), s.Path, at.String()})
	}
	return found
}

// load reads what was written as a manifest, from memory.
func load(files []draftFile) (manifest.Manifest, []resource.Fault) {
	memory := map[string][]byte{}
	var names []string
	for _, f := range files {
		memory[f.name] = f.data
		if filepath.Ext(f.name) != ".json" {
			names = append(names, f.name)
		}
	}
	return kinds.Language().Load(manifest.Options{Paths: names, Memory: memory, Bare: true})
}

func (a *app) tellSecrets(secrets []placed) {
	if len(secrets) > 0 {
		a.tell("Set these variables where reconcile runs:")
	}
	for _, s := range secrets {
		a.tell("  %s  %s %s  %s", s.Env, s.Ref, s.Path, s.Position)
	}
}

// tellProblems says what validate will say: what is there need not be right.
func (a *app) tellProblems(files []draftFile) {
	_, faults := load(files)
	if len(faults) > 0 {
		a.tell("validate will complain of what is there:")
	}
	if !a.quiet {
		a.tellFaults(faults)
	}
}

func joined(files []draftFile) string {
	var documents [][]byte
	for _, f := range files {
		if filepath.Ext(f.name) != ".json" {
			documents = append(documents, f.data)
		}
	}
	return string(bytes.Join(documents, []byte("---\n")))
}
