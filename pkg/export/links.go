package export

import (
	"reconcile/pkg/iag"
	"reconcile/pkg/ias"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// links know which texts are outputs of which objects.
type links struct {
	// users are the system users by client id, proxies the proxy systems by id.
	users   map[string]*login
	proxies map[string]string
	systems map[string]bool
}

// login is what is known of one system user's credentials.
type login struct {
	name string
	// hasSecret says that the user has one to refer to.
	hasSecret bool
	// secret is the one in use, unset until it is seen somewhere.
	secret resource.Value
}

func newLinks(found []Found, source secret.Source) links {
	l := links{users: map[string]*login{}, proxies: map[string]string{}, systems: map[string]bool{}}
	for _, f := range found {
		for _, o := range f.Objects {
			switch f.Kind.Name() {
			case kindUser:
				l.user(o, source)
			case kindProxy:
				if o.ID != "" {
					l.proxies[o.ID] = o.Name
				}
			case kindSystem:
				l.systems[o.Name] = true
			}
		}
	}
	return l
}

// user notes a system user whose client id is known.
func (l links) user(o resource.Object, source secret.Source) {
	spec := o.Spec.(ias.Spec)
	id := outside(spec.ClientID, source).Public().Text()
	if _, taken := l.users[id]; taken || id == "" {
		return
	}
	known := &login{name: o.Name}
	if label, ok := spec.Secrets.InUse(); ok {
		known.hasSecret = true
		known.secret = outside(spec.Secrets[label].Value, source)
	}
	l.users[id] = known
}

// named finds what is known of a system user's credentials, nil where nothing is.
func (l links) named(user string) *login {
	for _, known := range l.users {
		if known.name == user {
			return known
		}
	}
	return nil
}

// outside looks a reference up; what cannot be had stays unknown.
func outside(v resource.Value, source secret.Source) resource.Value {
	if v.Form() != resource.External || source == nil {
		return v
	}
	value, err := source.Secret(v.Source())
	if err != nil {
		return v
	}
	return resource.Hidden(value, v.Source())
}

// pairs are the properties that hold a client id and its secret.
var pairs = []struct{ id, secret string }{
	{"/properties/User", "/properties/Password"},
	{"/properties/clientId", "/properties/clientSecret"},
}

// of returns the function that puts references into one object.
func (l links) of(ref resource.Ref, s resource.Spec) func(string, resource.Value) resource.Value {
	replaced := map[string]resource.Value{}
	held := resource.Paths(s)
	for _, pair := range pairs {
		l.login(held, pair.id, pair.secret, replaced)
	}
	if ref.Kind == kindSystem {
		if name, ok := l.proxies[held["/externalSystemID"].Text()]; ok {
			replaced["/externalSystemID"] = resource.Output(resource.Ref{Kind: kindProxy, Name: name}, "id")
		}
	}
	// Fact: the user source's system is named by its name. Source: SAP Community
	// post 13562764, read 2026-11-23. [documented]
	if ref == (resource.Ref{Kind: iag.KindParameter, Name: "UserSource/SourceSystem"}) && l.systems[held["/value"].Text()] {
		replaced["/value"] = resource.Output(resource.Ref{Kind: kindSystem, Name: held["/value"].Text()}, "name")
	}
	return func(path string, v resource.Value) resource.Value {
		if r, ok := replaced[path]; ok {
			return r
		}
		return v
	}
}

// login replaces a client id that belongs to a system user, and the secret beside
// it unless it is known to be another one.
func (l links) login(held map[string]resource.Value, id, secretPath string, replaced map[string]resource.Value) {
	known, ok := l.users[held[id].Text()]
	if !ok {
		return
	}
	user := resource.Ref{Kind: kindUser, Name: known.name}
	replaced[id] = resource.Output(user, "clientID")
	value, there := held[secretPath]
	if !there || !known.hasSecret {
		return
	}
	if value.Form() == resource.Secret {
		if known.secret.Form() == resource.Secret && !known.secret.Equal(value) {
			return
		}
		known.secret = value
	}
	if value.Sensitive() {
		replaced[secretPath] = resource.Output(user, "secret")
	}
}
