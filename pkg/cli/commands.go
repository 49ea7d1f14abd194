package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"reconcile/pkg/kinds"
	"reconcile/pkg/manifest"
	"reconcile/pkg/view"
)

func (a *app) validateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate -f MANIFEST",
		Short: "Check manifests; needs no secret and no network",
		Long: "validate checks manifests completely and makes no call: structure, references between\n" +
			"objects, names and values that SAP is known to refuse or mis-store. Exit 3 on errors.",
		Example: "  reconcile validate -f integration.yaml --values prod.yaml",
		Args:    noArguments,
		RunE:    a.onManifest(func(context.Context) error { return a.validate() }),
	}
}

// onManifest runs a command that takes nothing but flags and needs a manifest.
func (a *app) onManifest(run func(context.Context) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, _ []string) error {
		if err := a.needManifest(); err != nil {
			return err
		}
		return run(c.Context())
	}
}

// validate reports on all integrations of the manifests.
func (a *app) validate() error {
	loaded, faults := a.load()
	errs, warnings := split(faults)
	if len(errs) > 0 {
		a.exit = exitInvalid
	}
	var results []view.Result
	for _, in := range loaded.Integrations {
		results = append(results, view.Result{Command: "validate", Integration: in.Name, Stage: in.Stage, ExitCode: a.exit, Complete: len(errs) == 0})
	}
	if len(results) == 0 {
		results = []view.Result{{Command: "validate", ExitCode: a.exit}}
	}
	results[0].Errors, results[0].Warnings, results[0].Took = errs, warnings, a.Now().Sub(a.started)
	return a.show(results)
}

func (a *app) schemaCommand() *cobra.Command {
	var result bool
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of manifests, or of results",
		Long: "schema prints the JSON Schema of manifests, for editors and other tools; with --result\n" +
			"that of what -o json writes, for whoever reads it.",
		Example: "  reconcile schema > integration.schema.json\n  reconcile schema --result > result.schema.json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			schema, err := manifest.Schema(kinds.All())
			if result {
				schema, err = view.Schema()
			}
			if err != nil {
				return err
			}
			return a.showSchema(schema)
		},
	}
	c.Flags().BoolVar(&result, "result", false, "the schema of results instead of that of manifests")
	return c
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := a.checkPaper("version"); err != nil {
				return err
			}
			return a.hand(paper{
				Result: view.Result{Command: "version"}, text: []byte("reconcile " + version() + "\n"), body: map[string]any{"version": version()},
			})
		},
	}
}

// showSchema hands out a schema. As JSON it is the schema itself, which takes what
// every document has beside its own fields.
func (a *app) showSchema(schema []byte) error {
	if err := a.checkPaper("schema"); err != nil {
		return err
	}
	var fields map[string]any
	if err := json.Unmarshal(schema, &fields); err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	return a.hand(paper{Result: view.Result{Command: "schema"}, text: schema, body: fields})
}

// version is what the build knows about itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
