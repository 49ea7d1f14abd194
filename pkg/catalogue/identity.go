package catalogue

import (
	"slices"
	"sync"
)

// Authorization is one right of an administrator in Identity Authentication.
type Authorization struct {
	// Name is the console's label.
	Name string
	// HumanOnly is true when an administrator of type System cannot hold it.
	HumanOnly bool
	// Guards says what it opens.
	Guards string
	// Read is path and query of the GET that proves it; {system} stands for the
	// id of a proxy system. Empty when nothing harmless proves it.
	Read string
}

// ManageTenantConfiguration is the authorization that can grant all others.
const ManageTenantConfiguration = "Manage Tenant Configuration"

var authorizations = sync.OnceValue(func() []Authorization {
	var all []Authorization
	for _, row := range table("authorizations.csv") {
		all = append(all, Authorization{Name: row[0], HumanOnly: row[1] == "human", Guards: row[2], Read: row[3]})
	}
	return all
})

// Authorizations returns all authorizations, as the console lists them.
func Authorizations() []Authorization { return slices.Clone(authorizations()) }

// AuthorizationOf returns an authorization by its exact name.
func AuthorizationOf(name string) (Authorization, bool) {
	for _, a := range authorizations() {
		if a.Name == name {
			return a, true
		}
	}
	return Authorization{}, false
}

// AuthorizationNames returns the names that an administrator of type System
// can hold.
func AuthorizationNames() []string {
	var names []string
	for _, a := range authorizations() {
		if !a.HumanOnly {
			names = append(names, a.Name)
		}
	}
	return names
}
