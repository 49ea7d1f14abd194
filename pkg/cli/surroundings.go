package cli

import (
	"reconcile/pkg/provenance"
	"reconcile/pkg/reconcile"
)

// surroundings tell who started this run, and who wrote the files that it reads.
func (a *app) surroundings() provenance.Surroundings {
	return provenance.Surroundings{LookupEnv: a.LookupEnv}
}

// author is who is behind this run.
func (a *app) author() reconcile.Author { return a.surroundings().Author() }

// revision is the commit that the manifests come from, "" when nobody knows.
func (a *app) revision() string { return a.surroundings().Revision(a.files) }

// holder says to people who runs this.
func (a *app) holder() string { return a.surroundings().Holder() }
