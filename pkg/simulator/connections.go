package simulator

import (
	"maps"
	"path/filepath"
	"slices"
)

// Connections is what a client needs to reach the landscape: key contents and seeded secrets.
type Connections struct {
	// Root is the landscape's root URL.
	Root string `json:"root"`
	// Subaccount is the tenant id of the provider subaccount.
	Subaccount string `json:"subaccount"`
	// Tenant is the subdomain of that subaccount and the first label of its Identity Authentication host.
	Tenant string `json:"tenant"`
	// Subscribers are the other subaccounts that the keys can get tokens for.
	Subscribers []Subscriber `json:"subscribers"`
	// Authority is the certificate of the landscape's CA, as PEM: what clients of its https listener trust.
	Authority string `json:"authority"`
	// IdentityServices is the Identity Authentication tenant.
	IdentityServices IdentityServices `json:"identityServices"`
	// Keys holds the contents of the service keys, by the names of [Landscape.KeyFiles]
	Keys map[string]any `json:"keys"`
	// Secrets holds the seeded values by secret reference, such as "env:IAG_CALLER_SECRET".
	Secrets map[string]string `json:"secrets"`
	// SystemUsers names the administrators of type System that exist.
	SystemUsers []string `json:"systemUsers"`
}

// Subscriber is a subaccount that subscribed to the provider's application.
type Subscriber struct {
	// Subaccount is its tenant id.
	Subaccount string `json:"subaccount"`
	// Tenant is its subdomain.
	Tenant string `json:"tenant"`
}

// IdentityServices says where the Identity Authentication tenant is.
type IdentityServices struct {
	// URL of the tenant, without a trailing slash.
	URL string `json:"url"`
}

// Connections tells how to reach the landscape; as JSON it is the answer of GET /_sim/connections.
func (l *Landscape) Connections() Connections {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.state.provider()
	subscribers := []Subscriber{}
	for _, s := range l.state.Subaccounts {
		if !s.Provider {
			subscribers = append(subscribers, Subscriber{s.ID, s.Subdomain})
		}
	}
	users := []string{}
	for _, r := range l.state.Collections[systemUsers] {
		if name, ok := r.System["name"].(string); ok {
			users = append(users, name)
		}
	}
	return Connections{
		SystemUsers: users,
		Subscribers: subscribers, Authority: l.state.Authority.Certificate,
		Root: l.root.String(), Subaccount: p.ID, Tenant: p.Subdomain,
		IdentityServices: IdentityServices{URL: "https://" + l.state.Home},
		Keys:             l.keys(), Secrets: maps.Clone(l.state.Secrets),
	}
}

// KeyFiles returns the paths of the key files by name; it is empty for a landscape in memory.
func (l *Landscape) KeyFiles() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	files := map[string]string{}
	if l.dir == "" {
		return files
	}
	for _, name := range slices.Sorted(maps.Keys(l.keys())) {
		files[name] = l.keyPath(name)
	}
	return files
}

// AuthorityFile is the path of the CA's certificate, which clients of an https listener trust; it is empty for a
// landscape in memory.
func (l *Landscape) AuthorityFile() string {
	if l.dir == "" {
		return ""
	}
	return filepath.Join(l.dir, "keys", "ca.pem")
}

// SetRoot changes the root URL, once it is known where the server listens, and rewrites keys and key files.
func (l *Landscape) SetRoot(root string) error {
	u, err := parseRoot(root)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.root = u
	return l.writeKeys()
}

// keys makes the service keys, each with the fields that the real one has. The caller holds the lock.
func (l *Landscape) keys() map[string]any {
	p := l.state.provider()
	root := l.root.String()
	uaa := root + "/tenants/" + p.Subdomain
	keys := map[string]any{"identityServices": l.callers()}
	for _, c := range l.state.Clients {
		switch c.Service {
		case serviceDestination:
			// Fact: shape of a Destination service key. Source: SAP-docs/btp-connectivity 9fdad3c and
			// SAP/cloud-sdk-java issue 703, read 2026-11-23. [documented, observed]
			keys[c.Service] = map[string]string{
				"clientid": c.ID, "clientsecret": c.Secret, "uri": root, "url": uaa, "identityzone": p.Subdomain,
				"tenantid": p.ID, "instanceid": c.Instance, "xsappname": c.App, "uaadomain": l.root.Host,
			}
			// Fact: the x509 variant has certurl, certificate and key, and no clientsecret. Source: as above.
			// [documented] That it shares the client id of its instance is assumed.
			keys[c.Service+"X509"] = map[string]string{
				"clientid": c.ID, "certificate": c.Certificate, "key": c.Key, "credential-type": "x509", "uri": root,
				"url": uaa, "certurl": l.certRoot().String() + "/tenants/" + p.Subdomain, "identityzone": p.Subdomain,
				"tenantid": p.ID, "instanceid": c.Instance, "xsappname": c.App, "uaadomain": l.root.Host,
			}
		case serviceAccessGovernance:
			// Fact: ARQAPI stands at top level; the UAA fields are nested in SAP's text and at top level in
			// Microsoft's, so both are given. Source: SAP-docs/btp-cloud-identity-services eee2c18 and Microsoft
			// Entra "SAP IAG integration", read 2026-11-23. [documented, contradictory]
			keys[c.Service] = map[string]any{
				"ARQAPI": root + "/arqapi", "url": uaa, "clientid": c.ID, "clientsecret": c.Secret,
				"uaa": map[string]string{"clientid": c.ID, "clientsecret": c.Secret, "url": uaa},
			}
		case serviceAuditLog:
			// Fact: nested uaa beside the url of the API. Source: SAP-docs/btp-cloud-platform 30ece35,
			// read 2026-11-23. [documented]
			keys[c.Service] = map[string]any{
				"uaa": map[string]string{"clientid": c.ID, "clientsecret": c.Secret, "url": uaa}, "url": root,
			}
		case serviceAdapter:
			keys[c.Service] = map[string]string{
				"clientid": c.ID, "clientsecret": c.Secret, "url": uaa, "uri": root + "/adapter",
			}
		}
	}
	return keys
}

// callers is the content of the identityServices key. SAP issues no such file: it collects the tenant's address and
// the credentials that the seed intends for its two system users.
func (l *Landscape) callers() map[string]any {
	s := l.state.Secrets
	caller := func(name string) map[string]string {
		return map[string]string{"clientid": s["env:"+name+"_ID"], "clientsecret": s["env:"+name+"_SECRET"]}
	}
	return map[string]any{
		"url": "https://" + l.state.Home, "tokenurl": "https://" + l.state.Home + "/oauth2/token",
		"callers": map[string]any{"IAG caller": caller("IAG_CALLER"), "IPS backend": caller("IPS_BACKEND")},
	}
}
