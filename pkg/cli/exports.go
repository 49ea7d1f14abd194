package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"reconcile/pkg/ips"
	"reconcile/pkg/person"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// readExport reads what the console exported of a proxy system, without its secrets,
// and when: no later than the file was last written.
func (a *app) readExport(path string) (person.Export, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return person.Export{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return person.Export{}, err
	}
	document, err := ips.Scrub(data)
	if err != nil {
		return person.Export{}, fmt.Errorf("%s: %w", path, err)
	}
	at := info.ModTime().UTC().Truncate(time.Second)
	if now := a.moment(); at.After(now) {
		at = now
	}
	return person.Export{At: at, Document: string(document)}, nil
}

// opened reads the export that a report carries.
func (j *job) opened(ref resource.Ref, e *person.Export) (*resource.Object, error) {
	if e == nil {
		return nil, nil
	}
	i := slices.IndexFunc(j.kinds, func(k resource.Kind) bool { return k.Name() == ref.Kind })
	if i < 0 {
		return nil, fmt.Errorf("there is no kind %s", ref.Kind)
	}
	object, err := j.kinds[i].Export([]byte(e.Document))
	if err != nil {
		return nil, fmt.Errorf("the export of %s: %w", ref, err)
	}
	return &object, nil
}

// exportFolder is where exports of the console lie: where --exports says, else beside
// the first manifest.
func (a *app) exportFolder() string { return a.beside(a.exports, "exports") }

// lookAtExports reads the exports once in a run.
func (j *job) lookAtExports(ctx context.Context) (faults []resource.Fault) {
	if j.exported == nil && j.wiring.recorded == nil {
		j.exported, faults = j.readExports(ctx)
	}
	return faults
}

// readExports reads the exports of the job's proxy systems; the newest file of each
// counts. What is no export stops the run: somebody put it there to be compared.
func (j *job) readExports(ctx context.Context) (map[resource.Ref]reconcile.Exported, []resource.Fault) {
	folder := j.exportFolder()
	entries, err := os.ReadDir(folder)
	if err != nil && (j.exports != "" || !errors.Is(err, fs.ErrNotExist)) {
		return nil, []resource.Fault{badExport(folder, err)}
	}
	found := map[resource.Ref]reconcile.Exported{}
	var faults []resource.Fault
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".json" {
			continue
		}
		path := filepath.Join(folder, e.Name())
		export, err := j.readExport(path)
		var object *resource.Object
		if err == nil {
			object, err = j.opened(resource.Ref{Kind: ips.Kind}, &export)
		}
		if err != nil {
			faults = append(faults, badExport(path, err))
			continue
		}
		// A checkout gives files the time of the checkout; git knows when they came.
		if last, known := j.surroundings().LastCommit(ctx, path); known && last.Before(export.At) {
			export.At = last
		}
		ref := resource.Ref{Kind: ips.Kind, Name: object.Name}
		if known, ok := found[ref]; !ok || known.At.Before(export.At) {
			found[ref] = reconcile.Exported{Object: *object, File: path, At: export.At}
		}
	}
	return found, faults
}

func badExport(path string, err error) resource.Fault {
	return resource.Fault{
		Severity: resource.Error, Code: "E248", Position: resource.Position{File: path}, Message: err.Error(),
		Remedy: "put only files there that the console exported of proxy systems",
	}
}
