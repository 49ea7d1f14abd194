package catalogue

import (
	"slices"
	"sync"

	"reconcile/pkg/resource"
)

// KnownFailure is one way in which an integration is known to fail.
type KnownFailure struct {
	// Code is stable, such as "F-5".
	Code string
	// Title says in a few words what fails.
	Title string
	// Leg is the hop that fails, such as "IAG→IPS".
	Leg string
	// Symptom is what people see, Cause why, Remedy what to do.
	Symptom, Cause, Remedy string
	// Source names the public document.
	Source string
	// Confidence is documented, recorded, reported or inferred.
	Confidence string
}

var failures = sync.OnceValue(func() []KnownFailure {
	var all []KnownFailure
	for _, row := range table("failures.csv") {
		all = append(all, KnownFailure{row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]})
	}
	return all
})

// Failures returns every known failure in the order of its number.
func Failures() []KnownFailure { return slices.Clone(failures()) }

// Failure returns a known failure by its code.
func Failure(code string) (KnownFailure, bool) {
	i := slices.IndexFunc(failures(), func(f KnownFailure) bool { return f.Code == code })
	if i < 0 {
		return KnownFailure{}, false
	}
	return failures()[i], true
}

// Finding fills in what is known about the failure; message says what was seen
// at which object.
func (f KnownFailure) Finding(ref resource.Ref, message string) resource.Finding {
	return resource.Finding{
		Code: f.Code, Ref: ref, Leg: f.Leg, Message: message, Cause: f.Cause, Remedy: f.Remedy,
		Source: f.Source + " [" + f.Confidence + "]",
	}
}
