package simulator

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// listPage is what the backend answers to a list.
type listPage struct {
	Total     int        `json:"totalResults"`
	Resources []document `json:"Resources"`
}

// list answers a page.
//
// Fact: startIndex is 1-based; count is 1 to 100, default 25; itemsPerPage is the number read from the backend before
// the condition of the read transformation, so Resources may be shorter. Source: SAP-docs/btp-cloud-identity-services
// proxy-systems-b10d68a.md, read 2026-11-23. [documented] A count outside is clamped. [assumed]
func (p *proxyCall) list() *answer {
	start, ok1 := p.query.number("startIndex", 1)
	count, ok2 := p.query.number("count", 25)
	filter, single, ok3 := p.filter()
	if !ok1 || !ok2 {
		return proxyError(http.StatusBadRequest, "invalidValue", "startIndex and count must be numbers")
	}
	if !ok3 {
		return proxyError(http.StatusBadRequest, "invalidFilter", "only eq on one attribute and meta.lastModified gt are supported")
	}
	start, count = max(start, 1), min(max(count, 1), 100)
	query := url.Values{"startIndex": {strconv.Itoa(start)}, "count": {strconv.Itoa(count)}}
	if filter != "" {
		query.Set("filter", filter)
	}
	data, refused := p.backend("GET", "/"+p.kind+"?"+query.Encode(), "read", nil)
	if refused != nil {
		return refused
	}
	var page listPage
	if decodeJSON(data, &page) != nil {
		return proxyError(http.StatusInternalServerError, "", "the backend answered no JSON")
	}
	// Fact: an eq filter that hits several is 400 tooMany. Source: the same page. [documented]
	if single && page.Total > 1 {
		return proxyError(http.StatusBadRequest, "tooMany", "the filter hits more than one entity")
	}
	return p.page(page, start, count)
}

// page applies the read transformation to a page and counts by the proxy's rules.
//
// Fact: totalResults is the backend's number; with a condition and the strategy Calculated it is startIndex + count
// while something was read, and exact on the first page that read nothing. Source: SAP-docs/btp-cloud-identity-services
// proxy-systems-b10d68a.md, read 2026-11-23. [documented]
func (p *proxyCall) page(in listPage, start, count int) *answer {
	condition, _ := p.block()["condition"].(string)
	passes, err := parseCondition(condition)
	if err != nil {
		return proxyError(http.StatusInternalServerError, "", "read transformation: "+err.Error())
	}
	total := in.Total
	calculated := p.system.Properties["ips.proxy.scim.total.results.strategy"] != "Provided"
	if condition != "" && calculated && len(in.Resources) > 0 {
		total = start + count
	}
	out := []any{}
	for _, r := range in.Resources {
		// Fact: the version 1 transformation ignores groups. Source: identity-authentication-d45c8a3.md. [documented]
		if ignored := p.kind == "Groups" && p.version() == "1"; passes(r) && !ignored {
			out = append(out, p.project(p.transform(r)))
		}
	}
	return p.scim(http.StatusOK, map[string]any{
		"schemas": []string{schemaList}, "totalResults": total,
		"itemsPerPage": len(in.Resources), "startIndex": start, "Resources": out,
	})
}

var (
	eqFilter    = regexp.MustCompile(`^(\S+) eq "([^"]*)"$`)
	deltaFilter = regexp.MustCompile(`^meta\.lastModified gt "[^"]*"$`)
)

// filter reads the request's filter and joins it with that of the system.
//
// Fact: a single eq on an attribute of the read transformation, value quoted, emails only as emails[0].value; or the
// delta filter; nothing else. A filter property is and-ed: "<property> and <request>". Source:
// SAP-docs/btp-cloud-identity-services proxy-systems-b10d68a.md, read 2026-11-23. [documented]
func (p *proxyCall) filter() (joined string, single, ok bool) {
	request := strings.TrimSpace(p.query["filter"])
	if m := eqFilter.FindStringSubmatch(request); m != nil {
		known := []string{"id", "userName", "displayName", "externalId", "emails[0].value"}
		if !slices.Contains(known, m[1]) {
			return "", false, false
		}
		request, single = strings.Replace(request, "emails[0].value", "emails.value", 1), true
	} else if request != "" && !deltaFilter.MatchString(request) {
		return "", false, false
	}
	own := p.property("user.filter")
	if p.kind == "Groups" {
		own = p.property("group.filter")
	}
	switch {
	case own == "":
		return request, single, true
	case request == "":
		return own, single, true
	}
	return own + " and " + request, single, true
}

// project keeps the attributes that were asked for.
//
// Fact: attributes and excludedAttributes take first-level names; a blank or a lone comma means all. Source:
// SAP-docs/btp-cloud-identity-services proxy-systems-b10d68a.md, read 2026-11-23. [documented] schemas and id are
// always answered (RFC 7643).
func (p *proxyCall) project(in document) document { return p.query.project(in) }

// project keeps the attributes that the query asks for, by their first-level names.
func (q query) project(in document) document {
	wanted, excluded := attributeList(q["attributes"]), attributeList(q["excludedAttributes"])
	out := document{}
	for k, v := range in {
		always := k == "schemas" || k == "id"
		if always || (len(wanted) == 0 || slices.Contains(wanted, k)) && !slices.Contains(excluded, k) {
			out[k] = v
		}
	}
	return out
}

func attributeList(v string) []string {
	var out []string
	for name := range strings.SplitSeq(v, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}
