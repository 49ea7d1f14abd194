package simulator

// Sources of the Destination service.
const (
	srcOpenAPI = "Destination Service OpenAPI (SAP/crossplane-provider-btp swagger.json)"
	srcHelp    = "SAP-docs/btp-connectivity @97d5161"
	srcTraffic = "recordings in SAP/terraform-provider-btp @5270a96"
)

// config is the base of the Destination service's paths.
const config = "/destination-configuration"

var destinationFacts = []Fact{
	{
		What: "Destinations on both levels: list, create, replace, read, delete", Status: Simulated, Confidence: Documented, Source: srcOpenAPI,
		Routes: []string{
			"GET " + config + "/v1/{L}Destinations", "POST " + config + "/v1/{L}Destinations",
			"PUT " + config + "/v1/{L}Destinations", "GET " + config + "/v1/{L}Destinations/{name}",
			"DELETE " + config + "/v1/{L}Destinations/{name}",
		},
	},
	{
		What: "Fragments on both levels: list, create, replace, read, delete; single bodies only", Status: Simulated, Confidence: Documented, Source: srcOpenAPI,
		Routes: []string{
			"GET " + config + "/v1/{L}DestinationFragments", "POST " + config + "/v1/{L}DestinationFragments",
			"PUT " + config + "/v1/{L}DestinationFragments", "GET " + config + "/v1/{L}DestinationFragments/{name}",
			"DELETE " + config + "/v1/{L}DestinationFragments/{name}",
		},
	},
	{
		What: "Certificates on both levels: list, upload, generate, replace, read, delete", Status: Simulated, Confidence: Documented, Source: srcOpenAPI,
		Routes: []string{
			"GET " + config + "/v1/{L}Certificates", "POST " + config + "/v1/{L}Certificates",
			"PUT " + config + "/v1/{L}Certificates", "GET " + config + "/v1/{L}Certificates/{name}",
			"DELETE " + config + "/v1/{L}Certificates/{name}",
		},
	},
	{
		What: "PATCH: listed properties change, null removes", Status: Switchable, Switches: []string{"PatchMissing"}, Confidence: Documented, Source: srcOpenAPI,
		Routes: []string{"PATCH " + config + "/v1/{L}Destinations", "PATCH " + config + "/v1/{L}DestinationFragments"},
	},
	{
		What: "DELETE by filter: in-list only, the filter is required, a summary names each", Status: Simulated, Confidence: Documented, Source: srcOpenAPI,
		Routes: []string{"DELETE " + config + "/v1/{L}Destinations", "DELETE " + config + "/v1/{L}Certificates"},
	},
	{
		What: "Labels of destinations: read, replace, add and remove", Status: Switchable, Switches: []string{"LabelsMissing"}, Confidence: Documented, Source: srcOpenAPI,
		Routes: []string{
			"GET " + config + "/v1/{L}Destinations/{name}/labels", "PUT " + config + "/v1/{L}Destinations/{name}/labels",
			"PATCH " + config + "/v1/{L}Destinations/{name}/labels",
		},
	},
	{
		What: "Labels of fragments", Status: Switchable, Switches: []string{"LabelsMissing"}, Confidence: Documented, Source: srcOpenAPI,
		Routes: []string{
			"GET " + config + "/v1/{L}DestinationFragments/{name}/labels", "PUT " + config + "/v1/{L}DestinationFragments/{name}/labels",
			"PATCH " + config + "/v1/{L}DestinationFragments/{name}/labels",
		},
	},
	{
		What: "Labels of certificates", Status: Switchable, Switches: []string{"LabelsMissing"}, Confidence: Documented, Source: srcOpenAPI,
		Routes: []string{
			"GET " + config + "/v1/{L}Certificates/{name}/labels", "PUT " + config + "/v1/{L}Certificates/{name}/labels",
			"PATCH " + config + "/v1/{L}Certificates/{name}/labels",
		},
	},
	{What: "At most 10 labels on an object and 10 values in a label", Status: Simulated, Confidence: Documented, Source: srcHelp + " 90f0f67"},
	{What: "Both DELETE and REMOVE take labels away; labels survive a PUT of the object; GET of the labels of an unknown object is 404", Status: Simulated, Confidence: Assumed, Source: srcOpenAPI + ", which contradicts itself"},
	{
		What: "Public keys of a certificate: PEM chain and subject; 400 for a protected keystore", Status: Simulated, Confidence: Documented, Source: srcOpenAPI,
		Routes: []string{"GET " + config + "/v1/{L}Certificates/{name}/publicKeys"},
	},
	{What: "Public keys of jks, p12 and pfx keystores, by alias: all are answered as protected", Status: LeftOut, Confidence: Documented, Source: srcOpenAPI},
	{What: "Generated certificates: CN, validity, CSR, automatic renewal at the documented thresholds", Status: Simulated, Confidence: Documented, Source: srcHelp + " fb31561"},
	{What: "Generated keystores and password-protected keys: 400. Keys are ECDSA and self-signed, SAP's are RSA and of its own CA", Status: LeftOut, Confidence: Documented, Source: srcOpenAPI},
	{What: "Extensions pem, crt, cer, der, jks, p12, pfx", Status: Simulated, Confidence: Documented, Source: srcHelp + " df1bb55"},
	{What: "A certificate that a destination names cannot be deleted", Status: Switchable, Switches: []string{"UsedCertificatesDeleted"}, Confidence: Assumed, Source: "by analogy with assertion providers"},
	{What: "A destination used as assertion provider cannot be deleted; the text is literal", Status: Simulated, Confidence: Documented, Source: srcOpenAPI},
	{What: "Array bodies: one result for each item, 201, 200 or 207", Status: Simulated, Confidence: Documented, Source: srcOpenAPI},
	{What: "An array in which all items fail is 207", Status: Simulated, Confidence: Assumed, Source: "none"},
	{What: "PUT overwrites and is no upsert", Status: Simulated, Confidence: Documented, Source: srcOpenAPI},
	{What: "If-Match on PUT and PATCH: 412 when stale", Status: Switchable, Switches: []string{"IfMatchIgnored"}, Confidence: InClients, Source: "SAP/crossplane-provider-btp pull request 939"},
	{What: "ETag, If-None-Match 304 and If-Match 412 on reads; the tag is a hash of the content", Status: Switchable, Switches: []string{"QuotedETags"}, Confidence: Observed, Source: srcTraffic},
	{What: "$filter: Name in (…), startswith, endswith, modifiedwithin, Label HAS, with their escaping", Status: Simulated, Confidence: Documented, Source: srcOpenAPI},
	{What: "Label conditions joined with AND", Status: Simulated, Confidence: InClients, Source: "SAP/cloud-sdk-python @fc67a8f"},
	{What: "$select=Name; $page, $pageSize, $pageCount, $entityCount with Link, Page-Count and Entity-Count", Status: Simulated, Confidence: Documented, Source: srcOpenAPI},
	{What: "Modes of a list exclude each other: 400", Status: Simulated, Confidence: Documented, Source: srcOpenAPI + "; the status is assumed"},
	{What: "$includeMetadata: modification_time, etag, shared_with_subscriber, labels; on POST without labels, for what exists too", Status: Simulated, Confidence: Documented, Source: srcOpenAPI},
	{What: "Errors are bare text on reads and {\"ErrorMessage\"} on writes", Status: Switchable, Switches: []string{"ErrorBodies"}, Confidence: Assumed, Source: srcOpenAPI + " has both forms"},
	{What: "DELETE of a missing name is 404", Status: Switchable, Switches: []string{"DeleteMissingCounts"}, Confidence: Assumed, Source: "SAP's texts and clients differ"},
	{What: "Secrets are answered in clear", Status: Switchable, Switches: []string{"MaskSecrets"}, Confidence: Documented, Source: srcHelp + " 84c5d38"},
	{What: "Checks of the content: required names and types, clientId of the OAuth family, strings only", Status: Switchable, Switches: []string{"Lax"}, Confidence: Observed, Source: "SAP/terraform-provider-btp issues 1690 and 1511"},
	{What: "1,000 entities of a type on a level", Status: Switchable, Switches: []string{"MaxEntities"}, Confidence: Documented, Source: srcHelp + " 8ff5483"},
	{What: "Names of at most 200 characters", Status: Simulated, Confidence: Documented, Source: srcHelp + " 565fdb3"},
	{What: "Path and query of at most 4,000 characters", Status: Switchable, Switches: []string{"MaxRequestLine"}, Confidence: Documented, Source: srcOpenAPI + "; the status 414 is assumed"},
	{What: "Tenant and instance come from the token; provider and subscriber are apart", Status: Simulated, Confidence: Documented, Source: srcOpenAPI},
	{What: "SAML trust: metadata, certificates, rotation", Status: LeftOut, Confidence: Documented, Source: srcOpenAPI},
	{What: "Cache of identity services", Status: LeftOut, Confidence: Documented, Source: srcOpenAPI},
	{What: "Tokens of Identity Authentication instead of XSUAA", Status: LeftOut, Confidence: Documented, Source: srcHelp + " ce25f2b"},
	{What: "Check Connection: no endpoint, as at SAP", Status: LeftOut, Confidence: Documented, Source: srcHelp + " 84e45e0"},
}

var findFacts = []Fact{
	{
		What: "Find: instance level, then subaccount; owner, destinationConfiguration, authTokens, certificates; literal body of 404", Status: Simulated, Confidence: Documented, Source: srcHelp + " 83a3f3b",
		Routes: []string{"GET " + config + "/v1/destinations/{name}"},
	},
	{
		What: "Consume: <name>@<level> without fallback; owner and labels in $metadata", Status: Simulated, Confidence: Documented, Source: srcOpenAPI,
		Routes: []string{"GET " + config + "/v2/destinations/{name}"},
	},
	{What: "Consume without a level looks as find does; an unknown level is 400", Status: Simulated, Confidence: Assumed, Source: "none"},
	{What: "provider_subaccount and provider_instance; of the latter a subscriber sees what is shared", Status: Simulated, Confidence: Documented, Source: srcOpenAPI + "; the rule of sharing is assumed"},
	{What: "Basic credentials ready to send", Status: Simulated, Confidence: Documented, Source: srcHelp + " 83a3f3b"},
	{What: "OAuth2ClientCredentials and OAuth2TechnicalUserPropagation: the token is retrieved within the landscape, by host", Status: Simulated, Confidence: Documented, Source: srcHelp + " 8634e21"},
	{What: "addClientCredentialsInBody, tokenServiceUser, scope, tokenServiceURL.headers/queries, tokenService.body, tokenService.KeyStoreLocation (PEM)", Status: Simulated, Confidence: Documented, Source: srcHelp + " 8634e21 and 2c162aa"},
	{What: "tokenServiceURLType Common with X-tenant, Dedicated without", Status: Simulated, Confidence: Documented, Source: srcOpenAPI},
	{What: "A failed retrieval is 200 with an error in authTokens", Status: Simulated, Confidence: Observed, Source: "issues of SAP/cloud-sdk-js and SAP/cloud-sdk-java; the texts are partly ours"},
	{What: "OAuth2Password, SAML and the flows of user tokens: an error in authTokens", Status: LeftOut, Confidence: Documented, Source: srcHelp + " (pages of the types of authentication)"},
	{What: "Cache of tokens: each find retrieves anew", Status: LeftOut, Confidence: Documented, Source: srcHelp + " 8634e21"},
	{What: "$skipTokenRetrieval, $skipCredentials, $includeMetadata=labels", Status: Simulated, Confidence: Documented, Source: srcOpenAPI},
	{What: "Fragments by X-fragment-name, several in order, X-fragment-optional for a single one", Status: Simulated, Confidence: Documented, Source: srcHelp + " f56600a and " + srcOpenAPI},
	{What: "A missing fragment is 404", Status: Simulated, Confidence: Assumed, Source: "by analogy with the fragments' own resource"},
	{What: "certificates names the key store and the trust store", Status: Simulated, Confidence: Documented, Source: srcHelp + " 83a3f3b"},
	{What: "ETag with If-Match and If-None-Match", Status: Simulated, Confidence: Documented, Source: srcOpenAPI},
	{What: "Destination chains (X-chain-name)", Status: LeftOut, Confidence: Documented, Source: srcOpenAPI},
}

var uaaFacts = []Fact{
	{
		What: "Token for client credentials, as Basic or in the form", Status: Simulated, Confidence: Documented, Source: srcHelp + " 84c5d38",
		Routes: []string{"POST /tenants/{subdomain}/oauth/token", "POST /oauth/token"},
	},
	{What: "Subscriber by the subdomain of the host (<subdomain>.authentication.localhost), of the path, or by X-zid", Status: Simulated, Confidence: InClients, Source: "SAP Cloud SDK for JavaScript @6fc06a1"},
	{What: "A token URL without subdomain and X-zid is the provider's, because clients drop the path of our keys' url", Status: Simulated, Confidence: InClients, Source: "@sap/xssec 4.15"},
	{What: "A Basic header is percent-decoded only under X-CF-ENCODED-CREDENTIALS: true", Status: Simulated, Confidence: InClients, Source: "golang.org/x/oauth2 against the real service"},
	{What: "x509 keys: certurl, certificate, key; token over mTLS, client id in the form, no secret", Status: Simulated, Confidence: Documented, Source: srcHelp + " 9fdad3c"},
	{What: "Another or an expired certificate is 401; the key is ECDSA, SAP's is RSA", Status: Simulated, Confidence: Assumed, Source: "none"},
	{What: "JWT with iss, zid, exp, ext_attr.zdn; expires_in 43199", Status: Simulated, Confidence: InClients, Source: "SAP Cloud SDK for JavaScript @6fc06a1"},
	{What: "Signature by a key of a published key set (/token_keys): signed with a secret of the landscape instead", Status: LeftOut, Confidence: Documented, Source: "XSUAA documentation"},
	{What: "Wrong credentials: 401 with error and error_description", Status: Simulated, Confidence: Assumed, Source: "none; the text is unverified"},
	{What: "Grants of users (authorization code, password, JWT bearer): 400", Status: LeftOut, Confidence: Documented, Source: "XSUAA documentation"},
}
