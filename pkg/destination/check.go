package destination

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// validName is stricter than the interface may be.
// Fact: a name has at most 200 characters: letters, digits, underscore, hyphen.
// Source: SAP-docs/btp-connectivity, page on creating destinations, read
// 2026-11-23. [documented for the cockpit]
var validName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,200}$`)

// validate lists what is wrong with a normalised destination.
func validate(name string, s Spec, scope resource.Scope) []resource.Fault {
	return slices.Concat(
		checkName(name),
		checkTemplate(s.Template),
		rules(name, s).Check(s.Properties),
		checkShape(s),
		checkTrust(s.Properties),
		catalogue.CheckASCII(catalogue.PropertyPath("Description"), s.Properties["Description"]),
		checkIAG(name, s, scope),
	)
}

func checkName(name string) []resource.Fault {
	if validName.MatchString(name) {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E143", "/name",
		fmt.Sprintf("destination name %q is not 1 to 200 letters, digits, underscores and hyphens", name),
		"choose a name of these characters; renaming makes a new destination")}
}

func checkTemplate(template string) []resource.Fault {
	if _, ok := catalogue.TemplateOf(Kind, template); ok || template == "" {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E146", "/template",
		fmt.Sprintf("template %q is unknown", template), "known: "+strings.Join(catalogue.TemplateNames(Kind), ", "))}
}

// rules measures names against those that this destination's type,
// authentication and template use.
func rules(name string, s Spec) catalogue.Rules {
	kind, authentication := s.Properties["Type"].Text(), s.Properties["Authentication"].Text()
	names := catalogue.DestinationNames(kind, authentication)
	if template, ok := scimNames(name, s); ok {
		names = append(names, template.Names()...)
	}
	return catalogue.Rules{
		Known:      names,
		Documented: func(key string) bool { _, ok := catalogue.DestinationKeyOf(key); return ok },
		Values:     func(key string) catalogue.Values { return values(kind, key) },
	}
}

// scimNames returns the names that IAG reads from the destinations it looks up
// by name; elsewhere another spelling may be somebody's own property.
func scimNames(name string, s Spec) (catalogue.Template, bool) {
	if s.Template == "" && name != NameIPSProxy && name != NameIdentityDirectory {
		return catalogue.Template{}, false
	}
	return catalogue.TemplateOf(Kind, catalogue.TemplateIPSProxy)
}

func values(kind, key string) catalogue.Values {
	if key == "Authentication" && kind == "HTTP" {
		return catalogue.AuthenticationNames()
	}
	known, _ := catalogue.DestinationKeyOf(key)
	return known.Values
}

// checkShape complains about properties that the type or the authentication
// cannot do without, and about those that do not go together. A manifest that
// lists nothing only watches the destination.
func checkShape(s Spec) []resource.Fault {
	p := s.Properties
	if p == nil {
		return nil
	}
	var faults []resource.Fault
	if s.Unlisted != resource.UnlistedKeep {
		faults = catalogue.CheckRequired(p, []string{"Type"}, "every destination")
	}
	if name, ok := p["Name"]; ok && name.Form() != resource.Absent {
		fault := catalogue.Complain("E144", "/properties/Name",
			fmt.Sprintf("property Name %q says what the object's own name says", name), "remove it; the name stands beside properties")
		fault.OnKey = true
		faults = append(faults, fault)
	}
	kind, ok := catalogue.DestinationTypeOf(p["Type"].Text())
	if !ok {
		return faults
	}
	faults = append(faults, catalogue.CheckRequired(p, kind.Required, "type "+kind.Name)...)
	if kind.Name == "HTTP" {
		faults = append(faults, checkAuthentication(p)...)
	}
	return faults
}

func checkAuthentication(p resource.Properties) []resource.Fault {
	authentication, ok := catalogue.AuthenticationOf(p["Authentication"].Text())
	if !ok {
		return nil
	}
	faults := catalogue.CheckRequired(p, authentication.Required, authentication.Name)
	proxy := p["ProxyType"].Text()
	if authentication.ProxyType != "" && proxy != "" && proxy != authentication.ProxyType {
		faults = append(faults, catalogue.Complain("E145", catalogue.PropertyPath("ProxyType"),
			fmt.Sprintf("ProxyType %q does not go with %s", proxy, authentication.Name), "write "+authentication.ProxyType))
	}
	if p["CloudConnectorLocationId"].IsSet() && p["CloudConnectorLocationId"].Form() != resource.Absent && proxy == "Internet" {
		faults = append(faults, catalogue.Complain("W131", catalogue.PropertyPath("CloudConnectorLocationId"),
			fmt.Sprintf("location %q is used only with ProxyType OnPremise", p["CloudConnectorLocationId"]), "remove it"))
	}
	if authentication.Legacy {
		faults = append(faults, catalogue.Complain("W126", catalogue.PropertyPath("Authentication"),
			fmt.Sprintf("%q is a leftover of the Neo environment", authentication.Name), "choose another authentication"))
	}
	return faults
}

// checkTrust warns about server certificates that nobody checks.
func checkTrust(p resource.Properties) []resource.Fault {
	path := catalogue.PropertyPath("TrustAll")
	switch p["TrustAll"].Text() {
	case "TRUE":
		return []resource.Fault{catalogue.Complain("W123", path,
			`TrustAll "TRUE" accepts every server certificate`, "remove TrustAll")}
	case "FALSE":
		if !p["TrustStoreLocation"].IsSet() {
			return []resource.Fault{catalogue.Complain("W130", path,
				`TrustAll "FALSE" asks for a TrustStoreLocation, and there is none`, "remove TrustAll")}
		}
	}
	return nil
}

// checkIAG judges the destinations that Identity Access Governance looks up:
// it joins URL, serviceURL, external system id and USERSURL or GROUPSURL.
// Fact: parts and order of that address. Source: SAP Community post 13562764 and
// SAP-docs/btp-cloud-identity-services, proxy-systems-b10d68a.md, read
// 2026-11-23. [documented parts, inferred joining]
func checkIAG(name string, s Spec, scope resource.Scope) []resource.Fault {
	if _, ok := scimNames(name, s); !ok {
		return nil
	}
	p := s.Properties
	faults := slices.Concat(
		catalogue.CheckTenantURL(catalogue.PropertyPath("URL"), p["URL"]),
		checkExact(p, "GROUPSURL", "/Groups"),
		checkExact(p, "USERSURL", "/Users"),
	)
	if name == NameIdentityDirectory {
		return faults
	}
	if p["Type"].IsSet() {
		faults = append(faults, catalogue.CheckRequired(p, []string{"GROUPSURL", "USERSURL", "serviceURL"}, "Identity Access Governance")...)
	}
	return slices.Concat(faults,
		checkServiceURL(p["serviceURL"]),
		catalogue.CheckHost(catalogue.PropertyPath("URL"), p["URL"], scope.IdentityHost),
	)
}

func checkExact(p resource.Properties, key, want string) []resource.Fault {
	v := p[key]
	text := strings.TrimSpace(v.Text())
	if text == want || text == "" {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E137", catalogue.PropertyPath(key),
		fmt.Sprintf("%s %q is not the path of a SCIM interface; letter case counts", key, v.Text()), "write "+want)}
}

func checkServiceURL(v resource.Value) []resource.Fault {
	text := v.Text()
	if v.Form() != resource.Literal || text == "" || strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/") {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E136", catalogue.PropertyPath("serviceURL"),
		fmt.Sprintf("serviceURL %q does not begin and end with a slash", text),
		"write /"+strings.Trim(strings.TrimSpace(text), "/")+"/")}
}
