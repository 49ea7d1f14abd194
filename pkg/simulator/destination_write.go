package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// outcome is what became of one object of a request.
type outcome struct {
	name   string
	status int
	cause  string
	item   *item // what is on the shelf now; nil when there is nothing
}

// create answers POST.
//
// Fact: 201 without a body, or with the metadata that was asked for; an array answers one result for each item, 201
// or 207; an existing name is 409 "Duplicate key", with the metadata of what exists when it was asked for. Source:
// Destination Service OpenAPI (SAP/crossplane-provider-btp swagger.json), read 2026-11-23. [documented] An array in
// which all items fail is answered 207 as well. [assumed]
func (d *desk) create() *answer {
	fields, ok := metadataFields(d.query["$includeMetadata"], "modification_time", "etag", "shared_with_subscriber")
	if !ok {
		return d.fail(http.StatusBadRequest, "invalid $includeMetadata")
	}
	return d.write(http.StatusCreated, fields, d.createOne, func(o outcome) *answer {
		if fields == nil {
			return empty(o.status)
		}
		return asJSON(o.status, map[string]any{"$metadata": d.render(o.item, fields)["$metadata"]})
	})
}

// replace answers PUT.
//
// Fact: PUT is a full overwrite and no upsert: what is not sent is gone, a missing name is 404; 200 {"Count":1}, an
// array answers results. Source: Destination Service OpenAPI, read 2026-11-23. [documented]
// Fact: If-Match is not in SAP's specification of PUT, while a client of SAP's sends it and claims support. Source:
// SAP/crossplane-provider-btp pull request 939, read 2026-11-23. [observed in clients] It is enforced here unless
// Behaviour.IfMatchIgnored.
func (d *desk) replace() *answer {
	return d.write(http.StatusOK, nil, d.replaceOne, func(o outcome) *answer {
		return asJSON(o.status, map[string]int{"Count": 1})
	})
}

// write decodes one object or an array of them and applies one to each; fields are the metadata of the results.
func (d *desk) write(good int, fields []string, one func(json.RawMessage) outcome, single func(outcome) *answer) *answer {
	if !d.isJSON() {
		return d.fail(http.StatusUnsupportedMediaType, "want application/json")
	}
	body := bytes.TrimSpace(d.body)
	if !d.fam.arrays || !bytes.HasPrefix(body, []byte("[")) {
		o := one(body)
		switch {
		case o.cause != "" && o.item != nil && fields != nil:
			return asJSON(o.status, map[string]any{"ErrorMessage": o.cause, "$metadata": d.render(o.item, fields)["$metadata"]})
		case o.cause != "":
			return d.fail(o.status, o.cause)
		}
		return single(o)
	}
	var list []json.RawMessage
	if err := decodeJSON(body, &list); err != nil || len(list) == 0 {
		return d.fail(http.StatusBadRequest, "want an array of objects")
	}
	results, status := []any{}, good
	for _, raw := range list {
		o := one(raw)
		result := map[string]any{"name": o.name, "status": o.status}
		if o.cause != "" {
			result["cause"], status = o.cause, http.StatusMultiStatus
		} else {
			result["etag"] = o.item.etag(d.l.behaviour)
		}
		if o.item != nil && fields != nil {
			result["$metadata"] = d.render(o.item, fields)["$metadata"]
		}
		results = append(results, result)
	}
	return asJSON(status, results)
}

func (d *desk) createOne(raw json.RawMessage) outcome {
	name, i, cause := d.parse(raw)
	switch {
	case cause != "":
		return outcome{name: name, status: http.StatusBadRequest, cause: cause}
	case d.shelf[name] != nil:
		return outcome{name: name, status: http.StatusConflict, cause: "Duplicate key", item: d.shelf[name]}
	case len(d.shelf) >= or(d.l.behaviour.MaxEntities, 1000):
		// Fact: 1,000 entities of a type per subaccount. Source: SAP-docs/btp-connectivity 8ff5483, read
		// 2026-11-23. [documented] The status is assumed.
		return outcome{name: name, status: http.StatusBadRequest, cause: "The maximum number of entities is reached"}
	}
	return d.store(name, i, http.StatusCreated)
}

func (d *desk) replaceOne(raw json.RawMessage) outcome {
	name, i, cause := d.parse(raw)
	if cause != "" {
		return outcome{name: name, status: http.StatusBadRequest, cause: cause}
	}
	have := d.shelf[name]
	if have == nil {
		return outcome{name: name, status: http.StatusNotFound, cause: d.fam.missing(name)}
	}
	if !d.mayChange(have) {
		return outcome{name: name, status: http.StatusPreconditionFailed, cause: "Precondition Failed"}
	}
	return d.store(name, i, http.StatusOK)
}

// mayChange tells whether If-Match, when sent, names what is there.
func (d *desk) mayChange(have *item) bool {
	v := d.header("If-Match")
	return v == "" || d.l.behaviour.IfMatchIgnored || sameTag(v, have.etag(d.l.behaviour))
}

// store puts an item on the shelf; the labels of what stood there stay.
func (d *desk) store(name string, i *item, status int) outcome {
	if have := d.shelf[name]; have != nil {
		i.Labels = have.Labels
	}
	i.Modified = d.l.time().UnixMilli()
	d.shelf[name] = i
	d.fam.shelves(d.l.state)[d.scope] = d.shelf
	d.l.touch()
	return outcome{name: name, status: status, item: i}
}

// patch answers PATCH.
//
// Fact: listed properties are added or changed, null removes, the rest stays; the name stands in the body; 204
// without a body; only in specifications since late 2025. Source: Destination Service OpenAPI, read 2026-11-23.
// [documented]
func (d *desk) patch() *answer {
	if d.l.behaviour.PatchMissing {
		return d.fail(http.StatusMethodNotAllowed, "Method Not Allowed")
	}
	var in map[string]*string
	if !d.isJSON() || decodeJSON(d.body, &in) != nil || in[d.fam.key] == nil {
		return d.fail(http.StatusBadRequest, "want an object with "+d.fam.key+" and string values")
	}
	name := *in[d.fam.key]
	have := d.shelf[name]
	if have == nil {
		return d.fail(http.StatusNotFound, d.fam.missing(name))
	}
	if !d.mayChange(have) {
		return d.fail(http.StatusPreconditionFailed, "Precondition Failed")
	}
	next := &item{Properties: maps.Clone(have.Properties), Shared: have.Shared}
	for k, v := range in {
		if v == nil {
			delete(next.Properties, k)
		} else {
			next.Properties[k] = *v
		}
	}
	if cause := d.fam.check(name, next.Properties); cause != "" && !d.l.behaviour.Lax {
		return d.fail(http.StatusBadRequest, cause)
	}
	d.store(name, next, http.StatusNoContent)
	return empty(http.StatusNoContent)
}

// remove answers DELETE of one name.
//
// Fact: 200 {"Count":1}; 400 when the destination is used as assertion provider. Source: Destination Service OpenAPI,
// read 2026-11-23. [documented] Whether a missing name is 404 or Count 0 differs between texts: a switch.
func (d *desk) remove() *answer {
	name := d.params["name"]
	if d.shelf[name] == nil {
		if d.l.behaviour.DeleteMissingCounts {
			return asJSON(http.StatusOK, map[string]int{"Count": 0})
		}
		return d.fail(http.StatusNotFound, d.fam.missing(name))
	}
	if cause := d.fam.used(d, name); cause != "" {
		return d.fail(http.StatusBadRequest, cause)
	}
	delete(d.shelf, name)
	d.l.touch()
	return asJSON(http.StatusOK, map[string]int{"Count": 1})
}

// usedAsProvider names the destination that uses another one as assertion provider.
//
// Fact: such a deletion is refused with this text. Source: Destination Service OpenAPI, read 2026-11-23. [documented]
// Which properties make an assertion provider is not said there: these two name one. [assumed]
func usedAsProvider(d *desk, name string) string {
	for _, other := range slices.Sorted(maps.Keys(d.shelf)) {
		p := d.shelf[other].Properties
		if p["clientAssertion.destinationName"] == name || p["SAMLAssertionProvider"] == name {
			return fmt.Sprintf("Cannot perform operation on the destination '%s' because it is used as an assertion "+
				"provider for destination '%s'", name, other)
		}
	}
	return ""
}

// removeMany answers DELETE with a filter.
//
// Fact: the filter is required and an in-list only; a summary names each. Source: Destination Service OpenAPI, read
// 2026-11-23. [documented] Without a filter nothing is deleted: 400. [assumed, the only safe reading]
func (d *desk) removeMany() *answer {
	names, ok := inList(d.query["$filter"])
	if !ok {
		return d.fail(http.StatusBadRequest, "want $filter=Name in (...)")
	}
	for _, name := range names {
		if d.shelf[name] != nil && d.fam.used(d, name) != "" {
			return d.fail(http.StatusBadRequest, fmt.Sprintf("Unable to remove Configurations %q.", "["+name+"]"))
		}
	}
	count, summary := 0, []any{}
	for _, name := range names {
		if d.shelf[name] == nil {
			summary = append(summary, map[string]string{
				"name": name, "status": "NOT_FOUND",
				"reason": "Could not find configuration",
			})
			continue
		}
		delete(d.shelf, name)
		d.l.touch()
		count++
		summary = append(summary, map[string]string{"name": name, "status": "DELETED"})
	}
	return asJSON(http.StatusOK, map[string]any{"Count": count, "Summary": summary})
}

// parse reads one object; cause says what is wrong with it.
//
// Fact: all values are strings by specification; what the server does with others is unknown, so they are refused.
// Source: Destination Service OpenAPI, read 2026-11-23. [documented, assumed]
func (d *desk) parse(raw json.RawMessage) (name string, i *item, cause string) {
	var in map[string]any
	if err := decodeJSON(raw, &in); err != nil || in == nil {
		return "", nil, "want an object"
	}
	i = &item{Properties: map[string]string{}}
	if meta, ok := in["$metadata"]; ok && d.level == "instance" {
		m, isMap := meta.(map[string]any)
		i.Shared, _ = m["shared_with_subscriber"].(bool)
		if !isMap {
			return "", nil, "$metadata: want an object"
		}
		delete(in, "$metadata")
	}
	name, _ = in[d.fam.key].(string)
	d.renewal = nil
	if d.fam.expand != nil {
		if cause := d.fam.expand(d, in); cause != "" {
			return name, nil, cause
		}
	}
	for k, v := range in {
		s, ok := v.(string)
		if !ok && !d.l.behaviour.Lax {
			return name, nil, "value of property " + k + " is not a string"
		}
		if !ok {
			s = fmt.Sprint(v)
		}
		i.Properties[k] = s
	}
	i.Renewal = d.renewal
	if d.l.behaviour.Lax && name != "" {
		return name, i, ""
	}
	return name, i, d.fam.check(name, i.Properties)
}

// needsClientID are the types of authentication that demand clientId.
var needsClientID = []string{
	"OAuth2ClientCredentials", "OAuth2UserTokenExchange", "OAuth2JWTBearer", "OAuth2TokenExchange",
	"OAuth2RefreshToken", "OAuth2AuthorizationCode", "OAuth2TechnicalUserPropagation", "OAuth2Password",
}

// checkDestination holds the checks that were seen on the real service, and no more: a wrong case in a key or a value
// is stored as it is and breaks the call later.
//
// Fact: Name (at most 200 characters) and Type are required; the OAuth family requires clientId in exactly this case,
// an empty one will do. Source: SAP-docs/btp-connectivity 565fdb3, Destination Service OpenAPI, and
// SAP/terraform-provider-btp issues 1690 and 1511, read 2026-11-23. [documented, observed]
func checkDestination(name string, p map[string]string) string {
	if cause := checkName("Name", name); cause != "" {
		return cause
	}
	if p["Type"] == "" {
		return "Type is required"
	}
	for _, a := range needsClientID {
		if _, ok := p["clientId"]; !ok && p["Authentication"] == a {
			return fmt.Sprintf("Destination %q one of the following : [%s] authentication requires the existence of "+
				"property clientId.", name, strings.Join(needsClientID, ", "))
		}
	}
	return ""
}

func checkFragment(name string, p map[string]string) string {
	for _, k := range []string{"Name", "Type"} {
		if _, ok := p[k]; ok {
			return "A fragment must not contain " + k
		}
	}
	return checkName("FragmentName", name)
}

func checkName(key, name string) string {
	switch {
	case name == "":
		return key + " is required"
	case len([]rune(name)) > 200:
		return key + " has more than 200 characters"
	}
	return ""
}
