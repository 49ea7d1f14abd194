package explain

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// Explainer knows the words of manifests and reports.
type Explainer struct {
	kinds  []resource.Kind
	schema *manifest.Formatter
	// more are topics that others bring, found by their subject.
	more []view.Topic
}

// New reads the schema of manifests with these kinds, which need no connection.
func New(kinds []resource.Kind) (*Explainer, error) {
	schema, err := manifest.NewFormatter(kinds)
	return &Explainer{kinds: kinds, schema: schema}, err
}

// Beside knows also what others bring, such as commands and flags, each by its subject
// without leading dashes.
func (e *Explainer) Beside(topics []view.Topic) *Explainer {
	return &Explainer{kinds: e.kinds, schema: e.schema, more: topics}
}

// moreTopics finds what others brought of a word.
func (e *Explainer) moreTopics(word string) []view.Topic {
	return slices.DeleteFunc(slices.Clone(e.more), func(t view.Topic) bool { return bare(t) != strings.TrimLeft(word, "-") })
}

// bare is the word by which a topic is found that others bring.
func bare(t view.Topic) string { return strings.TrimLeft(t.Subject, "-") }

// Topics finds everything that a word stands for, what is met most often first. The
// error says that nothing is known of it.
func (e *Explainer) Topics(word string) ([]view.Topic, error) {
	if t, ok := codeTopic(word); ok {
		return []view.Topic{t}, nil
	}
	section, name, isRef := e.objectWords(word)
	d, noPath := e.schema.Describe(e.kinds, section)
	var topics []view.Topic
	isKind := isRef || slices.ContainsFunc(e.kinds, func(k resource.Kind) bool { return k.Name() == word })
	if isKind {
		topics = e.pathTopics(d)
	}
	topics = slices.Concat(topics, wordTopics(name), e.propertyTopics(word), templateTopics(word), authorizationTopics(word), typeTopics(word), categoryTopics(word))
	if noPath == nil && !isKind && (len(topics) == 0 || d.Property == "") {
		topics = append(topics, e.pathTopics(d)...)
	}
	topics = slices.Concat(topics, fieldTopics(e.schema, word, d.Path), e.moreTopics(word))
	switch {
	case len(topics) > 0:
		return topics, nil
	case looseCode.MatchString(word):
		return nil, fmt.Errorf("no complaint of this version has the code %q", word)
	case strings.ContainsAny(word, "./[") && noPath != nil && !e.nearly(word):
		return nil, noPath
	default:
		return nil, fmt.Errorf("%q is not known", word)
	}
}

// objectWords splits what reports call an object, such as Destination/IPS_PROXY,
// into the list that holds it and its name. Anything else is both.
func (e *Explainer) objectWords(word string) (section, name string, isRef bool) {
	kind, name, ok := strings.Cut(word, "/")
	for _, k := range e.kinds {
		if ok && kind == k.Name() {
			return k.Section(), name, true
		}
	}
	return word, word, false
}

// Words are all words that can be explained, beside paths; each stands once.
func (e *Explainer) Words() []string {
	var words []string
	for _, c := range catalogue.Codes() {
		words = append(words, c.ID)
	}
	for _, f := range catalogue.Failures() {
		words = append(words, f.Code)
	}
	for _, t := range catalogue.Templates() {
		words = append(words, t.Name)
	}
	for _, k := range e.kinds {
		words = append(words, k.Name(), k.Section())
	}
	for _, w := range catalogue.Words() {
		words = append(words, w.Name)
	}
	for _, t := range e.more {
		words = append(words, bare(t))
	}
	words = append(words, slices.Sorted(maps.Keys(e.schema.Places()))...)
	words = slices.Concat(words, catalogue.DestinationKeyNames(), catalogue.PropertyNames(), catalogue.AuthorizationNames(),
		catalogue.JobCategoryNames(), catalogue.SystemTypeNames(), catalogue.ApplicationTypeNames())
	seen := map[string]bool{}
	return slices.DeleteFunc(words, func(word string) bool {
		known := seen[word]
		seen[word] = true
		return known
	})
}

// Nearest says what may have been meant by a word that nothing is known of.
func (e *Explainer) Nearest(word string) string {
	if looseCode.MatchString(word) {
		return "compare it with the message; codes look like E137, W125 or F-5, and another version may have others: reconcile version"
	}
	if right, ok := catalogue.Nearest(word, e.Words()); ok {
		return "did you mean reconcile explain " + resource.ShellWord(right) + "?"
	}
	if head, _, ok := strings.Cut(strings.TrimPrefix(word, "spec."), "."); ok && slices.Contains(e.Words(), strings.TrimSuffix(head, "[]")) {
		return "its fields: reconcile explain " + strings.TrimSuffix(head, "[]")
	}
	return "name a path such as destinations[].properties.URL, a code such as E137, W125 or F-5, a property such as ias.api.version, a word of a report such as kept, or a command or flag such as drift"
}

// nearly reports whether a word is a misspelling of one that is known.
func (e *Explainer) nearly(word string) bool {
	_, ok := catalogue.Nearest(word, e.Words())
	return ok
}

// looseCode matches codes however they are typed: f5, F-5, e137.
var looseCode = regexp.MustCompile(`^([EWFewf])-?([0-9]{1,3})$`)

// codeTopic explains a code of an error, a warning or a finding.
func codeTopic(word string) (view.Topic, bool) {
	parts := looseCode.FindStringSubmatch(word)
	if parts == nil {
		return view.Topic{}, false
	}
	letter := strings.ToUpper(parts[1])
	if f, ok := catalogue.Failure("F-" + strings.TrimLeft(parts[2], "0")); ok && letter == "F" {
		return view.Topic{
			Subject: f.Code, Kind: "failure that a proof finds", Title: f.Title, Text: f.Cause, Remedy: f.Remedy,
			Source: f.Source, Confidence: f.Confidence,
			Facts: []view.TopicFact{{Name: "leg", Text: f.Leg}, {Name: "symptom", Text: f.Symptom}},
		}, true
	}
	if c, ok := catalogue.CodeOf(letter + parts[2]); ok {
		return view.Topic{Subject: c.ID, Kind: kindOfCode(c.ID), Title: c.Title, Text: c.Means, Remedy: c.Remedy, Source: ruleSource(c)}, true
	}
	return view.Topic{}, false
}

func ruleSource(c catalogue.Code) string {
	if c.Source == "" {
		return "a rule of this program"
	}
	return c.Source
}

// kindOfCode says what happens when a code is told.
func kindOfCode(id string) string {
	switch {
	case id[0] == 'W':
		return "warning"
	case strings.HasPrefix(id, "E20"), strings.HasPrefix(id, "E21"):
		return "brake; nothing is written"
	case id[1] == '1' && !strings.HasPrefix(id, "E19"):
		return "error; stops before any call"
	default:
		return "error of a run"
	}
}
