package ips

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// validName is the console's rule.
// Fact: at most 100 characters: letters, digits, hyphen, underscore, dot, blank;
// unique in the tenant. Source: SAP-docs/btp-cloud-identity-services,
// add-new-systems-bd214dc.md, read 2026-11-23. [documented]
var validName = regexp.MustCompile(`^[A-Za-z0-9_.-]([A-Za-z0-9_. -]{0,98}[A-Za-z0-9_.-])?$`)

// versionOne is the value of ias.api.version that ends on 2026-11-30.
const versionOne = "1"

const iasVersion = "ias.api.version"

// validate lists what is wrong with a normalised proxy system.
func validate(name string, s Spec, _ resource.Scope) []resource.Fault {
	return slices.Concat(
		checkName(name),
		checkType(s.Type),
		checkTemplate(s.Template),
		catalogue.CheckASCII("/description", s.Description),
		catalogue.CheckOpen("/description", s.Description),
		checkEnabled(s.Enabled),
		rules().Check(s.Properties),
		checkRoles(s.Properties),
		checkTracing(s.Properties),
		checkVersion(s.Properties),
		checkConnection(s),
	)
}

func checkName(name string) []resource.Fault {
	if validName.MatchString(name) {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E143", "/name",
		fmt.Sprintf("system name %q is not 1 to 100 letters, digits, blanks, dots, underscores and hyphens", name),
		"choose a name of these characters, without a blank at an end")}
}

// checkType accepts display names, and raw connector strings as an export shows
// them.
func checkType(v resource.Value) []resource.Fault {
	text := v.Text()
	if v.Form() != resource.Literal {
		return nil
	}
	known, ok := catalogue.SystemTypeOf(text)
	switch {
	case ok && !known.Proxy:
		return []resource.Fault{catalogue.Complain("E152", "/type",
			fmt.Sprintf("type %q cannot be a proxy system", text), "choose another type, such as "+catalogue.IdentityAuthentication)}
	case ok && known.Connector == "":
		return []resource.Fault{catalogue.Complain("W129", "/type",
			fmt.Sprintf("the connectorTypeString of %q is not public; an import file cannot be made", text),
			"create such a system once in the console, export it, and write its connectorTypeString as type")}
	case ok:
		return nil
	}
	if _, raw := catalogue.ConnectorOf(text); raw {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E153", "/type", fmt.Sprintf("type %q is unknown", text), suggestType(text))}
}

func suggestType(text string) string {
	if right, ok := catalogue.Nearest(text, catalogue.SystemTypeNames()); ok {
		return fmt.Sprintf("did you mean %s?", right)
	}
	return "write the console's display name, or the connectorTypeString of an export"
}

func checkTemplate(template string) []resource.Fault {
	if _, ok := catalogue.TemplateOf(Kind, template); ok || template == "" {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E146", "/template",
		fmt.Sprintf("template %q is unknown", template), "known: "+strings.Join(catalogue.TemplateNames(Kind), ", "))}
}

func checkEnabled(v resource.Value) []resource.Fault {
	if v.Form() != resource.Literal || v.Text() == "true" || v.Text() == "false" {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E162", "/enabled",
		fmt.Sprintf("enabled %q is neither true nor false", v.Text()), "write true or false")}
}

func rules() catalogue.Rules {
	return catalogue.Rules{
		Known:      catalogue.PropertyNames(),
		Documented: func(key string) bool { _, ok := catalogue.Property(key); return ok },
		Values: func(key string) catalogue.Values {
			known, _ := catalogue.Property(key)
			return known.Values
		},
		Families: true,
	}
}

// checkRoles warns about properties that only source and target systems read.
// Tracing is left out: exports show it on proxy systems too, whatever the list
// of properties says.
func checkRoles(p resource.Properties) []resource.Fault {
	var faults []resource.Fault
	for _, key := range slices.Sorted(maps.Keys(p)) {
		known, ok := catalogue.Property(key)
		if !ok || known.Proxy || p[key].Form() == resource.Absent || strings.HasPrefix(key, "ips.trace.") {
			continue
		}
		fault := catalogue.Complain("W121", catalogue.PropertyPath(key),
			fmt.Sprintf("property %q is for source or target systems; a proxy system does not read it", key), "remove it")
		fault.OnKey = true
		faults = append(faults, fault)
	}
	return faults
}

func checkTracing(p resource.Properties) []resource.Fault {
	var faults []resource.Fault
	for _, key := range slices.Sorted(maps.Keys(p)) {
		if strings.HasPrefix(key, "ips.trace.") && p[key].Text() == "true" {
			faults = append(faults, catalogue.Complain("W122", catalogue.PropertyPath(key),
				fmt.Sprintf("%s %q writes personal data into logs", key, "true"), "write false, or switch it on in the console while you look"))
		}
	}
	return faults
}

// connection are the properties without which no HTTP connector connects.
// Fact: these four are mandatory, User and Password with basic authentication.
// Source: SAP-docs/btp-cloud-identity-services,
// identity-authentication-d45c8a3.md, read 2026-11-23. [documented]
var connection = []string{"Type", "URL", "ProxyType", "Authentication"}

// basic is the Authentication that User and Password belong to.
const basic = "BasicAuthentication"

// checkConnection asks for a whole connection where the manifest lists a part of
// it. One that lists none manages other properties of a system that somebody
// else connected.
func checkConnection(s Spec) []resource.Fault {
	listed := slices.ContainsFunc(connection, func(key string) bool { return s.Properties[key].IsSet() })
	if !listed {
		return nil
	}
	var faults []resource.Fault
	if s.Type.Text() == catalogue.IdentityAuthentication || s.Template == catalogue.TemplateIASProxy {
		faults = slices.Concat(
			catalogue.CheckRequired(s.Properties, connection, catalogue.IdentityAuthentication),
			catalogue.CheckTenantURL(catalogue.PropertyPath("URL"), s.Properties["URL"]),
			checkVersionStated(s),
		)
	}
	if s.Properties["Authentication"].Text() == basic {
		faults = append(faults, catalogue.CheckRequired(s.Properties, []string{"User", "Password"}, basic)...)
	}
	return faults
}

// checkVersion refuses the connector's first version, whatever the type says.
func checkVersion(p resource.Properties) []resource.Fault {
	if p[iasVersion].Text() != versionOne {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E140", catalogue.PropertyPath(iasVersion),
		fmt.Sprintf("%s %q stops working on 2026-11-30", iasVersion, versionOne),
		"write 2, and rename filters from scim. to ias.")}
}

// checkVersionStated warns where the version is missing, which means the first.
func checkVersionStated(s Spec) []resource.Fault {
	if version := s.Properties[iasVersion]; version.IsSet() && version.Form() != resource.Absent {
		return nil
	}
	return []resource.Fault{catalogue.Complain("W125", "/properties",
		fmt.Sprintf("%s is missing, and a missing one means %q", iasVersion, versionOne),
		fmt.Sprintf("add %s: \"2\", or template: %s", iasVersion, catalogue.TemplateIASProxy))}
}
