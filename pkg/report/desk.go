package report

import (
	"strings"
	"time"

	"reconcile/pkg/manifest"
	"reconcile/pkg/provenance"
	"reconcile/pkg/resource"
)

// Desk takes what people report about one integration.
type Desk struct {
	Manifest manifest.Integration
	// Kinds are all kinds, bound to the ways of the integration.
	Kinds        []resource.Kind
	Surroundings provenance.Surroundings
	// Reports holds report files, ConsoleExports what the console exported.
	Reports, ConsoleExports Folder
	Now                     func() time.Time
}

// Folder is where files are looked for. One that somebody named has to be there.
type Folder struct {
	Path  string
	Named bool
}

// Misuse is a report that cannot be understood; the remedy says what to give instead.
type Misuse struct {
	Cause  error
	Remedy string
}

// Error says what cannot be understood.
func (m Misuse) Error() string { return m.Cause.Error() }

// Unwrap returns the cause.
func (m Misuse) Unwrap() error { return m.Cause }

// Refused is a report that is understood and not taken, for at least one reason.
type Refused []resource.Fault

// Error says why.
func (r Refused) Error() string {
	texts := make([]string, len(r))
	for i, f := range r {
		texts[i] = f.Message
	}
	return strings.Join(texts, "; ")
}

// sections maps the name of each kind to its list in the manifest.
func (d Desk) sections() map[string]string {
	byKind := map[string]string{}
	for _, k := range d.Kinds {
		byKind[k.Name()] = k.Section()
	}
	return byKind
}
