package simulator

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// scim1End is when version 1 of the directory's API is switched off.
//
// Fact: /service/scim is switched off on 2026-11-30; a system with ias.api.version 1, or without the property, fails
// after that. Source: SAP-docs/btp-cloud-identity-services identity-authentication-d45c8a3.md, read 2026-11-23.
// [documented]
func scim1End() time.Time { return time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC) }

// version is the API version that the system's property asks for.
func (p *proxyCall) version() string {
	if p.system.Connector != connectorIAS {
		return "2"
	}
	if v, ok := p.system.Properties["ias.api.version"]; ok {
		return v
	}
	return "1"
}

// property reads a connector property under its ias. name, or the older scim. one.
//
// Fact: version 2 takes both prefixes, ias. wins; version 1 knows scim. only. Source:
// SAP-docs/btp-cloud-identity-services identity-authentication-d45c8a3.md, read 2026-11-23. [documented]
func (p *proxyCall) property(name string) string {
	if v, ok := p.system.Properties["ias."+name]; ok && p.version() != "1" {
		return v
	}
	return p.system.Properties["scim."+name]
}

// misconfigured finds the connection property that makes every call fail.
//
// Fact: names and values are case-sensitive, blanks at an end break them, and a wrong Type, ProxyType, Authentication
// or URL surfaces as 401. Source: SAP-docs/btp-cloud-identity-services identity-authentication-d45c8a3.md, read
// 2026-11-23. [documented]
func (p *proxyCall) misconfigured() string {
	for _, want := range [][2]string{{"Type", "HTTP"}, {"ProxyType", "Internet"}, {"Authentication", "BasicAuthentication"}} {
		if p.system.Properties[want[0]] != want[1] {
			return want[0]
		}
	}
	for _, name := range []string{"URL", "User"} {
		if v := p.system.Properties[name]; v == "" || strings.TrimSpace(v) != v {
			return name
		}
	}
	return ""
}

// backend calls the directory that the system's own properties name, with the system's own credentials. Without an
// answer of 2xx it returns what the proxy answers.
//
// Fact: the backend's status is mirrored; the detail names the operation, the backend's URL, the status and the raw
// answer. Source: SAP knowledge base articles 3736372 and 3615000, read 2026-11-23. [observed]
func (p *proxyCall) backend(method, path, verb string, body []byte) ([]byte, *answer) {
	if name := p.misconfigured(); name != "" {
		return nil, proxyError(http.StatusUnauthorized, "",
			"Failed to "+verb+" entity. Authentication to the backend failed, property: "+name)
	}
	base := "/scim"
	switch v := p.version(); {
	case v == "1" && !p.now.Before(scim1End()):
		base = "/service/scim"
	case v != "1" && v != "2":
		return nil, proxyError(http.StatusBadRequest, "invalidValue", "unsupported ias.api.version "+v)
	}
	target := p.system.Properties["URL"] + base + path
	header := http.Header{"Accept": {scimType}, "Authorization": {basic(p.system.Properties["User"], p.secrets["Password"])}}
	if len(body) > 0 {
		header.Set("Content-Type", scimType)
	}
	resp, data, err := p.l.send(context.WithoutCancel(p.r.Context()), method, target, header, body)
	if err != nil {
		// Fact: none; a backend that cannot be reached has no status to mirror. [assumed]
		return nil, proxyError(http.StatusInternalServerError, "",
			fmt.Sprintf("Failed to %s entity. HTTP operation failed invoking %s: %s", verb, target, reason(err)))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, proxyError(resp.StatusCode, "",
			fmt.Sprintf("Failed to %s entity. HTTP operation failed invoking %s with statusCode: %d. Response: %s",
				verb, target, resp.StatusCode, data))
	}
	return data, nil
}

// reason tells an unknown host from other failures, without the noise of nested errors.
func reason(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "unknown host " + dns.Name
	}
	return err.Error()
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func escapePath(segment string) string { return url.PathEscape(segment) }
