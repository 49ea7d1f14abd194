package simulator

// Sources of the identity services and of governance.
const (
	srcIdentity = "SAP-docs/btp-cloud-identity-services"
	srcSCI      = "recordings in SAP/terraform-provider-sap-cloud-identity-services"
	srcProxy    = srcIdentity + " proxy-systems-b10d68a.md"
	srcAdmins   = srcIdentity + " Operation-Guide/add-administrators-bbbdbdd.md"
	srcLimits   = srcIdentity + " Operation-Guide/handle-rate-limits-15f7f23.md"
	srcAudit    = "SAP-docs/btp-cloud-platform 30ece35"
)

var directoryFacts = []Fact{
	{What: "Token for an administrator of type System", Status: Simulated, Confidence: Documented, Source: srcProxy, Routes: []string{"POST /oauth2/token"}},
	{
		What: "Users: list, create, read, replace, change, delete", Status: Simulated, Confidence: Observed, Source: srcSCI,
		Routes: []string{
			"GET /scim/Users", "GET /scim/Users/", "POST /scim/Users", "POST /scim/Users/", "GET /scim/Users/{id}",
			"PUT /scim/Users/{id}", "PATCH /scim/Users/{id}", "DELETE /scim/Users/{id}",
		},
	},
	{
		What: "Groups: list, create, read, replace, change, delete", Status: Simulated, Confidence: Observed, Source: srcSCI,
		Routes: []string{
			"GET /scim/Groups", "GET /scim/Groups/", "POST /scim/Groups", "POST /scim/Groups/", "GET /scim/Groups/{id}",
			"PUT /scim/Groups/{id}", "PATCH /scim/Groups/{id}", "DELETE /scim/Groups/{id}",
		},
	},
	{
		What: "Schemas: list, read, create and delete of a tenant's own; of the built-in ones those that people and groups use", Status: Simulated, Confidence: Observed, Source: srcSCI,
		Routes: []string{
			"GET /scim/Schemas", "GET /scim/Schemas/", "POST /scim/Schemas", "POST /scim/Schemas/", "GET /scim/Schemas/{id}",
			"DELETE /scim/Schemas/{id}",
		},
	},
	{What: "ServiceProviderConfig is 404", Status: Simulated, Confidence: Assumed, Source: "no page documents it", Routes: []string{"GET /scim/ServiceProviderConfig"}},
	{What: "ResourceTypes, Bulk, Me, .search: 404", Status: LeftOut, Confidence: Assumed, Source: "no page documents them"},
	{What: "Paging by startIndex and count, at most 100", Status: Simulated, Confidence: Documented, Source: srcIdentity + " (user search of the SCIM API)"},
	{What: "Paging by startId and nextId: initial, then ids, then end", Status: Simulated, Confidence: Documented, Source: srcIdentity + " (user search of the SCIM API)"},
	{What: "Filters: eq, and gt on meta.lastModified, joined by and, or and parentheses; others are 400", Status: Simulated, Confidence: Documented, Source: "api.sap.com; further operators are left out"},
	{What: "attributes and excludedAttributes, by first-level names", Status: Simulated, Confidence: Documented, Source: srcIdentity + "; that id and schemas always stay is RFC 7644"},
	{What: "PATCH add, remove and replace, members[value eq \"…\"] included; 204", Status: Simulated, Confidence: Observed, Source: srcSCI + "; the rest by RFC 7644"},
	{What: "ETag equal to meta.version, If-Match 412, If-None-Match 304", Status: Simulated, Confidence: Observed, Source: srcSCI + "; the conditions by RFC 7644"},
	{What: "Errors: status as a string, X-Message-Code, texts of 400 and 409", Status: Simulated, Confidence: Observed, Source: srcSCI + ", SAP knowledge base 3736363 and 3615000"},
	{What: "A write without the SCIM content type is 415", Status: Simulated, Confidence: Documented, Source: "SAP knowledge base 2942542"},
	{What: "Authorizations: Read Users, Manage Users, Manage Groups; 401 and 403 apart", Status: Simulated, Confidence: Documented, Source: srcAdmins},
	{What: "Without credentials 301 to the login page", Status: Simulated, Confidence: Documented, Source: "SAP Community 13562764", Routes: []string{"GET /", "GET /ui/login"}},
	{What: "Two secrets of an administrator, with expiry", Status: Simulated, Confidence: Documented, Source: srcAdmins},
	{What: "Lock after failed logins", Status: Switchable, Switches: []string{"LockAfter"}, Confidence: Documented, Source: srcAdmins + " (of applications only)"},
	{What: "Rate of /scim: from the 281st call in a minute 429 for a minute; a delay above 200", Status: Switchable, Switches: []string{"ScimSlowdown"}, Confidence: Documented, Source: srcLimits},
	{What: "50 requests a second and address; 1,000 a minute at /oauth2", Status: LeftOut, Confidence: Documented, Source: srcLimits},
	{What: "Login of an administrator by certificate", Status: LeftOut, Confidence: Documented, Source: srcAdmins},
	{What: "Applications and their secrets (/Applications/v1)", Status: LeftOut, Confidence: Observed, Source: srcSCI},
	{What: "Version 1 of the API (/service/scim), gone from 2026-12-01", Status: LeftOut, Confidence: Documented, Source: srcIdentity},
	{What: "An API for administrators: none, as at SAP", Status: LeftOut, Confidence: Documented, Source: srcAdmins},
}

var proxyFacts = []Fact{
	{
		What: "Proxy systems: Users and Groups in all methods, forwarded for real", Status: Simulated, Confidence: Documented, Source: srcProxy,
		Routes: []string{
			"GET " + proxyBase, "POST " + proxyBase, "GET " + proxyBase + "/{id}", "PUT " + proxyBase + "/{id}",
			"PATCH " + proxyBase + "/{id}", "DELETE " + proxyBase + "/{id}",
		},
	},
	{What: "Paging: totalResults provided or calculated, itemsPerPage as read", Status: Simulated, Confidence: Documented, Source: srcProxy},
	{What: "Filters: eq on one attribute and meta.lastModified gt; tooMany", Status: Simulated, Confidence: Documented, Source: srcProxy},
	{What: "Transformations: identity mapping and conditions", Status: Simulated, Confidence: Documented, Source: srcIdentity + "; other mappings are left out"},
	{What: "Errors of the backend are mirrored with a numeric status", Status: Simulated, Confidence: Observed, Source: "SAP knowledge base 3736372"},
	{What: "Above 200 calls a minute 429; a delay above 150", Status: Switchable, Switches: []string{"ProxySlowdown"}, Confidence: Documented, Source: srcLimits},
	{What: "Unknown or disabled system", Status: Switchable, Switches: []string{"UnknownSystemStatus"}, Confidence: Assumed, Source: "none"},
	{What: "PATCH to a system without support for it", Status: Switchable, Switches: []string{"PatchWithoutSupportStatus"}, Confidence: Assumed, Source: "none"},
	{What: "Wrong case or blanks in a connection property break the call with 401", Status: Simulated, Confidence: Documented, Source: srcIdentity + " identity-authentication-d45c8a3.md"},
	{What: "Schemas, ServiceProviderConfig and Bulk of the proxy: 404", Status: LeftOut, Confidence: Assumed, Source: "no current page documents them"},
	{What: "Jobs of source systems and their logs", Status: LeftOut, Confidence: Documented, Source: srcIdentity},
	{What: "The Neo environment", Status: LeftOut, Confidence: Documented, Source: srcProxy},
}

var governanceFacts = []Fact{
	{What: "Repository Sync: calls the proxy by the stored destination, pages by the documented rule, fails with literal log lines", Status: Switchable, Switches: []string{"JobDelay"}, Confidence: Observed, Source: "SAP Community 12806626, 13562764 and 13950751"},
	{What: "SCI User Group Sync by its own destination or UserSource/SourceSystem", Status: Simulated, Confidence: Documented, Source: "Microsoft Entra SAP IAG integration; SAP Community 13572459"},
	{What: "Provisioning brings all approved items to their targets through the proxy; failed ones can be retried", Status: Simulated, Confidence: Documented, Source: "learning.sap.com course on IAG; the calls and the log lines are assumed"},
	{What: "Service key with ARQAPI in both layouts", Status: Simulated, Confidence: Documented, Source: srcIdentity + " eee2c18, and Microsoft Entra"},
	{What: "Access requests (ARQAPI), their approval, and access analysis", Status: LeftOut, Confidence: Documented, Source: "SAP help of Identity Access Governance"},
}

var auditFacts = []Fact{
	{
		What: "Records by time and category, 500 a page, next page by the header Paging, 204 when there are none", Status: Switchable, Switches: []string{"AuditDelay"}, Confidence: Documented, Source: srcAudit,
		Routes: []string{"GET /auditlog/v2/auditlogrecords"},
	},
	{What: "Without times the window is the last 30 days", Status: Simulated, Confidence: Documented, Source: srcAudit},
	{What: "4 or 8 requests a second, else 429", Status: Switchable, Switches: []string{"AuditRate"}, Confidence: Documented, Source: srcAudit},
	{What: "Records of applications, parameters and the job scheduler; their wording is ours", Status: Simulated, Confidence: Assumed, Source: "datanubtech.com/5803-2"},
	{What: "Retention of 90 days", Status: LeftOut, Confidence: Documented, Source: srcAudit},
}
