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

// finding starts a finding with what the catalogue knows about its code. The leg
// is the one where the failure was seen.
func finding(code string, ref resource.Ref, leg string) resource.Finding {
	known, _ := catalogue.Failure(code)
	f := known.Finding(ref, "")
	f.Leg = leg
	return f
}
