package manifest

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// besideSecrets are the fields that may hold text where a secret is referred to.
var besideSecrets = []string{
	"env", "file", "vcap", "binding", "key", "output", "systemUser", "label", "expireIn", "created",
}

// expanded is a text that only refers to a value.
var expanded = regexp.MustCompile(`^\$\{[^}]*\}$`)

// Written lists the secrets that stand in a file itself, well-formed as a manifest or
// not: whoever shows the file would show them. A file that is no YAML has none that
// anybody could tell.
func Written(f File) []resource.Fault {
	documents, err := read(unified(string(f.Data)))
	if err != nil {
		return nil
	}
	w := written{file: shownAs(f.Name)}
	for _, document := range documents {
		w.node(document, "", false)
	}
	return w.faults
}

type written struct {
	file   string
	faults []resource.Fault
}

// node looks at what stands below the field name; secretive is true below one that
// holds secrets.
func (w *written) node(n *yaml.Node, name string, secretive bool) {
	comments := strings.Join([]string{n.HeadComment, n.LineComment, n.FootComment}, "\n")
	switch {
	case n.Kind == yaml.ScalarNode && secretive && literal(n) && !slices.Contains(besideSecrets, name):
		w.report(n, "a secret stands in the file itself")
	case secret.Look(comments) != "":
		w.report(n, "a comment holds "+secret.Look(comments))
	case n.Kind == yaml.ScalarNode && secret.Look(n.Value) != "":
		w.report(n, "the text holds "+secret.Look(n.Value))
	}
	if n.Kind != yaml.MappingNode {
		for _, inner := range n.Content {
			w.node(inner, "", secretive)
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		w.node(n.Content[i], "", false)
		w.node(n.Content[i+1], key, secretive || key == "secrets" || key == "serviceKey" || catalogue.SecrecyOf(key) == catalogue.Secret)
	}
}

// literal reports whether a scalar says a text of its own.
func literal(n *yaml.Node) bool {
	return n.Tag != "!!null" && n.Value != "" && !expanded.MatchString(n.Value) && !secret.Masked(n.Value)
}

func (w *written) report(n *yaml.Node, what string) {
	_, remedy := catalogue.WrittenSecret("")
	w.faults = append(w.faults, newFault(codeSecret, resource.Position{File: w.file, Line: n.Line, Col: n.Column}, what, remedy))
}
