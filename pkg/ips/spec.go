package ips

import (
	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// Spec is what a manifest says about one proxy system.
type Spec struct {
	// Type is the console's display name, or the connectorTypeString of an export
	// where the display name's string is not public.
	Type resource.Value `json:"type,omitzero" jsonschema:"description=Display name such as Identity Authentication\\, or the connectorTypeString of an export"`
	// Description is the alias of exports.
	Description resource.Value `json:"description,omitzero" jsonschema:"description=Free text; use ASCII letters"`
	// Enabled is "true" or "false"; null is the console's default, true.
	Enabled resource.Value `json:"enabled,omitzero" jsonschema:"description=false disables the system; null means true"`
	// Template names a set of properties that lie below the listed ones. It only
	// steers and is never compared.
	Template string `json:"template,omitempty" jsonschema:"enum=ias-proxy,description=Set of properties below the listed ones; ias-proxy is for Identity Authentication"`
	// Properties are standard and credential properties by exact name.
	Properties resource.Properties `json:"properties,omitempty" jsonschema:"description=Properties by exact name; null means the property must be absent"`
	// Transformations replace the delivered mappings.
	Transformations Transformations `json:"transformations,omitzero" jsonschema:"description=Files with transformations; without them the delivered ones stay"`
	// Baseline is the path of a console export that a full import file starts
	// from. It only steers.
	Baseline string `json:"baseline,omitempty" jsonschema:"description=File with a console export of this tenant; an import file then carries its transformations"`
	// Unlisted says what happens to live properties that are not listed.
	Unlisted resource.Unlisted `json:"unlisted,omitempty" jsonschema:"enum=remove,enum=keep,description=What happens to live properties that are not listed; the default is keep\\, because the console adds its own"`
	// Self is the system's name. Normalize fills it, so that others can refer to
	// the name before the system exists.
	Self string `json:"-"`
	// Delivered is known of exported systems only.
	Delivered Delivered `json:"-"`
}

// Transformations are mapping documents: file paths as loaded, canonical JSON
// after ReadFiles.
type Transformations struct {
	// Read turns what the backend sends into what IAG sees.
	Read resource.Value `json:"read,omitzero" jsonschema:"description=File with the read transformation\\, JSON"`
	// Write turns what IAG sends into what the backend gets.
	Write resource.Value `json:"write,omitzero" jsonschema:"description=File with the write transformation\\, JSON"`
}

// normalize expands the template, unifies spellings and marks credentials.
func normalize(name string, s Spec) Spec {
	s.Self = name
	if known, ok := catalogue.SystemTypeOf(s.Type.Text()); ok {
		s.Type = resource.Text(known.Name)
	}
	// Fact: an empty description is left out of exports, and a new system is
	// enabled. Source: exports in SAP-samples/teched2025-XP261, and
	// SAP-docs/btp-cloud-identity-services, add-new-systems-bd214dc.md, read
	// 2026-11-23. [recorded, documented]
	if s.Description.Form() == resource.Literal && s.Description.Text() == "" {
		s.Description = resource.Nothing()
	}
	if s.Enabled.Form() == resource.Absent {
		s.Enabled = resource.Text("true")
	}
	s.Transformations.Read = canonicalValue(s.Transformations.Read)
	s.Transformations.Write = canonicalValue(s.Transformations.Write)
	// What only may be a secret, such as a header, is a credential when it comes from
	// outside, and else a standard property: the console shows it too, and yet no plan does.
	s.Properties = catalogue.Expand(Kind, s.Template, s.Properties, catalogue.Mark)
	return s
}

// keep copies what is not ours into want: unmanaged fields, unlisted properties
// under the policy, and what the console does by itself.
func keep(have, want Spec, own resource.Ownership) Spec {
	wrote := func(key string) bool { return own.Wrote != nil && own.Wrote(catalogue.PropertyPath(key)) }
	policy := want.Unlisted
	if policy == resource.UnlistedDefault {
		policy = resource.UnlistedKeep
	}
	listed := want.Properties
	want = resource.Fill(have, want)
	want.Properties = resource.KeepProperties(have.Properties, listed, policy, wrote)
	for key, value := range have.Properties {
		if _, ok := listed[key]; !ok && consoleAdds(key) {
			want.Properties[key] = value
		}
	}
	return want
}
