package cli

import (
	"context"

	"reconcile/pkg/report"
	"reconcile/pkg/resource"
)

// lookAtExports reads what the console exported once in a run.
func (j *job) lookAtExports(ctx context.Context) (faults []resource.Fault) {
	if j.exported == nil && j.wiring.snapshot == nil {
		j.exported, faults = j.desk().Exports(ctx)
	}
	return faults
}

// desk takes what people report about the job's integration.
func (j *job) desk() report.Desk {
	return report.Desk{
		Manifest: j.manifest, Kinds: j.kinds, Surroundings: j.surroundings(), Now: j.Now,
		Reports:        report.Folder{Path: j.beside(j.reports, "reports"), Named: j.reports != ""},
		ConsoleExports: report.Folder{Path: j.beside(j.exports, "exports"), Named: j.exports != ""},
	}
}
