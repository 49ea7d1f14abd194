package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"golang.org/x/term"
)

// Program runs the command line of this process and returns its exit code. Only a
// main function may call it.
func Program() int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// That nobody reads the story any more must not end a run in the middle.
	signal.Ignore(syscall.SIGPIPE)
	width, _, _ := term.GetSize(int(os.Stdout.Fd()))
	return Main(context.Background(), os.Args[1:], IO{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTTY: isatty.IsTerminal(os.Stdin.Fd()), OutTTY: isatty.IsTerminal(os.Stdout.Fd()), ErrTTY: isatty.IsTerminal(os.Stderr.Fd()),
		Width: width, LookupEnv: os.LookupEnv, Now: time.Now, Signals: signals,
	})
}
