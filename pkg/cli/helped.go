package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"reconcile/pkg/view"
)

// helped replaces what cobra writes by itself, help and completion scripts, by
// papers: -o json holds for them too, and a word that nobody knows is an error.
func (a *app) helped(root *cobra.Command) {
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		// The library asks for help before it looks at words: any invented command had some.
		if c == root {
			a.stray = noArguments(c, c.Flags().Args())
		}
		if a.stray != nil {
			return
		}
		if err := a.print("help", helpText(c)); err != nil {
			// What -o asks for cannot be had; the help still can.
			_, _ = a.Out.Write(helpText(c))
		}
	})
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND]", Short: "Help about any command", ValidArgsFunction: a.helpWords,
		RunE: func(_ *cobra.Command, words []string) error {
			found, rest, err := root.Find(words)
			switch {
			case err != nil || found == nil || found == root && len(rest) > 0:
				return noArguments(root, words)
			case len(rest) > 0:
				return usageError{fmt.Errorf("%s has no command %q", found.CommandPath(), rest[0]), "see " + found.CommandPath() + " --help"}
			}
			found.InitDefaultHelpFlag()
			return a.print("help", helpText(found))
		},
	})
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			a.completions(root, c)
		}
	}
}

// print hands out a text as the paper of a command.
func (a *app) print(command string, text []byte) error {
	if err := a.checkPaper(command); err != nil {
		return err
	}
	return a.hand(paper{Result: view.Result{Command: command}, text: text, body: map[string]any{"text": string(text)}})
}

// helpText is the help of a command as cobra lays it out.
func helpText(c *cobra.Command) []byte {
	about := c.Long
	if about == "" {
		about = c.Short
	}
	return []byte(strings.TrimRight(about, " \n") + "\n\n" + c.UsageString())
}

// helpWords completes the names of commands.
func (a *app) helpWords(c *cobra.Command, words []string, begun string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if found, _, err := c.Root().Find(words); err == nil {
		for _, sub := range found.Commands() {
			if sub.IsAvailableCommand() && strings.HasPrefix(sub.Name(), begun) {
				names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completions lets the commands of the completion scripts hand out papers.
func (a *app) completions(root, parent *cobra.Command) {
	parent.Args = noArguments
	parent.RunE = func(c *cobra.Command, _ []string) error { return a.print("completion", helpText(c)) }
	for _, c := range parent.Commands() {
		write, ok := scripts[c.Name()]
		if !ok {
			continue
		}
		c.Run = nil
		c.RunE = func(c *cobra.Command, _ []string) error {
			bare, _ := c.Flags().GetBool("no-descriptions")
			var text bytes.Buffer
			if err := write(root, &text, !bare); err != nil {
				return fmt.Errorf("write the script: %w", err)
			}
			return a.print("completion", text.Bytes())
		}
	}
}

// scripts write the completion script of a shell, with descriptions or without.
var scripts = map[string]func(root *cobra.Command, w io.Writer, described bool) error{
	"bash": (*cobra.Command).GenBashCompletionV2,
	"fish": (*cobra.Command).GenFishCompletion,
	"zsh": func(root *cobra.Command, w io.Writer, described bool) error {
		if described {
			return root.GenZshCompletion(w)
		}
		return root.GenZshCompletionNoDesc(w)
	},
	"powershell": func(root *cobra.Command, w io.Writer, described bool) error {
		if described {
			return root.GenPowerShellCompletionWithDesc(w)
		}
		return root.GenPowerShellCompletion(w)
	},
}
