package resource

import (
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
)

// LoginFields is one row of a kind's table of logins: which of its fields together
// are one, by JSON pointer.
type LoginFields struct {
	// AddressPath is the field that says where the login goes; "" means the identity
	// tenant.
	AddressPath string
	// IDPath is the field that says who logs in, SecretPath a glob over the secrets.
	IDPath, SecretPath string
	// ModePath is the field that chooses among ways to log in, and Mode what it holds for
	// this one; "" where there is no choice. Where the field says nothing, it is this one.
	ModePath, Mode string
	// Issued says that the service takes what is stored there as the secret from then
	// on: writing it makes the login good.
	Issued bool
	// Source says where it is written that these fields belong together.
	Source string
}

// Login is a login that an object holds, as far as its fields tell.
type Login struct {
	LoginFields
	// Host is where it goes, "" where that is not known; ID is who logs in, "" where
	// that is not known.
	Host, ID string
	// Path is the JSON pointer of the secret, which Value is.
	Path  string
	Value Value
}

// logins finds the logins of a specification by a kind's table, in order.
func logins(rows []LoginFields, s Spec, scope Scope) []Login {
	if len(rows) == 0 || s == nil {
		return nil
	}
	var found []Login
	values := Paths(s)
	for _, row := range rows {
		if mode := values[row.ModePath].Text(); mode != "" && mode != row.Mode {
			continue
		}
		host := bare(scope.IdentityHost)
		if row.AddressPath != "" {
			host = hostOf(values[row.AddressPath].Text())
		}
		for _, pointer := range slices.Sorted(maps.Keys(values)) {
			if ok, err := path.Match(row.SecretPath, pointer); ok && err == nil {
				found = append(found, Login{row, host, values[row.IDPath].Text(), pointer, values[pointer]})
			}
		}
	}
	return found
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return bare(u.Host)
}

// bare spells a host in one way, so that every login to it counts as one to the same.
func bare(host string) string { return strings.TrimSuffix(strings.ToLower(host), ":443") }
