// Command reconcile keeps an SAP Cloud Identity Access Governance integration in
// the state that its manifest describes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // manifests name time zones, and containers often have none

	"github.com/mattn/go-isatty"
	"golang.org/x/term"

	"reconcile/pkg/cli"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// That nobody reads the story any more must not end a run in the middle.
	signal.Ignore(syscall.SIGPIPE)
	width, _, _ := term.GetSize(int(os.Stdout.Fd()))
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.IO{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTTY: isatty.IsTerminal(os.Stdin.Fd()), OutTTY: isatty.IsTerminal(os.Stdout.Fd()), ErrTTY: isatty.IsTerminal(os.Stderr.Fd()),
		Width: width, LookupEnv: os.LookupEnv, Now: time.Now, Signals: signals,
	}))
}
