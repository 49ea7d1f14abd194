package destination

import (
	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// Kind is the singular kind.
const Kind = "Destination"

// Definition returns the pure half of the kind.
func Definition() resource.Definition[Spec] {
	return resource.Definition[Spec]{
		Kind:      Kind,
		Section:   "destinations",
		Doc:       "A destination in the subaccount of Identity Access Governance, such as IPS_PROXY.",
		Normalize: normalize,
		Validate:  validate,
		Keep:      keep,
		Output:    output,
		Outputs:   []string{"name"},
		Logins:    logins(),
	}
}

// logins says which properties belong together.
func logins() []resource.LoginFields {
	const source = "SAP-docs/btp-connectivity, pages on each authentication type [documented]"
	row := func(address, id, secret string) resource.LoginFields {
		return resource.LoginFields{
			AddressPath: catalogue.PropertyPath(address), IDPath: catalogue.PropertyPath(id), SecretPath: catalogue.PropertyPath(secret), Source: source,
		}
	}
	return []resource.LoginFields{row("URL", "User", "Password"), row("tokenServiceURL", "clientId", "clientSecret")}
}

// output returns the destination's name, known from the start.
func output(name string, have *resource.Live[Spec], want *Spec) resource.Value {
	switch {
	case name != "name":
		return resource.Value{}
	case want != nil && want.Self != "":
		return resource.Text(want.Self)
	case have != nil:
		return resource.Text(have.Name)
	default:
		return resource.Value{}
	}
}
