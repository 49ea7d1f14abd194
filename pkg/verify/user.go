package verify

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/time/rate"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

const (
	tokenPath = "/oauth2/token"
	ofToken   = "token"
	// anyRead is a read that forces a login where no authorization has a read of
	// its own. What it answers does not matter.
	anyRead   = "/scim/Schemas"
	proxyRole = "Access Proxy System API"
	// systemBrace stands for a proxy system's id in the catalogue's reads.
	systemBrace = "{system}"
)

// asToken logs in for a token.
// Fact: POST /oauth2/token of the tenant, grant client_credentials, with id and
// secret of an administrator of type System, in the form or the header. Source:
// SAP Cloud Identity Services help, "Proxy Systems", read 2026-11-23.
// [documented]
func (t Target) asToken(u User) connect.Auth {
	return connect.ClientCredentials{TokenURL: t.tenant().String() + tokenPath, ClientID: u.ClientID, Secret: u.Secret}
}

// user proves the login of a system user, and each authorization that guards a
// read of the directory.
func (r *run) user(ctx context.Context, u User) {
	if u.ClientID == "" || u.Secret.IsZero() {
		r.report.gap(u.Ref, "login", "its client id or secret is not at hand")
		return
	}
	client, err := r.Session.Client(connect.Service{
		Name: "identity", Base: r.tenant(), Auth: r.asToken(u), Rate: directoryPace, Burst: directoryBurst,
	})
	if err != nil {
		r.report.gap(u.Ref, "login", err.Error())
		return
	}
	reads := r.reads(u)
	for _, read := range reads {
		if !r.tried(u, read, get(ctx, client, read.path)) {
			return
		}
	}
	if len(reads) == 0 {
		r.tried(u, guarded{}, get(ctx, client, anyRead))
	}
}

// The pace of reads of the directory.
//
// Fact: /scim is slowed above 200 requests a minute and refused above 280 for a
// minute. Source: SAP-docs/btp-cloud-identity-services, "Rate Limiting", read
// 2026-11-23. [documented]
const (
	directoryPace  = rate.Limit(2)
	directoryBurst = 10
)

// guarded is one read and the authorizations that open it.
type guarded struct {
	path  string
	names []string
}

// reads groups a user's authorizations by the read that proves them. What
// nothing can prove is said to be so.
// Fact: Read Users and Manage Users both open /scim/Users for reading, Manage
// Groups opens /scim/Groups; an authorization to write cannot be proved without
// a write. Source: SAP Cloud Identity Services help, "Add Administrators", read
// 2026-11-23. [documented]
func (r *run) reads(u User) []guarded {
	var all []guarded
	for _, name := range u.Authorizations {
		known, _ := catalogue.AuthorizationOf(name)
		switch i := slices.IndexFunc(all, func(g guarded) bool { return g.path == known.Read }); {
		case strings.Contains(known.Read, systemBrace):
		case known.Read == "":
			r.report.gap(u.Ref, "authorization "+name, "nothing harmless proves it")
		case i >= 0:
			all[i].names = append(all[i].names, name)
		default:
			all = append(all, guarded{path: known.Read, names: []string{name}})
		}
	}
	return all
}

// get makes one read of the tenant. args fill the braces of the address.
func get(ctx context.Context, client *connect.Client, address string, args ...string) answer {
	path, query, _ := strings.Cut(address, "?")
	a := answer{entity: entities[0], of: path[strings.LastIndexByte(path, '/')+1:], what: "GET " + address}
	values, err := url.ParseQuery(query)
	if err != nil {
		a.detail = err.Error()
		return a
	}
	a.read(ctx, client, connect.Call{Path: path, Args: args, Query: values, Accept: "application/scim+json"})
	return a
}

// tried judges one read of a user, and reports whether to go on with the next.
func (r *run) tried(u User, g guarded, a answer) bool {
	r.answered = r.answered || a.status != 0
	switch {
	case a.verdict == loginRefused && a.status == 0:
		r.deny(u, "its login was refused before and is not tried again")
	case a.verdict == loginRefused && a.err != nil:
		r.deny(u, "its login is refused")
	case a.verdict == loginRefused, a.verdict == loginPage:
		r.deny(u, "its token is not accepted")
	case a.err != nil:
		r.missed(u, "login", a)
	default:
		r.login(u)
		r.authorized(u, g, a)
		return a.verdict != throttled
	}
	return false
}

// missed notes a call that came to nothing.
func (r *run) missed(u User, what string, a answer) {
	if a.status == 0 {
		r.lost = append(r.lost, a.err)
	}
	r.report.lost(u.Ref, what, a.seen())
}

// deny notes that id and secret are not good.
func (r *run) deny(u User, why string) {
	r.report.prove(Proof{Ref: u.Ref, Leg: LegTool, Of: ofToken, What: "POST " + tokenPath, Detail: why})
	f := finding(failLogin, u.Ref, LegTool)
	f.Message = fmt.Sprintf("the system user %q cannot log in: %s", u.Ref.Name, why)
	f.Cause = "client id or secret, as the manifest refers to them, are not this administrator's, or they are expired or locked"
	f.Remedy = compareFirst(u.From, "make a new secret for the administrator "+strconv.Quote(u.Ref.Name)+" of type System, and put it where the manifest refers to; what logs in with it is then changed by the next run")
	r.accuse(&blame{Finding: f}, "")
}

// login notes that id and secret are good.
func (r *run) login(u User) {
	r.logins[u.Ref] = true
	r.report.prove(Proof{
		Ref: u.Ref, Leg: LegTool, Of: ofToken, What: "POST " + tokenPath, OK: true, Detail: "logs in",
		Paths: filledPaths("/clientID", u.SecretPath),
	})
}

// filledPaths drops the pointers that lead nowhere.
func filledPaths(paths ...string) []string {
	return slices.DeleteFunc(paths, func(path string) bool { return path == "" })
}

// authorized judges the read itself.
func (r *run) authorized(u User, g guarded, a answer) {
	names := strings.Join(g.names, " and ")
	switch {
	case g.path == "":
	case a.verdict == works:
		for _, name := range g.names {
			r.permit(u, name, a)
		}
	case a.verdict == roleMissing:
		r.report.prove(Proof{Ref: u.Ref, Leg: LegTool, Of: a.of, What: a.what, Detail: a.seen()})
		f := finding(failPermissions, u.Ref, LegTool)
		f.Message = fmt.Sprintf("the system user %q logs in and may not read: %s is missing", u.Ref.Name, names)
		f.Remedy = "grant " + names + " to the administrator of type System"
		r.accuse(&blame{Finding: f}, "")
	default:
		r.missed(u, "authorization "+names, a)
	}
}

// permit notes that an authorization opens what it guards. Of one that also allows
// writing, a read proves nothing as a whole.
func (r *run) permit(u User, name string, a answer) {
	detail, paths := name+" is there", []string{"/authorizations/" + resource.EscapePointer(name)}
	if strings.HasPrefix(name, "Manage ") {
		detail = "reading works; that " + name + " also allows writing stays unproven, because nothing is written to find out"
		paths = nil
	}
	r.report.prove(Proof{Ref: u.Ref, Leg: LegTool, Of: a.of + " (" + name + ")", What: a.what + " (" + name + ")", OK: true, Detail: detail, Paths: paths})
}

// caller proves that a system user may use proxy systems: by the calls with the
// stored destination where that holds this user's login, else by one of its own.
func (r *run) caller(ctx context.Context, u User) {
	what := "authorization " + proxyRole
	first, behind := r.firstSystem()
	switch {
	case !slices.Contains(u.Authorizations, proxyRole) || !r.logins[u.Ref]:
	case r.holds(u):
		r.role(u, what, r.inside())
	case first.ExternalSystemID == "":
		r.report.gap(u.Ref, what, cmp.Or(behind, "it takes the id of a proxy system to prove it"))
	case r.quiet == quietly[throttled] || r.quiet == quietly[unreachable]:
		r.report.gap(u.Ref, what, r.quiet)
	default:
		r.role(u, what, r.askAs(ctx, u, first.ExternalSystemID))
	}
}

// firstSystem is a proxy system that may be asked once more, none and why where each
// of them would make a login of its own that is refused.
func (r *run) firstSystem() (first System, why string) {
	for _, s := range r.Systems {
		if s.ExternalSystemID == "" || s.Destination != "" {
			continue
		}
		if r.barred(s) == "" && r.asked[s.ExternalSystemID][0].verdict != backendLogin {
			return s, ""
		}
		why = "the proxy system's own login is refused, and each call makes one more"
	}
	return System{}, why
}

// inside returns the best of the answers to calls with the stored login.
func (r *run) inside() answer {
	var best answer
	for _, s := range r.Systems {
		for _, a := range r.asked[s.ExternalSystemID] {
			if a.verdict.inside() {
				return a
			}
			if a.verdict == roleMissing || best.verdict == notAsked {
				best = a
			}
		}
	}
	return best
}

// askAs reads one user through a proxy system with the login of u.
func (r *run) askAs(ctx context.Context, u User, id string) answer {
	client, err := r.proxyClient(r.asToken(u))
	if err != nil {
		return answer{entity: entities[0], detail: err.Error()}
	}
	known, _ := catalogue.AuthorizationOf(proxyRole)
	a := get(ctx, client, known.Read, id)
	r.heard(a)
	return a
}

// role judges what a proxy call says about the caller's role.
func (r *run) role(u User, what string, a answer) {
	switch {
	case a.verdict.inside():
		r.permit(u, proxyRole, a)
	case a.verdict == roleMissing:
		r.report.prove(Proof{Ref: u.Ref, Leg: LegTool, Of: a.of, What: a.what, Detail: a.seen()})
		f := finding(failRole, u.Ref, LegProxy)
		f.Message = fmt.Sprintf("the system user %q logs in, and may not use proxy systems", u.Ref.Name)
		if !r.holds(u) {
			r.accuse(&blame{Finding: f}, "")
		}
	default:
		r.report.gap(u.Ref, what, "no call to a proxy system got far enough to tell")
	}
}
