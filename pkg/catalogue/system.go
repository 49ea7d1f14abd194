package catalogue

import (
	"regexp"
	"strings"
	"sync"
)

// IdentityAuthentication is the display name of the system type for IAS.
const IdentityAuthentication = "Identity Authentication"

// SystemType is one type of provisioning systems.
type SystemType struct {
	// Name is the console's display name.
	Name string
	// Connector is the connectorTypeString of exports, "" where it is not public.
	Connector string
	// Proxy is true when a proxy system can have this type.
	Proxy bool
}

var systemTypes = sync.OnceValue(func() []SystemType {
	var types []SystemType
	for _, row := range table("system-types.csv") {
		types = append(types, SystemType{Name: row[0], Connector: row[1], Proxy: strings.Contains(row[2], "p")})
	}
	return types
})

// SystemTypeOf returns the type that a display name or a connector string
// stands for.
func SystemTypeOf(text string) (SystemType, bool) {
	for _, t := range systemTypes() {
		if text != "" && (t.Name == text || t.Connector == text) {
			return t, true
		}
	}
	return SystemType{}, false
}

// SystemTypeNames returns the display names of the types that a proxy system
// can have.
func SystemTypeNames() []string {
	var names []string
	for _, t := range systemTypes() {
		if t.Proxy {
			names = append(names, t.Name)
		}
	}
	return names
}

// rawConnector is the form of every connector string seen.
// Fact: connector strings are upper-case words with underscores and cannot be
// derived from display names. Source: exports in SAP-samples/teched2025-XP261
// and sap-tutorials/abap-core-development, read 2026-11-23. [recorded]
var rawConnector = regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)

// ConnectorOf returns the connectorTypeString for a display name, or text
// itself when it already is one. It reports false when none is known.
func ConnectorOf(text string) (string, bool) {
	if t, ok := SystemTypeOf(text); ok {
		return t.Connector, t.Connector != ""
	}
	return text, rawConnector.MatchString(text)
}
