package verify

import (
	"context"
	"fmt"
	"slices"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/secret"
)

// twin looks for a destination of the service instance that has the name of the one
// that was read. Whoever asks through that instance gets the twin.
//
// Fact: a destination is looked for on the level of the instance first, then on that
// of the subaccount. Source: SAP-docs/btp-connectivity, "Calling the Destination
// Service REST API", find a destination, read 2026-11-23. [documented; which instance
// IAG asks through is not published]
func (r *run) twin(ctx context.Context) {
	if r.Twins == nil || r.Assumed {
		return
	}
	twins, err := r.Twins(ctx)
	if err != nil {
		r.report.gap(proxyRef, "a destination of the service instance that hides it", r.Session.Redact(err.Error()))
		return
	}
	twin, there := twins[proxyDestination]
	if !there {
		return
	}
	for key, value := range twin {
		if catalogue.SecretProperty(key) {
			r.Session.Hide(secret.New(value))
		}
	}
	code, differs := r.differs(twin)
	if code == "" {
		return
	}
	f := finding(code, proxyRef, LegDestination)
	f.Message = "the service instance holds another destination " + proxyDestination + ", which hides that of the subaccount for whoever asks through this instance: " + differs
	f.Cause = "somebody made it on the level of the instance, by its dashboard, an interface or a deployment"
	f.Remedy = "delete the destination " + proxyDestination + " of the service instance; the one of the subaccount is then found"
	r.accuse(&blame{Finding: f}, "")
}

// differs says in what a twin is another destination for IAG than the stored one, and
// what that leads to; "" when it is the same.
func (r *run) differs(twin map[string]string) (code, what string) {
	if faults := lint(twin, r.tenant()); len(faults) > 0 {
		// Where it leads matters more than how it is spelt.
		worst := max(0, slices.IndexFunc(faults, func(f *fault) bool { return f.key == keyURL }))
		return faults[worst].code, faults[worst].message
	}
	for _, rule := range rules {
		if twin[rule.key] == r.stored[rule.key] {
			continue
		}
		if rule.key == keyUser || rule.key == keyPassword {
			return failLogin, rule.key + " is another one"
		}
		return rule.wrong, fmt.Sprintf("%s is %q", rule.key, twin[rule.key])
	}
	return "", ""
}
