package proof

import (
	"context"
	"errors"
	"fmt"

	"reconcile/pkg/connect"
	"reconcile/pkg/destination"
	"reconcile/pkg/ias"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/verify"
	"reconcile/pkg/view"
)

// Missing lists the objects of the manifest that an interface says do not exist:
// there is nothing about them to prove.
func (l Look) Missing() []resource.Fault {
	var faults []resource.Fault
	for _, s := range l.Result.Plan.Steps {
		if s.Action == reconcile.Create && s.Via != resource.WayPerson {
			faults = append(faults, resource.Fault{
				Severity: resource.Error, Code: "E193", Ref: &s.Ref, Position: s.Position,
				Message: s.String() + " does not exist", Remedy: "make it: run reconcile with this manifest",
			})
		}
	}
	return faults
}

// Prove makes the calls of a target and puts what they show into the result. The error
// is that of calls that could not be made.
func (l Look) Prove(ctx context.Context, target verify.Target) error {
	report, err := verify.Run(ctx, target)
	r := l.Result
	r.Findings = append(r.Findings, report.Findings...)
	proven := map[resource.Ref][]string{}
	for _, p := range report.Proofs {
		r.Verified = append(r.Verified, view.Check{Ref: p.Ref, Leg: p.Leg, Of: p.Of, What: p.What, OK: p.OK, Detail: p.Detail})
		if p.OK {
			proven[p.Ref] = append(proven[p.Ref], p.Paths...)
		}
	}
	for ref, paths := range proven {
		r.Plan.Prove(ref, paths)
	}
	l.prerequisites(report.Before)
	l.compareCounts(report.Counts)
	l.CompareTotals(report.Totals)
	for _, g := range report.Gaps {
		r.Verified = append(r.Verified, view.Check{Ref: g.Ref, What: g.What, Unsure: true, Detail: "not checked: " + g.Reason})
		if g.Lost && err == nil {
			r.Errors = append(r.Errors, resource.Fault{
				Severity: resource.Error, Code: "E192", Ref: &g.Ref, Message: fmt.Sprintf("%s: no usable answer to %s: %s", g.Ref, g.What, g.Reason),
				Remedy: "run reconcile verify again when the service answers",
			})
		}
	}
	return err
}

// prerequisites tells what has to be there before: what is, what nobody could check,
// and as a warning what is missing, because not everybody needs all of it.
func (l Look) prerequisites(all []verify.Prerequisite) {
	r := l.Result
	for _, p := range all {
		what := "prerequisite " + p.Number + ", " + p.Check
		switch {
		case !p.Checked:
			r.Verified = append(r.Verified, view.Check{What: what, Unsure: true, Detail: "not checked: " + p.Detail})
		case p.OK:
			r.Verified = append(r.Verified, view.Check{What: what, OK: true, Detail: p.Detail})
		default:
			r.Warnings = append(r.Warnings, resource.Fault{
				Severity: resource.Warning, Code: "W262", Message: "prerequisite " + p.Number + " is not met (" + p.Check + "): " + p.Detail,
				Remedy: "set it up if the integration needs it", Source: "prerequisites of IAG [" + p.Confidence + "]",
			})
		}
	}
}

// Target is what can be proved about the integration now; false when that is nothing.
// full walks through all users and groups, and a preflight asks for prerequisites too.
func (l Look) Target(full, preflight bool) (verify.Target, bool) {
	if l.Identity == nil {
		return verify.Target{}, false
	}
	target := l.target(full)
	target.Preflight, target.AuditLog = preflight, l.AuditLog != nil
	return target, len(target.Systems)+len(target.Users) > 0
}

func (l Look) target(full bool) verify.Target {
	return verify.Target{
		Identity: l.Identity, Session: l.Session, Full: full,
		Destination: l.storedDestination, Twins: l.twins, Systems: l.systems(), Users: l.Users(),
	}
}

// twins reads what the service instance itself holds: it hides destinations of the
// subaccount that are called the same.
func (l Look) twins(ctx context.Context) (map[string]map[string]string, error) {
	stored, err := destination.NewAPI(l.Destination).List(ctx, destination.Instance)
	twins := map[string]map[string]string{}
	for _, s := range stored {
		twins[s.Name] = s.Properties
	}
	return twins, err
}

// storedDestination reads a destination as the service holds it now.
func (l Look) storedDestination(ctx context.Context, name string) (map[string]string, bool, error) {
	if l.Destination == nil {
		return nil, false, errors.New("no destination service is configured")
	}
	stored, err := destination.NewAPI(l.Destination).Get(ctx, destination.Subaccount, name)
	if errors.Is(err, connect.ErrNotFound) {
		return nil, false, nil
	}
	return stored.Properties, err == nil, err
}

// systems lists the IAG systems that exist, with what is known of them now.
func (l Look) systems() []verify.System {
	var systems []verify.System
	plan := l.Result.Plan
	for _, o := range l.Desired {
		if o.Kind.Name() != "IAGSystem" {
			continue
		}
		values := plan.Known(o.Ref)
		s := verify.System{
			Ref: o.Ref, ExternalSystemID: values["/externalSystemID"].Text(), Destination: values["/destination"].Text(),
		}
		o.Kind.Map(o.Spec, func(_ string, v resource.Value) resource.Value {
			if to, _ := v.From(); to.Kind == "ProxySystem" {
				s.Proxy = to
			}
			return v
		})
		s.Login = l.backendLogin(s.Proxy)
		if s.ExternalSystemID != "" || s.Destination != "" {
			systems = append(systems, s)
		}
	}
	return systems
}

// backendLogin is what a proxy system logs in with, as far as is known.
func (l Look) backendLogin(proxy resource.Ref) (login verify.Login) {
	login.State, login.Whole = l.Result.Plan.Revision(proxy)
	for _, held := range l.Result.Plan.Logins(proxy) {
		login.Host, login.User, login.Ours = held.Host, held.ID, held.Ours
		login.Password, login.From = held.Value.AsSecret(), source(held.Value)
	}
	return login
}

// Users lists the system users whose client id is known. One that an interface
// says does not exist is left out: its login could only be refused, and refused
// logins lock.
func (l Look) Users() []verify.User {
	var users []verify.User
	for _, o := range l.Desired {
		plan := l.Result.Plan
		id := plan.Output(o.Ref, "clientID").Text()
		if o.Kind.Name() != "SystemUser" || id == "" || o.Kind.Way() != resource.WayPerson && plan.Known(o.Ref) == nil {
			continue
		}
		u := verify.User{Ref: o.Ref, ClientID: id}
		if v := plan.Output(o.Ref, "secret"); v.Form() == resource.Secret {
			u.Secret, u.SecretPath = v.AsSecret(), "/secrets/"+resource.EscapePointer(v.Label())+"/value"
			u.From = source(v)
		}
		if spec, ok := o.Spec.(ias.Spec); ok {
			u.Authorizations = spec.Authorizations.Sorted()
		}
		users = append(users, u)
	}
	return users
}

// source names the reference that led to a value, "" where none did.
func source(v resource.Value) string {
	if v.Source().IsZero() {
		return ""
	}
	return v.Source().String()
}
