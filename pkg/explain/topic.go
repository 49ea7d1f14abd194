package explain

import (
	"slices"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/destination"
	"reconcile/pkg/ips"
	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// propertyTopics explains the name of a property of destinations or connectors.
func (e *Explainer) propertyTopics(name string) []view.Topic {
	var topics []view.Topic
	if t, ok := destinationTopic(name); ok {
		topics = append(topics, t)
	}
	if t, ok := e.connectorTopic(name); ok {
		topics = append(topics, t)
	}
	return topics
}

func destinationTopic(name string) (view.Topic, bool) {
	k, ok := catalogue.DestinationKeyOf(name)
	t := view.Topic{Subject: name, Kind: "property of destinations", Source: catalogue.DestinationSource, Confidence: "documented"}
	if !ok {
		return t, false
	}
	t.Facts = append(t.Facts, view.TopicFact{Name: "secret", Text: catalogue.SecrecyOf(name).String()})
	values := k.Values
	if name == "Authentication" {
		values = catalogue.AuthenticationNames()
	}
	t.Facts = appendFact(t.Facts, "values", values.String())
	t.Facts = append(t.Facts, related(destination.Kind, name)...)
	return t, true
}

func (e *Explainer) connectorTopic(name string) (view.Topic, bool) {
	p, ok := catalogue.Property(name)
	t := view.Topic{Subject: name, Kind: "property of provisioning systems", Source: catalogue.PropertySource, Confidence: "documented"}
	if !ok {
		return t, false
	}
	systems := "source and target systems; a proxy system does not read it"
	if p.Proxy {
		systems = "proxy systems too"
	}
	t.Facts = append(t.Facts, view.TopicFact{Name: "used by", Text: systems}, view.TopicFact{Name: "secret", Text: catalogue.SecrecyOf(name).String()})
	t.Facts = appendFact(t.Facts, "values", p.Values.String())
	t.Facts = appendFact(t.Facts, "default", p.Default)
	t.Facts = append(t.Facts, related(ips.Kind, name)...)
	for _, k := range e.kinds {
		for _, f := range k.Fields() {
			if k.Name() == ips.Kind && f.Covers(catalogue.PropertyPath(name)) {
				t.Facts = append(t.Facts, view.TopicFact{Name: string(f.Class), Text: f.Reason + " (" + f.Source + ")"})
			}
		}
	}
	return t, true
}

func appendFact(facts []view.TopicFact, name, text string) []view.TopicFact {
	if text == "" {
		return facts
	}
	return append(facts, view.TopicFact{Name: name, Text: text})
}

// related are the templates that set a property, and the failures that name it.
func related(kind, name string) []view.TopicFact {
	var facts []view.TopicFact
	for _, t := range catalogue.Templates() {
		for _, s := range t.Properties {
			if t.Kind == kind && s.Name == name {
				facts = append(facts, view.TopicFact{Name: "template " + t.Name, Text: s.Value})
			}
		}
	}
	for _, f := range catalogue.Mentioning(name) {
		facts = append(facts, view.TopicFact{Name: f.Code, Text: f.Title})
	}
	return facts
}

func templateTopics(name string) []view.Topic {
	for _, t := range catalogue.Templates() {
		if t.Name != name {
			continue
		}
		topic := view.Topic{Subject: name, Kind: "template of a " + t.Kind, Text: "Properties that a manifest need not repeat; what it lists itself wins"}
		for _, s := range t.Properties {
			topic.Members = append(topic.Members, view.TopicFact{Name: s.Name, Text: s.Value})
		}
		return []view.Topic{topic}
	}
	return nil
}

func authorizationTopics(name string) []view.Topic {
	known, ok := catalogue.AuthorizationOf(name)
	if !ok {
		return nil
	}
	return []view.Topic{{
		Subject: known.Name, Kind: "authorization of an administrator in Identity Authentication",
		Facts: appendFact(appendFact(nil, "opens", known.Guards), "proven by", known.Read),
	}}
}

// pathTopics explains a place in a manifest, and the property that it names.
func (e *Explainer) pathTopics(d manifest.Description) []view.Topic {
	t := view.Topic{Subject: d.Path, Kind: "place in a manifest", Text: d.Text}
	if d.Required {
		t.Facts = append(t.Facts, view.TopicFact{Name: "needed", Text: "yes"})
	}
	t.Facts = appendFact(t.Facts, "takes", e.takes(d))
	t.Facts = appendFact(t.Facts, "values", strings.Join(slices.Concat(d.Values, knownValues(d)), ", "))
	for _, f := range d.Fields {
		t.Members = append(t.Members, view.TopicFact{Name: f.Name, Text: f.Text})
	}
	topics := []view.Topic{t}
	if p, ok := destinationTopic(d.Property); ok && d.Kind == destination.Kind {
		topics = append(topics, p)
	}
	if p, ok := e.connectorTopic(d.Property); ok && d.Kind == ips.Kind {
		topics = append(topics, p)
	}
	if len(topics) == 1 && d.Property != "" {
		topics[0].Facts = append(topics[0].Facts, view.TopicFact{Name: "property", Text: unknownProperty(d)})
	}
	return topics
}

// unknownProperty says what may have been meant by a name that no table holds.
func unknownProperty(d manifest.Description) string {
	known := catalogue.PropertyNames()
	if d.Kind == destination.Kind {
		known = catalogue.DestinationKeyNames()
	}
	text := "not one of the documented names"
	if right, ok := catalogue.Nearest(d.Property, known); ok {
		text += "; did you mean " + right + "?"
	}
	return text
}

// takes says what may stand at a place.
func (e *Explainer) takes(d manifest.Description) string {
	if !d.Value {
		return strings.Join(d.Types, ", ")
	}
	var references []string
	for _, k := range e.kinds {
		if outputs := k.Outputs(); len(outputs) > 0 {
			references = append(references, "{"+resource.Word(k.Name())+": NAME, output: "+strings.Join(outputs, "|")+"}")
		}
	}
	return "one text, number or boolean; null; {env: NAME}, {file: PATH}, {vcap: SERVICE, key: K}, {binding: FOLDER, key: K}; " + strings.Join(references, ", ")
}

// knownValues lists the words that the catalogue knows for a field.
func knownValues(d manifest.Description) []string {
	switch d.Path {
	case "proxySystems[].type":
		return catalogue.SystemTypeNames()
	case "iagSystems[].type":
		return catalogue.ApplicationTypeNames()
	case "jobs[].category":
		return catalogue.JobCategoryNames()
	case "systemUsers[].authorizations":
		return catalogue.AuthorizationNames()
	default:
		return nil
	}
}
