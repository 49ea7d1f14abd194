package catalogue

import (
	"regexp"
	"strings"
	"sync"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Secrecy says how a property's value is to be handled.
type Secrecy int

// The degrees of secrecy. The zero value is Open.
const (
	// Open values may be shown.
	Open Secrecy = iota
	// Doubtful values may carry a secret, such as a header: masked in every
	// output, but a manifest may hold them.
	Doubtful
	// Secret values are masked, and a manifest may only refer to them.
	Secret
)

// secrecyOf decodes the tables' column.
var secrecyOf = map[string]Secrecy{"y": Secret, "?": Doubtful, "n": Open}

// The patterns judge names that no table holds.
// Fact: SAP's own backend masks exactly the keys that are passwords and client
// secrets; headers and queries come back in clear. Source: SAP/terraform-provider-btp,
// recorded fixtures of destinations, read 2026-11-23. [recorded; the patterns inferred]
var (
	secretPattern   = regexp.MustCompile(`(?i)pass(word|wd)|secret|token$|api[._-]?key`)
	doubtfulPattern = regexp.MustCompile(`(?i)key$|[.]key[.]|token|authorization$` +
		`|jwt|bearer|cookie|credential|assertion|signature|pass(phrase|code)|pwd|otp$|salt$|session|private|(^|[^a-z])(pin|auth)([^a-z]|$)`)
	// camelPin finds the word where only its first letter tells that it begins.
	camelPin = regexp.MustCompile(`[a-z](Pin|PIN)([^a-z]|$)`)
)

// known maps lower-case names of both tables to their secrecy. Letter case is
// ignored because a misspelt password is still a password.
var known = sync.OnceValue(func() map[string]Secrecy {
	index := map[string]Secrecy{}
	for name, p := range properties() {
		index[strings.ToLower(name)] = p.Secrecy
	}
	for name, k := range destinationKeys() {
		index[strings.ToLower(name)] = max(k.Secrecy, index[strings.ToLower(name)])
	}
	return index
})

// SecrecyOf judges a property of a destination or of a proxy system by name.
func SecrecyOf(name string) Secrecy {
	if secrecy, ok := known()[strings.ToLower(name)]; ok && secrecy != Doubtful {
		return secrecy
	}
	if secretPattern.MatchString(name) {
		return Secret
	}
	if _, ok := familyOf(strings.ToLower(name), known()); ok || doubtfulPattern.MatchString(name) || camelPin.MatchString(name) {
		return Doubtful
	}
	return known()[strings.ToLower(name)]
}

// SecretProperty reports whether the value of a property must never be shown.
func SecretProperty(name string) bool { return SecrecyOf(name) != Open }

// Mark hides what is or may be a secret, by the name of the property or by the look
// of its value, and shows a looked-up value only under a name that is known to
// hold none: under any other the user may have meant one.
func Mark(name string, v resource.Value) resource.Value {
	switch {
	case SecretProperty(name):
		return v.Private()
	case KnownOpen(name):
		return v.Public().Discreet()
	default:
		return v.Discreet()
	}
}

// Confidential returns what no text may show of a property that a service holds:
// the whole value under a name that is or may be secret, and else the secrets
// inside it that tell by their look.
func Confidential(name, text string) []secret.Value {
	all := secret.Within(text)
	if SecretProperty(name) {
		all = append(all, secret.New(text))
	}
	return all
}

// KnownOpen reports whether a property is known to hold no secret. A name that
// no table holds is not known to.
func KnownOpen(name string) bool {
	secrecy, ok := known()[strings.ToLower(name)]
	return ok && secrecy == Open
}
