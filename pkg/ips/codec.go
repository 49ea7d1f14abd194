package ips

import (
	"encoding/json"
	"strings"

	"reconcile/pkg/adapter"
	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// Collection is the adapter contract's name of the list.
const Collection = "proxySystems"

// stateWords are the export format's words for Enabled.
// Fact: exports say ENABLED. Source: console exports in
// SAP-samples/teched2025-XP261, read 2026-11-23. [recorded; DISABLED inferred]
var stateWords = map[string]string{"true": "ENABLED", "false": "DISABLED"}

// document holds the fields of a console export that a manifest can speak about.
// Fact: names and shapes; every property is a text, encryptedProperties holds
// names only. Source: console exports in SAP-samples/teched2025-XP261 and the
// SAP Commerce Cloud proxy of SailPoint's documentation, read 2026-11-23.
// [recorded]
type document struct {
	ID                  string         `json:"id"`
	ConnectorTypeString string         `json:"connectorTypeString"`
	Alias               string         `json:"alias"`
	Name                string         `json:"name"`
	State               string         `json:"state"`
	EncryptedProperties map[string]any `json:"encryptedProperties"`
	// Properties are texts; a hand-made file may hold a number or a boolean.
	Properties          map[string]json.RawMessage `json:"properties"`
	ReadTransformation  json.RawMessage            `json:"readTransformation,omitempty"`
	WriteTransformation json.RawMessage            `json:"writeTransformation,omitempty"`
	// The flags are missing in older exports.
	ReadChanged  *bool `json:"readTransformationChanged,omitempty"`
	WriteChanged *bool `json:"writeTransformationChanged,omitempty"`
}

// Encode writes the console's export format, without what the manifest does not
// say and without encryptedProperties. Credentials come back beside it.
func Encode(name string, want Spec) (system map[string]any, secrets map[string]resource.Value) {
	system = map[string]any{"name": name, "accessMode": "PROXY"}
	if connector, ok := catalogue.ConnectorOf(want.Type.Text()); ok {
		system["connectorTypeString"] = connector
	}
	if want.Description.Form() == resource.Literal {
		system["alias"] = want.Description.Text()
	}
	if word, ok := stateWords[want.Enabled.Text()]; ok {
		system["state"] = word
	}
	if want.Properties != nil {
		system["properties"], secrets = split(want.Properties)
	}
	encodeTransformation(system, "readTransformation", want.Transformations.Read)
	encodeTransformation(system, "writeTransformation", want.Transformations.Write)
	return system, secrets
}

// split tells standard properties from credentials. What only may be a secret,
// such as a header, is one when it came from outside the manifest.
func split(p resource.Properties) (standard map[string]any, secrets map[string]resource.Value) {
	standard = map[string]any{}
	for key, value := range p {
		if value.Form() != resource.Literal && value.Form() != resource.Secret {
			continue
		}
		secrecy := catalogue.SecrecyOf(key)
		if secrecy == catalogue.Secret || secrecy == catalogue.Doubtful && !value.Source().IsZero() {
			if secrets == nil {
				secrets = map[string]resource.Value{}
			}
			secrets[key] = value
			continue
		}
		standard[key] = value.Reveal()
	}
	return standard, secrets
}

func encodeTransformation(system map[string]any, field string, v resource.Value) {
	if text, err := canonical([]byte(v.Text())); err == nil {
		system[field] = json.RawMessage(text)
	}
}

// Decode reads the console's export format. Credentials are sealed: an export
// shows that they exist, never what they are.
func Decode(_ string, system json.RawMessage) (name string, spec Spec, err error) {
	d, err := adapter.Document("proxy system", system, func(d document) bool { return d.Name != "" })
	if err != nil {
		return "", Spec{}, err
	}
	spec = Spec{
		Type:        resource.Given(d.ConnectorTypeString),
		Description: resource.Given(d.Alias),
		Properties:  decodeProperties(d),
		Transformations: Transformations{
			Read: decodeTransformation(d.ReadTransformation), Write: decodeTransformation(d.WriteTransformation),
		},
		Delivered: Delivered{Read: unchanged(d.ReadChanged), Write: unchanged(d.WriteChanged)},
	}
	for enabled, word := range stateWords {
		if strings.EqualFold(d.State, word) {
			spec.Enabled = resource.Text(enabled)
		}
	}
	return d.Name, normalize(d.Name, spec), nil
}

// unchanged reports whether an export says that a transformation is the delivered
// one.
func unchanged(flag *bool) bool { return flag != nil && !*flag }

func decodeProperties(d document) resource.Properties {
	properties := resource.Properties{}
	for key, value := range d.Properties {
		properties[key] = resource.Text(scalar(value))
	}
	for key := range d.EncryptedProperties {
		properties[key] = resource.Seal()
	}
	return properties
}

// scalar returns the text of a JSON scalar; what is no text stays letter by letter.
func scalar(data json.RawMessage) string {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return string(data)
	}
	return text
}

func decodeTransformation(data json.RawMessage) resource.Value {
	document, err := canonical(data)
	if err != nil {
		return resource.Value{}
	}
	return resource.Text(document)
}

// AllSecrets reports whether the service voids stored credentials when it takes
// a change: every one of them then has to be sent again.
// Fact: after a change of URL or host all credentials must be entered again in
// the same save. Source: SAP-docs/btp-cloud-identity-services,
// manage-properties-4e2bc9d.md, read 2026-11-23. [documented; which names count
// as host is inferred, and sending too much does no harm]
func AllSecrets(diff []resource.Change) bool {
	for _, change := range diff {
		key := strings.ToLower(propertyName(change.Path))
		if strings.Contains(key, "url") || strings.Contains(key, "host") {
			return true
		}
	}
	return false
}

// SecretName returns the property that a path names when it may be a credential,
// "" otherwise.
func SecretName(path string) string {
	if key := propertyName(path); catalogue.SecretProperty(key) {
		return key
	}
	return ""
}

func propertyName(path string) string {
	key, ok := strings.CutPrefix(path, "/properties/")
	if !ok || strings.Contains(key, "/") {
		return ""
	}
	return resource.UnescapePointer(key)
}

// Codec returns the translation between the kind and the adapter contract.
func Codec() adapter.Codec[Spec] {
	return adapter.Codec[Spec]{
		Collection: Collection,
		Encode:     Encode,
		Decode:     Decode,
		AllSecrets: AllSecrets,
		SecretName: SecretName,
	}
}

// exportID returns the id that an export holds, "" where it was scrubbed.
func exportID(data []byte) string {
	var d document
	_ = json.Unmarshal(data, &d)
	return d.ID
}
