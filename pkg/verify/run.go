package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// proxyDestination is the destination through which the service reaches all
// proxy systems.
// Fact: the name is exactly this. Source: SAP Community 13562764, read
// 2026-11-23. [documented]
const proxyDestination = "IPS_PROXY"

var proxyRef = resource.Ref{Kind: "Destination", Name: proxyDestination}

// run is the work on one Target.
type run struct {
	Target
	report Report
	// stored is the destination as it is, faults what is wrong with it.
	stored map[string]string
	faults []*fault
	line   *line
	// quiet says why no further proxy call is made, "" while they are.
	quiet string
	// asked are the answers by External System ID.
	asked map[string][2]answer
	// blames are the findings of calls, in the making.
	blames []*blame
	// logins are the users whose login worked.
	logins map[resource.Ref]bool
	// answered is true when the identity tenant said anything, lost what got no
	// answer.
	answered bool
	lost     []error
}

// Run makes the calls and reports what they show. The error is nil unless
// nothing could be asked at all, or the context ended; the report holds what is
// known in either case.
func Run(ctx context.Context, t Target) (Report, error) {
	if err := t.check(); err != nil {
		return Report{}, fmt.Errorf("verify: %w", err)
	}
	r := &run{Target: t, asked: map[string][2]answer{}, logins: map[resource.Ref]bool{}}
	for _, u := range t.Users {
		r.user(ctx, u)
	}
	r.systems(ctx)
	for _, u := range t.Users {
		r.caller(ctx, u)
	}
	if t.Preflight {
		r.before(ctx)
	}
	r.settle()
	return r.report, r.failure(ctx)
}

// failure is the error of a run that could ask nothing.
func (r *run) failure(ctx context.Context) error {
	if ctx.Err() != nil {
		return fmt.Errorf("verify: %w", context.Cause(ctx))
	}
	if r.answered || len(r.lost) == 0 {
		return nil
	}
	return fmt.Errorf("verify: nothing could be asked: %w", errors.Join(r.lost...))
}

// systems reads through the proxy of each system.
func (r *run) systems(ctx context.Context) {
	var proxied []System
	for _, s := range r.Systems {
		if s.Destination == "" {
			proxied = append(proxied, s)
			continue
		}
		r.report.gap(s.Ref, "the call through destination "+s.Destination,
			"it does not go through a proxy system; only a successful sync proves it")
	}
	if len(proxied) == 0 || !r.open(ctx) {
		return
	}
	for _, s := range proxied {
		r.system(ctx, s)
	}
}

// open reads and lints the stored destination and makes the way to the proxies.
func (r *run) open(ctx context.Context) bool {
	if !r.load(ctx) {
		return false
	}
	r.faults = lint(r.stored, r.tenant())
	line, err := r.Target.open(r.stored)
	switch {
	case otherLogin(r.stored[keyAuthentication]):
		r.quiet = fmt.Sprintf("the destination logs in by %s, which this tool cannot do in IAG's place", r.stored[keyAuthentication])
	case err != nil:
		r.quiet = "the stored login cannot be used: " + err.Error()
	}
	r.line = line
	r.twin(ctx)
	return true
}

// load reads the destination and hides its secrets from every text to come.
func (r *run) load(ctx context.Context) bool {
	if r.Destination == nil {
		r.report.gap(proxyRef, "the stored destination", "no connection to the Destination service is configured")
		return false
	}
	stored, found, err := r.Destination(ctx, proxyDestination)
	switch {
	case err != nil:
		r.lost = append(r.lost, err)
		r.report.lost(proxyRef, "the stored destination", r.Session.Redact(err.Error()))
	case !found:
		f := finding(failProperty, proxyRef, LegDestination)
		f.Message = "there is no destination IPS_PROXY in the subaccount, so IAG can call no proxy system"
		f.Cause = "it was never made, was deleted, is in another subaccount, or its name differs by letter case"
		f.Remedy = "create the destination IPS_PROXY in the subaccount of IAG"
		r.report.Findings = append(r.report.Findings, f)
	}
	for key, value := range stored {
		for _, hidden := range []string{value, strings.TrimSpace(value)} {
			r.Session.Hide(catalogue.Confidential(key, hidden)...)
		}
	}
	r.stored = stored
	return err == nil && found
}

// system asks for both collections of one system, once for each id, and judges.
func (r *run) system(ctx context.Context, s System) {
	if s.ExternalSystemID == "" {
		r.report.gap(s.Ref, "users and groups through the proxy", "its External System ID is not known yet")
		return
	}
	answers, known := r.asked[s.ExternalSystemID]
	if !known {
		answers = r.pair(ctx, s)
		r.asked[s.ExternalSystemID] = answers
	}
	for i, a := range answers {
		r.judge(s, a, answers[1-i])
	}
}

// pair asks for users and groups. After an answer that another call would only
// make worse, it stays quiet.
func (r *run) pair(ctx context.Context, s System) (answers [2]answer) {
	backend := ""
	for i, e := range entities {
		reason := r.reason(e)
		if reason == "" {
			reason = backend
		}
		if reason != "" {
			answers[i] = answer{entity: e, detail: reason}
			continue
		}
		a := r.askOrRecall(ctx, e, s)
		if a.verdict == backendLogin || a.verdict == backendBarred {
			backend = "another call would be another refused login of the proxy system's user"
		}
		answers[i] = a
	}
	return answers
}

// askOrRecall reads a collection, unless it is known that the proxy system's own
// login would be refused; what is refused now is known from then on.
func (r *run) askOrRecall(ctx context.Context, e entity, s System) answer {
	if why := r.barred(s); why != "" {
		return r.line.unasked(e, s.ExternalSystemID, backendBarred, why)
	}
	a := r.line.ask(ctx, e, s.ExternalSystemID)
	r.heard(a)
	for _, made := range r.attempts(s) {
		switch a.verdict {
		case backendLogin:
			r.Session.NoteRefusal(made.place, made.id, made.secret)
		case works, backendForbidden:
			r.Session.ForgiveLogin(made.place, made.id, made.secret)
		default: // nothing is known of the login
		}
	}
	return a
}

// attempts are the logins that an answer through a proxy system tells of. What somebody
// else may have typed there says nothing of the secret that is known here; and where
// that opened the tenant in this very run, the proxy system fails by something else.
func (r *run) attempts(s System) (made []attempt) {
	if s.Login.State != "" {
		made = append(made, s.own())
	}
	if direct, known := s.Login.direct(); known && s.Login.Ours && !r.opened(direct.id, direct.secret) {
		made = append(made, direct)
	}
	return made
}

// opened reports whether a system user logged in with this id and secret in this run.
func (r *run) opened(id string, s secret.Value) bool {
	return slices.ContainsFunc(r.Users, func(u User) bool {
		return r.logins[u.Ref] && u.ClientID == id && u.Secret.Equal(s)
	})
}

// reason says why a collection is not asked for, "" when it is.
func (r *run) reason(e entity) string {
	if r.quiet != "" {
		return r.quiet
	}
	for _, f := range r.faults {
		if f.blocks(e) {
			return "IAG cannot make this call with the stored destination: see " + f.key
		}
	}
	return ""
}

// heard notes whether the tenant answered and whether to stay quiet from now on.
func (r *run) heard(a answer) {
	switch {
	case a.verdict == unreachable:
		r.lost = append(r.lost, a.err)
	case a.verdict != notAsked:
		r.answered = true
	}
	if a.verdict.ends() {
		r.quiet = quietly[a.verdict]
	}
}

// quietly says why no call follows a verdict.
var quietly = map[verdict]string{
	loginPage:    "the call before was not logged in",
	loginRefused: "the login was refused, and repeating it could lock the id",
	roleMissing:  "the caller may not use proxy systems",
	throttled:    "the tenant's call limit is used up",
	unreachable:  "the tenant did not answer the call before",
}
