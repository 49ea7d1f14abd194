package conformance

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// destinationBehaviours are those of single destinations.
//
// Source of all: the Destination service's OpenAPI (copies in SAP/crossplane-provider-btp and SAP/cloud-sdk-python)
// and SAP-docs/btp-connectivity, read 2026-11-23.
var destinationBehaviours = []behaviour{
	{"a token is needed", func(p *probe) {
		if a := p.callAs(p.Anonymous, "GET", p.destinations(), nil); a.status != http.StatusUnauthorized {
			p.Errorf("status %d, want 401", a.status)
		}
	}},
	{"create answers 201 and a second one 409", createsOnce},
	{"create answers metadata when asked", createsWithMetadata},
	{"one is read back flat and in clear with an entity tag", readsBack},
	{"conditions on reads answer 304 and 412", conditions},
	{"put overwrites all", overwrites},
	{"put does not create", doesNotUpsert},
	{"patch changes what it names", patches},
	{"delete counts", deletes},
	{"the levels are apart", levelsApart},
}

func createsOnce(p *probe) {
	d := p.destination("A", nil)
	if a := p.create(p.destinations(), d); len(a.body) != 0 {
		p.Errorf("201 with a body of %d bytes, want none", len(a.body))
	}
	if a := p.want(409, "POST", p.destinations(), d); !strings.Contains(string(a.body), "Duplicate key") {
		p.Error("409 does not say Duplicate key")
	}
}

func createsWithMetadata(p *probe) {
	d := p.destination("A", nil)
	p.clean(p.destinations(), d)
	a := p.want(201, "POST", p.destinations()+"?"+query("$includeMetadata", "modification_time;etag"), d)
	if len(a.body) == 0 && !p.Disposable {
		p.Skip("skipped: this service does not have it")
	}
	meta, _ := p.object(a)["$metadata"].(object)
	if tag := p.want(200, "GET", one(p.destinations(), p.name("A")), nil).header.Get("ETag"); bareOf(meta["etag"]) != bare(tag) {
		p.Errorf("metadata has tag %v, the header %s", meta["etag"], tag)
	}
	if meta["modification_time"] == nil {
		p.Error("no modification_time")
	}
}

// query is one query parameter.
func query(name, value string) string { return url.Values{name: {value}}.Encode() }

// bare is an entity tag without quotes: some services may add them.
func bare(tag string) string { return strings.Trim(tag, `"`) }

func bareOf(tag any) string {
	text, _ := tag.(string)
	return bare(text)
}

func readsBack(p *probe) {
	d := p.destination("A", object{"a.custom.Property": "kept", "A.Custom.property": "beside it", "empty": ""})
	p.create(p.destinations(), d)
	a := p.want(200, "GET", one(p.destinations(), p.name("A")), nil)
	p.equal("read back", p.object(a), d)
	if a.header.Get("ETag") == "" {
		p.Error("no ETag")
	}
	p.want(404, "GET", one(p.destinations(), p.name("NONE")), nil)
}

func conditions(p *probe) {
	p.create(p.destinations(), p.destination("A", nil))
	address := one(p.destinations(), p.name("A"))
	tag := p.want(200, "GET", address, nil).header.Get("ETag")
	a := p.want(304, "GET", address, nil, "If-None-Match", tag)
	if len(a.body) != 0 || a.header.Get("ETag") != tag {
		p.Errorf("304 has %d bytes and the tag %q", len(a.body), a.header.Get("ETag"))
	}
	p.want(200, "GET", address, nil, "If-Match", tag)
	p.want(412, "GET", address, nil, "If-Match", strings.Repeat("0", 64))
	p.want(200, "GET", address, nil, "If-None-Match", strings.Repeat("0", 64))
}

func overwrites(p *probe) {
	p.create(p.destinations(), p.destination("A", object{"goes": "away"}))
	address := one(p.destinations(), p.name("A"))
	before := p.want(200, "GET", address, nil).header.Get("ETag")
	next := p.destination("A", object{"Description": "changed"})
	if n := p.object(p.want(200, "PUT", p.destinations(), next))["Count"]; n != 1.0 {
		p.Errorf("Count %v, want 1", n)
	}
	a := p.want(200, "GET", address, nil)
	p.equal("overwritten", p.object(a), next)
	if a.header.Get("ETag") == before {
		p.Error("the tag is the same after a change")
	}
	// Equal content is taken, and the tag is made of the content.
	p.want(200, "PUT", p.destinations(), next)
	if tag := p.want(200, "GET", address, nil).header.Get("ETag"); tag != a.header.Get("ETag") {
		p.Error("the tag changed with equal content")
	}
}

func doesNotUpsert(p *probe) {
	d := p.destination("NONE", nil)
	p.clean(p.destinations(), d)
	p.want(404, "PUT", p.destinations(), d)
	p.want(404, "GET", one(p.destinations(), p.name("NONE")), nil)
}

func patches(p *probe) {
	p.create(p.destinations(), p.destination("A", object{"goes": "away"}))
	a := p.call("PATCH", p.destinations(), object{"Name": p.name("A"), "Description": "changed", "goes": nil})
	p.optional(a)
	if a.status != http.StatusNoContent || len(a.body) != 0 {
		p.Fatalf("status %d, want 204 without a body", a.status)
	}
	got := p.object(p.want(200, "GET", one(p.destinations(), p.name("A")), nil))
	p.equal("patched", got, p.destination("A", object{"Description": "changed"}))
	p.want(404, "PATCH", p.destinations(), object{"Name": p.name("NONE"), "Description": "x"})
}

func deletes(p *probe) {
	p.create(p.destinations(), p.destination("A", nil))
	address := one(p.destinations(), p.name("A"))
	if n := p.object(p.want(200, "DELETE", address, nil))["Count"]; n != 1.0 {
		p.Errorf("Count %v, want 1", n)
	}
	p.want(404, "GET", address, nil)
	// What a missing name is answered is contradictory: 404 or a count of 0.
	if a := p.call("DELETE", address, nil); a.status != 404 && (a.status != 200 || p.object(a)["Count"] != 0.0) {
		p.Errorf("deleted again: status %d", a.status)
	}
	if p.Disposable { // a service that took this for "all" would empty the subaccount
		p.want(400, "DELETE", p.destinations(), nil)
	}
}

func levelsApart(p *probe) {
	other := *p
	other.level = levels[(slices.Index(levels, p.level)+1)%len(levels)]
	p.create(p.destinations(), p.destination("A", nil))
	p.want(404, "GET", one(other.destinations(), p.name("A")), nil)
	other.create(other.destinations(), p.destination("A", object{"Description": "the other one"}))
	p.want(200, "DELETE", one(other.destinations(), p.name("A")), nil)
	p.equal("left alone", p.object(p.want(200, "GET", one(p.destinations(), p.name("A")), nil)), p.destination("A", nil))
}
