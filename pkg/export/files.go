package export

import (
	"fmt"
	"os"

	"reconcile/pkg/resource"
)

// ReadFiles reads exported files into objects by kind. A file that cannot be read, and a
// second object of a name that is not the same, are faults.
func ReadFiles(kinds []resource.Kind, paths []string) (map[string][]resource.Object, []resource.Fault) {
	var faults []resource.Fault
	read, before := map[string][]resource.Object{}, map[resource.Ref]sourced{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		var objects map[string][]resource.Object
		if err == nil {
			objects, err = Read(data)
		}
		if err != nil {
			faults = append(faults, resource.Fault{
				Severity: resource.Error, Code: "E183", Position: resource.Position{File: path},
				Message: fmt.Sprintf("the exported file cannot be read: %s", err),
				Remedy:  "give the console's JSON export of a proxy system, or a destination as JSON or as the cockpit's list of properties",
			})
		}
		for _, k := range kinds {
			for _, o := range objects[k.Name()] {
				ref := resource.Ref{Kind: k.Name(), Name: o.Name}
				if fault := other(ref, path, o, before[ref]); fault != nil {
					faults = append(faults, *fault)
				}
				if _, again := before[ref]; !again {
					before[ref] = sourced{path, o}
					read[k.Name()] = append(read[k.Name()], o)
				}
			}
		}
	}
	return read, faults
}

// sourced is an object and the file that it was read from first.
type sourced struct {
	file   string
	object resource.Object
}

// other refuses a second object of one name that is not the same: which of the two is
// meant, nobody can tell.
func other(ref resource.Ref, file string, o resource.Object, first sourced) *resource.Fault {
	if first.file == "" || o.ID == first.object.ID && len(resource.Diff(first.object.Spec, o.Spec)) == 0 {
		return nil
	}
	return &resource.Fault{
		Severity: resource.Error, Code: "E183", Ref: &ref, Position: resource.Position{File: file},
		Message: fmt.Sprintf("%s stands in %s too, with other contents", ref, first.file),
		Remedy:  "give the newer file only; objects of two stages go into two manifests",
	}
}
