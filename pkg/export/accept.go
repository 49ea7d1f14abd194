package export

import (
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
)

// Files turns what was found into files that a plan accepts. What is there need
// not be right: an object that a manifest may not ask for is only watched, and one
// that cannot even be that is left out. One bad object must not block the others.
func (w Writer) Files(in manifest.Integration, r Result) (Result, []manifest.File, error) {
	r.Objects = slices.Clone(r.Objects)
	for {
		files, err := w.files(in, r)
		if err != nil {
			return r, nil, err
		}
		_, faults := w.Load(files)
		if !yields(&r, faults) {
			return r, files, nil
		}
	}
}

// yields takes back, object by object, what errors are about, and reports whether
// anything changed.
func yields(r *Result, faults []resource.Fault) bool {
	about := map[resource.Ref][]string{}
	for _, f := range faults {
		if f.Ref != nil && f.Severity != resource.Warning {
			about[*f.Ref] = append(about[*f.Ref], f.Code+": "+strings.Join(strings.Fields(f.Message), " "))
		}
	}
	changed := false
	var kept []manifest.Drafted
	for _, o := range r.Objects {
		ref := resource.Ref{Kind: o.Kind.Name(), Name: o.Name}
		reasons := about[ref]
		switch {
		case len(reasons) == 0:
			kept = append(kept, o)
			continue
		case o.Meta.Managed():
			no := false
			o.Meta.Manage = &no
			o.Remarks = slices.Concat([]string{"Only watched, because no manifest may ask for what is there:"}, reasons)
			kept = append(kept, o)
			r.Notes = append(r.Notes, fmt.Sprintf("%s is only watched (manage: false), because no manifest may ask for what is there: %s", ref, strings.Join(codesOf(reasons), ", ")))
		default:
			r.Secrets = slices.DeleteFunc(slices.Clone(r.Secrets), func(s Secret) bool { return s.Ref == ref })
			r.Notes = append(r.Notes, fmt.Sprintf("%s is left out, because of %s", ref, strings.Join(reasons, "; ")))
		}
		changed = true
	}
	r.Objects = kept
	return changed
}

// codesOf lists the codes that complaints begin with, each once.
func codesOf(reasons []string) []string {
	var codes []string
	for _, reason := range reasons {
		code, _, _ := strings.Cut(reason, ":")
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
