package report

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reconcile/pkg/ips"
	"reconcile/pkg/manifest"
	"reconcile/pkg/person"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// Whoever has no key of the ledger reports into a file. It says what the manifest
// asked for when it was written, so that it stays the report of just that.

// Write writes a report file of what the manifest lets somebody report, and returns where
// it is: at path, or under a name of its own among the others where that is "".
func (d Desk) Write(path string, reports []person.Report, claims []reconcile.Said) (string, error) {
	reports = slices.Clone(reports)
	for i := range reports {
		o, err := d.reportable(claims[i])
		if err == nil {
			err = d.attest(&reports[i], claims[i], o)
		}
		if err != nil {
			return "", err
		}
	}
	data, err := person.NewFile(d.Manifest.ID(), reports).Encode()
	if err != nil {
		return "", err
	}
	madeUp := path == ""
	if madeUp {
		path = filepath.Join(d.Reports.Path, reports[0].At.Format("20060102T150405Z-")+slug(reports[0].Object)+".yaml")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("write the report: %w", err)
	}
	if path, err = create(path, data, madeUp); err != nil {
		return "", fmt.Errorf("write the report: %w", err)
	}
	return path, nil
}

// create writes a new file. Of a name that was made up, another one is tried where
// it is taken.
func create(path string, data []byte, madeUp bool) (string, error) {
	stem, end := strings.TrimSuffix(path, filepath.Ext(path)), filepath.Ext(path)
	for n := 2; ; n++ {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if madeUp && errors.Is(err, fs.ErrExist) && n < 1000 {
			path = fmt.Sprintf("%s-%d%s", stem, n, end)
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = file.Write(data)
		return path, errors.Join(err, file.Close())
	}
}

// reportable finds the object of a report in the manifest: a person's, and there.
func (d Desk) reportable(said reconcile.Said) (reconcile.Desired, error) {
	i := slices.IndexFunc(d.Manifest.Objects, func(o manifest.Object) bool { return o.Ref == said.Ref })
	if i < 0 {
		return reconcile.Desired{}, Misuse{fmt.Errorf("the manifest holds no %s", said.Ref), "write KIND/NAME exactly as in the runbook"}
	}
	o := d.Manifest.Objects[i]
	at := slices.IndexFunc(d.Kinds, func(k resource.Kind) bool { return k.Name() == o.Ref.Kind })
	kind := d.Kinds[at]
	if kind.Way() != resource.WayPerson {
		return reconcile.Desired{}, refused("E241", said.Ref, fmt.Sprintf("it is reached via %s, so nothing of it is left to a person", kind.Way()), "run reconcile: it does this by itself")
	}
	spec, err := ips.WithFiles(o.Spec, os.ReadFile)
	if err != nil {
		return reconcile.Desired{}, Misuse{fmt.Errorf("%s: %w", said.Ref, err), "name a readable file that holds a transformation as JSON"}
	}
	return reconcile.Desired{Ref: o.Ref, Kind: kind, Meta: o.Meta, Spec: kind.Normalize(o.Ref.Name, spec), At: o.At}, nil
}

func refused(code string, ref resource.Ref, message, remedy string) error {
	return Refused{resource.Fault{Severity: resource.Error, Code: code, Ref: &ref, Message: ref.String() + ": " + message, Remedy: remedy}}
}

// attest notes in a report what the manifest asks for, and checks what needs no
// ledger: the identifier of what was made, and the console's export.
func (d Desk) attest(r *person.Report, said reconcile.Said, o reconcile.Desired) error {
	if said.Run != nil || said.Action == string(reconcile.RunJob) {
		return nil
	}
	scope := resource.Scope{}
	if c := d.Manifest.Connections.IdentityServices; c != nil {
		if u, err := url.Parse(c.URL); err == nil {
			scope.IdentityHost = u.Host
		}
	}
	wants, order := reconcile.Asks(o, scope)
	r.Wants, r.Asked = wants, order.Do
	made := r.Action == string(reconcile.Create) || r.Action == "" && !d.reportedBefore(said.Ref)
	if made && order.Identified && said.ID == "" && (said.Export == nil || said.Export.ID == "") {
		return refused("E242", said.Ref, "the report lacks the identifier that the console made", "add it: --id with the id, or with the address of its page")
	}
	if said.Export == nil {
		return nil
	}
	if differs := reconcile.Unlike(o, *said.Export, said.ID, d.Now); len(differs) > 0 {
		return Refused(reconcile.Contradictions(o, differs, d.reportedBefore(said.Ref)))
	}
	return nil
}

// reportedBefore reports whether a report file speaks of the object already: then a
// report without an identifier may be one of a change.
func (d Desk) reportedBefore(ref resource.Ref) bool {
	files, _ := d.files()
	for _, f := range files {
		if slices.ContainsFunc(f.Reports, func(r person.Report) bool { return r.Object == ref.String() && r.ID != "" }) {
			return true
		}
	}
	return false
}

// slug makes a part of a file name of an object.
func slug(object string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		default:
			return '-'
		}
	}, object), "-")
}
