package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// schemaID names the schema. It is a name and no address.
const schemaID = "urn:reconcile:schema:integration:v1"

// The names of shared definitions inside the schema.
const (
	definitions = "#/$defs/"
	// valueDef is a resource.Value.
	valueDef = "value"
	// placeDef is a secret.Ref.
	placeDef = "place"
)

// envelope is what every document begins with.
type envelope struct {
	APIVersion string   `json:"apiVersion" jsonschema:"enum=reconcile/v1,description=Version of this format"`
	Kind       string   `json:"kind" jsonschema:"enum=Integration,description=Kind of the document"`
	Metadata   metadata `json:"metadata" jsonschema:"description=Identity of the integration"`
}

// metadata becomes part of names in the service, hence the narrow alphabet.
type metadata struct {
	Name  string `json:"name" jsonschema:"pattern=^[a-z0-9]([a-z0-9-]{0\\,40}[a-z0-9])?$,description=Name of the integration: at most 42 lower-case letters\\, digits and hyphens\\, no hyphen at the ends"`
	Stage string `json:"stage" jsonschema:"pattern=^[a-z0-9]([a-z0-9-]{0\\,40}[a-z0-9])?$,description=Stage such as dev\\, test or prod: at most 42 lower-case letters\\, digits and hyphens\\, no hyphen at the ends"`
}

// Schema returns the JSON Schema (draft 2020-12) of a manifest with the given
// kinds: indented, with descriptions, the same bytes for the same kinds. Load
// checks documents against exactly this schema. A kind's specification must be a
// struct of the types that pkg/resource documents; other types panic in the
// reflecting library, as soon as any test touches the kind.
func Schema(kinds []resource.Kind) ([]byte, error) {
	root := reflected(envelope{})
	root.Version, root.ID = jsonschema.Version, schemaID
	root.Title = "Integration"
	root.Description = "An integration of SAP Cloud Identity Access Governance: the objects it needs and the services that hold them."
	root.Properties.Set("spec", specSchema(kinds))
	root.Required = append(root.Required, "spec")
	root.Definitions = jsonschema.Definitions{placeDef: reflected(secret.Ref{}), valueDef: valueSchema(kinds)}
	for _, k := range kinds {
		root.Definitions[k.Name()] = elementSchema(k)
	}
	return indented(root)
}

func indented(root *jsonschema.Schema) ([]byte, error) {
	compact, err := json.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("indent schema: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// specSchema lists connections, one list for each kind, and the policy.
func specSchema(kinds []resource.Kind) *jsonschema.Schema {
	spec := closed("What the integration consists of")
	spec.Properties.Set("connections", connectionsSchema())
	for _, k := range kinds {
		spec.Properties.Set(k.Section(), &jsonschema.Schema{
			Type: "array", Description: k.Doc(), Items: &jsonschema.Schema{Ref: definitions + k.Name()},
		})
	}
	policy := reflected(Policy{})
	policy.Description = "How the integration is reconciled"
	spec.Properties.Set("policy", policy)
	return spec
}

func connectionsSchema() *jsonschema.Schema {
	connections := reflected(Connections{})
	connections.Description = "Services that hold the objects"
	for _, r := range reached {
		via := closed("How objects are reached; person is the default")
		for _, section := range r.sections {
			via.Properties.Set(section, &jsonschema.Schema{
				Type: "string", Enum: []any{string(resource.WayAdapter), string(resource.WayPerson)},
				Description: "adapter: a service behind the published contract; person: work orders",
			})
		}
		connection, _ := connections.Properties.Get(r.connection)
		connection.Properties.Set("via", via)
	}
	return connections
}

// elementSchema joins what every element may say with the kind's own fields.
func elementSchema(k resource.Kind) *jsonschema.Schema {
	element := reflected(resource.Meta{})
	element.Description = k.Doc()
	own := reflected(k.Zero())
	for pair := own.Properties.Oldest(); pair != nil; pair = pair.Next() {
		element.Properties.Set(pair.Key, pair.Value)
	}
	element.Required = append(element.Required, own.Required...)
	return element
}

// valueSchema describes a resource.Value: plain, null, or a reference. It is
// flat, without alternatives, because the messages about alternatives help
// nobody; that a reference names one place is checked separately.
func valueSchema(kinds []resource.Kind) *jsonschema.Schema {
	value := reflected(secret.Ref{})
	value.Type = ""
	value.Extras = map[string]any{"type": []string{"string", "number", "boolean", "null", "object"}}
	value.Description = "A text, number or boolean; null for absent or default; or a reference"
	var outputs []string
	for _, k := range kinds {
		word := resource.Word(k.Name())
		value.Properties.Set(word, &jsonschema.Schema{Type: "string", Description: "Name of a " + k.Name() + " of this integration"})
		if len(k.Outputs()) > 0 {
			outputs = append(outputs, word+" has "+strings.Join(k.Outputs(), ", "))
		}
	}
	value.Properties.Set("output", &jsonschema.Schema{
		Type: "string", Description: "Output of the object, by default its first: " + strings.Join(outputs, "; "),
	})
	return value
}

// closed returns an object schema without any fields yet.
func closed(description string) *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: "object", Description: description,
		Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema,
	}
}

// reflected returns the schema of a struct with everything written out in place,
// because two kinds may have types of the same name.
func reflected(of any) *jsonschema.Schema {
	t := reflect.TypeOf(of)
	r := jsonschema.Reflector{Anonymous: true, DoNotReference: true, Mapper: func(u reflect.Type) *jsonschema.Schema {
		if u == t {
			return nil
		}
		return mapped(u)
	}}
	s := r.ReflectFromType(t)
	s.Version = ""
	return s
}

// mapped returns the schemas of the types that do not look the way they are
// written, nil for all others.
func mapped(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[resource.Value]():
		return &jsonschema.Schema{Ref: definitions + valueDef}
	case reflect.TypeFor[secret.Ref]():
		return &jsonschema.Schema{Ref: definitions + placeDef}
	case reflect.TypeFor[resource.Set]():
		return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}}
	case reflect.TypeFor[resource.Properties]():
		return &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{Ref: definitions + valueDef}}
	default:
		return nil
	}
}
