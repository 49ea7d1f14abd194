package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// handler answers one call.
type handler func(*call) *answer

// route is one method and path pattern; a segment in braces takes any one segment of the path. Matching is
// case-sensitive, as all of SAP's paths are.
type route struct {
	method   string
	segments []string
	handle   handler
}

// on makes a route whose handler runs under the landscape's lock.
func (l *Landscape) on(method, pattern string, h handler) route {
	return free(method, pattern, l.locked(h))
}

// free makes a route whose handler takes the lock itself, because it calls other services in between.
func free(method, pattern string, h handler) route {
	return route{method: method, segments: strings.Split(pattern, "/"), handle: h}
}

// match tells whether the path fits and fills the params.
func (r route) match(segments []string, params map[string]string) bool {
	if len(segments) != len(r.segments) {
		return false
	}
	for i, want := range r.segments {
		if name, ok := strings.CutPrefix(want, "{"); ok && segments[i] != "" {
			params[strings.TrimSuffix(name, "}")] = segments[i]
		} else if want != segments[i] {
			return false
		}
	}
	return true
}

// dispatch finds the route of a call and runs it.
func dispatch(routes []route, c *call) *answer {
	segments := splitPath(c.r.URL)
	var allow []string
	for _, r := range routes {
		params := map[string]string{}
		if !r.match(segments, params) {
			continue
		}
		if r.method == c.r.Method || (r.method == http.MethodGet && c.r.Method == http.MethodHead) {
			c.params = params
			return r.handle(c)
		}
		allow = append(allow, r.method)
	}
	if len(allow) == 0 {
		return noRoute(c, http.StatusNotFound)
	}
	slices.Sort(allow)
	return noRoute(c, http.StatusMethodNotAllowed).with("Allow", strings.Join(slices.Compact(allow), ", "))
}

// noRoute answers what no service takes: as a problem under the adapter contract, in bare text elsewhere.
func noRoute(c *call, status int) *answer {
	if strings.HasPrefix(c.r.URL.Path, "/adapter/") {
		return refuse(status, "no such resource or method").answer()
	}
	return text(status, http.StatusText(status))
}

// splitPath splits before unescaping, so that an escaped slash stays inside its segment.
func splitPath(u *url.URL) []string {
	path := u.EscapedPath()
	if path == "" {
		path = "/" // what a client sends over the wire for a URL without a path
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if v, err := url.PathUnescape(s); err == nil {
			segments[i] = v
		}
	}
	return segments
}

// routesOfRoot lists what answers on the landscape's own host; a new service is one line here.
func (l *Landscape) routesOfRoot() []route {
	return slices.Concat(
		l.xsuaaRoutes(),
		l.destinationRoutes(),
		l.findRoutes(),
		l.adapterRoutes(),
		l.auditLogRoutes(),
	)
}

// routesOfTenants lists what answers on the host of each Identity Authentication tenant.
func (l *Landscape) routesOfTenants() []route {
	return slices.Concat(
		l.iasTokenRoutes(),
		l.scimRoutes(),
		l.proxyRoutes(),
	)
}
