package iag

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/adapter"
	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// KindSystem is the singular kind of systems.
const KindSystem = "IAGSystem"

// CollectionSystems is the adapter contract's name of the list.
const CollectionSystems = "iagSystems"

// The objects of other packages that a system leans on without naming them.
const (
	kindDestination = "Destination"
	ipsProxy        = "IPS_PROXY"
)

// System is what a manifest says about one system of the Applications app.
type System struct {
	// Type is the application type, such as IAS.
	Type resource.Value `json:"type,omitzero" jsonschema:"description=Application type\\, such as IAS"`
	// Description is free text.
	Description resource.Value `json:"description,omitzero" jsonschema:"description=Free text; use ASCII letters"`
	// ExternalSystemID is the id of the proxy system, for types that go through one.
	ExternalSystemID resource.Value `json:"externalSystemID,omitzero" jsonschema:"description=Id of the proxy system\\, usually {proxySystem: NAME}"`
	// Destination is the destination's name, for direct types.
	Destination resource.Value `json:"destination,omitzero" jsonschema:"description=Name of a destination\\, for types that are reached directly"`
	// Expect bounds how many users and groups may come through the proxy system.
	Expect *Expect `json:"expect,omitempty" jsonschema:"description=Users and groups that are expected; a synchronisation waits while the numbers lie outside"`
	// Self is the system's name. Normalize fills it, so that others can refer to
	// the name before the system exists.
	Self string `json:"-"`
}

const applications = "SAP Community post 13562764 \"SAP Cloud IAG integration with IAS\" [that the form asks for it documented, that it is fixed inferred]"

// SystemDefinition returns the pure half of the kind.
func SystemDefinition() resource.Definition[System] {
	return resource.Definition[System]{
		Kind:      KindSystem,
		Section:   "iagSystems",
		Doc:       "A system in the Applications app of Identity Access Governance.",
		Normalize: normalizeSystem,
		Validate:  validateSystem,
		Mentions:  mentionedBySystem,
		Implied:   impliedBySystem,
		Output:    systemOutput,
		Order:     systemOrder,
		Outputs:   []string{"name", "externalSystemID"},
		Fields: []resource.Field{
			{Path: "/type", Class: resource.Immutable, Reason: "a system keeps the type it was made with", Source: applications},
		},
	}
}

func normalizeSystem(name string, s System) System {
	s.Self = name
	s.Type, s.Description = s.Type.Public(), emptied(s.Description.Public())
	s.ExternalSystemID, s.Destination = s.ExternalSystemID.Public(), s.Destination.Public()
	return s
}

// impliedBySystem names the destination that IAG will read.
// Fact: systems with an External System ID are read through IPS_PROXY. Source:
// SAP Community post 13562764, read 2026-11-23. [documented]
func impliedBySystem(s System) []resource.Ref {
	if s.ExternalSystemID.IsSet() && s.ExternalSystemID.Form() != resource.Absent {
		return []resource.Ref{{Kind: kindDestination, Name: ipsProxy}}
	}
	return nil
}

// mentionedBySystem names the destination of a direct type. One that somebody
// else makes belongs into the manifest too, with manage: false.
func mentionedBySystem(s System) map[string]resource.Ref {
	if name := s.Destination.Text(); name != "" {
		return map[string]resource.Ref{"/destination": {Kind: kindDestination, Name: name}}
	}
	return nil
}

func systemOutput(name string, have *resource.Live[System], want *System) resource.Value {
	switch {
	case name == "name" && want != nil && want.Self != "":
		return resource.Text(want.Self)
	case name == "name" && have != nil:
		return resource.Text(have.Name)
	case name == "externalSystemID" && want != nil && want.ExternalSystemID.IsSet():
		return want.ExternalSystemID
	case name == "externalSystemID" && have != nil:
		return have.Spec.ExternalSystemID
	default:
		return resource.Value{}
	}
}

func validateSystem(name string, s System, _ resource.Scope) []resource.Fault {
	return slices.Concat(
		checkName("/name", "name", name),
		checkSystemType(s.Type),
		checkLink(s),
		checkExpect(s),
		catalogue.CheckASCII("/description", s.Description),
		catalogue.CheckBlanks("/externalSystemID", s.ExternalSystemID),
		catalogue.CheckBlanks("/destination", s.Destination),
		catalogue.CheckOpen("/type", s.Type),
		catalogue.CheckOpen("/description", s.Description),
		catalogue.CheckOpen("/externalSystemID", s.ExternalSystemID),
		catalogue.CheckOpen("/destination", s.Destination),
	)
}

func checkSystemType(v resource.Value) []resource.Fault {
	text := v.Text()
	if _, ok := catalogue.ApplicationTypeOf(text); ok || v.Form() != resource.Literal {
		return nil
	}
	if faults := catalogue.CheckValue("/type", v, catalogue.ApplicationTypeNames(), false); len(faults) > 0 {
		return faults
	}
	remedy := "known: " + strings.Join(catalogue.ApplicationTypeNames(), ", ")
	if right, ok := catalogue.Nearest(text, catalogue.ApplicationTypeNames()); ok {
		remedy = fmt.Sprintf("did you mean %s?", right)
	}
	return []resource.Fault{catalogue.Complain("W128", "/type", fmt.Sprintf("application type %q is not a known one", text), remedy)}
}

// checkLink asks for exactly one way to the target, and for the one that the
// type takes.
func checkLink(s System) []resource.Fault {
	external, direct := given(s.ExternalSystemID), given(s.Destination)
	known, _ := catalogue.ApplicationTypeOf(s.Type.Text())
	switch {
	case external && direct:
		return []resource.Fault{catalogue.Complain("E157", "/destination",
			fmt.Sprintf("destination %q stands beside an externalSystemID; a system has one of them", s.Destination), "remove one")}
	case !external && !direct && s.Type.IsSet():
		return []resource.Fault{catalogue.Complain("W133", "/type",
			fmt.Sprintf("system of type %q says neither externalSystemID nor destination", s.Type),
			"add externalSystemID: {proxySystem: NAME}, or destination: NAME")}
	case direct && known.Link == catalogue.LinkProxy:
		return []resource.Fault{catalogue.Complain("E163", "/destination",
			fmt.Sprintf("type %q goes through a proxy system, not through destination %q", s.Type, s.Destination),
			"write externalSystemID: {proxySystem: NAME} instead")}
	case external && known.Link == catalogue.LinkDestination:
		return []resource.Fault{catalogue.Complain("E163", "/externalSystemID",
			fmt.Sprintf("type %q is reached directly, not through the proxy system %q", s.Type, s.ExternalSystemID),
			"write destination: NAME instead")}
	}
	return nil
}

// systemDocument is the adapter contract's document.
type systemDocument struct {
	Name             string `json:"name"`
	Type             string `json:"type"`
	Description      string `json:"description"`
	ExternalSystemID string `json:"externalSystemID"`
	Destination      string `json:"destination"`
}

// EncodeSystem writes the document; a system holds no secrets.
func EncodeSystem(name string, want System) (system map[string]any, secrets map[string]resource.Value) {
	system = map[string]any{"name": name}
	put(system, "type", want.Type)
	put(system, "description", want.Description)
	put(system, "externalSystemID", want.ExternalSystemID)
	put(system, "destination", want.Destination)
	return system, nil
}

// DecodeSystem reads the document.
func DecodeSystem(_ string, system json.RawMessage) (name string, s System, err error) {
	d, err := adapter.Document("IAG system", system, func(d systemDocument) bool { return d.Name != "" })
	if err != nil {
		return "", System{}, err
	}
	s = System{
		Type: resource.Given(d.Type), Description: resource.Given(d.Description),
		ExternalSystemID: resource.Given(d.ExternalSystemID), Destination: resource.Given(d.Destination),
	}
	return d.Name, normalizeSystem(d.Name, s), nil
}

// SystemCodec returns the translation between the kind and the adapter contract.
func SystemCodec() adapter.Codec[System] {
	return adapter.Codec[System]{
		Collection: CollectionSystems,
		Encode:     EncodeSystem,
		Decode:     DecodeSystem,
	}
}
