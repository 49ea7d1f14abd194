package cli

import (
	"fmt"

	"reconcile/pkg/approval"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// unapproved refuses what goes beyond what was approved: the steps of a saved
// plan, or the digest of --expect-digest.
func (j *job) unapproved(plan *reconcile.Plan) {
	j.shown.Place(plan)
	if j.approved != nil {
		j.moved(plan, plan.Beyond(j.approved), "that is not in the approved plan", j.shown)
		return
	}
	if j.expectDigest == "" || j.expectDigest == plan.Digest || len(plan.Beyond(nil)) == 0 {
		return
	}
	j.moved(plan, plan.Beyond(nil), fmt.Sprintf("the plan has digest %s, not the expected %s", plan.Digest, j.expectDigest), nil)
}

// moved refuses steps that nobody approved, if there are any, and says what of them
// is otherwise than in shown; nil shows what they would do.
func (j *job) moved(plan *reconcile.Plan, steps []reconcile.Step, why string, shown approval.Steps) {
	now := stepsOf(plan)
	remedy := "nothing was written; look at the plan as it is now, and approve that"
	if j.again != "" {
		remedy += ": " + j.again
	}
	for _, s := range steps {
		message := fmt.Sprintf("%s: the plan would %s it, and %s", s.Ref, s.Action, why)
		if told := shown.Differences(now[s.String()], s); told != "" {
			message += ": " + told
		}
		j.verdict.refused = true
		j.verdict.result.Errors = append(j.verdict.result.Errors, resource.Fault{
			Severity: resource.Error, Code: "E208", Ref: &s.Ref, Position: s.Position, Message: message,
			Remedy: remedy,
		})
	}
}

// stepsOf are the steps of a plan as somebody sees them.
func stepsOf(plan *reconcile.Plan) approval.Steps { return approval.StepsOf(plan) }
