package verify

import (
	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// The known failures that these calls can show.
const (
	failBackend     = "F-2"
	failLogin       = "F-3"
	failRole        = "F-4"
	failAddress     = "F-5"
	failFiltered    = "F-22"
	failThrottled   = "F-23"
	failProperty    = "F-24"
	failOneSided    = "F-36"
	failUnreadable  = "F-37"
	failPermissions = "F-38"
)

// compareFirst puts before a remedy that a secret is not what it ought to be because the
// reference that leads to it holds another text: that is looked up sooner than a new
// secret is made.
func compareFirst(from, remedy string) string {
	if from == "" {
		return remedy
	}
	return "first compare what " + from + " holds with the secret that the console showed (mistyped, cut off, an old one); only if that is right, " + remedy
}

// finding starts a finding with what the catalogue knows about its code. The leg
// is the one where the failure was seen.
func finding(code string, ref resource.Ref, leg string) resource.Finding {
	known, _ := catalogue.Failure(code)
	f := known.Finding(ref, "")
	f.Leg = leg
	return f
}
