package catalogue

import (
	"maps"

	"reconcile/pkg/resource"
)

// mostOverrides is the part of a template's settings that may have other values
// for the template to be worth naming.
const mostOverrides = 0.25

// Recognise is the opposite of Expand: it returns the template that properties
// are made of, and what has to be listed beside it. A template is recognised
// where all its names are there and nearly all have its values; otherwise
// everything has to be listed, and the name is "".
func Recognise(kind string, properties resource.Properties) (template string, listed resource.Properties) {
	for _, name := range TemplateNames(kind) {
		known, _ := TemplateOf(kind, name)
		if rest, ok := known.without(properties); ok {
			return name, rest
		}
	}
	return "", properties
}

// without takes out of properties what the template sets.
func (t Template) without(properties resource.Properties) (resource.Properties, bool) {
	rest := resource.Properties{}
	maps.Copy(rest, properties)
	overrides := 0
	for _, s := range t.Properties {
		value, there := properties[s.Name]
		switch {
		case !there:
			return nil, false
		case value.Equal(resource.Text(s.Value)):
			delete(rest, s.Name)
		default:
			overrides++
		}
	}
	return rest, float64(overrides) <= mostOverrides*float64(len(t.Properties))
}
