// Command demo shows the whole job on a simulated landscape of its own: an empty
// landscape, the plan, the apply with its sync, a second run with nothing to do,
// a change by hand, found and repaired. It needs no credentials and talks to
// this machine only.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"reconcile/pkg/cli"
	"reconcile/pkg/simulator"
)

const manifest = "examples/ias/integration.yaml"

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(w io.Writer) error {
	landscape, err := simulator.New(simulator.Options{})
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	if err := landscape.SetRoot(url); err != nil {
		return err
	}
	server := &http.Server{Handler: landscape, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()
	d := &demo{w: w, url: url}
	d.story()
	return d.err
}

// demo tells the story and remembers the first surprise.
type demo struct {
	w   io.Writer
	url string
	err error
}

func (d *demo) story() {
	d.say("An empty landscape. What would have to be done?")
	d.reconcile(2, "-f", manifest, "--dry-run")
	d.say("Do it. The last step is the Repository Sync, which brings users and groups.")
	d.reconcile(0, "-f", manifest)
	d.say("Again: there is nothing to do, so nothing is written.")
	d.reconcile(0, "-f", manifest)
	d.say("Somebody edits the destination in the cockpit: GROUPSURL becomes /groups.")
	d.byHand("IPS_PROXY", `{"set": {"GROUPSURL": "/groups"}}`)
	d.say("The proof fails, for the reason that IAG would find days later.")
	d.reconcile(1, "verify", "-f", manifest)
	d.say("The dry run names what was changed by hand.")
	d.reconcile(2, "-f", manifest, "--dry-run")
	d.say("Repaired with one write, synced and proved again.")
	d.reconcile(0, "-f", manifest)
}

func (d *demo) say(text string) { d.print("\n# %s\n", text) }

func (d *demo) print(format string, args ...any) { _, _ = fmt.Fprintf(d.w, format, args...) }

// reconcile runs one command as a user would type it.
func (d *demo) reconcile(want int, args ...string) {
	if d.err != nil {
		return
	}
	d.print("$ reconcile %s --simulate\n", strings.Join(args, " "))
	args = append(args, "--simulate="+d.url, "--color=never")
	_, color := os.LookupEnv("FORCE_COLOR")
	if color {
		args[len(args)-1] = "--color=always"
	}
	code := cli.Main(context.Background(), args, cli.IO{
		In: strings.NewReader(""), Out: d.w, Err: d.w, LookupEnv: func(string) (string, bool) { return "", false }, Now: time.Now,
	})
	d.print("(exit %d)\n", code)
	if code != want {
		d.err = fmt.Errorf("exit %d instead of %d", code, want)
	}
}

// byHand edits a stored destination as somebody in the cockpit would.
func (d *demo) byHand(name, change string) {
	if d.err != nil {
		return
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, d.url+"/_sim/console/destinations/"+name, strings.NewReader(change))
	if err != nil {
		d.err = err
		return
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		d.err = err
		return
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		d.err = fmt.Errorf("console: %s", answer.Status)
	}
}
