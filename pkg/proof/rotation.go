package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/iag"
	"reconcile/pkg/ias"
	"reconcile/pkg/resource"
)

// Rotation adds to what the manifest says of a user's secrets what is known of them: which
// labels an interface shows, who carries which secret, whether a login went well, and
// which syncs did since. The proofs have to be made before.
func (l Look) Rotation(ctx context.Context, user resource.Ref, r ias.Rotation) (ias.Rotation, error) {
	plan := l.Result.Plan
	r.Live = liveLabels(plan.Known(user))
	r.Carriers = l.carriers(user)
	r.Login, r.Failure = l.proved(user, r.Carriers)
	var err error
	r.Syncs, r.Seen, err = plan.GoodRuns(ctx, syncs)
	return r, err
}

// syncs picks the jobs that read with the secrets of system users.
func syncs(s resource.Spec) bool {
	work, ok := s.(iag.Job)
	return ok && strings.HasSuffix(work.Category.Text(), "Sync")
}

// liveLabels are the labels of the slots that an interface shows.
func liveLabels(known map[string]resource.Value) []string {
	var labels []string
	for path := range known {
		if label := ias.SecretName(path); label != "" {
			labels = append(labels, label)
		}
	}
	slices.Sort(labels)
	return labels
}

// carriers are the fields that refer to the user's secret.
func (l Look) carriers(user resource.Ref) []ias.Carrier {
	plan := l.Result.Plan
	var all []ias.Carrier
	for _, o := range l.Desired {
		for path, v := range resource.Paths(o.Spec) {
			if from, output := v.From(); from == user && output == "secret" {
				label, since := plan.LastWrote(o.Ref, path)
				all = append(all, ias.Carrier{Ref: o.Ref, Path: path, Label: label, Since: since, Equal: plan.Equal(o.Ref, path)})
			}
		}
	}
	slices.SortFunc(all, func(a, b ias.Carrier) int { return a.Compare(b.Ref) })
	return all
}

// proved reports whether a login of the user worked, and the first finding about
// the user or about what holds its secret.
func (l Look) proved(user resource.Ref, carriers []ias.Carrier) (login bool, failure string) {
	for _, c := range l.Result.Verified {
		login = login || c.OK && c.Ref == user
	}
	for _, f := range l.Result.Findings {
		about := f.Ref == user || slices.ContainsFunc(carriers, func(c ias.Carrier) bool { return c.Ref == f.Ref })
		if about && failure == "" {
			failure = fmt.Sprintf("%s: %s", f.Ref, f.Message)
		}
	}
	return login, failure
}
