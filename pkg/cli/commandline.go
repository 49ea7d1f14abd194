package cli

import (
	"fmt"
	"strings"

	"reconcile/pkg/resource"
)

// commandLine are the words of a command that people copy, each ready for a shell.
type commandLine []string

// String is the line.
func (l commandLine) String() string { return strings.Join(l, " ") }

// flag adds a flag for each of its values; one that was not given has none, or an empty one.
func (l commandLine) flag(name string, values ...string) commandLine {
	for _, v := range values {
		if v != "" {
			l = append(l, name, resource.ShellWord(v))
		}
	}
	return l
}

// given adds a flag without a value.
func (l commandLine) given(name string, is bool) commandLine {
	if !is {
		return l
	}
	return append(l, name)
}

// manifest adds what names the manifest of this run.
func (l commandLine) manifest(a *app) commandLine {
	return l.flag("-f", a.files...).flag("--values", a.values...).flag("--set", a.set...)
}

// unlessDefault is a number as it is typed, "" for one that need not be.
func unlessDefault[N int | float64](n, byDefault N) string {
	if n == byDefault {
		return ""
	}
	return fmt.Sprint(n)
}

// planCommandLine is the command that makes the plan anew.
func (a *app) planCommandLine(out string) string {
	return commandLine{"reconcile", "plan"}.manifest(a).
		flag("--only", a.only...).flag("--overwrite-live", a.overwriteLive...).
		given("--prune", a.prune).given("--adopt", a.adopt).
		flag("--max-deletes", unlessDefault(a.maxDeletes, defaultMaxDeletes)).
		flag("--max-delete-share", unlessDefault(a.maxDeleteShare, defaultMaxDeleteShare)).
		flag("--integration", a.integration).flag("--ledger", a.ledger).flag("--out", out).String()
}
