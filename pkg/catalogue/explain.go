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
	// LookedUpSource is where the names come from that IAG looks up.
	LookedUpSource = "SAP Community post 13562764 and Microsoft Learn \"SAP IAG integration\""
	// SystemTypeSource is where the types of provisioning systems come from.
	SystemTypeSource = "SAP-docs/btp-cloud-identity-services, docs/index.md [documented]; connector strings from public exports [recorded]"
	// ApplicationTypeSource is where the types of systems in IAG come from.
	ApplicationTypeSource = "SAP Community post 14083887 [documented keys]; labels and links from integration guides [reported]"
	// JobCategorySource is where the categories of jobs come from.
	JobCategorySource = "SAP Learning course \"SAP Cloud Identity Access Governance implementation and configuration\" and SAP Community post 13562764 [documented, list open]; the order inferred"
)
