package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/connect"
	"reconcile/pkg/secret"
	"reconcile/pkg/simulator"
)

// simulateDefault is what --simulate without a value means.
const simulateDefault = "default"

// landscape is the simulated landscape that a command works on.
type landscape struct {
	base        http.RoundTripper
	connections simulator.Connections
	// name tells people where it is.
	name  string
	close func() error
}

// openLandscape starts or reaches the landscape of --simulate; nil without it.
func (a *app) openLandscape(ctx context.Context) (*landscape, error) {
	switch {
	case a.simulate == "" || len(a.live) > 0:
		return nil, nil
	case strings.HasPrefix(a.simulate, "http://"), strings.HasPrefix(a.simulate, "https://"):
		return reachLandscape(ctx, a.simulate)
	}
	dir := a.simulate
	if dir == simulateDefault {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("no cache folder for the simulated landscape (%w); name one: --simulate=DIR", err)
		}
		dir = filepath.Join(cache, "reconcile", "landscape")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("simulated landscape: %w", err)
	}
	l, err := simulator.New(simulator.Options{Dir: dir, Now: a.Now})
	if errors.Is(err, simulator.ErrInUse) {
		return nil, usageError{fmt.Errorf("the simulated landscape in %s is in use by another process", dir), "use another folder, or reach it with --simulate=URL"}
	}
	if errors.Is(err, simulator.ErrDamaged) {
		return nil, usageError{err, "restore the file, or remove the folder for a new landscape, or use another folder"}
	}
	if err != nil {
		return nil, fmt.Errorf("simulated landscape in %s: %w", dir, err)
	}
	return &landscape{base: l.Transport(), connections: l.Connections(), name: "simulated landscape in " + dir, close: l.Close}, nil
}

// reachLandscape talks to a running `reconcile simulate`.
func reachLandscape(ctx context.Context, root string) (*landscape, error) {
	base, err := simulator.Forward(root)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(root, "/")+"/_sim/connections", http.NoBody)
	if err != nil {
		return nil, usageError{err, "give the address that reconcile simulate printed"}
	}
	answer, err := base.RoundTrip(r)
	if err != nil {
		return nil, usageError{fmt.Errorf("no simulated landscape answers at %s: %w (%w)", root, connect.ErrUnreachable, err), "start one with reconcile simulate"}
	}
	defer answer.Body.Close()
	l := &landscape{base: base, name: "simulated landscape at " + root, close: func() error { return nil }}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&l.connections); err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("what answers at %s is not a simulated landscape", root)
	}
	return l, nil
}

// key returns the landscape's service key of a name as JSON.
func (l *landscape) key(name string) ([]byte, error) {
	return json.Marshal(l.connections.Keys[name])
}

// source answers references that are unset outside with the landscape's seeded
// values, so that every example runs as it stands. A reference that is set, even
// to nothing, keeps its own fate.
func (l *landscape) source(outside secret.Source) secret.Source {
	return seeded{outside, l.connections.Secrets}
}

// holds reports whether an administrator of type System exists there.
func (l *landscape) holds(name string) bool { return slices.Contains(l.connections.SystemUsers, name) }

type seeded struct {
	secret.Source
	values map[string]string
}

// Secret returns the value outside, or else the seeded one.
func (s seeded) Secret(r secret.Ref) (secret.Value, error) {
	value, err := s.Source.Secret(r)
	if text, known := s.values[r.String()]; known && errors.Is(err, secret.ErrUnset) && !errors.Is(err, secret.ErrEmpty) {
		return secret.New(text), nil
	}
	return value, err
}
