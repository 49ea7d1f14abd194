package manifest

import (
	"fmt"
	"net/url"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// addresses checks where connections lead. What is empty the schema has reported.
func (l *loader) addresses(i Integration) {
	if c := i.Connections.IdentityServices; c != nil && c.URL != "" {
		const path = "/spec/connections/identityServices/url"
		message, remedy := tenantAddress(c.URL)
		l.address(i, path, message, remedy)
	}
	if c := i.Connections.Adapter; c != nil && c.URL != "" {
		const path = "/spec/connections/adapter/url"
		l.address(i, path, adapterAddress(c.URL), "write https://HOST or https://HOST/PATH; the login is in the service key")
	}
}

func (l *loader) address(i Integration, path, message, remedy string) {
	if message != "" {
		fault := catalogue.Complain(codeAddress, path, message, remedy)
		fault.Position = i.At(path)
		l.faults.add(fault)
	}
}

// tenantAddress says what is wrong with the address of an identity tenant, by the
// rules for it everywhere else: paths are appended to it, and letter case counts.
func tenantAddress(text string) (message, remedy string) {
	if strings.TrimSpace(text) != text {
		return "the address begins or ends with a blank", "remove the blank"
	}
	for _, fault := range catalogue.CheckTenantURL("", resource.Text(text)) {
		return fault.Message, fault.Remedy
	}
	return "", ""
}

// adapterAddress says what is wrong with the address of an adapter, which may have a
// path to which more is appended.
func adapterAddress(text string) string {
	u, err := url.Parse(text)
	switch {
	case strings.Contains(text, "@"):
		// Whatever stands there may be a password.
		return "the address carries a login before its host"
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Sprintf("%q is not an https address", text)
	case strings.ContainsAny(text, "?#"):
		return fmt.Sprintf("%q goes beyond the path; more is appended to it as it is", text)
	}
	return ""
}
