package verify

import (
	"fmt"
	"strings"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// blame is a finding in the making: calls that fail for one reason make one.
type blame struct {
	resource.Finding
	logs []string
}

// judge turns the answer to one read into proofs and findings. other is the
// answer for the other collection of the same system.
func (r *run) judge(s System, a, other answer) {
	switch a.verdict {
	case notAsked:
		r.report.gap(s.Ref, a.entity.name+" through the proxy", a.detail)
		return
	case unreachable:
		r.report.lost(s.Ref, a.what, a.detail)
		return
	case works:
		r.prove(s, a)
		return
	case notFound, refused, unreadable:
		r.report.prove(Proof{Ref: s.Ref, Leg: LegProxy, Of: a.of, What: a.what, Detail: a.seen()})
	case backendBarred:
		r.report.prove(Proof{Ref: s.behind(), Leg: LegBackend, Of: a.of, What: a.what, Detail: a.seen()})
	case backendLogin, backendForbidden, backendFails:
		r.proveCaller(s, a)
		r.report.prove(Proof{Ref: s.behind(), Leg: LegBackend, Of: a.of, What: a.what, Detail: a.seen()})
	case throttled:
	default:
		r.report.prove(Proof{Ref: proxyRef, Leg: LegProxy, Of: a.of, What: a.what, Detail: a.seen()})
	}
	if !r.explained(a) {
		r.accuse(r.blame(s, a, other), a.log())
	}
}

// prove notes what a list that came through proves, object by object.
func (r *run) prove(s System, a answer) {
	r.proveCaller(s, a)
	if s.Proxy != (resource.Ref{}) {
		r.report.prove(Proof{
			Ref: s.Proxy, Leg: LegBackend, Of: a.of, What: a.what, OK: true,
			Detail: a.detail + "; the backend may be read, writing is not proven",
			Paths:  properties(keyType, keyProxyType, keyAuthentication, keyURL, keyUser, keyPassword),
		})
	}
	if !r.Full {
		r.report.Totals = append(r.report.Totals, Total{Ref: s.Ref, Of: a.entity.name, Number: a.tally.total})
		return
	}
	r.report.Counts = append(r.report.Counts, Count{
		Ref: s.Ref, Of: a.entity.name, Read: a.tally.read, Delivered: a.tally.delivered, Complete: a.tally.stopped == "",
	})
	if a.tally.read > 0 && a.tally.delivered == 0 {
		f := finding(failFiltered, s.behind(), LegBackend)
		f.Message = fmt.Sprintf("the proxy system reads %d %ss from its backend and delivers none of them", a.tally.read, a.entity.what)
		r.accuse(&blame{Finding: f}, "")
	}
}

// proveCaller notes that login, role and address of a call are good, whatever
// the backend then said.
func (r *run) proveCaller(s System, a answer) {
	keys := []string{keyURL, keyService, a.entity.path, keyAuthentication, keyUser, keyPassword}
	if a.verdict == works {
		keys = append(keys, keyAccept)
	}
	detail := a.seen()
	if r.Assumed {
		// What is not there yet is not proven: the call shows that it will work.
		r.report.prove(Proof{Ref: s.Ref, Leg: LegTrial, Of: a.of, What: a.what, OK: true, Detail: detail + ", called as the manifest wants the destination"})
		return
	}
	r.report.prove(Proof{Ref: proxyRef, Leg: LegProxy, Of: a.of, What: a.what, OK: true, Detail: detail, Paths: properties(keys...)})
	// The call takes the id that this tool knows. That IAG holds the same, only a
	// synchronisation proves.
	r.report.prove(Proof{Ref: s.Ref, Leg: LegProxy, Of: a.of, What: a.what, OK: true, Detail: detail + "; which External System ID IAG holds, no call shows"})
}

// properties are the JSON pointers of properties.
func properties(keys ...string) []string {
	paths := make([]string, len(keys))
	for i, key := range keys {
		paths[i] = "/properties/" + resource.EscapePointer(key)
	}
	return paths
}

// explained adds a failed call to the fault of the destination that is its
// reason, if there is one.
func (r *run) explained(a answer) bool {
	for _, f := range r.faults {
		if f.explains(a.entity, a.verdict) {
			f.seen = appendNew(f.seen, a.log())
			return true
		}
	}
	return false
}

// blame says what a failed call means that no fault of the destination explains.
func (r *run) blame(s System, a, other answer) *blame {
	var f resource.Finding
	switch a.verdict {
	case loginPage:
		f = finding(failLogin, proxyRef, LegProxy)
		f.Message = "the tenant answers with its login page, as if no credentials had been sent"
	case loginRefused:
		f = r.refusedLogin(a)
	case roleMissing:
		f = finding(failRole, r.owner(), LegProxy)
		f.Message = fmt.Sprintf("the caller %q logs in, and may not use proxy systems", r.stored[keyUser])
	case throttled:
		f = finding(failThrottled, proxyRef, LegProxy)
		f.Message = "the tenant takes no more proxy calls for now, so nothing else is asked"
	case notFound:
		f = lostAddress(s, a, other)
	case unreadable:
		f = unreadableAnswer(s, a)
	case backendLogin, backendBarred:
		f = finding(failLogin, s.behind(), LegBackend)
		f.Message = "the caller is let in, and the proxy system's own login at its backend is refused: " + a.detail
		if a.verdict == backendBarred {
			f.Message = "the proxy system's own login at its backend is refused: " + a.detail
		}
		f.Cause = "User or Password of the proxy system is wrong, expired or void (a change of its URL voids the password), or one of its connection properties has a wrong letter case"
		f.Remedy = compareFirst(r.suspect(s.Login.User, s.Login.Password, s.Login.From), "enter User and Password of the proxy system again, in one save with any change of its URL")
	case backendForbidden:
		f = finding(failPermissions, s.behind(), LegBackend)
		f.Message = fmt.Sprintf("the proxy system's user may not read %s: %s", a.entity.name, a.detail)
		f.Remedy = "grant " + a.entity.right + " to the administrator of type System that the proxy system logs in with"
	default:
		f = finding(failBackend, s.behind(), a.leg())
		f.Message = fmt.Sprintf("the proxy system answers %d: %s", a.status, a.detail)
	}
	return &blame{Finding: f}
}

// refusedLogin tells apart what is known about the stored login.
func (r *run) refusedLogin(a answer) resource.Finding {
	f := finding(failLogin, proxyRef, LegProxy)
	for _, u := range r.Users {
		if r.holds(u) {
			f.Remedy = compareFirst(r.suspect(u.ClientID, u.Secret, u.From), f.Remedy)
		}
	}
	if r.Assumed {
		f.Ref = r.owner()
		f.Message = fmt.Sprintf("the login of %q, as the manifest gives it to the destination, is refused", r.stored[keyUser])
		return f
	}
	f.Message = fmt.Sprintf("the login of the caller %q, as the destination holds it, is refused", r.stored[keyUser])
	owner := r.owner()
	switch {
	case a.status == 0:
		f.Message = fmt.Sprintf("the destination holds the login of %q, which was refused before and is not tried again", r.stored[keyUser])
	case r.logins[owner]:
		f.Cause = "the destination holds another secret than the manifest, whose secret of " + owner.String() + " works"
		f.Remedy = "write the secret of " + owner.String() + " into the destination"
	}
	return f
}

// suspect is the reference that leads to a secret, "" where a login with it worked.
func (r *run) suspect(id string, s secret.Value, from string) string {
	if r.opened(id, s) {
		return ""
	}
	return from
}

// owner is the system user whose id the destination holds, the destination
// itself when none is known.
func (r *run) owner() resource.Ref {
	for _, u := range r.Users {
		if u.ClientID != "" && u.ClientID == r.stored[keyUser] {
			return u.Ref
		}
	}
	return proxyRef
}

// holds reports whether the destination holds exactly this user's login.
func (r *run) holds(u User) bool {
	return u.ClientID == r.stored[keyUser] && u.Secret.Equal(secret.New(r.stored[keyPassword]))
}

func lostAddress(s System, a, other answer) resource.Finding {
	if other.verdict.inside() {
		f := finding(failOneSided, s.behind(), LegProxy)
		f.Message = fmt.Sprintf("%s are found and %s are not, although %s is right", other.entity.name, a.entity.name, a.entity.path)
		return f
	}
	f := finding(failAddress, s.Ref, LegProxy)
	f.Message = fmt.Sprintf("there is no enabled proxy system with the External System ID %q on this tenant", s.ExternalSystemID)
	return f
}

func unreadableAnswer(s System, a answer) resource.Finding {
	f := finding(failUnreadable, s.Ref, LegProxy)
	f.Message = fmt.Sprintf("%s are answered with %s instead of a SCIM list", a.entity.name, a.detail)
	f.Cause = "something else than the proxy system answers: a login page, or a gateway on the way"
	f.Remedy = "check the URL of the destination, and what lies between this tool and the tenant"
	return f
}

// accuse adds a finding, or the log line to an equal one.
func (r *run) accuse(b *blame, log string) {
	for _, known := range r.blames {
		if known.Finding == b.Finding {
			known.logs = appendNew(known.logs, log)
			return
		}
	}
	b.logs = appendNew(nil, log)
	r.blames = append(r.blames, b)
}

func appendNew(logs []string, log string) []string {
	if log == "" || strings.Contains(strings.Join(logs, "\n"), log) {
		return logs
	}
	return append(logs, log)
}

// settle turns faults and blames into the report's findings. Service texts and
// stored values are shown in them, so the session has the last word.
func (r *run) settle() {
	var all []*blame
	for _, f := range r.faults {
		out := finding(f.code, proxyRef, LegDestination)
		out.Message, out.Remedy = f.message, f.remedy
		all = append(all, &blame{Finding: out, logs: f.seen})
	}
	for _, b := range append(all, r.blames...) {
		if len(b.logs) > 0 {
			b.Message += `, so IAG logs "` + strings.Join(b.logs, `" and "`) + `"`
		}
		b.Message, b.Remedy = r.Session.Redact(b.Message), r.Session.Redact(b.Remedy)
		r.report.Findings = append(r.report.Findings, b.Finding)
	}
	for i, p := range r.report.Proofs {
		r.report.Proofs[i].What, r.report.Proofs[i].Detail = r.Session.Redact(p.What), r.Session.Redact(p.Detail)
	}
	for i, g := range r.report.Gaps {
		r.report.Gaps[i].What, r.report.Gaps[i].Reason = r.Session.Redact(g.What), r.Session.Redact(g.Reason)
	}
}
