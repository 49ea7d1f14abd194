package verify

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Target is what can be proved about one integration.
type Target struct {
	// Identity is the identity tenant that the manifest names. Credentials are
	// sent to this host only.
	Identity *url.URL
	// Session makes the calls; a read-only one is enough.
	Session *connect.Session
	// Destination returns the stored properties of a destination by its exact
	// name, secrets in clear, and false when there is none. The map stays in
	// memory. Nil when no system goes through a destination.
	Destination func(ctx context.Context, name string) (map[string]string, bool, error)
	// Assumed says that Destination does not read but tells what will be stored: the
	// calls then prove what lies behind it, and nothing about it.
	Assumed bool
	// Twins returns the properties of the destinations of the service instance by name,
	// secrets in clear. The map stays in memory. Nil looks for none.
	Twins func(ctx context.Context) (map[string]map[string]string, error)
	// Systems are the systems of the access governance service.
	Systems []System
	// Users are the system users of the identity tenant.
	Users []User
	// Preflight also checks what has to be there before, as far as an interface tells;
	// AuditLog says that a way to the audit log is known.
	Preflight, AuditLog bool
	// Full walks through all users and groups and counts them; otherwise one
	// entity of each is read.
	Full bool
}

// System is one system of the access governance service.
type System struct {
	// Ref is the IAGSystem.
	Ref resource.Ref
	// Proxy is the ProxySystem behind it, zero when the manifest has none.
	Proxy resource.Ref
	// ExternalSystemID is the proxy system's id, "" while it is not known.
	ExternalSystemID string
	// Destination names the destination of a system that is reached directly,
	// without a proxy; "" for all others.
	Destination string
	// Login is what the proxy system logs in with at its backend.
	Login Login
}

// Login is what a proxy system logs in with, as far as is known. Once it was
// refused, it is not made again: each read through the proxy would be one more
// refused login of the same user.
type Login struct {
	// State names what is known of the proxy system, and changes with every change or
	// report of it; "" where refused logins of it are not remembered. Whole says that it
	// changes with a secret that somebody stores there, too.
	State string
	Whole bool
	// Host is where it logs in, User and Password with what; zero where not known.
	Host, User string
	Password   secret.Value
	// From is the reference of the manifest that leads to the password, such as
	// env:NAME; "" where there is none.
	From string
	// Ours says that the proxy system holds this very Password, typed by nobody else: what
	// the tenant behind it says of it is true of whoever logs in there.
	Ours bool
}

// attempt is a login and the place under which its refusal is remembered.
type attempt struct {
	place, id string
	secret    secret.Value
}

// own is the proxy system's login under its own name. Where the state tells one secret
// from another, it is the same for whoever does not have the right one at hand.
func (s System) own() attempt {
	place := "proxy system " + s.ExternalSystemID + " " + s.Login.State
	if s.Login.Whole {
		return attempt{place: place}
	}
	return attempt{place, s.Login.User, s.Login.Password}
}

// direct is the login under the host where it is made, false where that is not known:
// also where the state shows that another hand came between.
func (l Login) direct() (attempt, bool) {
	known := l.Host != "" && l.User != "" && !l.Password.IsZero()
	return attempt{l.Host, l.User, l.Password}, known && (l.Ours || !l.Whole)
}

// barred says why a proxy system is not asked, "" when it may be: its own login is
// known to be refused.
func (t Target) barred(s System) string {
	refused := func(a attempt) bool { return t.Session.LoginRefused(a.place, a.id, a.secret) }
	direct, known := s.Login.direct()
	switch {
	case known && refused(direct):
		return fmt.Sprintf("it logs in as %q with the secret that this tenant refuses, so no other login is tried", s.Login.User)
	case s.Login.State != "" && refused(s.own()):
		return "it was refused before, and is not tried again until User or Password change, somebody reports the proxy system again, or with --retry-login"
	default:
		return ""
	}
}

// behind is the object to mend when what lies behind the proxy fails.
func (s System) behind() resource.Ref {
	if s.Proxy == (resource.Ref{}) {
		return s.Ref
	}
	return s.Proxy
}

// User is one system user.
type User struct {
	// Ref is the SystemUser.
	Ref      resource.Ref
	ClientID string
	// Secret is the one in use, zero when it is not at hand, and SecretPath the JSON
	// pointer under which the user holds it, which a login proves; "" proves none.
	Secret     secret.Value
	SecretPath string
	// From is the reference of the manifest that leads to the secret, such as env:NAME;
	// "" where there is none.
	From string
	// Authorizations are those that the user ought to have.
	Authorizations []string
}

// check refuses a target that nothing can be asked of.
func (t Target) check() error {
	switch {
	case t.Session == nil:
		return errors.New("no session to make calls with")
	case t.Identity == nil || t.Identity.Host == "" || (t.Identity.Scheme != "https" && t.Identity.Scheme != "http"):
		return errors.New("no identity tenant is named; give its URL, for example https://TENANT.accounts.ondemand.com")
	}
	return nil
}

// tenant is the bare address of the identity tenant, spelt in one way, so that
// every login to it counts as a login to the same host.
func (t Target) tenant() *url.URL {
	return &url.URL{Scheme: t.Identity.Scheme, Host: host(t.Identity)}
}
