package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// create answers POST.
//
// Fact: 201 with Location and an ETag equal to meta.version; a missing required attribute is 400 and the detail names
// it; a primary e-mail that exists is 409. Source: recordings in SAP/terraform-provider-sap-cloud-identity-services
// and SAP knowledge base articles 3736363 and 3615000, read 2026-11-23. [observed]
func (d *directory) create() *answer {
	attributes, a := d.read("")
	if a != nil {
		return a
	}
	id := newUUID()
	if d.kind == "Users" {
		ext, ok := attributes[schemaUserExt].(document)
		if !ok {
			ext = document{}
			attributes[schemaUserExt] = ext
		}
		ext["userUuid"] = id
	}
	d.tenant.add(d.entities, id, attributes, d.l.time())
	d.l.touch()
	return d.answer(http.StatusCreated, id).with("Location", "https://"+d.host+"/scim/"+d.kind+"/"+id)
}

// replace answers PUT, which replaces everything that the client may set.
//
// Fact: PUT exists and replaces (RFC 7644); 200 with the entity. Source: SAP-docs/btp-cloud-identity-services, which
// recommends PUT to consumers, read 2026-11-23. [documented, status assumed]
func (d *directory) replace() *answer {
	e, a := d.writable()
	if a != nil {
		return a
	}
	attributes, a := d.read(d.params["id"])
	if a != nil {
		return a
	}
	d.set(e, attributes)
	return d.answer(http.StatusOK, d.params["id"])
}

// remove answers DELETE; a person who leaves is a member of nothing.
//
// Fact: 204. Source: recordings in SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [observed]
func (d *directory) remove() *answer {
	if _, a := d.writable(); a != nil {
		return a
	}
	id := d.params["id"]
	delete(d.entities, id)
	if d.kind == "Users" {
		for _, g := range d.tenant.Groups {
			g.Attributes["members"] = withoutMember(g.Attributes["members"], id)
		}
	}
	d.l.touch()
	return empty(http.StatusNoContent)
}

// writable finds the entity of a write and checks If-Match.
func (d *directory) writable() (*entity, *answer) {
	e := d.entities[d.params["id"]]
	if e == nil {
		return nil, d.notThere()
	}
	if v := d.header("If-Match"); v != "" && !sameTag(v, e.tag(d.params["id"])) {
		return nil, scimError(http.StatusPreconditionFailed, "", "version does not match")
	}
	return e, nil
}

func (d *directory) set(e *entity, attributes document) {
	e.Attributes, e.Modified = attributes, d.l.time().UTC()
	e.Version++
	d.l.touch()
}

// read decodes and checks an entity of a body; what the server makes is dropped.
func (d *directory) read(id string) (document, *answer) {
	var in document
	if err := d.decode(&in); err != nil || in == nil {
		return nil, scimError(http.StatusBadRequest, "invalidSyntax", "want a JSON object")
	}
	for _, k := range []string{"id", "meta", "groups"} {
		delete(in, k)
	}
	return in, d.check(in, id)
}

// check enforces what must be there and what must be unique.
func (d *directory) check(in document, id string) *answer {
	required := "userName"
	if d.kind == "Groups" {
		required = "displayName"
	}
	name, _ := in[required].(string)
	if name == "" {
		return scimError(http.StatusBadRequest, "invalidValue", "Missing required creator property '"+required+"'")
	}
	mail := primaryMail(in)
	for other, e := range d.entities {
		if other == id {
			continue
		}
		if o, _ := e.Attributes[required].(string); strings.EqualFold(o, name) {
			return scimError(http.StatusConflict, "uniqueness", required+" already exists")
		}
		if mail != "" && strings.EqualFold(primaryMail(e.Attributes), mail) {
			return scimError(http.StatusConflict, "uniqueness", "A user with the same primary email already exists!")
		}
	}
	return d.checkMembers(in)
}

// checkMembers refuses members that do not exist.
func (d *directory) checkMembers(in document) *answer {
	members, ok := in["members"].([]any)
	if in["members"] != nil && !ok {
		return scimError(http.StatusBadRequest, "invalidValue", "members: want a list")
	}
	for _, m := range members {
		m, _ := m.(document)
		v, _ := m["value"].(string)
		if d.tenant.Users[v] == nil && d.tenant.Groups[v] == nil {
			return scimError(http.StatusBadRequest, "invalidValue", "members: no member "+v)
		}
	}
	return nil
}

// primaryMail is the primary e-mail of a person, or the only one.
func primaryMail(in document) string {
	mails, _ := in["emails"].([]any)
	for _, m := range mails {
		m, _ := m.(document)
		v, _ := m["value"].(string)
		if m["primary"] == true || len(mails) == 1 {
			return v
		}
	}
	return ""
}

func withoutMember(members any, id string) []any {
	list, _ := members.([]any)
	return slices.DeleteFunc(slices.Clone(list), func(m any) bool {
		d, _ := m.(document)
		return d["value"] == id
	})
}
