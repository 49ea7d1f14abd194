package view

import "strings"

// Target says what a command works on, so that nobody approves a change of
// another tenant. It holds no secret; what is not known is "".
type Target struct {
	// Subaccount is the tenant of the service key and Subdomain its name there,
	// Service the host of the destination service, which tells the region.
	Subaccount string `json:"subaccount,omitempty"`
	Subdomain  string `json:"subdomain,omitempty"`
	Service    string `json:"destinationService,omitempty"`
	// Identity is the host of the identity tenant, Adapter that of the adapter.
	Identity string `json:"identityTenant,omitempty"`
	Adapter  string `json:"adapter,omitempty"`
}

// parts are the places, one phrase each.
func (t Target) parts() []string {
	account := ""
	if t.Subaccount != "" {
		account = "subaccount " + t.Subaccount
		if t.Subdomain != "" {
			account += " (" + t.Subdomain + ")"
		}
	}
	at := func(name, host string) string {
		if host == "" {
			return ""
		}
		return name + " " + host
	}
	return filled(strings.Join(filled(account, at("at", t.Service)), " "), at("identity tenant", t.Identity), at("adapter", t.Adapter))
}

// target writes it as one line, which wraps.
func (p *page) target(t Target) {
	p.prose(0, 2, strings.Join(t.parts(), " · "), dim)
}
