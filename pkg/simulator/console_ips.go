package simulator

import (
	"net/http"
	"slices"
)

// newSystemUser adds an administrator of type System: the id and the secret are made here and the secret is shown
// once, in this answer.
//
// Fact: id and secret are generated; the secret is shown once. Source: SAP-docs/btp-cloud-identity-services
// Operation-Guide/add-administrators-bbbdbdd.md, read 2026-11-23. [documented]
func (l *Landscape) newSystemUser(c *call) *answer {
	var in struct {
		Name           string   `json:"name"`
		Authorizations []string `json:"authorizations"`
		Label          string   `json:"label"`    // of the first secret; without one no secret is made
		ExpireIn       string   `json:"expireIn"` // default Never
	}
	if err := decodeStrict(c.body, &in); err != nil {
		return refusal(err)
	}
	u := systemUser{Name: in.Name, Authorizations: in.Authorizations, ClientID: newUUID()}
	secret, secrets := newSecret(), map[string]*string{}
	if in.Label != "" {
		u.Slots = []slot{{Label: in.Label, ExpireIn: orText(in.ExpireIn, "Never")}}
		secrets[in.Label] = &secret
	}
	r, p := l.put(&systemUserKind, nil, asDocument(u), secrets, "")
	if p != nil {
		return p.answer()
	}
	out := map[string]any{"clientID": r.ID, "system": r.System}
	if in.Label != "" {
		out["secret"] = secret
	}
	return asJSON(http.StatusCreated, out)
}

func orText(v, otherwise string) string {
	if v == "" {
		return otherwise
	}
	return v
}

// newSystemUserSecret adds a secret, shown once.
func (l *Landscape) newSystemUserSecret(c *call) *answer {
	var in slot
	if err := decodeStrict(c.body, &in); err != nil {
		return refusal(err)
	}
	have, u := l.systemUserOf(c)
	if have == nil {
		return notThere(&systemUserKind, c).answer()
	}
	in.ExpireIn = orText(in.ExpireIn, "Never")
	secret := newSecret()
	u.Slots = append(u.Slots, in)
	_, p := l.put(&systemUserKind, have, asDocument(u), map[string]*string{in.Label: &secret}, "")
	if p != nil {
		return p.answer()
	}
	return asJSON(http.StatusCreated, map[string]string{"clientID": have.ID, "label": in.Label, "secret": secret})
}

// dropSystemUserSecret deletes a secret.
func (l *Landscape) dropSystemUserSecret(c *call) *answer {
	have, u := l.systemUserOf(c)
	if have == nil {
		return notThere(&systemUserKind, c).answer()
	}
	u.Slots = slices.DeleteFunc(u.Slots, func(s slot) bool { return s.Label == c.params["label"] })
	r, p := l.put(&systemUserKind, have, asDocument(u), nil, "")
	return thing(http.StatusOK, r, p)
}

func (l *Landscape) systemUserOf(c *call) (*resource, *systemUser) {
	have := l.resource(systemUsers, c.params["id"])
	if have == nil {
		return nil, nil
	}
	u, _ := l.administrator(have.Tenant, have.ID)
	return have, u
}

// connectors are the display names whose type strings are known.
//
// Fact: these pairs. Source: public exports (sap-tutorials/abap-core-development, SAP-samples/teched2025-XP261,
// SailPoint), read 2026-11-23. [observed]
var connectors = map[string]string{
	"Identity Authentication":                 connectorIAS,
	"SAP Commerce Cloud":                      "SAP_COMMERCE_CLOUD",
	"SAP BTP XS Advanced UAA (Cloud Foundry)": "XSUAA",
	"Local Identity Directory":                "LOCAL_IDENTITY_DIRECTORY_CC",
	"Microsoft Entra ID":                      "AZURE_AD",
	"SAP Application Server ABAP":             "AS_ABAP",
	"SAP BTP ABAP environment":                "SCP_ABAP_ENVIRONMENT",
}

// newProxySystem adds a proxy system by the console's form. ias.api.version must be among the properties, as it must
// be set before the first save.
func (l *Landscape) newProxySystem(c *call) *answer {
	var in struct {
		Type        string            `json:"type"` // display name or type string
		Name        string            `json:"name"`
		Description string            `json:"description"`
		Properties  map[string]string `json:"properties"`
		Credentials map[string]string `json:"credentials"`
	}
	if err := decodeStrict(c.body, &in); err != nil {
		return refusal(err)
	}
	s := proxySystem{
		Connector: orText(connectors[in.Type], in.Type), AccessMode: "PROXY", Name: in.Name,
		Alias: in.Description, Properties: in.Properties,
	}
	// Fact: the delivered transformations are picked at the first save by the connector's version; without one it is
	// version 1, whose group block is ignored. Source: SAP-docs/btp-cloud-identity-services
	// identity-authentication-d45c8a3.md, read 2026-11-23. [documented, for new systems contradictory]
	if s.Connector == connectorIAS && s.Properties["ias.api.version"] != "2" {
		s.ReadTransformation = identityTransformation()
		delete(s.ReadTransformation, "group")
	}
	r, p := l.put(&proxySystemKind, nil, asDocument(s), pointers(in.Credentials), "")
	return thing(http.StatusCreated, r, p)
}

func pointers(in map[string]string) map[string]*string {
	out := map[string]*string{}
	for k, v := range in {
		out[k] = &v
	}
	return out
}

// importProxySystem imports a console file: the id in it is ignored, secrets are not in it, a duplicate name is
// refused.
//
// Fact: as said. Source: SAP-docs/btp-cloud-identity-services Operation-Guide/export-and-import-systems-1de7de0.md,
// read 2026-11-23. [documented]
func (l *Landscape) importProxySystem(c *call) *answer { return l.newThing(&proxySystemKind)(c) }

// exportProxySystem answers the console's file: names of credentials with null, never their values.
func (l *Landscape) exportProxySystem(c *call) *answer {
	r := l.resource(proxySystems, c.params["id"])
	if r == nil {
		return notThere(&proxySystemKind, c).answer()
	}
	return asJSON(http.StatusOK, r.System).
		with("Content-Disposition", `attachment; filename="`+r.ID+`.json"`)
}

// proxyEdit is the form of a proxy system that exists. What is left out stays.
type proxyEdit struct {
	edit
	Description *string `json:"description"`
	Enabled     *bool   `json:"enabled"` // the buttons Enable and Disable
	// The whole text of an editor of the Transformations tab.
	ReadTransformation  document `json:"readTransformation"`
	WriteTransformation document `json:"writeTransformation"`
}

// patch is the change of the document that the form means, without credentials.
func (in proxyEdit) patch() document {
	patch, properties := document{}, document{}
	for k, v := range in.Set {
		properties[k] = v
	}
	for _, k := range in.Remove {
		properties[k] = nil
	}
	patch["properties"] = properties
	if in.Description != nil {
		patch["alias"] = *in.Description
	}
	if in.Enabled != nil {
		patch["state"] = map[bool]string{true: "ENABLED", false: "DISABLED"}[*in.Enabled]
	}
	if in.ReadTransformation != nil {
		patch["readTransformation"] = in.ReadTransformation
	}
	if in.WriteTransformation != nil {
		patch["writeTransformation"] = in.WriteTransformation
	}
	return patch
}

// editProxySystem edits a proxy system; credentials that are not typed again after a change of URL are void.
func (l *Landscape) editProxySystem(c *call) *answer {
	var in proxyEdit
	if err := decodeStrict(c.body, &in); err != nil {
		return refusal(err)
	}
	have := l.resource(proxySystems, c.params["id"])
	if have == nil {
		return notThere(&proxySystemKind, c).answer()
	}
	secrets := pointers(in.Credentials)
	old, _ := have.System["encryptedProperties"].(document)
	for _, k := range in.Remove {
		if _, credential := old[k]; credential {
			secrets[k] = nil
		}
	}
	r, p := l.change(&proxySystemKind, have, in.patch(), secrets)
	return thing(http.StatusOK, r, p)
}
