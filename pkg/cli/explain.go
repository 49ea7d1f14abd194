package cli

import (
	"bytes"
	"errors"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"reconcile/pkg/explain"
	"reconcile/pkg/kinds"
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
			"waiting), a command or a flag (drift, prune), with the public source behind it and how\n" +
			"sure that is.",
		Example: "  reconcile explain F-5\n  reconcile explain unlisted\n  reconcile explain destinations[].properties.GROUPSURL\n  reconcile explain ias.api.version -o json",
		Args: func(_ *cobra.Command, args []string) error {
			if strings.TrimSpace(strings.Join(args, "")) == "" {
				return usageError{errors.New("nothing is named that could be explained"), "name one thing, for example reconcile explain F-5, or reconcile explain destinations"}
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			explainer, err := a.explainer()
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return explainer.Words(), cobra.ShellCompDirectiveNoFileComp
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
	explainer, err := a.explainer()
	if err != nil {
		return err
	}
	topics, err := explainer.Topics(word)
	if err != nil {
		return usageError{err, explainer.Nearest(word)}
	}
	var text bytes.Buffer
	if err := view.Topics(&text, topics, a.style(a.OutTTY)); err != nil {
		return err
	}
	return a.hand(paper{
		Result: view.Result{Command: "explain"}, text: text.Bytes(), body: map[string]any{"topics": topics},
	})
}

// explainer also knows the commands and flags of this program.
func (a *app) explainer() (*explain.Explainer, error) {
	known, err := explainers()
	if err != nil {
		return nil, err
	}
	return known.Beside(commandTopics(a.commands)), nil
}

// explainers reads the schema once.
var explainers = sync.OnceValues(func() (*explain.Explainer, error) { return explain.New(kinds.All()) })
