package view

import (
	"path/filepath"
	"slices"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// placed tells places below the folder in which the program was started from
// there: formats that other programs read name files of a repository, wherever the
// machine of this run has it.
func placed(results []Result) []Result { return each(results, Result.placed) }

func (r Result) placed() Result {
	r.Errors, r.Warnings = r.here(r.Errors), r.here(r.Warnings)
	r.Objects = each(r.Objects, r.stepHere)
	if r.Plan != nil {
		plan := *r.Plan
		plan.Steps, plan.Refused, plan.Warnings = each(plan.Steps, r.stepHere), r.here(plan.Refused), r.here(plan.Warnings)
		r.Plan = &plan
	}
	return r
}

func (r Result) here(faults []resource.Fault) []resource.Fault {
	faults = slices.Clone(faults)
	for i := range faults {
		faults[i].Position = r.below(faults[i].Position)
	}
	return faults
}

func (r Result) stepHere(s reconcile.Step) reconcile.Step {
	s.Position = r.below(s.Position)
	positions := map[string]resource.Position{}
	for path, at := range s.Positions {
		positions[path] = r.below(at)
	}
	s.Positions = positions
	return s
}

func (r Result) below(at resource.Position) resource.Position {
	inside, err := filepath.Rel(r.Folder, at.File)
	if r.Folder != "" && filepath.IsAbs(at.File) && err == nil && filepath.IsLocal(inside) {
		at.File = inside
	}
	return at
}
