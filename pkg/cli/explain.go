package cli

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/manifest"
	"reconcile/pkg/view"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain PATH|CODE|PROPERTY",
		Short: "Explain a place in a manifest, a code of an error, or a property",
		Long: "explain says what is known of a place in a manifest (destinations[].properties.URL,\n" +
			"proxySystems.type), of a code that an error, a warning or a finding has (E137, W125,\n" +
			"F-5), or of a property of a destination or of a connector (GROUPSURL,\n" +
			"ias.api.version), with the public source behind it and how sure that is.",
		Example: "  reconcile explain F-5\n  reconcile explain destinations[].properties.GROUPSURL\n  reconcile explain ias.api.version -o json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("%d words given", len(args)), "name one thing: reconcile explain PATH|CODE|PROPERTY"}
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
			return a.explain(args[0])
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

// topicsOf finds what a word stands for: a code, names of the catalogue, or else
// a path.
func topicsOf(word string) ([]view.Topic, error) {
	if t, ok := codeTopic(word); ok {
		return []view.Topic{t}, nil
	}
	if topics := slices.Concat(propertyTopics(word), templateTopics(word), authorizationTopics(word)); len(topics) > 0 {
		return topics, nil
	}
	formatter, err := manifest.NewFormatter(offlineKinds())
	if err != nil {
		return nil, err
	}
	d, err := formatter.Describe(offlineKinds(), word)
	if err != nil {
		return nil, err
	}
	return pathTopics(d), nil
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
		words = append(words, k.Section())
	}
	return slices.Concat(words, catalogue.DestinationKeyNames(), catalogue.PropertyNames(), catalogue.AuthorizationNames())
}

// nearestTopic says what may have been meant.
func nearestTopic(word string) string {
	if right, ok := catalogue.Nearest(word, explainable()); ok {
		return "did you mean reconcile explain " + quotedWord(right) + "?"
	}
	return "name a path such as destinations[].properties.URL, a code such as E137, W125 or F-5, or a property such as ias.api.version"
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
