package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

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
		RunE: func(*cobra.Command, []string) error {
			if err := a.needManifest(); err != nil {
				return err
			}
			return a.validate()
		},
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
	return a.show(results, true)
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
			schema, err := manifest.Schema(offlineKinds())
			if result {
				schema, err = view.Schema()
			}
			if err == nil {
				_, err = a.Out.Write(schema)
			}
			return err
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
			return a.showVersion()
		},
	}
}

// showVersion prints the version in the formats of -o.
func (a *app) showVersion() error {
	sinks, err := a.sinks()
	for _, s := range sinks {
		text := "reconcile " + version() + "\n"
		if s.format == "json" {
			text = fmt.Sprintf("{\"formatVersion\": 1, \"command\": \"version\", \"version\": %q, \"exitCode\": 0}\n", version())
		}
		if s.file == "" {
			_, failed := io.WriteString(a.Out, text)
			err = errors.Join(err, failed)
			continue
		}
		err = errors.Join(err, os.WriteFile(s.file, []byte(text), 0o600))
	}
	return err
}

// version is what the build knows about itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
