package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// item is one destination, fragment or certificate: a flat object of strings. Keys keep their case, also beside a
// known key that differs by case only.
type item struct {
	Properties map[string]string `json:"properties"`
	Modified   int64             `json:"modified"` // milliseconds since 1970
	Shared     bool              `json:"shared,omitempty"`
	Labels     []label           `json:"labels,omitempty"`
	Renewal    *order            `json:"renewal,omitempty"` // of a certificate that renews itself
}

// shelf holds the items of one level of one tenant by name; the same name on two levels is two independent objects.
type shelf map[string]*item

// etag is a content hash, secrets included.
//
// Fact: two objects of equal content made at different times have the same tag, so it is no version counter; it is
// 64 hex digits without quotes in the specification's example. Which hash is unknown; this is ours. Source: recordings
// in SAP/terraform-provider-btp @5270a96 and Destination Service OpenAPI, read 2026-11-23. [observed, assumed]
func (i *item) etag(b Behaviour) string {
	data, err := json.Marshal(i.Properties) // sorts the keys
	if err != nil {
		return ""
	}
	if b.QuotedETags {
		return `"` + sha256Hex(string(data)) + `"`
	}
	return sha256Hex(string(data))
}

// family is what differs between the kinds of objects that the service keeps.
type family struct {
	plural  string // last part of the path
	key     string // property that holds the name
	arrays  bool   // bodies may be arrays, lists can be paged, and objects deleted by filter
	patches bool
	filters []filterForm
	shelves func(*state) map[string]shelf
	check   func(name string, properties map[string]string) string
	missing func(name string) string
	quirk   bool // reads answer a missing name in JSON
	// used says why an object cannot be deleted; empty when it can.
	used func(d *desk, name string) string
	// expand turns an order to make an object into the object; nil where there is none.
	expand func(d *desk, in map[string]any) (cause string)
}

var destinationFamily = family{
	plural: "Destinations", key: "Name", arrays: true, patches: true,
	filters: []filterForm{filterNames, filterStart, filterEnd, filterAge, filterLabels},
	shelves: func(s *state) map[string]shelf { return s.Destinations },
	check:   checkDestination,
	missing: func(name string) string { return "Configuration with name '" + name + "' was not found" },
	used:    usedAsProvider,
}

// Fact: a fragment is single-body only, has its name under FragmentName, must have neither Name nor Type, and a
// missing one is answered in JSON. Source: Destination Service OpenAPI and recordings in
// SAP/terraform-provider-btp @5270a96, read 2026-11-23. [documented, observed]
var fragmentFamily = family{
	plural: "DestinationFragments", key: "FragmentName", patches: true,
	filters: []filterForm{filterLabels},
	shelves: func(s *state) map[string]shelf { return s.Fragments },
	check:   checkFragment,
	missing: func(name string) string {
		return "The fragment with the specified name '" + name + "' was not found"
	},
	quirk: true,
	used:  func(*desk, string) string { return "" },
}

// desk is one call to the Destination service by somebody who may make it.
type desk struct {
	*call
	l     *Landscape
	fam   *family
	level string
	scope string // tenant, level and instance
	shelf shelf
	// renewal is set by expand when the object that is being read renews itself.
	renewal *order
}

func (l *Landscape) destinationRoutes() []route {
	var list []route
	for _, level := range []string{"subaccount", "instance"} {
		for _, fam := range []*family{&destinationFamily, &fragmentFamily, &certificateFamily} {
			base := "/destination-configuration/v1/" + level + fam.plural
			at := func(method, path string, h func(*desk) *answer) {
				list = append(list, l.on(method, path, l.desk(level, fam, h)))
			}
			at("GET", base, (*desk).list)
			at("POST", base, (*desk).create)
			at("PUT", base, (*desk).replace)
			at("GET", base+"/{name}", (*desk).one)
			at("DELETE", base+"/{name}", (*desk).remove)
			if fam.patches {
				at("PATCH", base, (*desk).patch)
			}
			if fam.arrays {
				at("DELETE", base, (*desk).removeMany)
			}
			if fam == &certificateFamily {
				at("GET", base+"/{name}/publicKeys", (*desk).publicKeys)
			}
			labelRoutes(at, base)
		}
	}
	return list
}

// desk lets a call in.
//
// Fact: any key of the subaccount may read and write everything on subaccount level; instance level is that of the
// token's instance in the token's tenant. Source: SAP-docs/btp-connectivity 84c5d38 and Destination Service OpenAPI,
// read 2026-11-23. [documented]
// Fact: path and query together have at most 4000 characters; the status of more is unknown, 414 is assumed.
func (l *Landscape) desk(level string, fam *family, h func(*desk) *answer) handler {
	return func(c *call) *answer {
		token, status := l.caller(c, serviceDestination)
		if status != 0 {
			return text(status, http.StatusText(status)).with("X-Vcap-Request-Id", newUUID())
		}
		l.renewCertificates()
		d := &desk{call: c, l: l, fam: fam, level: level, scope: scopeOf(level, token)}
		d.shelf = fam.shelves(l.state)[d.scope]
		if d.shelf == nil {
			d.shelf = shelf{}
		}
		if len(c.r.URL.RequestURI()) > or(l.behaviour.MaxRequestLine, 4000) {
			return d.fail(http.StatusRequestURITooLong, "URI too long").with("X-Vcap-Request-Id", newUUID())
		}
		return h(d).with("X-Vcap-Request-Id", newUUID())
	}
}

// scopeOf keeps tenants and instances apart by the token alone.
func scopeOf(level string, token claims) string {
	if level == "subaccount" {
		return "subaccount:" + token.Zone
	}
	return fmt.Sprintf("instance:%v@%s", token.Ext["serviceinstanceid"], token.Zone)
}

// fail answers an error in one of the two forms.
//
// Fact: errors are bare text or {"ErrorMessage"}; which one is used where is not documented, so writes answer JSON
// and reads answer text unless a switch says otherwise. Source: Destination Service OpenAPI, read 2026-11-23.
// [documented forms, assumed use]
func (d *desk) fail(status int, message string) *answer {
	form := d.l.behaviour.ErrorBodies
	read := d.r.Method == http.MethodGet || d.r.Method == http.MethodHead
	if form == "text" || (form == "" && read && (!d.fam.quirk || status != http.StatusNotFound)) {
		return text(status, http.StatusText(status))
	}
	return asJSON(status, map[string]string{"ErrorMessage": message})
}

// list answers GET of a collection: everything, names only, or a page.
//
// Fact: the three modes exclude each other; everything is a flat array, [] when nothing matches; page size is 1..1000
// with default 10; metadata is chosen by a ;-separated list. Source: Destination Service OpenAPI
// (SAP/crossplane-provider-btp swagger.json), read 2026-11-23. [documented] Mixing modes answers 400. [assumed]
func (d *desk) list() *answer {
	def := d.query.has("$filter") || d.query.has("$includeMetadata")
	sel := d.query.has("$select")
	page := d.query.has("$page") || d.query.has("$pageSize") || d.query.has("$pageCount") || d.query.has("$entityCount")
	if (def && sel) || (def && page) || (sel && page) || (!d.fam.arrays && (sel || page)) {
		return d.fail(http.StatusBadRequest, "query parameters exclude each other")
	}
	switch {
	case page:
		return d.page()
	case sel:
		return d.names()
	}
	keep, ok := d.filter()
	fields, known := metadataFields(d.query["$includeMetadata"], "modification_time", "etag", "shared_with_subscriber", "labels")
	if !ok || !known {
		return d.fail(http.StatusBadRequest, "invalid query")
	}
	out := []any{}
	for _, name := range slices.Sorted(maps.Keys(d.shelf)) {
		if i := d.shelf[name]; keep(name, i) {
			out = append(out, d.render(i, fields))
		}
	}
	return asJSON(http.StatusOK, out)
}

// names answers $select=Name, the only selection there is.
func (d *desk) names() *answer {
	if d.query["$select"] != d.fam.key {
		return d.fail(http.StatusBadRequest, "only the name can be selected")
	}
	out := []any{}
	for _, name := range slices.Sorted(maps.Keys(d.shelf)) {
		out = append(out, map[string]string{d.fam.key: name})
	}
	return asJSON(http.StatusOK, out)
}

// page answers one page with its headers.
//
// Fact: Link has single quotes around rel and a path without /v1; Page-Count and Entity-Count come only when asked
// for. Source: Destination Service OpenAPI, read 2026-11-23. [documented]
func (d *desk) page() *answer {
	n, ok1 := d.query.number("$page", 0)
	size, ok2 := d.query.number("$pageSize", 10)
	if !ok1 || !ok2 || n < 1 || size < 1 || size > 1000 {
		return d.fail(http.StatusBadRequest, "invalid page")
	}
	names := slices.Sorted(maps.Keys(d.shelf))
	pages := (len(names) + size - 1) / size
	out := []any{}
	for _, name := range names[min((n-1)*size, len(names)):min(n*size, len(names))] {
		out = append(out, d.render(d.shelf[name], nil))
	}
	a := asJSON(http.StatusOK, out)
	var links []string
	for _, l := range []struct {
		rel string
		n   int
	}{{"previous", n - 1}, {"next", n + 1}} {
		if l.n >= 1 && l.n <= pages {
			links = append(links, fmt.Sprintf("</%s%s?$page=%d&$pageSize=%d>; rel='%s'", d.level, d.fam.plural, l.n, size, l.rel))
		}
	}
	if links != nil {
		a.with("Link", strings.Join(links, ", "))
	}
	if d.query["$pageCount"] == "true" {
		a.with("Page-Count", strconv.Itoa(pages))
	}
	if d.query["$entityCount"] == "true" {
		a.with("Entity-Count", strconv.Itoa(len(names)))
	}
	return a
}

// one answers a single object.
//
// Fact: a flat object with secrets in clear, without metadata; ETag in a header; If-None-Match equal gives 304,
// If-Match different gives 412, both empty and with the tag. Source: Destination Service OpenAPI and
// SAP-docs/btp-connectivity 84c5d38, read 2026-11-23. [documented]
func (d *desk) one() *answer {
	i := d.shelf[d.params["name"]]
	if i == nil {
		return d.fail(http.StatusNotFound, d.fam.missing(d.params["name"]))
	}
	tag := i.etag(d.l.behaviour)
	if a := d.conditional(tag); a != nil {
		return a
	}
	return asJSON(http.StatusOK, d.render(i, nil)).with("ETag", tag)
}

// conditional answers a read whose condition about the entity tag decides it, or nil.
func (c *call) conditional(tag string) *answer {
	if v := c.header("If-Match"); v != "" && !sameTag(v, tag) {
		return empty(http.StatusPreconditionFailed).with("ETag", tag)
	}
	if v := c.header("If-None-Match"); v != "" && sameTag(v, tag) {
		return empty(http.StatusNotModified).with("ETag", tag)
	}
	return nil
}

// render makes the JSON form of an item with the chosen metadata.
func (d *desk) render(i *item, fields []string) map[string]any {
	out := map[string]any{}
	for k, v := range i.Properties {
		if d.l.behaviour.MaskSecrets && slices.Contains(maskedKeys, k) {
			v = "<redacted>"
		}
		out[k] = v
	}
	if len(fields) == 0 {
		return out
	}
	meta := map[string]any{}
	for _, f := range fields {
		switch f {
		case "modification_time":
			meta[f] = strconv.FormatInt(i.Modified, 10)
		case "etag":
			meta[f] = i.etag(d.l.behaviour)
		case "shared_with_subscriber":
			meta[f] = i.Shared
		case "labels":
			meta[f] = i.labelList()
		}
	}
	out["$metadata"] = meta
	return out
}

// metadataFields reads $includeMetadata, a ;-separated list of known fields.
func metadataFields(v string, known ...string) (fields []string, ok bool) {
	if v == "" {
		return nil, true
	}
	fields = strings.Split(v, ";")
	unknown := func(f string) bool { return !slices.Contains(known, f) }
	return fields, !slices.ContainsFunc(fields, unknown)
}

// sameTag compares entity tags by their content: quotes and weakness do not matter, and * fits any.
func sameTag(given, tag string) bool {
	bare := func(s string) string { return strings.Trim(strings.TrimPrefix(strings.TrimSpace(s), "W/"), `"`) }
	for g := range strings.SplitSeq(given, ",") {
		if bare(g) == "*" || bare(g) == bare(tag) {
			return true
		}
	}
	return false
}

// maskedKeys are the secrets of the landscape switch MaskSecrets.
//
// Fact: SAP's own backend masks these keys. Source: SAP/terraform-provider-btp issue 1322, read 2026-11-23. [observed]
var maskedKeys = []string{"Password", "clientSecret", "mail.password", "ldap.password", "jco.client.passwd"}
