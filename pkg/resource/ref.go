package resource

import (
	"cmp"
	"fmt"
	"strings"
)

// Ref names one object of an integration, the way users see it.
type Ref struct {
	// Kind is the singular kind, such as "Destination".
	Kind string `json:"kind"`
	// Name is the object's name within its kind.
	Name string `json:"name"`
}

// String returns "Destination/IPS_PROXY".
func (r Ref) String() string { return r.Kind + "/" + r.Name }

// Compare orders references by kind, then by name.
func (r Ref) Compare(s Ref) int {
	return cmp.Or(cmp.Compare(r.Kind, s.Kind), cmp.Compare(r.Name, s.Name))
}

// ParseRef reads "Kind/Name". Names may hold slashes, kinds may not.
func ParseRef(text string) (Ref, error) {
	kind, name, ok := strings.Cut(text, "/")
	if !ok || kind == "" || name == "" {
		return Ref{}, fmt.Errorf("%q is not KIND/NAME", text)
	}
	return Ref{Kind: kind, Name: name}, nil
}

// Position is a place in a manifest file. Line and Col are 1-based; the zero
// Position is unknown.
type Position struct {
	File      string
	Line, Col int
}

// String returns "file:line:col", the form that editors and CI systems link.
func (p Position) String() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
	}
}

// MarshalText writes the String form.
func (p Position) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Severity tells an error, which stops before any call, from a warning.
type Severity string

// The two severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Fault is one complaint about a manifest. Kinds fill Path; the loader fills
// Position.
type Fault struct {
	Severity Severity `json:"-"`
	// Code is stable: E1xx for manifests, W1xx for warnings.
	Code string `json:"code"`
	// Ref is the object, when there is one.
	Ref *Ref `json:"ref,omitempty"`
	// Path is a JSON pointer inside the object, for example "/properties/URL".
	Path string `json:"path,omitempty"`
	// Message says what is wrong, with the offending text quoted.
	Message string `json:"message"`
	// Position is where it stands.
	Position Position `json:"position"`
	// Remedy says what to type instead.
	Remedy string `json:"remedy,omitempty"`
	// Source names the public fact behind the complaint.
	Source string `json:"source,omitempty"`
	// OnKey asks for the position of the field's name instead of its value.
	OnKey bool `json:"-"`
}

// Finding is what a real call proved to be wrong.
type Finding struct {
	// Code is the failure's number in the catalogue, for example "F-5".
	Code string `json:"code"`
	// Ref is the object to mend.
	Ref Ref `json:"-"`
	// Leg is the hop that fails, for example "IAG→IPS".
	Leg string `json:"leg"`
	// Message says what was seen.
	Message string `json:"message"`
	// Cause says why that happens, as far as known.
	Cause string `json:"cause,omitempty"`
	// Remedy says what to do.
	Remedy string `json:"remedy,omitempty"`
	// Source names the public fact behind it.
	Source string `json:"source,omitempty"`
	// Report names the report that is disproved by what was seen, where that says
	// nothing of what was known before; "" for what is known to be there.
	Report string `json:"report,omitempty"`
}

// Part parts faults into errors and warnings.
func Part(faults []Fault) (errs, warnings []Fault) {
	for _, f := range faults {
		if f.Severity == Warning {
			warnings = append(warnings, f)
		} else {
			errs = append(errs, f)
		}
	}
	return errs, warnings
}
