package ias

import "reconcile/pkg/resource"

// Kind is the singular kind.
const Kind = "SystemUser"

const administrators = "SAP-docs/btp-cloud-identity-services, add-administrators-bbbdbdd.md [documented]"

// Definition returns the pure half of the kind.
func Definition() resource.Definition[Spec] {
	return resource.Definition[Spec]{
		Kind: Kind,
		// IAS makes id and secret when the administrator is created, and shows the
		// secret once: before that, references to them lead nowhere.
		SecretsAppear: true,
		Section:       "systemUsers",
		Doc:           "An administrator of type System in Identity Authentication: the technical user of one leg.",
		Normalize:     normalize,
		Validate:      validate,
		Keep:          keep,
		Output:        output,
		Identify:      identify,
		Order:         order,
		Outputs:       []string{"clientID", "secret"},
		Logins:        []resource.LoginFields{{IDPath: "/clientID", SecretPath: "/secrets/*/value", Issued: true, Source: administrators}},
		Fields: []resource.Field{
			{Path: "/clientID", Class: resource.ServerSet, Reason: "IAS makes the client id", Source: administrators},
			{Path: "/secrets/*/created", Class: resource.ServerSet, Reason: "IAS notes the day on which it makes a secret", Source: administrators},
			{Path: "/secrets/*/value", Class: resource.WriteOnly, Reason: "a secret is shown once, when it is made", Source: administrators},
		},
	}
}

// output returns the client id, the live one first, or the secret in use.
func output(name string, have *resource.Live[Spec], want *Spec) resource.Value {
	switch {
	case name == "clientID" && have != nil && have.Spec.ClientID.Text() != "":
		return have.Spec.ClientID
	case name == "clientID" && want != nil:
		return want.ClientID
	case name == "secret" && want != nil:
		return inUse(want.Secrets)
	default:
		return resource.Value{}
	}
}

func inUse(s Secrets) resource.Value {
	label, ok := s.InUse()
	if !ok {
		return resource.Value{}
	}
	return s[label].Value.WithLabel(label)
}
