package catalogue

import (
	"fmt"
	"net/url"
	"strings"

	"reconcile/pkg/resource"
)

// CheckTenantURL complains about the address of a tenant that is not plain
// https://HOST: what is appended to it is appended letter by letter.
// Fact: the URL of IPS_PROXY and of the proxy system is that of the tenant,
// without /ips. Source: SAP Community post 13562764, read 2026-11-23.
// [documented; that a slash at its end breaks calls is inferred]
// Fact: a wrong letter case in the URL ends in 401. Source:
// SAP-docs/btp-cloud-identity-services, identity-authentication-d45c8a3.md,
// read 2026-11-23. [documented]
func CheckTenantURL(path string, v resource.Value) []resource.Fault {
	text := v.Text()
	if v.Form() != resource.Literal || text == "" || strings.TrimSpace(text) != text {
		return nil
	}
	address, err := url.Parse(text)
	switch {
	case err == nil && address.User != nil || strings.Contains(text, "@"):
		// Whatever stands there may be a password.
		return []resource.Fault{Complain("E134", path, "the address carries a login before its host", "leave out what stands before the @")}
	case err != nil || address.Scheme != "https" || address.Host == "":
		return []resource.Fault{Complain("E134", path,
			fmt.Sprintf("%q is not an https address of a tenant", text), "write https://TENANT.accounts.ondemand.com")}
	case address.Path != "" || address.RawQuery != "" || address.Fragment != "" || strings.ContainsAny(text, "?#"):
		return []resource.Fault{Complain("E135", path,
			fmt.Sprintf("%q goes beyond the host; paths are appended to it as they are", text),
			"write https://"+strings.ToLower(address.Host))}
	case text != strings.ToLower(text):
		return []resource.Fault{Complain("E132", path,
			fmt.Sprintf("%q is not in small letters; letter case counts", text), "write "+strings.ToLower(text))}
	}
	return nil
}

// CheckHost complains about an address whose host is not the wanted one. A
// wanted host of "" is not known and nothing is said.
func CheckHost(path string, v resource.Value, host string) []resource.Fault {
	address, err := url.Parse(v.Text())
	if host == "" || err != nil || address.Host == "" ||
		strings.EqualFold(address.Host, host) || strings.EqualFold(address.Hostname(), host) {
		return nil
	}
	return []resource.Fault{Complain("E141", path,
		fmt.Sprintf("%q leads to host %q, but the identity tenant is %q", v.Text(), address.Host, host),
		fmt.Sprintf("write https://%s, or correct connections.identityServices.url", host))}
}
