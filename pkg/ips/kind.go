package ips

import (
	"slices"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// Kind is the singular kind.
const Kind = "ProxySystem"

// ConsoleAdded properties appear without anybody having set them. Keep deals with
// them; the reconcile loop leaves them alone, because a manifest may list such a
// field and then it is compared.
const ConsoleAdded resource.Class = "console-added"

const (
	exports  = "console exports in SAP-samples/teched2025-XP261 and sap-tutorials/abap-core-development [recorded]"
	typePage = "SAP-docs/btp-cloud-identity-services, add-new-systems-bd214dc.md [documented that a form creates it with a type, inferred that it is fixed]"
	tracing  = "SAP-docs/btp-cloud-identity-services, list-of-properties-d6f3577.md [documented for jobs]"
	// The rows URL, User and Password, for all systems that are reached over HTTP.
	properties = "SAP-docs/btp-cloud-identity-services, list-of-properties-d6f3577.md [documented]"
	masking    = "SAP-docs/btp-cloud-identity-services, export-and-import-systems-1de7de0.md and property-types-1780d5d.md [documented]"
)

// fields returns the table of special fields.
func fields() []resource.Field {
	property := func(name string, class resource.Class, reason, source string) resource.Field {
		return resource.Field{Path: catalogue.PropertyPath(name), Class: class, Reason: reason, Source: source}
	}
	return []resource.Field{
		{Path: "/type", Class: resource.Immutable, Reason: "a system keeps the type it was made with", Source: typePage},
		property("Password", resource.WriteOnly, "credentials are left out of exports and never shown", masking),
		property("ips.failed.request.retry.attempts", ConsoleAdded, "the console adds it to new systems", exports),
		property("ips.failed.request.retry.attempts.interval", ConsoleAdded, "the console adds it to new systems", exports),
		property("ips.trace.failed.entity.content", ConsoleAdded, "the console adds it to new systems", exports),
		property("ips.application.id", ConsoleAdded, "the console adds it to new systems of some types", exports),
		property("ips.date.variable.format", ConsoleAdded, "the console adds it to new ABAP systems", exports),
		{
			Path: catalogue.PropertyPath("ips.trace.*"), Class: resource.SelfResetting, Resets: "false",
			Reason: "content tracing switches itself off after a job", Source: tracing,
		},
	}
}

func consoleAdds(key string) bool {
	return slices.ContainsFunc(fields(), func(f resource.Field) bool {
		return f.Class == ConsoleAdded && f.Covers(catalogue.PropertyPath(key))
	})
}

// Definition returns the pure half of the kind.
func Definition() resource.Definition[Spec] {
	return resource.Definition[Spec]{
		Kind:      Kind,
		Section:   "proxySystems",
		Doc:       "A proxy system in Identity Provisioning; its id is the External System ID of an IAG system.",
		Normalize: normalize,
		Validate:  validate,
		Keep:      keep,
		Output:    output,
		Logins: []resource.LoginFields{{
			AddressPath: catalogue.PropertyPath("URL"), IDPath: catalogue.PropertyPath("User"), SecretPath: catalogue.PropertyPath("Password"),
			ModePath: catalogue.PropertyPath("Authentication"), Mode: basic, Source: properties,
		}},
		Resends: AllSecrets,
		Order:   order,
		Export:  readExport,
		Outputs: []string{"id", "name"},
		Fields:  fields(),
		// The id is an address: a new system would leave IAG with a dead one.
		// Fact: an import always makes a new id. Source:
		// SAP-docs/btp-cloud-identity-services, export-and-import-systems-1de7de0.md,
		// read 2026-11-23. [documented]
		Protected: true,
		// Fact: the console's form lets the name be changed, and the id stays. Source:
		// SAP-docs/btp-cloud-identity-services, add-new-systems-bd214dc.md, read
		// 2026-11-23. [inferred]
		Renames: true,
	}
}

// output returns the system's id, known once it exists, or its name.
func output(name string, have *resource.Live[Spec], want *Spec) resource.Value {
	switch {
	case name == "id" && have != nil && have.ID != "":
		return resource.Text(have.ID)
	case name == "name" && want != nil && want.Self != "":
		return resource.Text(want.Self)
	case name == "name" && have != nil:
		return resource.Text(have.Name)
	default:
		return resource.Value{}
	}
}
