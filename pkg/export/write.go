package export

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reconcile/pkg/ips"
	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Writer writes an export as a manifest.
type Writer struct {
	// Kinds are all kinds there are, Language what manifests may say of them.
	Kinds    []resource.Kind
	Language *manifest.Language
	// Out is the file to write, Split the folder for one file of each kind. Both are ""
	// for standard output.
	Out, Split string
}

// files are what the export consists of: one, or one for each kind.
func (w Writer) files(in manifest.Integration, r Result) ([]manifest.File, error) {
	formatter, err := manifest.NewFormatter(w.Kinds)
	if err != nil {
		return nil, err
	}
	head := []string{manifest.Modeline, "Written by reconcile export. Secrets are references; set the variables they name."}
	whole := manifest.Draft{Head: head, Name: in.Name, Stage: in.Stage, Connections: in.Connections, Objects: r.Objects, Dir: "."}
	if w.Split == "" {
		name := "<stdout>"
		if w.Out != "" {
			name, whole.Dir = w.Out, filepath.Dir(w.Out)
		}
		whole.Objects = rebased(whole.Objects, whole.Dir)
		data, err := formatter.Write(whole)
		files := []manifest.File{{Name: name, Data: data}}
		if err == nil && w.Out != "" {
			files, err = w.withSchema(files, whole.Dir)
		}
		return files, err
	}
	parts, files := w.parts(whole)
	if files, err = w.withSchema(files, w.Split); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		data, err := formatter.Write(parts[name])
		if err != nil {
			return nil, err
		}
		files = append(files, manifest.File{Name: filepath.Join(w.Split, name), Data: data})
	}
	return files, nil
}

// withSchema adds the schema that the modeline names, unless it is there: another
// export or init wrote it.
func (w Writer) withSchema(files []manifest.File, dir string) ([]manifest.File, error) {
	name := filepath.Join(dir, manifest.SchemaFile)
	if _, err := os.Stat(name); err == nil {
		return files, nil
	}
	schema, err := manifest.Schema(w.Kinds)
	return append(files, manifest.File{Name: name, Data: schema}), err
}

// parts splits a draft into files by kind. Transformations get files of their own,
// in a folder below, which loading leaves alone.
func (w Writer) parts(whole manifest.Draft) (map[string]manifest.Draft, []manifest.File) {
	whole.Dir = w.Split
	whole.Objects = rebased(whole.Objects, whole.Dir)
	var files []manifest.File
	first := whole
	first.Objects = nil
	parts := map[string]manifest.Draft{"connections.yaml": first}
	for _, o := range whole.Objects {
		if spec, ok := o.Spec.(ips.Spec); ok {
			o.Spec = ips.Detach(spec, func(kind, document string) string {
				name := "transformations/" + fileName(o.Name) + "." + kind + ".json"
				for n := 2; slices.ContainsFunc(files, func(f manifest.File) bool { return f.Name == filepath.Join(w.Split, name) }); n++ {
					name = fmt.Sprintf("transformations/%s-%d.%s.json", fileName(o.Name), n, kind)
				}
				files = append(files, manifest.File{Name: filepath.Join(w.Split, name), Data: []byte(document)})
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

// Placed is one secret with the place of its reference in what was written.
type Placed struct {
	Env      string `json:"env"`
	Ref      string `json:"ref"`
	Path     string `json:"path"`
	Position string `json:"position"`
}

// Locate finds where the references to secrets stand in what was written.
func (w Writer) Locate(files []manifest.File, r Result) []Placed {
	found := []Placed{}
	written, _ := w.Load(files)
	for _, s := range r.Secrets {
		at := resource.Position{}
		for _, in := range written.Integrations {
			for _, o := range in.Objects {
				if o.Ref == s.Ref {
					at = o.At(s.Path)
				}
			}
		}
		found = append(found, Placed{s.Env, s.Ref.String(), s.Path, at.String()})
	}
	return found
}

// Load reads what was written as a manifest, from memory.
func (w Writer) Load(files []manifest.File) (manifest.Manifest, []resource.Fault) {
	memory := map[string][]byte{}
	var names []string
	for _, f := range files {
		memory[f.Name] = f.Data
		if filepath.Ext(f.Name) != ".json" {
			names = append(names, f.Name)
		}
	}
	return w.Language.Load(manifest.Options{Paths: names, Memory: memory, Bare: true})
}

// Joined is all that was written as one text, without files that are no manifest.
func Joined(files []manifest.File) string {
	var documents [][]byte
	for _, f := range files {
		if filepath.Ext(f.Name) != ".json" {
			documents = append(documents, f.Data)
		}
	}
	return string(bytes.Join(documents, []byte("---\n")))
}
