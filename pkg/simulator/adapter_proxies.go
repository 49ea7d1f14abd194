package simulator

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// proxySystem is the document of a proxy system: the console's export file.
//
// Fact: these fields; encryptedProperties holds names with null only; a proxy has read and write transformation and
// no relatedSystems. Source: eleven public exports, among them SAP-samples/teched2025-XP261 and SailPoint's SAP
// Commerce Cloud proxy, read 2026-11-23. [observed]
type proxySystem struct {
	ID                    string            `json:"id"`
	Connector             string            `json:"connectorTypeString"`
	AccessMode            string            `json:"accessMode"`
	DestinationName       string            `json:"destinationName"`
	Alias                 string            `json:"alias,omitempty"`
	GitAllowed            []any             `json:"gitAllowedExpressions"`
	GitDisallowed         []any             `json:"gitDisallowedExpressions"`
	EmailSubscribers      []any             `json:"emailSubscribers"`
	Name                  string            `json:"name"`
	TenantID              string            `json:"tenantId"`
	State                 string            `json:"state"`
	ManagementType        string            `json:"systemManagementType"`
	Properties            map[string]string `json:"properties"`
	Encrypted             map[string]any    `json:"encryptedProperties"`
	CertificateRenew      bool              `json:"automaticOutboundCertificateRenew"`
	TransformationChanged bool              `json:"transformationChanged"`
	ReadChanged           bool              `json:"readTransformationChanged"`
	WriteChanged          bool              `json:"writeTransformationChanged"`
	FromImport            bool              `json:"fromImport"`
	ReadTransformation    document          `json:"readTransformation"`
	WriteTransformation   document          `json:"writeTransformation"`
	GitFetchAllowed       bool              `json:"gitFetchAllowed"`
}

const connectorIAS = "SAP_CLOUD_IDENTITY"

// nameOfSystem is the rule for names.
//
// Fact: at most 100 characters; letters, digits, hyphen, underscore, dot, space; unique. Source:
// SAP-docs/btp-cloud-identity-services Operation-Guide/add-new-systems-bd214dc.md, read 2026-11-23. [documented]
var nameOfSystem = regexp.MustCompile(`^[A-Za-z0-9._ -]{1,100}$`)

// credentialNames can be added as Credential only.
//
// Fact: names that are credential-like can only be added as Credential, and User must be Standard. Source:
// SAP-docs/btp-cloud-identity-services Operation-Guide/property-types-1780d5d.md and its list of properties, read
// 2026-11-23. [documented]
var credentialNames = []string{
	"Password", "ariba.applications.api.key", "jco.client.passwd", "X-ConsumerKey", "ldap.password",
	"hana.jdbc.db.password", "hana.jdbc.ssh.tunnel.cf.password", "hana.jdbc.ssh.tunnel.password",
	"hana.jdbc.ssh.tunnel.private.key", "hana.jdbc.ssh.tunnel.totp.secret.key", "ssh.password", "ssh.private.key",
	"ssh.totp.secret.key", "concur.authorization.code",
}

var proxySystemKind = kind{collection: proxySystems, shape: proxySystem{}, build: buildProxySystem, guard: guardProxySystem}

// guardProxySystem keeps patches away from the list of credentials: their names follow from the secrets.
func guardProxySystem(patch document) *problem {
	if _, ok := patch["encryptedProperties"]; ok {
		return invalid("encryptedProperties: cannot be patched, send secrets")
	}
	return nil
}

// buildProxySystem checks a proxy system and does what the console does at save.
func buildProxySystem(l *Landscape, have *resource, doc document, secrets map[string]*string) (*resource, *problem) {
	var s proxySystem
	if p := into(doc, &s); p != nil {
		return nil, p
	}
	if p := l.checkProxySystem(have, &s, secrets); p != nil {
		return nil, p
	}
	r := &resource{Tenant: l.state.Home, Secrets: map[string]string{}}
	if have == nil {
		l.fillProxySystem(&s)
		r.ID = s.ID
	} else {
		r.Secrets = keptSecrets(have, s)
		s.ReadChanged = s.ReadChanged || !reflect.DeepEqual(have.System["readTransformation"], any(s.ReadTransformation))
		s.WriteChanged = s.WriteChanged || !reflect.DeepEqual(have.System["writeTransformation"], any(s.WriteTransformation))
	}
	if s.ReadTransformation == nil {
		s.ReadTransformation = identityTransformation()
	}
	if s.WriteTransformation == nil {
		s.WriteTransformation = identityTransformation()
	}
	for name, v := range secrets {
		if v == nil {
			delete(r.Secrets, name)
			delete(s.Encrypted, name)
		} else {
			r.Secrets[name], s.Encrypted[name] = *v, nil
		}
	}
	r.System = asDocument(s)
	return r, nil
}

// keptSecrets are the stored secrets that survive a save.
//
// Fact: when URL or host changes, every Credential property must be entered again in the same save; here what is not
// entered again is void, and calls fail. Source: SAP-docs/btp-cloud-identity-services
// Operation-Guide/manage-properties-4e2bc9d.md, read 2026-11-23. [documented]
func keptSecrets(have *resource, next proxySystem) map[string]string {
	props, _ := have.System["properties"].(document)
	for _, name := range []string{"URL", "ldap.url", "host", "Host"} {
		before, _ := props[name].(string)
		if before != next.Properties[name] {
			return map[string]string{}
		}
	}
	return maps.Clone(have.Secrets)
}

// checkProxySystem enforces the rules of names and kinds. Properties are free text, as in the console: a wrong case
// breaks the call, not the save.
func (l *Landscape) checkProxySystem(have *resource, s *proxySystem, secrets map[string]*string) *problem {
	if s.Encrypted == nil {
		s.Encrypted = map[string]any{}
	}
	switch {
	case !nameOfSystem.MatchString(s.Name):
		return invalid("name: want 1 to 100 letters, digits, hyphens, underscores, dots and spaces")
	case s.AccessMode != "PROXY":
		return invalid("accessMode: want PROXY")
	case s.Connector == "":
		return invalid("connectorTypeString: required")
	case s.State != "" && s.State != "ENABLED" && s.State != "DISABLED":
		return invalid("state: want ENABLED or DISABLED")
	}
	if other := l.named(proxySystems, "name", s.Name); other != nil && other != have {
		return refuse(http.StatusConflict, "name: exists")
	}
	if have != nil {
		for field, v := range map[string]string{
			"id": s.ID, "connectorTypeString": s.Connector, "tenantId": s.TenantID,
			"systemManagementType": s.ManagementType,
		} {
			if have.System[field] != v {
				return invalid(field + ": cannot be changed")
			}
		}
	}
	return checkCredentials(s, secrets)
}

// checkCredentials keeps credentials and plain properties apart.
func checkCredentials(s *proxySystem, secrets map[string]*string) *problem {
	for name, v := range s.Encrypted {
		if v != nil {
			return invalid(fmt.Sprintf("encryptedProperties: %q has a value, send it as a secret", name))
		}
		if _, ok := s.Properties[name]; ok {
			return invalid(fmt.Sprintf("properties: %q is a credential too", name))
		}
	}
	for name := range s.Properties {
		_, secret := secrets[name]
		if secret || slices.Contains(credentialNames, name) {
			return invalid(fmt.Sprintf("properties: %q is a credential, send it as a secret only", name))
		}
	}
	if _, ok := secrets["User"]; ok {
		return invalid("secrets: User is a standard property")
	}
	for name, v := range secrets {
		if name == "" || (v != nil && *v == "") {
			return invalid(fmt.Sprintf("secrets: %q is empty", name))
		}
	}
	return nil
}

// fillProxySystem adds what the console adds to a new system.
//
// Fact: the id is always a new one, that of an import file is ignored; the console adds these properties; a default
// transformation is chosen at first save. Source: SAP-docs/btp-cloud-identity-services
// Operation-Guide/export-and-import-systems-1de7de0.md and public exports, read 2026-11-23. [documented, observed]
// ias.api.version is not added: that a minimal import gets it is an inference only, so a client must send it.
func (l *Landscape) fillProxySystem(s *proxySystem) {
	s.ID = newUUID()
	s.TenantID, _, _ = strings.Cut(l.state.Home, ".")
	s.ManagementType = "CUSTOMER_MANAGED"
	if s.State == "" {
		s.State = "ENABLED"
	}
	defaults := map[string]string{"ips.trace.failed.entity.content": "false"}
	if s.Connector == connectorIAS {
		defaults["ips.failed.request.retry.attempts"] = "2"
		defaults["ips.failed.request.retry.attempts.interval"] = "60"
	}
	maps.Copy(defaults, s.Properties)
	s.Properties = defaults
	for _, list := range []*[]any{&s.GitAllowed, &s.GitDisallowed, &s.EmailSubscribers} {
		if *list == nil {
			*list = []any{}
		}
	}
}

// identityTransformation is the landscape's default mapping: each known attribute onto itself. SAP's own default has
// more mappings, which change nothing that this landscape serves.
func identityTransformation() document {
	block := func(endpoint string, attributes ...string) document {
		mappings := []any{}
		for _, a := range attributes {
			path := "$." + a
			if strings.Contains(a, ":") {
				path = "$['" + a + "']"
			}
			mappings = append(mappings, document{"sourcePath": path, "targetPath": path, "optional": true})
		}
		return document{"scimEntityEndpoint": endpoint, "mappings": mappings}
	}
	return document{
		"user": block("Users", "id", "schemas", "meta", "externalId", "userName", "displayName", "nickName", "name",
			"emails", "phoneNumbers", "addresses", "active", "userType", "title", "locale", "preferredLanguage", "timezone",
			"groups", schemaUserExt, schemaEnterprise),
		"group": block("Groups", "id", "schemas", "meta", "externalId", "displayName", "members", schemaGroupExt),
	}
}
