package verify

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/connect"
)

// Prerequisite is what one check of what has to be there before showed.
type Prerequisite struct {
	catalogue.Prerequisite
	// Checked is false where nobody can tell, OK true where it is as it has to be.
	Checked, OK bool
	// Detail says what was seen, or why it was not checked.
	Detail string
}

// preflight is how each check is made, by its word in the catalogue.
var preflight = map[string]func(*run, context.Context, catalogue.Prerequisite) (checked, ok bool, detail string){
	"ips": (*run).ipsThere, "groups": (*run).groupsThere, "proxy": (*run).proxyRight, "users": (*run).usersRight,
	"named": (*run).named, "backend": (*run).backendReads, "mail": (*run).mail, "auditlog": (*run).auditLog,
}

// before checks what has to be there before, as far as an interface tells.
func (r *run) before(ctx context.Context) {
	for _, p := range catalogue.Prerequisites() {
		one := Prerequisite{Prerequisite: p, Detail: p.Why}
		if check, known := preflight[p.How]; known {
			one.Checked, one.OK, one.Detail = check(r, ctx, p)
		}
		one.Detail = r.Session.Redact(one.Detail)
		r.report.Before = append(r.report.Before, one)
	}
}

// ipsThere takes the calls that were made: IPS answers, or something else does.
func (r *run) ipsThere(context.Context, catalogue.Prerequisite) (checked, ok bool, detail string) {
	for _, pair := range r.asked {
		for _, a := range pair {
			switch a.verdict {
			case loginPage, unreadable:
				return true, false, "something else answers in its place"
			case notAsked, unreachable, loginRefused, backendBarred:
			default:
				return true, true, "it answered a call to a proxy system"
			}
		}
	}
	return false, false, "no call got as far as that"
}

// proxyRight sums up what was found of the destination.
func (r *run) proxyRight(context.Context, catalogue.Prerequisite) (checked, ok bool, detail string) {
	switch {
	case r.stored == nil || r.line == nil || len(r.asked) == 0:
		return false, false, "no call was made with it"
	case len(r.faults) > 0:
		return true, false, "see what was found of Destination/" + proxyDestination
	case r.inside().verdict.inside():
		return true, true, "its properties, its login and a call with it"
	default:
		return false, false, "no call with it got far enough"
	}
}

func (r *run) usersRight(context.Context, catalogue.Prerequisite) (checked, ok bool, detail string) {
	var out []string
	for _, u := range r.Users {
		if !r.logins[u.Ref] {
			out = append(out, u.Ref.String())
		}
	}
	switch {
	case len(r.Users) == 0:
		return false, false, "none is known"
	case len(out) > 0:
		return false, false, "no login was seen of " + strings.Join(out, ", ")
	default:
		return true, true, "each logs in; when a secret ends, only the manifest says"
	}
}

// backendReads takes the calls that were made through proxy systems.
func (r *run) backendReads(context.Context, catalogue.Prerequisite) (checked, ok bool, detail string) {
	for _, pair := range r.asked {
		for _, a := range pair {
			if a.verdict == backendForbidden {
				return true, false, "it may not read " + a.entity.name
			}
			if a.verdict != works {
				return false, false, "not every read through a proxy system went well"
			}
		}
	}
	if len(r.asked) == 0 {
		return false, false, "no proxy system is known"
	}
	return true, true, "users and groups come through; ias.api.version and conditions are not seen by a call"
}

// group is what is asked for of a group of the directory.
type group struct {
	Name string `json:"displayName"`
}

// groupsThere reads the groups by name, with a user that may.
//
// Fact: filters follow RFC 7644. Source: api.sap.com as cited by
// SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [documented]
func (r *run) groupsThere(ctx context.Context, p catalogue.Prerequisite) (checked, ok bool, detail string) {
	i := slices.IndexFunc(r.Users, func(u User) bool { return r.logins[u.Ref] && slices.Contains(u.Authorizations, "Manage Groups") })
	if i < 0 {
		return false, false, "it takes the login of a system user with Manage Groups"
	}
	client, err := r.Session.Client(connect.Service{
		Name: "identity", Base: r.tenant(), Auth: r.asToken(r.Users[i]), Rate: directoryPace, Burst: directoryBurst,
	})
	if err != nil {
		return false, false, err.Error()
	}
	terms := make([]string, len(p.Of))
	for i, name := range p.Of {
		terms[i] = fmt.Sprintf("displayName eq %q", name)
	}
	var found struct {
		Resources []group `json:"Resources"`
	}
	_, err = client.Do(ctx, connect.Call{
		Method: "GET", Path: "/scim/Groups", Accept: "application/scim+json", Out: &found,
		Query: url.Values{"filter": {strings.Join(terms, " or ")}, "attributes": {"displayName"}, "count": {"100"}},
	})
	if err != nil {
		return false, false, "the groups could not be read"
	}
	missing := slices.DeleteFunc(slices.Clone(p.Of), func(name string) bool {
		return slices.ContainsFunc(found.Resources, func(g group) bool { return g.Name == name })
	})
	if len(missing) > 0 {
		return true, false, "there is no " + strings.Join(missing, ", ")
	}
	return true, true, "all of them"
}

// named looks for destinations that are needed only sometimes.
func (r *run) named(ctx context.Context, p catalogue.Prerequisite) (checked, ok bool, detail string) {
	for _, name := range p.Of {
		switch _, there, err := r.look(ctx, name); {
		case err != nil:
			return false, false, err.Error()
		case !there:
			return false, false, name + " is not there; it is needed " + p.Why
		}
	}
	return true, true, strings.Join(p.Of, ", ") + " is there; its call was not made"
}

// mail looks for the destinations of notifications.
//
// Fact: the address in parameters_destination has no trailing slash. Source: SAP
// Community 13755932, read 2026-11-23. [reported]
func (r *run) mail(ctx context.Context, p catalogue.Prerequisite) (checked, ok bool, detail string) {
	for _, name := range p.Of {
		stored, there, err := r.look(ctx, name)
		switch {
		case err != nil:
			return false, false, err.Error()
		case !there:
			return true, false, name + " is not there, so IAG sends no mails, or mails without a link"
		case strings.HasSuffix(stored[keyURL], "/"):
			return true, false, "the URL of " + name + " ends with a slash, and links in mails do not open"
		}
	}
	return true, true, strings.Join(p.Of, ", ") + " are there; no mail was sent"
}

func (r *run) look(ctx context.Context, name string) (map[string]string, bool, error) {
	if r.Destination == nil {
		return nil, false, fmt.Errorf("no connection to the Destination service is configured")
	}
	return r.Destination(ctx, name)
}

func (r *run) auditLog(context.Context, catalogue.Prerequisite) (checked, ok bool, detail string) {
	if !r.AuditLog {
		return false, false, "connections.auditLog is not named in the manifest"
	}
	return true, true, "its key is at hand; a warning says when it cannot be read"
}
