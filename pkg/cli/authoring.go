package cli

import "github.com/spf13/cobra"

// authoringCommands are those for whoever writes manifests.
func (a *app) authoringCommands() []*cobra.Command {
	return []*cobra.Command{a.exportCommand(), a.initCommand(), a.explainCommand(), a.fmtCommand(), a.graphCommand()}
}
