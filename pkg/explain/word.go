package explain

import (
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/manifest"
	"reconcile/pkg/view"
)

// wordTopics explains a word of reports, however its letters are written, or a name
// that a service looks up.
func wordTopics(word string) []view.Topic {
	var topics []view.Topic
	for _, w := range catalogue.Words() {
		if !strings.EqualFold(w.Name, word) {
			continue
		}
		t := view.Topic{Subject: w.Name, Kind: w.Kind, Text: w.Text}
		if strings.HasPrefix(w.Kind, "name") {
			t.Source, t.Confidence = catalogue.LookedUpSource, "documented"
			for _, f := range catalogue.Mentioning(w.Name) {
				t.Facts = append(t.Facts, view.TopicFact{Name: f.Code, Text: f.Title})
			}
		}
		topics = append(topics, t)
	}
	return topics
}

// typeTopics explains the type of a provisioning system or of a system in IAG.
func typeTopics(name string) []view.Topic {
	var topics []view.Topic
	if t, ok := catalogue.SystemTypeOf(name); ok {
		use := "source and target systems only"
		if t.Proxy {
			use = "proxy systems too"
		}
		facts := appendFact([]view.TopicFact{{Name: "used by", Text: use}}, "connectorTypeString", t.Connector)
		topics = append(topics, view.Topic{
			Subject: t.Name, Kind: "type of provisioning systems", Text: "A value of proxySystems[].type",
			Facts: facts, Source: catalogue.SystemTypeSource,
		})
	}
	if t, ok := catalogue.ApplicationTypeOf(name); ok {
		reached := map[catalogue.Link]string{
			catalogue.LinkProxy: "by externalSystemID, the id of a proxy system", catalogue.LinkDestination: "by a destination", catalogue.LinkUnknown: "not published",
		}
		facts := append(appendFact(nil, "key", t.Key), view.TopicFact{Name: "reached", Text: reached[t.Link]})
		topics = append(topics, view.Topic{
			Subject: t.Name, Kind: "type of a system in IAG", Text: "A value of iagSystems[].type", Facts: facts, Source: catalogue.ApplicationTypeSource,
		})
	}
	return topics
}

// categoryTopics explains a category of IAG's Job Scheduler.
func categoryTopics(name string) []view.Topic {
	c, ok := catalogue.JobCategoryOf(name)
	if !ok {
		return nil
	}
	system := "not stated"
	switch {
	case c.NeedsSystem:
		system = "for one: iagSystem is needed"
	case c.TakesNone:
		system = "for none"
	}
	facts := []view.TopicFact{{Name: "system", Text: system}}
	for _, ref := range c.After {
		facts = append(facts, view.TopicFact{Name: "after", Text: ref.String() + ", where the manifest holds it"})
	}
	return []view.Topic{{Subject: c.Name, Kind: "category of a job", Text: "A value of jobs[].category", Facts: facts, Source: catalogue.JobCategorySource}}
}

// fieldTopics explains a field by its bare name, with all its places: one topic for
// each thing that is said of it. The place already is explained.
func fieldTopics(formatter *manifest.Formatter, name, already string) []view.Topic {
	var topics []view.Topic
	at := map[string]int{}
	for _, place := range formatter.Places()[name] {
		if place.Path == already {
			continue
		}
		i, known := at[place.Text]
		if !known {
			i = len(topics)
			at[place.Text] = i
			topics = append(topics, view.Topic{Subject: name, Kind: "field of a manifest", Text: place.Text})
		}
		topics[i].Facts = append(topics[i].Facts, view.TopicFact{Name: "place", Text: place.Path})
	}
	return topics
}
