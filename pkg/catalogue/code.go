package catalogue

import (
	"slices"
	"strings"
	"sync"

	"reconcile/pkg/resource"
)

// Code is one kind of complaint that the program makes.
type Code struct {
	// ID is stable: E1xx stops before any call, E2xx is a brake, W stops nothing.
	ID string
	// Title says in a few words what is wrong.
	Title string
	// Means says what it is about, Remedy what to do.
	Means, Remedy string
	// Source names the public document behind it and how sure it is, "" where
	// the rule is this product's own.
	Source string
}

var codes = sync.OnceValue(func() []Code {
	var all []Code
	for _, row := range table("codes.csv") {
		all = append(all, Code{ID: row[0], Title: row[1], Means: row[2], Remedy: row[3], Source: row[4]})
	}
	return all
})

// Codes returns every complaint, ordered by ID.
func Codes() []Code { return slices.Clone(codes()) }

// CodeOf returns a complaint by its ID.
func CodeOf(id string) (Code, bool) {
	i := slices.IndexFunc(codes(), func(c Code) bool { return c.ID == id })
	if i < 0 {
		return Code{}, false
	}
	return codes()[i], true
}

// Complain makes a fault. The code's first letter decides how grave it is, its
// row in the table names the source.
func Complain(code, path, message, remedy string) resource.Fault {
	row, _ := CodeOf(code)
	severity := resource.Error
	if strings.HasPrefix(code, "W") {
		severity = resource.Warning
	}
	return resource.Fault{
		Severity: severity, Code: code, Path: path, Message: message, Remedy: remedy, Source: row.Source,
	}
}

// ofManifest are the complaints about what a manifest says in itself, right or wrong
// as it may be on a service: a secret where it can be read, a template that is not.
var ofManifest = []string{"E138", "E139", "E146", "E166"}

// Watched turns a complaint about an object that is only watched into a warning:
// nothing is written, so nothing wrong is. What is wrong with the manifest itself
// stays as it is.
func Watched(f resource.Fault) resource.Fault {
	if f.Severity == resource.Warning || strings.HasPrefix(f.Code, "W") || slices.Contains(ofManifest, f.Code) {
		return f
	}
	f.Message = f.Code + ": " + f.Message + "; manage: false leaves it as it is"
	f.Code, f.Severity = "W134", resource.Warning
	return f
}
