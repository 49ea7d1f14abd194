package simulator

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// proxyBase is where the proxy systems of a tenant are.
const proxyBase = "/ipsproxy/service/api/v1/scim/{system}/{kind}"

// proxyCall is one call to a proxy system by somebody who may make it.
type proxyCall struct {
	*call
	l       *Landscape
	kind    string // Users or Groups
	system  proxySystem
	secrets map[string]string
	now     time.Time
	slow    time.Duration
}

// proxyRoutes lists the proxy's routes. They run without the lock, because the backend is called in between.
//
// Fact: GET, POST on a collection; GET, PUT, PATCH, DELETE on an entity; Basic and Bearer on one address. Source:
// SAP-docs/btp-cloud-identity-services proxy-systems-b10d68a.md, read 2026-11-23. [documented] Schemas, Bulk and
// ServiceProviderConfig are 404. [assumed]
func (l *Landscape) proxyRoutes() []route {
	return []route{
		free("GET", proxyBase, l.proxy((*proxyCall).list)),
		free("POST", proxyBase, l.proxy((*proxyCall).create)),
		free("GET", proxyBase+"/{id}", l.proxy((*proxyCall).one)),
		free("PUT", proxyBase+"/{id}", l.proxy((*proxyCall).replace)),
		free("PATCH", proxyBase+"/{id}", l.proxy((*proxyCall).patch)),
		free("DELETE", proxyBase+"/{id}", l.proxy((*proxyCall).remove)),
	}
}

// proxy lets a call in, then serves it.
func (l *Landscape) proxy(h func(*proxyCall) *answer) handler {
	return func(c *call) *answer {
		p := &proxyCall{call: c, l: l, kind: c.params["kind"]}
		var refused *answer
		if err := l.update(func() { refused = p.admit() }); err != nil {
			return text(http.StatusInternalServerError, "landscape: "+err.Error())
		}
		if refused != nil {
			return refused
		}
		if err := sleep(c.r.Context(), p.slow); err != nil {
			return text(http.StatusServiceUnavailable, "Service Unavailable")
		}
		return h(p)
	}
}

// admit checks the caller, the rate and the system, and takes a copy of the system. The caller holds the lock.
//
// Fact: the caller needs Access Proxy System API; per tenant, 150 calls a minute are free, more are slowed, above 200
// they are 429. Source: SAP-docs/btp-cloud-identity-services proxy-systems-b10d68a.md and
// Operation-Guide/handle-rate-limits-15f7f23.md, read 2026-11-23. [documented] The bodies of 401, 403, 404 and 429
// are unknown: plain text, so that no client relies on SCIM there, and no Retry-After. [assumed]
func (p *proxyCall) admit() *answer {
	forbidden := func() *answer { return text(http.StatusForbidden, "Forbidden") }
	if a := p.l.enter(p.call, forbidden, authProxy); a != nil {
		return a
	}
	p.now = p.l.time()
	switch n := p.l.meter("proxy/"+p.host, p.now, time.Minute); {
	case n > 200:
		return text(http.StatusTooManyRequests, "Too Many Requests")
	case n > 150:
		p.slow = p.l.behaviour.ProxySlowdown
	}
	r := p.l.resource(proxySystems, p.params["system"])
	if r == nil || r.Tenant != p.host || into(r.System, &p.system) != nil || p.system.State != "ENABLED" {
		return text(p.l.behaviour.unknownSystemStatus(), http.StatusText(p.l.behaviour.unknownSystemStatus()))
	}
	// Fact: paths are case-sensitive; only these two are documented.
	if p.kind != "Users" && p.kind != "Groups" {
		return text(http.StatusNotFound, "Not Found")
	}
	p.secrets = map[string]string{}
	maps.Copy(p.secrets, r.Secrets)
	return nil
}

// meter counts a call and tells how many there were within the window that ends now. Refused calls count too: a client that does
// not slow down gets nowhere.
func (l *Landscape) meter(what string, now time.Time, window time.Duration) int {
	recent := slices.DeleteFunc(l.meters[what], func(t time.Time) bool { return now.Sub(t) >= window })
	l.meters[what] = append(recent, now)
	return len(l.meters[what])
}

// proxyError answers an error of the proxy itself.
//
// Fact: status is a number here, unlike on /scim. Source: SAP knowledge base article 3736372, read 2026-11-23.
// [observed]
func proxyError(status int, kind, detail string) *answer {
	body := map[string]any{"schemas": []string{schemaError}, "detail": detail, "status": status}
	if kind != "" {
		body["scimType"] = kind
	}
	return jsonAs(status, scimType, body)
}

// scim answers in the media type that the client accepts: without the SCIM one it gets plain JSON, which IAG cannot
// use. [assumed; stricter than reality]
func (p *proxyCall) scim(status int, v any) *answer {
	if strings.Contains(p.header("Accept"), scimType) {
		return jsonAs(status, scimType, v)
	}
	return asJSON(status, v)
}

// one answers a single entity, read from the backend.
//
// Fact: a single read goes to the backend. Source: SAP-docs/btp-cloud-identity-services proxy-systems-b10d68a.md, read
// 2026-11-23. [documented]
func (p *proxyCall) one() *answer { return p.entity("GET", "read", http.StatusOK) }

// create answers POST: 201 and the entity after the read transformation.
//
// Fact: the answer to a write is the entity after the read transformation; 201 for POST, 200 for PUT and 204 for
// DELETE are the usual codes. Source: SAP-docs/btp-cloud-identity-services proxy-systems-b10d68a.md, read 2026-11-23.
// [documented body, assumed codes]
func (p *proxyCall) create() *answer { return p.entity("POST", "create", http.StatusCreated) }

// replace answers PUT.
func (p *proxyCall) replace() *answer { return p.entity("PUT", "update", http.StatusOK) }

// remove answers DELETE.
func (p *proxyCall) remove() *answer { return p.entity("DELETE", "delete", http.StatusNoContent) }

// patch answers PATCH.
//
// Fact: a connector of Identity Authentication passes PATCH on only with ias.support.patch.operation=true and API
// version 2. Source: SAP-docs/btp-cloud-identity-services identity-authentication-d45c8a3.md, read 2026-11-23.
// [documented] What a client gets otherwise is unknown: a switch, 400 by default.
func (p *proxyCall) patch() *answer {
	if p.property("support.patch.operation") != "true" || p.version() == "1" {
		status := or(p.l.patchWithoutSupport(), http.StatusBadRequest)
		return proxyError(status, "", "PATCH is not supported by this system")
	}
	return p.entity("PATCH", "update", http.StatusNoContent)
}

func (l *Landscape) patchWithoutSupport() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.behaviour.PatchWithoutSupportStatus
}

// entity passes a call on a single entity on to the backend.
func (p *proxyCall) entity(method, verb string, good int) *answer {
	path := "/" + p.kind
	if id := p.params["id"]; id != "" {
		path += "/" + escapePath(id)
	}
	if len(p.body) > 0 && mediaType(p.header("Content-Type")) != scimType {
		return proxyError(http.StatusUnsupportedMediaType, "", "want "+scimType)
	}
	data, refused := p.backend(method, path, verb, p.body)
	if refused != nil {
		return refused
	}
	if good == http.StatusNoContent || len(data) == 0 {
		return empty(good)
	}
	var in document
	if decodeJSON(data, &in) != nil {
		return proxyError(http.StatusInternalServerError, "", "the backend answered no JSON")
	}
	return p.scim(good, p.project(p.transform(in)))
}
