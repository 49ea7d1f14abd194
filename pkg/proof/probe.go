package proof

import (
	"context"
	"strings"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/verify"
)

// Probe makes the calls that reports can be checked by: logins of system users, and reads
// through proxy systems with the destination as the manifest wants it. What cannot be
// asked yet is no objection. It reports false where no call was made, and notes in the
// plan of the result what was proved.
func (l Look) Probe(ctx context.Context, taken []reconcile.Said) (verify.Report, bool, error) {
	if l.Identity == nil {
		return verify.Report{}, false, nil
	}
	target := l.reported(taken)
	if len(target.Users)+len(target.Systems) == 0 {
		return verify.Report{}, false, nil
	}
	report, err := verify.Run(ctx, target)
	for _, p := range report.Proofs {
		if p.OK {
			l.Result.Plan.Prove(p.Ref, p.Paths)
		}
	}
	return report, true, err
}

// reported is what can be asked about what was reported.
func (l Look) reported(taken []reconcile.Said) verify.Target {
	target := verify.Target{Identity: l.Identity, Session: l.Session, Assumed: true}
	concerned := false
	for _, c := range taken {
		switch c.Kind {
		case "ProxySystem":
			target.Systems = append(target.Systems, verify.System{Ref: c.Ref, Proxy: c.Ref, ExternalSystemID: l.Result.Plan.Identifier(c.Ref)})
			concerned = true
		case "SystemUser":
			concerned = true
		}
	}
	if !concerned {
		return verify.Target{}
	}
	for _, u := range l.Users() {
		if !u.Secret.IsZero() {
			target.Users = append(target.Users, u)
		}
	}
	if stored := wantedDestination(*l.Result.Plan); stored != nil {
		target.Destination = func(context.Context, string) (map[string]string, bool, error) { return stored, true, nil }
	} else {
		target.Systems = nil
	}
	return target
}

// wantedDestination is IPS_PROXY as the manifest wants it, nil while a part of
// it is not known.
func wantedDestination(plan reconcile.Plan) map[string]string {
	stored := map[string]string{}
	for path, v := range plan.Wanted(resource.Ref{Kind: "Destination", Name: "IPS_PROXY"}) {
		name, ok := strings.CutPrefix(path, "/properties/")
		switch v.Form() {
		case resource.Literal, resource.Secret:
			if ok {
				stored[resource.UnescapePointer(name)] = v.Reveal() //nolint:forbidigo // the probe logs in with it
			}
		default:
			return nil
		}
	}
	if len(stored) == 0 {
		return nil
	}
	return stored
}
