package report

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

// ReadExport reads what the console exported of a proxy system, without its secrets,
// and when: no later than the file was last written.
func ReadExport(path string, now time.Time) (person.Export, error) {
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
	if now = now.UTC().Truncate(time.Second); at.After(now) {
		at = now
	}
	return person.Export{At: at, Document: string(document)}, nil
}

// opened reads the export that a report carries.
func (d Desk) opened(ref resource.Ref, e *person.Export) (*resource.Object, error) {
	if e == nil {
		return nil, nil
	}
	i := slices.IndexFunc(d.Kinds, func(k resource.Kind) bool { return k.Name() == ref.Kind })
	if i < 0 {
		return nil, fmt.Errorf("there is no kind %s", ref.Kind)
	}
	object, err := d.Kinds[i].Export([]byte(e.Document))
	if err != nil {
		return nil, fmt.Errorf("the export of %s: %w", ref, err)
	}
	return &object, nil
}

// Exports reads the exports of the integration's proxy systems.
func (d Desk) Exports(ctx context.Context) (map[resource.Ref]reconcile.Exported, []resource.Fault) {
	if _, err := os.Stat(d.ConsoleExports.Path); errors.Is(err, fs.ErrNotExist) && !d.ConsoleExports.Named {
		return map[resource.Ref]reconcile.Exported{}, nil
	}
	return d.walkExports(func(path string, at time.Time) time.Time {
		// A checkout gives files the time of the checkout; git knows when they came.
		if last, known := d.Surroundings.LastCommit(ctx, path); known && last.Before(at) {
			return last
		}
		return at
	})
}

// walkExports reads the exports of the folder; the newest file of each proxy system
// counts, and came says when a file did. What is no export stops the run: somebody put
// it there to be compared.
func (d Desk) walkExports(came func(path string, at time.Time) time.Time) (map[resource.Ref]reconcile.Exported, []resource.Fault) {
	folder := d.ConsoleExports.Path
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, []resource.Fault{badExport(folder, err)}
	}
	found := map[resource.Ref]reconcile.Exported{}
	var faults []resource.Fault
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".json" {
			continue
		}
		path := filepath.Join(folder, e.Name())
		export, err := ReadExport(path, d.Now())
		var object *resource.Object
		if err == nil {
			object, err = d.opened(resource.Ref{Kind: ips.Kind}, &export)
		}
		if err != nil {
			faults = append(faults, badExport(path, err))
			continue
		}
		ref, at := resource.Ref{Kind: ips.Kind, Name: object.Name}, came(path, export.At)
		if known, ok := found[ref]; !ok || known.At.Before(at) {
			found[ref] = reconcile.Exported{Object: *object, File: path, At: at}
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
