package destination

import (
	"regexp"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// Compact returns what a manifest has to say to want what s holds: a template is
// named, and what it sets is left out.
func Compact(s Spec) Spec {
	s.Template, s.Properties = catalogue.Recognise(Kind, s.Properties)
	return s
}

// removed matches what an exported file holds instead of a secret.
// Fact: "<< Existing password removed on Export >>". Source: an exported
// destination file, gist.github.com/steinermatt/10718429, read 2026-11-23.
// [recorded; other wordings between the same brackets inferred]
var removed = regexp.MustCompile(`(?i)^<<.*>>$`)

// FromFile turns the properties of an exported destination into a specification.
// Secrets are hidden; one that the file masks, leaves empty or leaves out with a
// remark cannot be read.
func FromFile(name string, properties map[string]string) Spec {
	s := live(Stored{Name: name, Properties: properties}).Spec
	for key, text := range properties {
		if removed.MatchString(text) || masked(text) || text == "" && catalogue.SecrecyOf(key) == catalogue.Secret {
			s.Properties[key] = resource.Seal()
		}
	}
	return normalize(name, s)
}
