package verify

import "reconcile/pkg/resource"

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

// failure is what is known about one way to fail.
type failure struct{ cause, remedy, source string }

const (
	helpProxy = "SAP Cloud Identity Services help, \"Proxy Systems\", read 2026-11-23"
	helpAdmin = "SAP Cloud Identity Services help, \"Add Administrators\", read 2026-11-23"
	blogSeed  = "SAP Community 13562764, \"IAG integration with IAS\", read 2026-11-23"
)

// failures holds cause, remedy and source of each, where a finding has no
// sharper ones.
var failures = map[string]failure{
	failBackend: {
		"what lies behind the proxy system answers with an error, or the proxy system itself does",
		"make the same read at the backend directly, then compare the proxy system's properties and transformations",
		"SAP Community 12806626 and 13950751, read 2026-11-23",
	},
	failLogin: {
		"the id or its secret is wrong, expired or locked, or belongs to another tenant",
		"give the system user a new secret and put it where it is used; five wrong logins can lock an id for an hour, so do not repeat it unchanged",
		helpAdmin,
	},
	failRole: {
		"the system user lacks the authorization Access Proxy System API",
		"grant Access Proxy System API to the administrator of type System whose id the destination holds",
		helpProxy,
	},
	failAddress: {
		"the address that IAG puts together from the destination and the External System ID leads nowhere",
		"compare the External System ID with the last part of the proxy system's address in the console: a system that was made or imported again has a new id",
		helpProxy,
	},
	failFiltered: {
		"a filter property or a condition in the read transformation keeps everything back",
		"check ias.user.filter, ias.group.filter and the condition in the proxy system's read transformation",
		helpProxy,
	},
	failThrottled: {
		"the tenant's limit for all proxy calls together is used up: slower above 150 a minute, refused above 200",
		"stagger the jobs that read through proxy systems, and verify again in a few minutes",
		"SAP Cloud Identity Services help, \"Handle Rate Limits\", read 2026-11-23",
	},
	failProperty: {
		"names and values of the destination are case-sensitive, and IAG reads exactly these",
		"correct the destination",
		blogSeed,
	},
	failOneSided: {
		"the path property of one collection is missing or misspelt, or the proxy system speaks version 1 of the API, which ignores groups",
		"set USERSURL to /Users and GROUPSURL to /Groups, and ias.api.version of the proxy system to 2",
		blogSeed,
	},
	failUnreadable: {
		"without the right Accept header the answer comes in a form that IAG cannot read",
		"set Accept of the destination to application/scim+json",
		blogSeed,
	},
	failPermissions: {
		"the system user lacks Manage Users, Read Users or Manage Groups",
		"grant Manage Users and Manage Groups to the administrator of type System that the proxy system logs in with",
		helpProxy,
	},
}

// finding starts a finding with what is known about its code.
func finding(code string, ref resource.Ref, leg string) resource.Finding {
	known := failures[code]
	return resource.Finding{
		Code: code, Ref: ref, Leg: leg,
		Cause: known.cause, Remedy: known.remedy, Source: known.source,
	}
}
