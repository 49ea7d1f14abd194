package cli

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"reconcile/pkg/resource"
)

// options are the parsed flags.
type options struct {
	files, values, set, only, outputs []string
	integration, comment              string
	color, logFormat                  string
	verbose, quiet                    bool
	timeout                           time.Duration
	parallelism                       int
	ledger                            string
	simulate                          string
	workorders, reports, exports      string

	dryRun, yes, prune, adopt, exitZero bool
	newLedger                           bool
	maxDeletes                          int
	maxDeleteShare                      float64
	waitJobs, lockTimeout               time.Duration
	planFile, expectDigest, emergency   string
	overwriteLive                       []string
	full                                bool
	requireEvidence                     string
	changeLog                           string

	retryLogin bool
	caFile     string
	warnDays   int

	// live are the snapshots to compare with, snapshotKey says where their key is.
	live        []string
	snapshotKey string

	records, ticket string
	recorder        *recorder

	// calm is set by commands that a signal ends without failure.
	calm bool
}

// The limits of deletion that hold when nobody says otherwise.
const (
	defaultMaxDeletes     = 10
	defaultMaxDeleteShare = 0.3
	// defaultLockTimeout is how long a run waits for another one.
	defaultLockTimeout = 2 * time.Minute
)

func (a *app) commonFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringArrayVarP(&a.files, "filename", "f", nil, "manifest: file, folder (not the folders in it), or - for standard input; may be given several times")
	f.StringArrayVar(&a.values, "values", nil, "YAML file with values for ${…}; may be given several times, later wins")
	f.StringArrayVar(&a.set, "set", nil, "one value for ${…} as name=value; wins over --values")
	f.StringArrayVar(&a.only, "only", nil, "only this object, as KIND/NAME, and what it needs")
	f.StringVar(&a.integration, "integration", "", "the integration to work on, where the manifests hold several")
	f.StringArrayVarP(&a.outputs, "output", "o", nil, "result as FORMAT or FORMAT=FILE: "+strings.Join(formatNames(), ", ")+"; may be given several times (default text)")
	f.StringVar(&a.comment, "comment-id", "", "what finds a markdown comment again, in its second line (default: what -f and --values name)")
	f.StringVar(&a.color, "color", "auto", "colour: auto, always, never")
	f.StringVar(&a.logFormat, "log-format", "text", "format of the story on stderr: text, json")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "tell every call on stderr")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "tell nothing on stderr")
	f.DurationVar(&a.timeout, "timeout", 30*time.Minute, "the most that the whole run may take")
	f.IntVar(&a.parallelism, "parallelism", 8, "calls at the same time")
	f.StringVar(&a.ledger, "ledger", "", "where the ledger is kept, as file:PATH (default: beside the destinations)")
	f.StringVar(&a.workorders, "workorders", "", "folder for the runbook of what waits for people: runbook.md, .json and .html")
	f.StringVar(&a.reports, "reports", "", "folder of report files about finished work orders (default: reports beside the manifest)")
	f.StringVar(&a.exports, "exports", "", "folder of files that the console exported of proxy systems, to be compared (default: exports beside the manifest)")
	f.StringVar(&a.simulate, "simulate", "", "work on a simulated landscape: kept in a folder, or at the URL of reconcile simulate (default folder: the user's cache)")
	f.Lookup("simulate").NoOptDefVal = simulateDefault
	f.StringVar(&a.records, "records", "", "folder for the records of runs that may write: who, when, what, and what was there before; HTML reports show the last ones")
	f.StringVar(&a.ticket, "ticket", "", "ticket or change number to put into the record")
	f.StringVar(&a.caFile, "ca-file", "", "PEM file with certificate authorities to trust beside the system's")
	f.IntVar(&a.warnDays, "warn-days", 30, "warn this many days before secrets and certificates expire")
	f.BoolVar(&a.retryLogin, "retry-login", false, "try logins again that were refused before, and write secrets of which that is known")
	f.BoolVar(&a.exitZero, "exit-zero", false, "exit 0 instead of 2 on differences")
}

func (a *app) planFlags(c *cobra.Command) {
	f := c.Flags()
	a.evidenceFlag(c)
	f.BoolVar(&a.prune, "prune", false, "delete owned objects that the manifest does not hold any more")
	f.StringArrayVar(&a.overwriteLive, "overwrite-live", nil, "undo the changes by hand of this object, as KIND/NAME, although policy.liveChanges says stop; or make it again")
	f.BoolVar(&a.adopt, "adopt", false, "take over objects that this integration did not make")
	f.BoolVar(&a.newLedger, "new-ledger", false, "go on although the ledger is lost: start a new one, which owns nothing")
	f.IntVar(&a.maxDeletes, "max-deletes", defaultMaxDeletes, "the most objects that one run may delete")
	f.Float64Var(&a.maxDeleteShare, "max-delete-share", defaultMaxDeleteShare, "the largest part of the owned objects that one run may delete, from ten objects on")
}

func (a *app) convergeFlags(c *cobra.Command) {
	a.planFlags(c)
	f := c.Flags()
	f.BoolVar(&a.dryRun, "dry-run", false, "show the plan and write nothing; exit 2 when something would change")
	a.applyFlags(c)
	a.liveFlags(c)
	f.StringVar(&a.expectDigest, "expect-digest", "", "apply only a plan with this digest, as an approved dry run printed it")
}

// applyFlags are those of all commands that write.
func (a *app) applyFlags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVarP(&a.yes, "yes", "y", false, "do not ask on a terminal")
	f.DurationVar(&a.waitJobs, "wait-jobs", 5*time.Minute, "how long to wait for a started job")
	f.StringVar(&a.emergency, "emergency", "", "write although the manifest says freeze, for this ticket; lifts nothing else")
	f.DurationVar(&a.lockTimeout, "lock-timeout", defaultLockTimeout, "how long to wait while another run holds the lock")
}

// deliberate flags must be typed by somebody who means them each time: they answer a
// question or lift a brake, and a variable would do it for every run.
var deliberate = []string{"yes", "prune", "adopt", "help", "emergency", "overwrite-live", "new-ledger", "retry-login"}

// planned are the flags that a saved plan decides: what the environment says of
// them is not about apply.
var planned = []string{"filename", "values", "set", "only", "integration", "max-deletes", "max-delete-share"}

// variable is the name in the environment that stands for a flag.
func variable(flag string) string {
	return "RECONCILE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// severalOf splits a variable that holds several values: those of -o, by blanks or
// commas.
func severalOf(flag, text string) []string {
	if flag != "output" {
		return []string{text}
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// fromEnvironment takes flags that were not given from RECONCILE_<FLAG>.
func (a *app) fromEnvironment(c *cobra.Command) error {
	var errs []error
	var ignored []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		text, ok := a.LookupEnv(variable(f.Name))
		if !ok || f.Changed || c.Name() == "apply" && slices.Contains(planned, f.Name) {
			return
		}
		if slices.Contains(deliberate, f.Name) {
			if text != "" {
				ignored = append(ignored, f.Name)
			}
			return
		}
		for _, value := range severalOf(f.Name, text) {
			if err := c.Flags().Set(f.Name, value); err != nil {
				errs = append(errs, misfit(variable(f.Name), value, f))
			}
		}
	})
	// Told once all is read: that nothing is to be told may be such a variable.
	for _, flag := range ignored {
		a.tell("reconcile: %s is not looked at: --%s has to be typed", variable(flag), flag)
	}
	return cmp.Or(errors.Join(errs...), a.restrained(c), a.checkFlags(), a.checkLive(c))
}

// expected says what a kind of flag takes.
var expected = map[string]string{
	"bool": "true or false", "int": "a whole number", "float64": "a number, such as 0.3", "duration": "a duration, such as 30s or 5m",
}

// misfit words a value that a flag cannot take, by what it takes.
func misfit(name, value string, f *pflag.Flag) error {
	takes := orWord(expected[f.Value.Type()], "another value")
	return usageError{fmt.Errorf("%s %q is not %s", name, value, takes), "give " + takes + ", or leave it out"}
}

func orWord(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// restraints are flags that keep a run from writing. How much may be deleted is
// none of them: the plan holds what was allowed, and no other writer deletes.
var restraints = []string{"dry-run", "live", "expect-digest"}

// writers are the commands that write and do not know all of them.
var writers = []string{"apply", "done", "accept", "unlock"}

// restrained refuses to write where the environment says not to and the command
// has no such flag: whoever set the variable would be surprised.
func (a *app) restrained(c *cobra.Command) error {
	if !slices.Contains(writers, c.Name()) {
		return nil
	}
	for _, flag := range restraints {
		text, ok := a.LookupEnv(variable(flag))
		if on, err := strconv.ParseBool(text); !ok || text == "" || flag == "dry-run" && err == nil && !on {
			continue
		}
		if c.Flags().Lookup(flag) == nil {
			return usageError{
				fmt.Errorf("%s is set, and %s knows no --%s: it would write all the same", variable(flag), c.Name(), flag),
				"unset it for this command; what holds for it was decided with the plan",
			}
		}
	}
	return nil
}

func (a *app) checkFlags() error {
	switch {
	case !slices.Contains([]string{"auto", "always", "never"}, a.color):
		return usageError{fmt.Errorf("--color %q is not known", a.color), "use auto, always or never"}
	case !slices.Contains([]string{"text", "json"}, a.logFormat):
		return usageError{fmt.Errorf("--log-format %q is not known", a.logFormat), "use text or json"}
	case a.parallelism < 1 || a.parallelism > 64:
		return usageError{fmt.Errorf("--parallelism %d is out of range", a.parallelism), "use 1 to 64"}
	case a.timeout <= 0:
		return usageError{fmt.Errorf("--timeout %s leaves no time", a.timeout), "give a duration above 0, such as 30m"}
	case a.waitJobs < 0:
		return usageError{fmt.Errorf("--wait-jobs %s is out of range", a.waitJobs), "use 0s not to wait, or a duration such as 5m"}
	case a.maxDeletes < 0:
		return usageError{fmt.Errorf("--max-deletes %d is out of range", a.maxDeletes), "use 0 to delete nothing, or the number that may be deleted"}
	case !(a.maxDeleteShare >= 0 && a.maxDeleteShare <= 1):
		return usageError{fmt.Errorf("--max-delete-share %v is out of range", a.maxDeleteShare), "use a part between 0 and 1, such as 0.3 for 30 %"}
	case blank(a.emergency):
		return usageError{errors.New("--emergency names no ticket"), "say where this is told: --emergency INC0042"}
	case blank(a.ticket):
		return usageError{errors.New("--ticket names no ticket"), "say where this was decided: --ticket CHG0042"}
	}
	unknown := cmp.Or(a.checkLedger(), a.checkSinks())
	_, malformed := a.onlyRefs()
	_, strange := parseRefs("--overwrite-live", a.overwriteLive)
	return cmp.Or(unknown, malformed, strange, a.checkLevel(), checkLandscape(a.simulate))
}

// blank reports whether a text was given that says nothing.
func blank(text string) bool { return text != "" && strings.TrimSpace(text) == "" }

// checkLandscape refuses an address that --simulate would take for a folder.
func checkLandscape(where string) error {
	if !strings.Contains(where, "://") {
		return nil
	}
	u, err := url.Parse(where)
	if err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return nil
	}
	return usageError{fmt.Errorf("--simulate=%s is neither a folder nor an address", where), "give the address that reconcile simulate printed, such as http://127.0.0.1:8080"}
}

// onlyRefs parses --only.
func (a *app) onlyRefs() ([]resource.Ref, error) { return parseRefs("--only", a.only) }

// parseRefs parses the objects of a flag.
func parseRefs(flag string, texts []string) ([]resource.Ref, error) {
	var refs []resource.Ref
	for _, text := range texts {
		ref, err := resource.ParseRef(text)
		if err != nil {
			return nil, usageError{err, "for example " + flag + " Destination/IPS_PROXY"}
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

// logger tells the story of calls on stderr; silent unless -v.
func (a *app) logger() zerolog.Logger {
	if !a.verbose || a.quiet {
		return zerolog.Nop()
	}
	if a.logFormat == "json" {
		return zerolog.New(a.Err).Level(zerolog.DebugLevel).With().Timestamp().Logger()
	}
	writer := zerolog.ConsoleWriter{Out: a.Err, NoColor: !a.colored(a.ErrTTY), TimeFormat: time.TimeOnly}
	return zerolog.New(writer).Level(zerolog.DebugLevel).With().Timestamp().Logger()
}

// colored decides about colour: the flag, then NO_COLOR, then the terminal.
func (a *app) colored(tty bool) bool {
	_, plain := a.LookupEnv("NO_COLOR")
	return a.color == "always" || a.color == "auto" && tty && !plain
}
