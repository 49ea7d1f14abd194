package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/simulator"
)

func (a *app) simulateCommand() *cobra.Command {
	var listen, data, root string
	var latency time.Duration
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Run the simulated landscape as a server",
		Long: "simulate runs the simulated landscape as a server and prints one JSON line when it is\n" +
			"ready: its URL, its folder, the key files it wrote, and the certificate of its CA. Its\n" +
			"port takes http, and https for x509 keys. SIGTERM ends it.",
		Example: "  reconcile simulate --listen 127.0.0.1:8181 --data landscape",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			a.calm = true
			return a.simulateServer(c.Context(), listen, root, data, latency)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8181", "address to listen on; port 0 picks a free one")
	c.Flags().StringVar(&root, "root", "", "URL by which clients reach it, as keys carry it (default: http:// and the address)")
	c.Flags().StringVar(&data, "data", "", "folder to keep the landscape in (default: memory only, without key files)")
	c.Flags().DurationVar(&latency, "latency", 0, "delay of every answer")
	return c
}

func (a *app) simulateServer(ctx context.Context, listen, root, data string, latency time.Duration) error {
	l, err := simulator.New(simulator.Options{Dir: data, Now: a.Now})
	if errors.Is(err, simulator.ErrInUse) {
		return usageError{fmt.Errorf("the simulated landscape in %s is in use by another process", data), "end that process, or give another folder with --data"}
	}
	if errors.Is(err, simulator.ErrDamaged) {
		return usageError{err, "restore the file, or remove the folder for a new landscape, or give another one with --data"}
	}
	if err != nil {
		return fmt.Errorf("simulated landscape: %w", err)
	}
	l.SetLatency(latency)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if root == "" {
		root = rootOf(listener.Addr())
	}
	if err := l.SetRoot(root); err != nil {
		return usageError{errors.Join(err, listener.Close(), l.Close()), "give --root as http://HOST:PORT"}
	}
	ready, err := json.Marshal(struct {
		URL  string            `json:"url"`
		Data string            `json:"data"`
		Keys map[string]string `json:"keys"`
		// CA is the file with the certificate that clients of the https side trust.
		CA string `json:"ca,omitempty"`
	}{root, data, l.KeyFiles(), l.AuthorityFile()})
	if err != nil {
		return errors.Join(err, listener.Close(), l.Close())
	}
	if listener, err = l.Listen(listener); err != nil {
		return errors.Join(err, l.Close())
	}
	_, _ = fmt.Fprintln(a.Out, string(ready))
	return errors.Join(a.serve(ctx, listener, l), l.Close())
}

// rootOf is the URL of a listener for clients on this machine.
func rootOf(address net.Addr) string {
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", tcp.Port)
	}
	return "http://" + address.String()
}

// serve answers until a signal comes or the context ends.
func (a *app) serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.NewTextHandler(a.Err, nil), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-a.stop:
	case <-ctx.Done():
	}
	quiet, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return server.Shutdown(quiet)
}
