package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/connect"
)

// IO is everything of the outside world that a command uses.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	// InTTY, OutTTY and ErrTTY tell whether a person is at the other end.
	InTTY, OutTTY, ErrTTY bool
	// Width is the terminal's width in columns, 0 when unknown.
	Width int
	// LookupEnv is os.LookupEnv outside of tests.
	LookupEnv func(string) (string, bool)
	// Now is time.Now outside of tests.
	Now func() time.Time
	// Base carries HTTP requests; nil means the network.
	Base http.RoundTripper
	// Signals delivers interrupts: the first ends a run in an orderly way, the
	// second cuts it. May be nil.
	Signals <-chan os.Signal
}

// Main runs one command and returns its exit code.
func Main(ctx context.Context, args []string, streams IO) int {
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	streams = streams.inTurns()
	a := &app{IO: streams, stop: make(chan struct{}), shared: &connect.Shared{}, started: streams.Now(), bare: len(args) == 0}
	go a.watch(ctx, cut)
	root := a.root()
	a.commands = root
	root.SetArgs(args)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	if a.stray != nil {
		err = a.stray
	}
	return a.finish(err, args)
}

// app is one run of the program.
type app struct {
	IO
	options
	// stop is closed by the first signal.
	stop    chan struct{}
	signal  signalBox
	started time.Time
	// shared is what the connections of all integrations have in common.
	shared *connect.Shared
	// latest is the service that was asked last, for whoever waits.
	latest atomic.Pointer[string]
	// commands is the tree of all commands.
	commands *cobra.Command
	// seenPlan is true when a person was shown the plan just now and did not agree: the
	// result at the terminal need not show it again.
	seenPlan bool
	// bare is true when nothing was typed but the program's name.
	bare bool
	// overtime reports whether --timeout is over; nil where nothing is limited.
	overtime func() bool
	// stray is the error of a word that is no command, beside --help.
	stray error
	// exit is the code that the command decided on; it counts when no error came.
	// settled is true when the code also says what a signal did to the run.
	exit    int
	settled bool
}

// watch turns signals into an orderly stop and then into a cut.
func (a *app) watch(ctx context.Context, cut context.CancelFunc) {
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case s := <-a.Signals:
			if n > 0 {
				a.signal.setCut()
				cut()
				return
			}
			a.signal.set(s)
			close(a.stop)
		}
	}
}

// finish turns what a command returned into an exit code. An error that reaches
// this place is one of usage: nothing was called.
func (a *app) finish(err error, args []string) int {
	switch {
	case a.signal.get() != nil && !a.calm && !a.settled:
		return signalCode(a.signal.get())
	case err == nil:
		return a.exit
	}
	if late, ok := errors.AsType[lateError](err); ok {
		a.tell("reconcile: the result could not be written: %s", late)
		return max(a.exit, exitFailed)
	}
	a.usage(err, args)
	return exitInvalid
}

func signalCode(s os.Signal) int {
	if s == syscall.SIGTERM {
		return exitTerminated
	}
	return exitInterrupted
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "reconcile -f MANIFEST",
		Short:         "Keep an SAP Cloud Identity Access Governance integration as its manifest says",
		Long:          rootLong,
		Example:       rootExample,
		Args:          noArguments,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(c *cobra.Command, _ []string) error {
			// Whoever types a flag means a run: one without a manifest must not look
			// like one that found nothing to do.
			if len(a.files) == 0 && a.bare {
				return c.Help()
			}
			if err := a.needManifest(); err != nil {
				return err
			}
			if a.dryRun {
				return a.plan(c.Context(), "converge")
			}
			return a.converge(c.Context())
		},
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return a.fromEnvironment(c) },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
			return misfit("--"+wrong.GetFlag().Name, wrong.GetValue(), wrong.GetFlag())
		}
		return usageError{err, flagRemedy(c, err)}
	})
	a.commonFlags(root)
	a.convergeFlags(root)
	root.AddCommand(a.authoringCommands()...)

	root.AddCommand(a.planCommand(), a.driftCommand(), a.verifyCommand(), a.validateCommand(), a.schemaCommand(),
		a.simulateCommand(), a.applyCommand(), a.historyCommand(), a.snapshotCommand(), a.rotateCommand(), a.unlockCommand(), a.acceptCommand(), a.doneCommand(), a.versionCommand(), a.manCommand())
	a.helped(root)
	return root
}

// codeUsage is the complaint about a command line.
const codeUsage = "E100"

// usageError is a command line that cannot be understood.
type usageError struct {
	error
	remedy string
}

// Unwrap lets errors.Is see what is behind the usage.
func (u usageError) Unwrap() error { return u.error }

// flagRemedy says which flag may have been meant.
func flagRemedy(c *cobra.Command, err error) string {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if right, ok := catalogue.Nearest(unknown.GetSpecifiedName(), names); ok {
			return "did you mean --" + right + "?"
		}
	}
	return "see " + c.CommandPath() + " --help"
}

// meant is the word that somebody began or misspelt.
func meant(word string, of []string) (string, bool) {
	begun := slices.DeleteFunc(slices.Clone(of), func(known string) bool { return !strings.HasPrefix(known, strings.ToLower(word)) })
	if len(begun) > 0 && word != "" {
		return strings.Join(begun, " or "), true
	}
	return catalogue.Nearest(word, of)
}

// noArguments refuses words that are no flags, and says what may have been meant.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("unexpected argument %q", args[0]), strayRemedy(c, args[0])}
}

// strayRemedy says what may have been meant by a word that a command does not take.
func strayRemedy(c *cobra.Command, word string) string {
	var below []string
	for _, one := range c.Commands() {
		if one.IsAvailableCommand() {
			below = append(below, one.Name())
		}
	}
	near, isNear := meant(word, below)
	simulate := c.Flags().Lookup("simulate")
	switch {
	case simulate != nil && simulate.Changed && simulate.Value.String() == simulate.NoOptDefVal:
		return "a folder or an address follows --simulate with =: --simulate=" + word
	case isNear:
		return "did you mean " + c.CommandPath() + " " + near + "?"
	case c.Flags().Lookup(word) != nil:
		return "did you mean --" + word + "?"
	case strings.Contains(c.Use, "-f "):
		return "manifests are given with -f; see " + c.CommandPath() + " --help"
	default:
		return "see " + c.CommandPath() + " --help"
	}
}

const rootLong = `reconcile keeps an SAP Cloud Identity Access Governance (IAG) integration in the
state that a manifest describes: destinations, Identity Provisioning proxy
systems, IAG systems, the system users they need and the jobs that follow.

It reads what is there, computes a plan, checks it, applies it in order, and
proves by the calls that IAG itself would make that the integration works.

Each flag that is not typed is taken from the environment, where it is set there:
--parallelism from RECONCILE_PARALLELISM, --dry-run from RECONCILE_DRY_RUN. Not so
-y and what lifts a brake: --prune, --adopt, --overwrite-live, --emergency, --new-ledger
and --retry-login, which somebody has to type. NO_COLOR turns colour off.

Exit codes, first match wins:
` + exitTable

const rootExample = `  # see the whole job on an embedded landscape, without any credential
  reconcile -f examples/ias/integration.yaml --simulate

  # what would change? writes nothing; exit 2 when something would
  reconcile -f integration.yaml --dry-run

  # make it so, from a pipeline
  reconcile -f integration.yaml --values prod.yaml -o json`
