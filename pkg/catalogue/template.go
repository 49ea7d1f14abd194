package catalogue

import (
	"slices"
	"sync"

	"reconcile/pkg/resource"
)

// Template is a set of properties that a manifest need not repeat.
type Template struct {
	// Name is what manifests say.
	Name string
	// Kind is the kind of object it is for.
	Kind string
	// Properties are in the order of the console's form.
	Properties []Setting
}

// Setting is one property of a template.
type Setting struct{ Name, Value string }

// The templates' names.
const (
	// TemplateIPSProxy is for the destination IPS_PROXY.
	TemplateIPSProxy = "ips-proxy"
	// TemplateIASProxy is for the proxy system of Identity Authentication.
	TemplateIASProxy = "ias-proxy"
)

var templates = sync.OnceValue(func() []Template {
	var templates []Template
	for _, row := range table("templates.csv") {
		if len(templates) == 0 || templates[len(templates)-1].Name != row[0] {
			templates = append(templates, Template{Name: row[0], Kind: row[1]})
		}
		last := &templates[len(templates)-1]
		last.Properties = append(last.Properties, Setting{row[2], row[3]})
	}
	return templates
})

// TemplateOf returns the template of a kind by name.
func TemplateOf(kind, name string) (Template, bool) {
	for _, t := range templates() {
		if t.Kind == kind && t.Name == name {
			t.Properties = slices.Clone(t.Properties)
			return t, true
		}
	}
	return Template{}, false
}

// Expand lays the listed properties over those of a template and marks each
// listed one. Nothing listed and no template is nil: not managed.
func Expand(kind, template string, listed resource.Properties, mark func(name string, v resource.Value) resource.Value) resource.Properties {
	if listed == nil && template == "" {
		return nil
	}
	expanded := resource.Properties{}
	known, _ := TemplateOf(kind, template)
	for _, setting := range known.Properties {
		expanded[setting.Name] = resource.Text(setting.Value)
	}
	for name, value := range listed {
		expanded[name] = mark(name, value)
	}
	return expanded
}

// TemplateNames returns the names of a kind's templates.
func TemplateNames(kind string) []string {
	var names []string
	for _, t := range templates() {
		if t.Kind == kind {
			names = append(names, t.Name)
		}
	}
	return names
}

// Names returns the property names that the template sets.
func (t Template) Names() []string {
	names := make([]string, len(t.Properties))
	for i, s := range t.Properties {
		names[i] = s.Name
	}
	return names
}
