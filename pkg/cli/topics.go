package cli

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"reconcile/pkg/view"
)

// commandTopics explains the commands below root, and their flags by what each says.
func commandTopics(root *cobra.Command) []view.Topic {
	var commands, flags []view.Topic
	tell := func(set *pflag.FlagSet, of string) {
		set.VisitAll(func(f *pflag.Flag) { flags = withFlag(flags, f, of) })
	}
	tell(root.PersistentFlags(), "every command")
	tell(root.LocalNonPersistentFlags(), root.CommandPath())
	for _, c := range root.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		commands = append(commands, view.Topic{
			Subject: c.Name(), Title: root.Name() + " " + c.Use, Kind: "command", Text: c.Short,
			Facts: []view.TopicFact{{Name: "more", Text: c.CommandPath() + " --help"}},
		})
		tell(c.LocalNonPersistentFlags(), c.CommandPath())
	}
	return append(commands, flags...)
}

// withFlag adds what a command says of a flag. Commands that say the same share a topic.
func withFlag(topics []view.Topic, f *pflag.Flag, command string) []view.Topic {
	subject, of := "--"+f.Name, view.TopicFact{Name: "of", Text: command}
	at := slices.IndexFunc(topics, func(t view.Topic) bool { return t.Subject == subject && t.Text == f.Usage })
	if at >= 0 {
		topics[at].Facts = append(topics[at].Facts, of)
		return topics
	}
	given := "typed only, never taken from the environment"
	if !slices.Contains(deliberate, f.Name) {
		given = "typed, or " + variable(f.Name)
	}
	return append(topics, view.Topic{Subject: subject, Kind: "flag", Text: f.Usage, Facts: []view.TopicFact{{Name: "given", Text: given}, of}})
}
