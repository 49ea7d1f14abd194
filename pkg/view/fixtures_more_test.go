package view

import (
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// tenants are what a command works on.
func tenants() Target {
	return Target{
		Subaccount: "b5d0c2f1-1111-2222-3333-444455556666", Subdomain: "iag-prod",
		Service:  "destination-configuration.cfapps.eu10.hana.ondemand.com",
		Identity: "tenant.accounts.ondemand.com", Adapter: "gateway.example.com",
	}
}

// moreSituations are those that concern the whole run rather than its steps.
func moreSituations() map[string][]Result {
	recorded := dryRun(plan(updateDestination()))
	recorded.Plan.Digest, recorded.OfSnapshot, recorded.Target = "", true, tenants()
	recorded.Plan.Blind = []string{"Destination/IPS_PROXY /properties/Password", "SystemUser/IAG caller /secrets/2026-11"}
	recorded.Landscape = "snapshot of 2026-11-20T02:00:00Z, 3 d old"
	recorded.Notes = []string{
		"Compared with the snapshot snapshot.json, taken 2026-11-20T02:00:00Z, 3 d ago; nothing was called.",
		"Cannot be compared without keys, and taken as equal: Destination/IPS_PROXY /properties/Password, SystemUser/IAG caller /secrets/2026-11.",
	}
	recorded.Calls = 0
	// Nothing can be applied: a system user is broken, all else waits for a person.
	brokenUser := unchangedSteps("")[0]
	brokenUser.Ref, brokenUser.State, brokenUser.Code = caller, reconcile.Broken, "F-5"
	brokenUser.Reason = "a proof failed on 2026-11-23 10:00 UTC, first on 2026-11-22 09:00 UTC"
	made := ref("SystemUser", "IPS backend")
	first, second := waitingUser(), waitingUser()
	first.Ref, second.Ref = made, proxySystem
	second.BlockedBy = []string{made.String()}
	third := createSystem()
	third.BlockedBy = []string{proxySystem.String()}
	held := dryRun(plan(brokenUser, first, second, third))
	for _, s := range []reconcile.Step{first, second} {
		held.Orders = append(held.Orders, resource.Order{Ref: s.Ref, Action: "create", Do: []resource.Instruction{}, Right: "Manage Tenant Configuration"})
	}
	return map[string][]Result{"live": {recorded}, "brakes": {severalBrakes()}, "held": {held}}
}

// severalBrakes is refused for the same reason on several properties and objects.
func severalBrakes() Result {
	s := updateDestination()
	r := applied(5, plan(s, createSystem()))
	const remedy = `take it into the manifest, or undo it with --overwrite-live "Destination/IPS_PROXY"`
	byHand := func(message string) resource.Fault {
		return resource.Fault{Severity: resource.Error, Code: "E204", Ref: &proxyDestination, Position: at(31), Message: "Destination/IPS_PROXY: " + message, Remedy: remedy}
	}
	r.Plan.Refused = []resource.Fault{byHand(`/properties/GROUPSURL was changed by hand: it is "/groups", and the manifest says "/Groups"`)}
	unapproved := func(s reconcile.Step) resource.Fault {
		return resource.Fault{
			Severity: resource.Error, Code: "E208", Ref: &s.Ref, Position: s.Position,
			Message: s.String() + ": the plan would change it, and that is not in the approved plan", Remedy: "look at the plan as it is now, and approve that",
		}
	}
	r.Errors = []resource.Fault{unapproved(s), unapproved(createSystem())}
	r.Plan.Refused = append(r.Plan.Refused, byHand(`/properties/Timeout was changed by hand: it is "30", and the manifest says absent`))
	r.Calls, r.Target = 8, tenants()
	return r
}
