package verify_test

import (
	"slices"
	"testing"

	"reconcile/pkg/verify"
)

// TestCallKeepsItsName: leg and what was asked for name a call also when its address
// is what went wrong, so that memory finds what it showed before.
func TestCallKeepsItsName(t *testing.T) {
	landscape(t, func(r *rig) {
		good := r.run()
		for _, want := range []verify.Proof{
			{Ref: system, Leg: verify.LegProxy, Of: "Groups", OK: true},
			{Ref: proxySystem, Leg: verify.LegBackend, Of: "Users", OK: true},
			{Ref: callerUser, Leg: verify.LegTool, Of: "token", OK: true},
			{Ref: callerUser, Leg: verify.LegTool, Of: "Users (Access Proxy System API)", OK: true},
			{Ref: backendUser, Leg: verify.LegTool, Of: "Groups (Manage Groups)", OK: true},
		} {
			if !named(good, want) {
				t.Errorf("no call %+v in %+v", want, good.Proofs)
			}
		}
		r.edit(m{"GROUPSURL": "/gruppen"})
		if bad := r.run(); !named(bad, verify.Proof{Ref: system, Leg: verify.LegProxy, Of: "Groups"}) {
			t.Errorf("the call lost its name: %+v", bad.Proofs)
		}
	})
}

// named reports whether a report holds a proof of the same name and outcome.
func named(report verify.Report, want verify.Proof) bool {
	return slices.ContainsFunc(report.Proofs, func(p verify.Proof) bool {
		return p.Ref == want.Ref && p.Leg == want.Leg && p.Of == want.Of && p.OK == want.OK
	})
}
