package verify

import (
	"context"
	"errors"
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
	// Systems are the systems of the access governance service.
	Systems []System
	// Users are the system users of the identity tenant.
	Users []User
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
	// Secret is the one in use; zero when it is not at hand.
	Secret secret.Value
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
