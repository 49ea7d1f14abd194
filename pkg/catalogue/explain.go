package catalogue

import (
	"maps"
	"slices"
	"strings"
)

// String says how secret a value is.
func (s Secrecy) String() string {
	switch s {
	case Secret:
		return "yes; only a reference may stand in a manifest"
	case Doubtful:
		return "perhaps; masked in every output"
	default:
		return "no"
	}
}

// DestinationKeyNames returns all documented names of destination properties,
// sorted, without families.
func DestinationKeyNames() []string {
	names := slices.Sorted(maps.Keys(destinationKeys()))
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, "*") })
}

// Templates returns all templates in the order of the table.
func Templates() []Template { return slices.Clone(templates()) }

// Mentioning returns the failures whose text names a property, in the order of
// their numbers.
func Mentioning(name string) []KnownFailure {
	var found []KnownFailure
	for _, f := range failures() {
		words := strings.FieldsFunc(strings.Join([]string{f.Title, f.Symptom, f.Cause, f.Remedy}, " "), func(r rune) bool {
			return strings.ContainsRune(" ,;:()\"'", r)
		})
		if slices.Contains(words, name) {
			found = append(found, f)
		}
	}
	return found
}

const (
	// DestinationSource is where the names of destination properties come from.
	DestinationSource = "SAP-docs/btp-connectivity, pages on HTTP, LDAP, mail, TCP and RFC destinations"
	// PropertySource is where the names of connector properties come from.
	PropertySource = "SAP-docs/btp-cloud-identity-services, list-of-properties-d6f3577.md and connector pages"
)
