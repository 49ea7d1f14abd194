package catalogue

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// KnownProperty is one property of provisioning systems that SAP documents.
type KnownProperty struct {
	// Name is the exact spelling. A trailing * stands for the rest of a family.
	Name string
	// Secrecy says whether the console keeps it as a credential.
	Secrecy Secrecy
	// Default is what the service assumes, "" when none is stated.
	Default string
	// Values are the documented ones, nil when anything goes.
	Values Values
	// Proxy is true when proxy systems use it; the others are for source and
	// target systems.
	Proxy bool
}

// properties indexes the table by exact name.
var properties = sync.OnceValue(func() map[string]KnownProperty {
	index := map[string]KnownProperty{}
	for _, row := range table("properties.csv") {
		index[row[0]] = KnownProperty{
			Name: row[0], Secrecy: secrecyOf[row[1]], Default: row[2],
			Values: Values(list(row[3])), Proxy: row[4] == "" || strings.Contains(row[4], "p"),
		}
	}
	return index
})

// Property returns the documented property of that exact name, also for
// members of a family such as "ips.http.header.X-Trace".
func Property(name string) (KnownProperty, bool) {
	if p, ok := properties()[name]; ok {
		return p, true
	}
	family, ok := familyOf(name, properties())
	return properties()[family], ok
}

// PropertyNames returns all documented names, sorted, without families.
func PropertyNames() []string {
	names := slices.Sorted(maps.Keys(properties()))
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, "*") })
}

// familyOf returns the entry ending in * that name belongs to.
func familyOf[T any](name string, index map[string]T) (string, bool) {
	for end := strings.LastIndexByte(name, '.'); end > 0; end = strings.LastIndexByte(name[:end], '.') {
		family := name[:end+1] + "*"
		if _, ok := index[family]; ok && end+1 < len(name) {
			return family, true
		}
	}
	return "", false
}

var prefixes = sync.OnceValue(func() []string {
	var prefixes []string
	for _, row := range table("prefixes.csv") {
		prefixes = append(prefixes, row[0])
	}
	return prefixes
})

// KnownPrefix returns the family of names, such as "ips." or "ias.", that name
// belongs to and that the catalogue knows completely.
func KnownPrefix(name string) (string, bool) {
	for _, prefix := range prefixes() {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			return prefix, true
		}
	}
	return "", false
}

// Values are the documented values of one field: a list, or one range of
// numbers written "1..100" or "0..".
type Values []string

// Has reports whether text is a documented value. Nil Values have everything.
func (v Values) Has(text string) bool {
	if v == nil || slices.Contains(v, text) {
		return true
	}
	low, high, ok := v.bounds()
	number, err := strconv.Atoi(text)
	return ok && err == nil && number >= low && number <= high
}

// String lists the values for people.
func (v Values) String() string { return strings.Join(v, ", ") }

func (v Values) bounds() (low, high int, ok bool) {
	if len(v) != 1 {
		return 0, 0, false
	}
	from, to, ok := strings.Cut(v[0], "..")
	if !ok {
		return 0, 0, false
	}
	low, _ = strconv.Atoi(from)
	high, err := strconv.Atoi(to)
	if err != nil {
		high = int(^uint(0) >> 1)
	}
	return low, high, true
}
