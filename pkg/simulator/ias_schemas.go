package simulator

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const schemaSchema = "urn:ietf:params:scim:schemas:core:2.0:Schema"

// attributeDefaults is what an attribute is unless it says otherwise.
//
// Fact: a schema that was sent without caseExact is answered with false, and multivalued is answered as multiValued.
// Source: recordings in SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [observed]
var attributeDefaults = document{
	"type": "string", "multiValued": false, "required": false, "caseExact": false, "mutability": "readWrite",
	"returned": "default", "uniqueness": "none",
}

// builtIn are the schemas of every tenant, as far as the landscape's people and groups use them: an attribute a line,
// with a type unless it is a string, "[]" where it has several values, "!" where it is required, "-" where only the
// server sets it; a line that begins with a blank belongs to the complex attribute above it.
//
// Fact: the schemas exist with these attributes and more. Source: recordings in
// SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [observed]
var builtIn = []struct{ id, name, description, attributes string }{
	{schemaUser, "User", "User Account", `
userName !
name complex
 givenName
 familyName
 middleName
 honorificPrefix
 formatted
displayName
nickName
title
userType
preferredLanguage
locale
timezone
active boolean
externalId
emails [] complex
 value
 type
 primary boolean
phoneNumbers [] complex
 value
 type
 primary boolean
groups [] complex -
 value -
 display -`},
	{schemaGroup, "Group", "Group", `
displayName !
externalId
members [] complex
 value
 type
 display -`},
	{schemaEnterprise, "User", "Enterprise User", `
employeeNumber
costCenter
organization
division
department
manager complex
 value
 displayName -`},
	{schemaUserExt, "User", "SAP User", `
userUuid -
userId
status
mailVerified boolean
sourceSystem integer
emails [] complex
 value
 type
 primary boolean`},
	{schemaGroupExt, "Group", "Custom Group", `
name
groupId
additionalId
description`},
}

// attributesOf reads the lines of a built-in schema.
func attributesOf(lines string) []any {
	var out []any
	for line := range strings.Lines(strings.TrimPrefix(lines, "\n")) {
		words := strings.Fields(line)
		a := maps.Clone(attributeDefaults)
		a["name"] = words[0]
		for _, w := range words[1:] {
			switch w {
			case "[]":
				a["multiValued"] = true
			case "!":
				a["required"], a["uniqueness"] = true, "server"
			case "-":
				a["mutability"] = "readOnly"
			default:
				a["type"] = w
			}
		}
		if line[0] != ' ' {
			out = append(out, a)
			continue
		}
		last := out[len(out)-1].(document) // put there above
		subs, _ := last["subAttributes"].([]any)
		last["subAttributes"] = append(subs, a)
	}
	return out
}

func (l *Landscape) schemaRoutes() []route {
	const base = "/scim/Schemas"
	return []route{
		l.on("GET", base, l.schemas(listSchemas)), l.on("GET", base+"/", l.schemas(listSchemas)),
		l.on("POST", base, l.schemas(createSchema, authManageUsers)), l.on("POST", base+"/", l.schemas(createSchema, authManageUsers)),
		l.on("GET", base+"/{id}", l.schemas(oneSchema)),
		l.on("DELETE", base+"/{id}", l.schemas(removeSchema, authManageUsers)),
	}
}

// schemaCall is one call to the schemas of a tenant.
type schemaCall struct {
	*call
	l      *Landscape
	tenant *tenant
}

// schemas lets a call in. That reading needs any authorization, and writing Manage Users, is assumed.
func (l *Landscape) schemas(h func(*schemaCall) *answer, need ...string) handler {
	return func(c *call) *answer {
		forbidden := func() *answer { return scimError(http.StatusForbidden, "", "Forbidden") }
		if a := l.enter(c, forbidden, need...); a != nil {
			return a
		}
		return h(&schemaCall{c, l, l.state.Tenants[c.host]}).withFront()
	}
}

// all lists the built-in schemas, then those of the tenant in order of creation.
func (c *schemaCall) all() []any {
	var out []any
	for _, b := range builtIn {
		out = append(out, document{
			"id": b.id, "name": b.name, "description": b.description, "schemas": []any{schemaSchema},
			"attributes": attributesOf(b.attributes), "meta": document{"resourceType": "Schema", "location": c.location(b.id)},
		})
	}
	own := c.tenant.Schemas
	for _, id := range slices.SortedFunc(maps.Keys(own), func(a, b string) int { return int(own[a].Serial - own[b].Serial) }) {
		out = append(out, c.render(id))
	}
	return out
}

// location of a schema; its colons are escaped, as recorded.
func (c *schemaCall) location(id string) string {
	return "https://" + c.host + "/scim/Schemas/" + url.QueryEscape(id)
}

func (c *schemaCall) render(id string) document {
	e := c.tenant.Schemas[id]
	out, _ := copyJSON(e.Attributes).(document)
	out["meta"] = document{
		"resourceType": "Schema", "location": c.location(id), "version": e.tag(id),
		"created": e.Created.Format(scimTime), "lastModified": e.Modified.Format(scimTime),
	}
	return out
}

// listSchemas answers all schemas at once.
//
// Fact: the list has itemsPerPage 1000. Source: recordings in SAP/terraform-provider-sap-cloud-identity-services, read
// 2026-11-23. [observed]
func listSchemas(c *schemaCall) *answer {
	all := c.all()
	return jsonAs(http.StatusOK, scimType, map[string]any{
		"schemas": []string{schemaList}, "totalResults": len(all), "itemsPerPage": 1000, "startIndex": 1, "Resources": all,
	})
}

// oneSchema answers one schema, with Location and, for those of the tenant, its entity tag. [observed]
func oneSchema(c *schemaCall) *answer {
	id := c.params["id"]
	i := slices.IndexFunc(c.all(), func(s any) bool { return idOf(s) == id })
	if i < 0 {
		return c.missing()
	}
	a := jsonAs(http.StatusOK, scimType, c.all()[i]).with("Location", c.location(id))
	if e := c.tenant.Schemas[id]; e != nil {
		a.with("ETag", `"`+e.tag(id)+`"`)
	}
	return a
}

func (c *schemaCall) missing() *answer {
	return scimError(http.StatusNotFound, "", "Schema "+c.params["id"]+" not found")
}

// createSchema adds a schema of the tenant's own.
//
// Fact: POST answers 201 with Location, an ETag equal to meta.version, and the attributes with what they left out.
// Source: recordings in SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [observed] What is refused,
// and how, is assumed.
func createSchema(c *schemaCall) *answer {
	var in document
	if mediaType(c.header("Content-Type")) != scimType {
		return scimError(http.StatusUnsupportedMediaType, "", "Unsupported Media Type")
	}
	if c.decode(&in) != nil || in == nil {
		return scimError(http.StatusBadRequest, "invalidSyntax", "want a JSON object")
	}
	id := idOf(in)
	list, _ := in["attributes"].([]any)
	attributes := wholeAttributes(list)
	if !strings.HasPrefix(id, "urn:") || in["name"] == nil || len(attributes) == 0 {
		return scimError(http.StatusBadRequest, "invalidValue", "id as a urn, name and attributes are required")
	}
	if slices.ContainsFunc(c.all(), func(s any) bool { return strings.EqualFold(idOf(s), id) }) {
		return scimError(http.StatusConflict, "uniqueness", "Schema "+id+" already exists")
	}
	delete(in, "meta")
	in["schemas"], in["attributes"] = []any{schemaSchema}, attributes
	make1(&c.tenant.Schemas)
	c.tenant.add(c.tenant.Schemas, id, in, c.l.time())
	c.l.touch()
	return jsonAs(http.StatusCreated, scimType, c.render(id)).with("Location", c.location(id)).
		with("ETag", `"`+c.tenant.Schemas[id].tag(id)+`"`)
}

// wholeAttributes fills in what attributes leave out; nil when one of them is none.
func wholeAttributes(list []any) []any {
	var out []any
	for _, item := range list {
		in, _ := item.(document)
		if name, _ := in["name"].(string); name == "" {
			return nil
		}
		a := maps.Clone(attributeDefaults)
		for k, v := range in {
			if strings.EqualFold(k, "multiValued") {
				k = "multiValued"
			}
			a[k] = v
		}
		if subs, ok := a["subAttributes"].([]any); ok {
			whole := wholeAttributes(subs)
			if whole == nil {
				return nil
			}
			a["subAttributes"] = whole
		}
		out = append(out, a)
	}
	return out
}

// removeSchema answers DELETE of a schema of the tenant's own with 204. [observed] The others stay: 403. [assumed]
func removeSchema(c *schemaCall) *answer {
	id := c.params["id"]
	switch {
	case c.tenant.Schemas[id] != nil:
		delete(c.tenant.Schemas, id)
		c.l.touch()
		return empty(http.StatusNoContent)
	case slices.ContainsFunc(c.all(), func(s any) bool { return idOf(s) == id }):
		return scimError(http.StatusForbidden, "mutability", "Schema "+id+" cannot be deleted")
	}
	return c.missing()
}
