package simulator

import (
	"encoding/base64"
	"net/http"
)

func (l *Landscape) findRoutes() []route {
	return []route{l.on("GET", "/destination-configuration/v1/destinations/{name}", l.find)}
}

// find answers the consumer's view of a destination.
//
// Fact: instance level first, then subaccount; owner, destinationConfiguration, authTokens; the body of 404 is
// literal, since clients compare it. Source: SAP-docs/btp-connectivity and SAP/cloud-sdk-js @6fc06a1, read
// 2026-11-23. [documented, observed]
func (l *Landscape) find(c *call) *answer {
	token, status := l.caller(c, serviceDestination)
	if status != 0 {
		return text(status, http.StatusText(status))
	}
	name := c.params["name"]
	for _, level := range []string{"instance", "subaccount"} {
		i := l.state.Destinations[scopeOf(level, token)][name]
		if i == nil {
			continue
		}
		owner := map[string]any{"SubaccountId": token.Zone, "InstanceId": nil}
		if level == "instance" {
			owner["InstanceId"] = token.Ext["serviceinstanceid"]
		}
		out := map[string]any{"owner": owner, "destinationConfiguration": i.Properties}
		if tokens := authTokens(i.Properties); tokens != nil && c.query["$skipTokenRetrieval"] != "true" {
			out["authTokens"] = tokens
		}
		return asJSON(http.StatusOK, out)
	}
	return asJSON(http.StatusNotFound,
		map[string]string{"ErrorMessage": "Configuration with the specified name was not found"})
}

// authTokens makes the credentials a consumer sends.
//
// Fact: Basic is answered ready to send; a failed retrieval is still 200, with an error inside. Source:
// SAP/cloud-sdk-js and SAP/cloud-sdk-java issues, read 2026-11-23. [documented, observed]
func authTokens(p map[string]string) []any {
	switch p["Authentication"] {
	case "", "NoAuthentication", "ClientCertificateAuthentication", "PrincipalPropagation":
		return nil
	case "BasicAuthentication":
		v := base64.StdEncoding.EncodeToString([]byte(p["User"] + ":" + p["Password"]))
		return []any{map[string]any{"type": "Basic", "value": v,
			"http_header": map[string]string{"key": "Authorization", "value": "Basic " + v}}}
	}
	return []any{map[string]string{"type": "", "value": "",
		"error": "retrieval of tokens for " + p["Authentication"] + " is not simulated"}}
}
