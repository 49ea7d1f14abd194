package cli

import (
	"fmt"
	"os"
	"slices"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/ips"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// lookup binds the objects to their kinds and resolves references to the outside.
func (j *job) lookup() ([]reconcile.Desired, []resource.Fault) {
	byName := map[string]resource.Kind{}
	for _, k := range j.kinds {
		byName[k.Name()] = k
	}
	objects := make([]reconcile.Desired, len(j.manifest.Objects))
	var faults []resource.Fault
	for i, o := range j.manifest.Objects {
		spec, err := ips.WithFiles(o.Spec, os.ReadFile)
		if err != nil {
			faults = append(faults, resource.Fault{
				Severity: resource.Error, Code: "E178", Ref: &o.Ref, Position: o.At("/transformations"),
				Message: o.Ref.String() + ": " + err.Error(), Remedy: "name a readable file that holds a transformation as JSON",
			})
			continue
		}
		objects[i] = reconcile.Desired{Ref: o.Ref, Kind: byName[o.Ref.Kind], Meta: o.Meta, Spec: spec, At: o.At}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	var found []reconcile.Desired
	for _, o := range objects {
		one, unset := reconcile.Lookup([]reconcile.Desired{o}, j.sourceFor(o))
		found, faults = append(found, one...), append(faults, unset...)
	}
	if len(j.live) > 0 {
		// Who compares with a snapshot need not have the secrets.
		faults = nil
	}
	return found, faults
}

// sourceFor is where the references of an object lead. Those of a system user that a
// person makes get no seeded value before it is made: that would look as if it were.
func (j *job) sourceFor(o reconcile.Desired) secret.Source {
	if l := j.landscape; l != nil && o.Kind.SecretsAppear() && o.Kind.Way() == resource.WayPerson && !l.holds(o.Name) {
		return secret.Outside{LookupEnv: j.LookupEnv}
	}
	return j.wiring.source
}

// unknown finds objects of --only and --overwrite-live that neither the manifest
// nor left holds. A saved plan was asked that when it was made.
func (j *job) unknown(left []resource.Ref) []resource.Fault {
	if j.command == "apply" {
		return nil
	}
	only, _ := j.onlyRefs()
	overwrite, _ := parseRefs("--overwrite-live", j.overwriteLive)
	return append(j.unknownRefs("--only ", only, left), j.unknownRefs("--overwrite-live ", overwrite, left)...)
}

// unknownRefs finds references of a flag to objects that neither the manifest nor
// left holds.
func (j *job) unknownRefs(flag string, refs, left []resource.Ref) []resource.Fault {
	var faults []resource.Fault
	known := slices.Clone(left)
	for _, o := range j.manifest.Objects {
		known = append(known, o.Ref)
	}
	names := make([]string, len(known))
	for i, ref := range known {
		names[i] = ref.String()
	}
	for _, ref := range refs {
		if slices.Contains(known, ref) {
			continue
		}
		fault := resource.Fault{
			Severity: resource.Error, Code: "E181", Message: fmt.Sprintf("%s%s: the manifest holds no such object", flag, ref),
			Remedy: "write KIND/NAME exactly as in the plan, for example Destination/IPS_PROXY",
		}
		if flag != "" {
			fault.Remedy += "; what left the manifest can be named with --prune"
		}
		if right, ok := catalogue.Nearest(ref.String(), names); ok {
			fault.Remedy = fmt.Sprintf("did you mean %q?", right)
		}
		faults = append(faults, fault)
	}
	return faults
}

// used returns the kinds to list: those that the manifest or the ledger holds.
func (j *job) used(ledger *reconcile.Ledger) []resource.Kind {
	if j.whole {
		return slices.DeleteFunc(slices.Clone(j.kinds), func(k resource.Kind) bool { return !j.wiring.reaches(k) })
	}
	present := map[string]bool{}
	for _, o := range j.desired {
		present[o.Kind.Name()] = true
	}
	for _, ref := range ledger.Refs() {
		present[ref.Kind] = true
	}
	return slices.DeleteFunc(slices.Clone(j.kinds), func(k resource.Kind) bool { return !present[k.Name()] })
}
