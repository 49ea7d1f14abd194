package iag

import (
	"encoding/json"
	"slices"
	"strings"

	"reconcile/pkg/adapter"
	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// KindParameter is the singular kind of application parameters.
const KindParameter = "Parameter"

// CollectionParameters is the adapter contract's name of the list.
const CollectionParameters = "parameters"

// Parameter is what a manifest says about one application parameter. Its
// identity is GROUP/NAME.
type Parameter struct {
	// Group is part of the identity and only steers.
	Group string `json:"group" jsonschema:"minLength=1,description=Group of the parameter\\, such as UserSource"`
	// Value is what the parameter is set to.
	Value resource.Value `json:"value,omitzero" jsonschema:"description=Value\\, or a reference such as {iagSystem: NAME}"`
}

// ParameterDefinition returns the pure half of the kind.
func ParameterDefinition() resource.Definition[Parameter] {
	return resource.Definition[Parameter]{
		Kind:      KindParameter,
		Section:   "parameters",
		Doc:       "An application parameter of Identity Access Governance, such as the user source.",
		Name:      func(name string, p Parameter) string { return p.Group + "/" + name },
		Normalize: normalizeParameter,
		Validate:  validateParameter,
		Order:     parameterOrder,
	}
}

func normalizeParameter(_ string, p Parameter) Parameter {
	p.Value = p.Value.Public()
	return p
}

// validateParameter gets the identity as name.
func validateParameter(name string, p Parameter, _ resource.Scope) []resource.Fault {
	short := strings.TrimPrefix(name, p.Group+"/")
	return slices.Concat(
		checkName("/group", "group", p.Group),
		checkName("/name", "name", short),
		checkNotEmpty("/value", "value", p.Value),
		catalogue.CheckBlanks("/value", p.Value),
		catalogue.CheckOpen("/value", p.Value),
	)
}

// parameterDocument is the adapter contract's document.
type parameterDocument struct {
	Group string `json:"group"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

// EncodeParameter writes the document; a parameter holds no secrets.
func EncodeParameter(name string, want Parameter) (system map[string]any, secrets map[string]resource.Value) {
	system = map[string]any{"group": want.Group, "name": strings.TrimPrefix(name, want.Group+"/")}
	put(system, "value", want.Value)
	return system, nil
}

// DecodeParameter reads the document.
func DecodeParameter(_ string, system json.RawMessage) (name string, p Parameter, err error) {
	d, err := adapter.Document("parameter", system, func(d parameterDocument) bool { return d.Group != "" && d.Name != "" })
	if err != nil {
		return "", Parameter{}, err
	}
	// An empty value is a value: it is what the service holds.
	return d.Group + "/" + d.Name, Parameter{Group: d.Group, Value: resource.Text(d.Value)}, nil
}

// ParameterCodec returns the translation between the kind and the adapter contract.
func ParameterCodec() adapter.Codec[Parameter] {
	return adapter.Codec[Parameter]{
		Collection: CollectionParameters,
		Encode:     EncodeParameter,
		Decode:     DecodeParameter,
	}
}
