package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/destination"
	"reconcile/pkg/ias"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/verify"
	"reconcile/pkg/view"
)

func (a *app) verifyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "verify -f MANIFEST",
		Short: "Prove by real calls that the integration works",
		Long: "verify makes the calls that IAG itself would make, end to end, and says for each\n" +
			"failure which leg, why, and what to do. It changes nothing and starts no job;\n" +
			"what it saw is noted beside the ledger. Exit 1 when a proof fails.",
		Example: "  reconcile verify -f integration.yaml --full",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.needManifest(); err != nil {
				return err
			}
			return a.verify(c.Context())
		},
	}
	a.evidenceFlag(c)
	c.Flags().BoolVar(&a.full, "full", false, "walk through all users and groups and count them")
	c.Flags().StringVar(&a.changeLog, "changelog", "", "change log that the identity tenant's console exported (CSV): who changed what")
	return c
}

func (a *app) verify(ctx context.Context) error {
	changes, err := a.openChangeLog()
	if err != nil {
		return err
	}
	j := a.prepare(ctx, "verify", connect.LedgerOnly)
	if j.ready() {
		ctx, cancel := a.looking(ctx)
		defer cancel()
		if j.verdict.err = j.make(ctx); j.verdict.err == nil && !j.verdict.invalid {
			j.verdict.result.Errors = append(j.verdict.result.Errors, j.missing()...)
			j.verdict.err = j.prove(ctx, a.full)
			j.listen(ctx)
			j.compareLog(changes)
			j.observe(ctx)
			j.aged()
			j.require()
		}
		// The plan served to know identifiers; its differences are not what verify
		// reports.
		if r := &j.verdict.result; r.Plan != nil {
			r.Objects, r.Plan = r.Plan.Steps, nil
		}
	}
	return j.end()
}

// missing lists the objects of the manifest that an interface says do not exist:
// there is nothing about them to prove.
func (j *job) missing() []resource.Fault {
	var faults []resource.Fault
	for _, s := range j.verdict.result.Plan.Steps {
		if s.Action == reconcile.Create && s.Via != resource.WayPerson {
			faults = append(faults, resource.Fault{
				Severity: resource.Error, Code: "E193", Ref: &s.Ref, Position: s.Position,
				Message: s.String() + " does not exist", Remedy: "make it: run reconcile with this manifest",
			})
		}
	}
	return faults
}

// prove makes the consumer's calls with what is stored now.
func (j *job) prove(ctx context.Context, full bool) error {
	if j.wiring.identity == nil {
		return nil
	}
	target := j.target(full)
	if len(target.Systems) == 0 && len(target.Users) == 0 {
		return nil
	}
	target.Preflight, target.AuditLog = j.command == "verify", j.wiring.auditLog != nil
	defer j.during("proving")()
	report, err := verify.Run(ctx, target)
	r := &j.verdict.result
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
	j.prerequisites(report.Before)
	j.compareCounts(report.Counts)
	j.compareTotals(report.Totals)
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
func (j *job) prerequisites(all []verify.Prerequisite) {
	r := &j.verdict.result
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

// target is what can be proved about the integration.
func (j *job) target(full bool) verify.Target {
	return verify.Target{
		Identity: j.wiring.identity, Session: j.wiring.session, Full: full,
		Destination: j.storedDestination, Twins: j.twins, Systems: j.systems(), Users: j.users(),
	}
}

// twins reads what the service instance itself holds: it hides destinations of the
// subaccount that are called the same.
func (j *job) twins(ctx context.Context) (map[string]map[string]string, error) {
	stored, err := destination.NewAPI(j.wiring.destination).List(ctx, destination.Instance)
	twins := map[string]map[string]string{}
	for _, s := range stored {
		twins[s.Name] = s.Properties
	}
	return twins, err
}

// storedDestination reads a destination as the service holds it now.
func (j *job) storedDestination(ctx context.Context, name string) (map[string]string, bool, error) {
	if j.wiring.destination == nil {
		return nil, false, errors.New("no destination service is configured")
	}
	stored, err := destination.NewAPI(j.wiring.destination).Get(ctx, destination.Subaccount, name)
	if errors.Is(err, connect.ErrNotFound) {
		return nil, false, nil
	}
	return stored.Properties, err == nil, err
}

// systems lists the IAG systems that exist, with what is known of them now.
func (j *job) systems() []verify.System {
	var systems []verify.System
	plan := j.verdict.result.Plan
	for _, o := range j.desired {
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
		s.Login = j.backendLogin(s.Proxy)
		if s.ExternalSystemID != "" || s.Destination != "" {
			systems = append(systems, s)
		}
	}
	return systems
}

// backendLogin is what a proxy system logs in with, as far as is known.
func (j *job) backendLogin(proxy resource.Ref) verify.Login {
	plan := j.verdict.result.Plan
	held := plan.Held(proxy)
	l := verify.Login{State: plan.Revision(proxy), User: held["/properties/User"].Text()}
	if v := held["/properties/Password"]; v.Form() == resource.Secret {
		l.Password = v.AsSecret()
	}
	if u, err := url.Parse(held["/properties/URL"].Text()); err == nil {
		l.Host = strings.ToLower(u.Host)
	}
	return l
}

// users lists the system users whose client id is known. One that an interface
// says does not exist is left out: its login could only be refused, and refused
// logins lock.
func (j *job) users() []verify.User {
	var users []verify.User
	for _, o := range j.desired {
		plan := j.verdict.result.Plan
		id := plan.Output(o.Ref, "clientID").Text()
		if o.Kind.Name() != "SystemUser" || id == "" || o.Kind.Way() != resource.WayPerson && plan.Known(o.Ref) == nil {
			continue
		}
		u := verify.User{Ref: o.Ref, ClientID: id}
		if v := plan.Output(o.Ref, "secret"); v.Form() == resource.Secret {
			u.Secret, u.SecretPath = v.AsSecret(), "/secrets/"+resource.EscapePointer(v.Label())+"/value"
		}
		if spec, ok := o.Spec.(ias.Spec); ok {
			u.Authorizations = spec.Authorizations.Sorted()
		}
		users = append(users, u)
	}
	return users
}
