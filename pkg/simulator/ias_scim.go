package simulator

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The schemas that Identity Authentication uses.
const (
	schemaUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	schemaGroup      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	schemaEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	schemaUserExt    = "urn:ietf:params:scim:schemas:extension:sap:2.0:User"
	schemaGroupExt   = "urn:sap:cloud:scim:schemas:extension:custom:2.0:Group"
	schemaError      = "urn:ietf:params:scim:api:messages:2.0:Error"
	schemaList       = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	schemaPatch      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

	scimType = "application/scim+json"
)

// tenant is one Identity Authentication tenant.
type tenant struct {
	Serial int64              `json:"serial"`
	Users  map[string]*entity `json:"users"`
	Groups map[string]*entity `json:"groups"`
	// Schemas are those that the tenant has beside the built-in ones, by id.
	Schemas map[string]*entity `json:"schemas,omitempty"`
}

// entity is one person or group, without the attributes that the server makes.
type entity struct {
	Serial     int64     `json:"serial"` // order of creation
	Version    int64     `json:"version"`
	Created    time.Time `json:"created"`
	Modified   time.Time `json:"modified"`
	Attributes document  `json:"attributes"`
}

// add stores a new entity.
func (t *tenant) add(in map[string]*entity, id string, attributes document, now time.Time) {
	t.Serial++
	now = now.UTC()
	in[id] = &entity{Serial: t.Serial, Version: 1, Created: now, Modified: now, Attributes: attributes}
}

// directory is one collection of a tenant while a call is served.
type directory struct {
	*call
	l        *Landscape
	tenant   *tenant
	kind     string // Users or Groups
	entities map[string]*entity
}

func (l *Landscape) scimRoutes() []route {
	var list []route
	for _, kind := range []string{"Users", "Groups"} {
		base := "/scim/" + kind
		for _, slash := range []string{"", "/"} {
			list = append(list,
				l.on("GET", base+slash, l.directory(kind, (*directory).list)),
				l.on("POST", base+slash, l.directory(kind, (*directory).create)))
		}
		list = append(list,
			l.on("GET", base+"/{id}", l.directory(kind, (*directory).one)),
			l.on("PUT", base+"/{id}", l.directory(kind, (*directory).replace)),
			l.on("PATCH", base+"/{id}", l.directory(kind, (*directory).patch)),
			l.on("DELETE", base+"/{id}", l.directory(kind, (*directory).remove)))
	}
	return append(append(list, l.schemaRoutes()...), l.on("GET", "/scim/ServiceProviderConfig", l.noConfig))
}

// noConfig answers the discovery of features, which the directory does not offer: clients must know what it can.
//
// Fact: 404. Source: our notes on the SCIM API, where no page documents it, read 2026-11-23. [assumed]
func (l *Landscape) noConfig(c *call) *answer {
	if a := l.enter(c, nil); a != nil {
		return a
	}
	return scimError(http.StatusNotFound, "", "Resource not found")
}

// directory lets a call in.
//
// Fact: reading users needs Read Users or Manage Users, writing them Manage Users, groups Manage Groups. Source:
// SAP-docs/btp-cloud-identity-services Operation-Guide/add-administrators-bbbdbdd.md, read 2026-11-23. [documented]
// Fact: a write without the SCIM content type is 415. Source: SAP knowledge base article 2942542, read 2026-11-23.
// [documented]
func (l *Landscape) directory(kind string, h func(*directory) *answer) handler {
	return func(c *call) *answer {
		refused, slow := l.scimLimit(c)
		if refused != nil {
			return refused
		}
		t := l.state.Tenants[c.host]
		d := &directory{call: c, l: l, tenant: t, kind: kind, entities: t.Users}
		need := []string{authManageUsers}
		reads := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
		if kind == "Groups" {
			d.entities, need = t.Groups, []string{authManageGroups}
		} else if reads {
			need = append(need, authReadUsers)
		}
		forbidden := func() *answer { return scimError(http.StatusForbidden, "", "Forbidden") }
		if a := l.enter(c, forbidden, need...); a != nil {
			return a
		}
		if !reads && c.r.Method != http.MethodDelete && mediaType(c.header("Content-Type")) != scimType {
			return scimError(http.StatusUnsupportedMediaType, "", "Unsupported Media Type")
		}
		a := h(d).withFront()
		a.slow = slow
		return a
	}
}

// withFront adds the headers of the tenant's front.
//
// Fact: these, and some more that name machines. Source: recordings in
// SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [observed]
func (a *answer) withFront() *answer {
	return a.with("Server", "SAP").with("Cache-Control", "private,no-cache,no-store").
		with("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload").
		with("X-Content-Type-Options", "nosniff").with("Referrer-Policy", "origin").with("X-Robots-Tag", "none").
		with("X-Ids-Namespace", "ias").with("X-Ids-Id", strings.ToUpper(newUUID()))
}

// scimError answers an error of the directory.
//
// Fact: status is a string here; the header X-Message-Code says IDS_EXCEPTION. Source: recordings in
// SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [observed]
func scimError(status int, kind, detail string) *answer {
	body := map[string]any{"schemas": []string{schemaError}, "detail": detail, "status": strconv.Itoa(status)}
	if kind != "" {
		body["scimType"] = kind
	}
	return jsonAs(status, scimType, body).with("X-Message-Code", "IDS_EXCEPTION")
}

// sorted lists the ids in order of creation, so that pages do not overlap.
func (d *directory) sorted() []string {
	return slices.SortedFunc(maps.Keys(d.entities), func(a, b string) int {
		return int(d.entities[a].Serial - d.entities[b].Serial)
	})
}

// render adds to an entity what the server makes: id, meta, and the groups of a person.
func (d *directory) render(id string) document {
	e := d.entities[id]
	out, _ := copyJSON(e.Attributes).(document)
	out["id"] = id
	out["meta"] = document{
		"resourceType": strings.TrimSuffix(d.kind, "s"), "location": "https://" + d.host + "/scim/" + d.kind + "/" + id,
		"created": e.Created.Format(scimTime), "lastModified": e.Modified.Format(scimTime), "version": e.tag(id),
	}
	if d.kind == "Users" {
		if groups := d.tenant.groupsOf(id); groups != nil {
			out["groups"] = groups
		}
	}
	return out
}

const scimTime = "2006-01-02T15:04:05.000Z"

func (e *entity) tag(id string) string { return derivedUUID(id, strconv.FormatInt(e.Version, 10)) }

// groupsOf lists the groups that have a person as member, in order of creation.
func (t *tenant) groupsOf(user string) []any {
	var out []any
	ids := slices.SortedFunc(maps.Keys(t.Groups), func(a, b string) int {
		return int(t.Groups[a].Serial - t.Groups[b].Serial)
	})
	for _, id := range ids {
		members, _ := t.Groups[id].Attributes["members"].([]any)
		for _, m := range members {
			if m, ok := m.(document); ok && m["value"] == user {
				out = append(out, document{"value": id, "display": t.Groups[id].Attributes["displayName"]})
			}
		}
	}
	return out
}

// one answers a single entity with its entity tag; a missing one is named in the detail of the 404.
//
// Fact: as said. Source: recordings in SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [observed]
// If-None-Match with the tag answers 304, as RFC 7644, section 3.14, has it. [assumed]
func (d *directory) one() *answer {
	id := d.params["id"]
	if d.entities[id] == nil {
		return d.notThere()
	}
	tag := d.entities[id].tag(id)
	if v := d.header("If-None-Match"); v != "" && sameTag(v, tag) {
		return empty(http.StatusNotModified).with("ETag", `"`+tag+`"`)
	}
	return d.answer(http.StatusOK, id)
}

// answer is an entity with its tag in quotes, equal to meta.version.
func (d *directory) answer(status int, id string) *answer {
	return jsonAs(status, scimType, d.query.project(d.render(id))).with("ETag", `"`+d.entities[id].tag(id)+`"`)
}

func (d *directory) notThere() *answer {
	return scimError(http.StatusNotFound, "", strings.TrimSuffix(d.kind, "s")+" "+d.params["id"]+" not found")
}
