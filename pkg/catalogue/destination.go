package catalogue

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// DestinationKey is one property name of destinations that SAP documents.
type DestinationKey struct {
	// Name is the exact spelling. A trailing * stands for the rest of a family.
	Name string
	// Group ties the key to types and authentications.
	Group string
	// Secrecy says whether its value is a secret.
	Secrecy Secrecy
	// Values are the documented ones, nil when anything goes.
	Values Values
}

// Authentication is one way in which an HTTP destination logs in.
type Authentication struct {
	// Name is the value of the property Authentication.
	Name string
	// Required are the properties it cannot do without.
	Required []string
	// ProxyType is the only one that works, "" for any.
	ProxyType string
	// Legacy is true for leftovers of the Neo environment.
	Legacy bool

	groups []string
}

// DestinationType is one value of the property Type.
type DestinationType struct {
	// Name is the value.
	Name string
	// Required are the properties it cannot do without, beside Type.
	Required []string

	groups []string
}

var destinationKeys = sync.OnceValue(func() map[string]DestinationKey {
	index := map[string]DestinationKey{}
	for _, row := range table("destination-keys.csv") {
		index[row[0]] = DestinationKey{
			Name: row[0], Group: row[1], Secrecy: secrecyOf[row[2]], Values: Values(list(row[3])),
		}
	}
	return index
})

var authentications = sync.OnceValue(func() map[string]Authentication {
	index := map[string]Authentication{}
	for _, row := range table("authentications.csv") {
		index[row[0]] = Authentication{
			Name: row[0], Required: list(row[1]), groups: list(row[2]), ProxyType: row[3], Legacy: row[4] == "y",
		}
	}
	return index
})

var destinationTypes = sync.OnceValue(func() map[string]DestinationType {
	index := map[string]DestinationType{}
	for _, row := range table("destination-types.csv") {
		index[row[0]] = DestinationType{Name: row[0], Required: list(row[1]), groups: list(row[2])}
	}
	return index
})

// DestinationKeyOf returns the documented key of that exact name, also for
// members of a family such as "URL.headers.apikey".
func DestinationKeyOf(name string) (DestinationKey, bool) {
	if k, ok := destinationKeys()[name]; ok {
		return k, true
	}
	family, ok := familyOf(name, destinationKeys())
	return destinationKeys()[family], ok
}

// AuthenticationOf returns an authentication by its exact name.
func AuthenticationOf(name string) (Authentication, bool) {
	a, ok := authentications()[name]
	return a, ok
}

// AuthenticationNames returns the values of Authentication, sorted.
func AuthenticationNames() []string { return slices.Sorted(maps.Keys(authentications())) }

// DestinationTypeOf returns a destination type by its exact name.
func DestinationTypeOf(name string) (DestinationType, bool) {
	t, ok := destinationTypes()[name]
	return t, ok
}

// DestinationNames returns the keys that a destination of a type and
// authentication uses, sorted, without families. Where one of the two is not
// known, it returns those of all.
func DestinationNames(typeName, authentication string) []string {
	var groups []string
	if t, ok := DestinationTypeOf(typeName); ok {
		groups = t.groups
	}
	if a, ok := AuthenticationOf(authentication); ok && groups != nil {
		groups = slices.Concat(groups, a.groups)
	} else if typeName == "HTTP" {
		groups = nil
	}
	var names []string
	for name, key := range destinationKeys() {
		wanted := slices.Contains(groups, key.Group) || groups == nil && key.Group != "scim"
		if wanted && !strings.HasSuffix(name, "*") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
