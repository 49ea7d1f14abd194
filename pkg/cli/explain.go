package cli

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain PATH|CODE|WORD",
		Short: "Explain a place in a manifest, a code of an error, a property, a word",
		Long: "explain says what is known of a place in a manifest (destinations[].properties.URL,\n" +
			"proxySystems.type, unlisted), of a code that an error, a warning or a finding has\n" +
			"(E137, W125, F-5), of a property of a destination or of a connector (GROUPSURL,\n" +
			"ias.api.version), of a value (Repository Sync), a kind or a word of a report (kept,\n" +
			"waiting), with the public source behind it and how sure that is.",
		Example: "  reconcile explain F-5\n  reconcile explain unlisted\n  reconcile explain destinations[].properties.GROUPSURL\n  reconcile explain ias.api.version -o json",
		Args: func(_ *cobra.Command, args []string) error {
			if strings.TrimSpace(strings.Join(args, "")) == "" {
				return usageError{fmt.Errorf("%d words given", len(args)), "name one thing: reconcile explain PATH|CODE|WORD"}
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return explainable(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.checkPaper("explain"); err != nil {
				return err
			}
			return a.explain(strings.TrimSpace(strings.Join(args, " ")))
		},
	}
}

// explain shows every meaning that a word has.
func (a *app) explain(word string) error {
	topics, err := topicsOf(word)
	if err != nil {
		return usageError{err, nearestTopic(word)}
	}
	var text bytes.Buffer
	if err := view.Topics(&text, topics, a.style(a.OutTTY)); err != nil {
		return err
	}
	return a.hand(paper{
		Result: view.Result{Command: "explain"}, text: text.Bytes(), body: map[string]any{"topics": topics},
	})
}

// schemaReader reads the schema once: completion and near misses look at all of it.
var schemaReader = sync.OnceValues(func() (*manifest.Formatter, error) { return manifest.NewFormatter(offlineKinds()) })

// topicsOf finds everything that a word stands for, what is met most often first.
func topicsOf(word string) ([]view.Topic, error) {
	if t, ok := codeTopic(word); ok {
		return []view.Topic{t}, nil
	}
	formatter, err := schemaReader()
	if err != nil {
		return nil, err
	}
	section, name, isRef := objectWords(word)
	d, noPath := formatter.Describe(offlineKinds(), section)
	var topics []view.Topic
	isKind := isRef || slices.ContainsFunc(offlineKinds(), func(k resource.Kind) bool { return k.Name() == word })
	if isKind {
		topics = pathTopics(d)
	}
	topics = slices.Concat(topics, wordTopics(name), propertyTopics(word), templateTopics(word), authorizationTopics(word), typeTopics(word), categoryTopics(word))
	if noPath == nil && !isKind && (len(topics) == 0 || d.Property == "") {
		topics = append(topics, pathTopics(d)...)
	}
	topics = append(topics, fieldTopics(formatter, word, d.Path)...)
	switch {
	case len(topics) > 0:
		return topics, nil
	case looseCode.MatchString(word):
		return nil, fmt.Errorf("no complaint of this version has the code %q", word)
	case strings.ContainsAny(word, "./[") && noPath != nil && !nearly(word):
		return nil, noPath
	default:
		return nil, fmt.Errorf("%q is not known", word)
	}
}

// objectWords splits what reports call an object, such as Destination/IPS_PROXY,
// into the list that holds it and its name. Anything else is both.
func objectWords(word string) (section, name string, isRef bool) {
	kind, name, ok := strings.Cut(word, "/")
	for _, k := range offlineKinds() {
		if ok && kind == k.Name() {
			return k.Section(), name, true
		}
	}
	return word, word, false
}

// explainable are all words that explain knows beside paths.
func explainable() []string {
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
	for _, k := range offlineKinds() {
		words = append(words, k.Name(), k.Section())
	}
	for _, w := range catalogue.Words() {
		words = append(words, w.Name)
	}
	if formatter, err := schemaReader(); err == nil {
		words = append(words, slices.Sorted(maps.Keys(formatter.Places()))...)
	}
	return slices.Concat(words, catalogue.DestinationKeyNames(), catalogue.PropertyNames(), catalogue.AuthorizationNames(),
		catalogue.JobCategoryNames(), catalogue.SystemTypeNames(), catalogue.ApplicationTypeNames())
}

// nearestTopic says what may have been meant.
func nearestTopic(word string) string {
	if looseCode.MatchString(word) {
		return "compare it with the message; codes look like E137, W125 or F-5, and another version may have others: reconcile version"
	}
	if right, ok := catalogue.Nearest(word, explainable()); ok {
		return "did you mean reconcile explain " + quotedWord(right) + "?"
	}
	if head, _, ok := strings.Cut(strings.TrimPrefix(word, "spec."), "."); ok && slices.Contains(explainable(), strings.TrimSuffix(head, "[]")) {
		return "its fields: reconcile explain " + strings.TrimSuffix(head, "[]")
	}
	return "name a path such as destinations[].properties.URL, a code such as E137, W125 or F-5, a property such as ias.api.version, or a word of a report such as kept"
}

// nearly reports whether a word is a misspelling of one that is known.
func nearly(word string) bool {
	_, ok := catalogue.Nearest(word, explainable())
	return ok
}

func quotedWord(word string) string {
	if strings.Contains(word, " ") {
		return `"` + word + `"`
	}
	return word
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
