package destination

import (
	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// Spec is what a manifest says about one destination.
type Spec struct {
	// Template names a set of properties that lie below the listed ones. It only
	// steers and is never compared.
	Template string `json:"template,omitempty" jsonschema:"enum=ips-proxy,description=Set of properties below the listed ones; ips-proxy is for IPS_PROXY"`
	// Properties are compared and written as they are. Names and values are
	// case-sensitive.
	Properties resource.Properties `json:"properties,omitempty" jsonschema:"description=Properties by exact name; null means the property must be absent"`
	// Unlisted says what happens to live properties that are not listed.
	Unlisted resource.Unlisted `json:"unlisted,omitempty" jsonschema:"enum=remove,enum=keep,description=What happens to live properties that are not listed; the default is remove\\, for a destination that was taken over keep"`
	// Self is the destination's name. Normalize fills it, so that others can
	// refer to the name before the destination exists.
	Self string `json:"-"`
}

// The destinations that Identity Access Governance looks up by name.
// Source: SAP Community post 13562764 and Microsoft Learn "SAP IAG integration",
// read 2026-11-23. [documented]
const (
	// NameIPSProxy is read for every system that goes through a proxy system.
	NameIPSProxy = "IPS_PROXY"
	// NameIdentityDirectory is read when the Identity Directory is the user source.
	NameIdentityDirectory = "SAP_Identity_Services_Identity_Directory"
)

// normalize expands the template and marks what is secret and what is not.
func normalize(name string, s Spec) Spec {
	s.Self = name
	s.Properties = catalogue.Expand(Kind, s.Template, s.Properties, catalogue.Mark)
	return s
}

// keep copies what is not ours into want. An object that is being taken over
// loses nothing unless the manifest says so in writing.
func keep(have, want Spec, own resource.Ownership) Spec {
	policy := want.Unlisted
	switch {
	case policy == resource.UnlistedDefault && own.Owned:
		policy = resource.UnlistedRemove
	case policy == resource.UnlistedDefault:
		policy = resource.UnlistedKeep
	}
	want.Properties = resource.KeepProperties(have.Properties, want.Properties, policy, func(key string) bool {
		return own.Wrote != nil && own.Wrote(catalogue.PropertyPath(key))
	})
	return want
}
