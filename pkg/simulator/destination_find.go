package simulator

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// consumeLevels are the levels that v2 knows.
var consumeLevels = []string{"subaccount", "instance", "provider_subaccount", "provider_instance"}

func (l *Landscape) findRoutes() []route {
	const base = "/destination-configuration/"
	return []route{
		free("GET", base+"v1/destinations/{name}", correlated(l.find)),
		free("GET", base+"v2/destinations/{name}", correlated(l.consume)),
	}
}

// correlated adds the header by which SAP's support finds a request.
func correlated(h handler) handler {
	return func(c *call) *answer { return h(c).with("X-Vcap-Request-Id", newUUID()) }
}

// finding is what the consumer's view of a destination is made from; it is gathered under the lock, so that tokens can
// be retrieved without it.
type finding struct {
	properties   map[string]string
	owner        map[string]any
	labels       []label
	certificates []any
	keystore     []byte // of the calls to the token service
	tag          string
}

// find answers the consumer's view of a destination by its name alone.
//
// Fact: instance level first, then subaccount; owner, destinationConfiguration, authTokens, certificates; an entity
// tag with its conditions; the body of 404 is literal, since clients compare it. Source: SAP-docs/btp-connectivity
// 83a3f3b, Destination Service OpenAPI, and SAP/cloud-sdk-js @6fc06a1, read 2026-11-23. [documented, observed]
func (l *Landscape) find(c *call) *answer {
	f, a := l.gather(c, func(token claims) (*finding, *answer) { return l.firstMatch(c, token, c.params["name"]) })
	if a != nil {
		return a
	}
	fields, ok := metadataFields(c.query["$includeMetadata"], "labels")
	if !ok {
		return text(http.StatusBadRequest, "Bad Request")
	}
	out := l.consumed(c, f, fields)
	out["owner"] = f.owner
	return asJSON(http.StatusOK, out).with("ETag", f.tag)
}

// consume answers version 2, where the level is part of the name.
//
// Fact: <name>@<level> looks on that level only; there is no owner unless $includeMetadata=owner asks for it, and then
// under $metadata. Source: Destination Service OpenAPI, read 2026-11-23. [documented] A name without a level is looked
// for as in version 1, an unknown level is 400. [assumed]
func (l *Landscape) consume(c *call) *answer {
	fields, ok := metadataFields(c.query["$includeMetadata"], "owner", "labels")
	name, level, leveled := cutLevel(c.params["name"])
	if !ok || (leveled && !slices.Contains(consumeLevels, level)) {
		return text(http.StatusBadRequest, "Bad Request")
	}
	f, a := l.gather(c, func(token claims) (*finding, *answer) {
		if !leveled {
			return l.firstMatch(c, token, name)
		}
		return l.match(c, token, name, level)
	})
	if a != nil {
		return a
	}
	return asJSON(http.StatusOK, l.consumed(c, f, fields)).with("ETag", f.tag)
}

// cutLevel splits "<name>@<level>" at the last @.
func cutLevel(s string) (name, level string, ok bool) {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// gather lets a consumer in and looks under the lock.
func (l *Landscape) gather(c *call, look func(claims) (*finding, *answer)) (f *finding, a *answer) {
	err := l.update(func() {
		token, status := l.caller(c, serviceDestination)
		if status != 0 {
			a = text(status, http.StatusText(status))
			return
		}
		l.renewCertificates()
		if f, a = look(token); a == nil {
			a = c.conditional(f.tag)
		}
	})
	if err != nil {
		a = text(http.StatusInternalServerError, "landscape: "+err.Error())
	}
	return f, a
}

func (l *Landscape) firstMatch(c *call, token claims, name string) (*finding, *answer) {
	f, a := l.match(c, token, name, "instance")
	if f == nil && a.status == http.StatusNotFound {
		return l.match(c, token, name, "subaccount")
	}
	return f, a
}

// match looks on one level. The caller holds the lock.
func (l *Landscape) match(c *call, token claims, name, level string) (*finding, *answer) {
	i := l.visible(l.state.Destinations, token, name, level)
	if i == nil {
		return nil, asJSON(http.StatusNotFound,
			map[string]string{"ErrorMessage": "Configuration with the specified name was not found"})
	}
	f := &finding{properties: maps.Clone(i.Properties), labels: i.labelList()}
	f.owner = map[string]any{"SubaccountId": l.zoneAt(level, token), "InstanceId": nil}
	if strings.HasSuffix(level, "instance") {
		f.owner["InstanceId"] = token.Ext["serviceinstanceid"]
	}
	if a := l.addFragments(c, token, level, f.properties); a != nil {
		return nil, a
	}
	l.addCertificates(c, token, level, f)
	f.tag = (&item{Properties: f.properties}).etag(l.behaviour)
	return f, nil
}

// zoneAt is the tenant that a level belongs to.
func (l *Landscape) zoneAt(level string, token claims) string {
	if strings.HasPrefix(level, "provider_") {
		return l.state.provider().ID
	}
	return token.Zone
}

// visible finds an object on a level, or nil.
//
// Fact: with the token of a subscriber, subaccount and instance are the subscriber's, provider_subaccount and
// provider_instance the provider's. Source: Destination Service OpenAPI, read 2026-11-23. [documented] Of the
// provider's instance a subscriber sees what is marked shared_with_subscriber. [assumed]
func (l *Landscape) visible(shelves map[string]shelf, token claims, name, level string) *item {
	owner := token
	owner.Zone = l.zoneAt(level, token)
	i := shelves[scopeOf(strings.TrimPrefix(level, "provider_"), owner)][name]
	if i != nil && level == "provider_instance" && owner.Zone != token.Zone && !i.Shared {
		return nil
	}
	return i
}

// addFragments merges the fragments of the header X-fragment-name over the properties.
//
// Fact: fragments of the destination's level (in version 2 <name>@<level>), comma-separated, applied in their order,
// win over the destination; FragmentName lists them; a single one can be optional. Source: Destination Service OpenAPI
// and SAP-docs/btp-connectivity f56600a, read 2026-11-23. [documented] A missing one is 404 with the text of the
// fragments' own resource. [assumed]
func (l *Landscape) addFragments(c *call, token claims, level string, properties map[string]string) *answer {
	header := c.header("X-fragment-name")
	if strings.TrimSpace(header) == "" {
		return nil
	}
	names := strings.Split(header, ",")
	optional := len(names) == 1 && c.header("X-fragment-optional") == "true"
	var applied []string
	for _, given := range names {
		given = strings.TrimSpace(given)
		name, at := given, level
		if n, v, ok := cutLevel(given); ok && strings.Contains(c.r.URL.Path, "/v2/") {
			name, at = n, v
		}
		fragment := l.visible(l.state.Fragments, token, name, at)
		switch {
		case fragment == nil && optional:
			return nil
		case fragment == nil:
			return asJSON(http.StatusNotFound, map[string]string{"ErrorMessage": fragmentFamily.missing(name)})
		}
		maps.Copy(properties, fragment.Properties)
		applied = append(applied, given)
	}
	properties["FragmentName"] = strings.Join(applied, ",")
	return nil
}

// addCertificates adds the stores that the destination names.
//
// Fact: certificates holds the stores of the destination; that of the token service is in it only when the retrieval
// is left to the client. Source: SAP-docs/btp-connectivity 83a3f3b and Destination Service OpenAPI, read 2026-11-23.
// [documented] A store is looked for on the destination's level, and one that is missing is left out. [assumed]
func (l *Landscape) addCertificates(c *call, token claims, level string, f *finding) {
	for _, key := range storeKeys {
		i := l.visible(l.state.Certificates, token, f.properties[key], level)
		if i == nil {
			continue
		}
		if key == "tokenService.KeyStoreLocation" {
			if f.keystore = i.content(); c.query["$skipTokenRetrieval"] != "true" {
				continue
			}
		}
		f.certificates = append(f.certificates, maps.Clone(i.Properties))
	}
}

// credentialKeys are the passwords of destinations.
//
// Fact: the documents call these passwords or secrets. Source: SAP-docs/btp-connectivity @97d5161 (pages of the types
// of authentication), read 2026-11-23. [documented] That $skipCredentials means exactly them is assumed.
var credentialKeys = []string{
	"Password", "clientSecret", "tokenServicePassword", "KeyStorePassword", "TrustStorePassword",
	"tokenService.KeyStorePassword", "mail.password", "ldap.password", "jco.client.passwd",
	"jco.destination.repository.passwd", "jco.client.tech_user_secret",
}

// consumed makes the answer, tokens included. The caller does not hold the lock.
//
// Fact: $skipTokenRetrieval=true leaves authTokens out, $skipCredentials=true the credentials in the configuration.
// Source: Destination Service OpenAPI, read 2026-11-23. [documented]
func (l *Landscape) consumed(c *call, f *finding, fields []string) map[string]any {
	configuration := map[string]any{}
	for k, v := range f.properties {
		if c.query["$skipCredentials"] != "true" || !slices.Contains(credentialKeys, k) {
			configuration[k] = v
		}
	}
	meta := map[string]any{}
	for _, field := range fields {
		meta[field] = map[string]any{"owner": f.owner, "labels": f.labels}[field]
	}
	if len(meta) > 0 {
		configuration["$metadata"] = meta
	}
	out := map[string]any{"destinationConfiguration": configuration}
	if f.certificates != nil {
		out["certificates"] = f.certificates
	}
	if c.query["$skipTokenRetrieval"] != "true" {
		if tokens := l.authTokens(c, f); tokens != nil {
			out["authTokens"] = tokens
		}
	}
	return out
}
