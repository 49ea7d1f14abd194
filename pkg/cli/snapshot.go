package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/secret"
)

func (a *app) snapshotCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "snapshot -f MANIFEST",
		Short: "Write what is live without any secret, for dry runs without keys",
		Long: "snapshot reads what is live of one integration and writes it without any secret, so\n" +
			"that --live FILE of plan, --dry-run and drift can compare a manifest with it and needs\n" +
			"no key and no network. It holds in clear what plans show in clear, nothing else, and\n" +
			"nothing of objects that are not this integration's. Secrets are left out altogether;\n" +
			"with --snapshot-key a fingerprint of each is in it, which only that key makes.",
		Example: "  reconcile snapshot -f integration.yaml --out snapshot.json\n  reconcile -f integration.yaml --dry-run --live snapshot.json",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.checkPaper("snapshot"); err != nil {
				return err
			}
			if err := a.needManifest(); err != nil {
				return err
			}
			return a.snapshot(c.Context(), out)
		},
	}
	c.Flags().StringVar(&out, "out", "", "file to write (default standard output)")
	a.snapshotKeyFlag(c)
	return c
}

func (a *app) snapshotKeyFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.snapshotKey, "snapshot-key", "", "where the key for fingerprints of secrets is, as env:NAME or file:PATH; 32 random characters or more")
}

// snapshot reads what is live and writes it.
func (a *app) snapshot(ctx context.Context, out string) error {
	key, err := a.fingerprintKey()
	if err != nil {
		return err
	}
	j := a.prepare(ctx, "snapshot", connect.ReadOnly)
	if j.landscape != nil {
		defer func() { _ = j.landscape.close() }()
	}
	// A snapshot of a part would say that the rest does not exist.
	j.only = nil
	if j.ready() {
		ctx, cancel := a.looking(ctx)
		defer cancel()
		j.whole = true
		j.verdict.err = j.make(ctx)
	}
	return j.handSnapshot(key, out)
}

// handSnapshot writes the snapshot, or says why there is none.
func (j *job) handSnapshot(key []byte, out string) error {
	j.verdict.err = j.whoEnded(j.verdict.err, j.verdict.result.Plan)
	v := j.verdict
	p := paper{Result: v.result}
	p.Plan = nil
	if v.err != nil {
		p.Errors = append(p.Errors, faultOf(v.err, nil))
	}
	if p.ExitCode = v.code(); v.err != nil || v.invalid || v.result.Plan == nil {
		return j.hand(p)
	}
	p.ExitCode = exitDone
	s := j.picture(key)
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	data = append(data, '\n')
	p.body = map[string]any{"snapshot": s}
	if p.text = data; out != "" {
		p.text = fmt.Appendln(nil, out)
		if err := replaceOrCreate(out, data); err != nil {
			return lateError{err}
		}
	}
	return j.hand(p)
}

// picture completes the snapshot that the plan makes of what it was made on.
func (j *job) picture(key []byte) reconcile.Snapshot {
	nonce := ""
	if key != nil {
		nonce = rand.Text()
		key = reconcile.SnapshotKey(key, nonce)
	}
	s := j.verdict.result.Plan.Snapshot(key)
	s.Integration, s.Stage, s.Nonce, s.Version = j.manifest.Name, j.manifest.Stage, nonce, version()
	return s
}

// minSnapshotKey is the shortest key that is taken: fingerprints lie in public, and
// a key that can be guessed would let anyone try passwords against them.
const minSnapshotKey = 32

// fingerprintKey reads the key of --snapshot-key; nil without the flag.
func (a *app) fingerprintKey() ([]byte, error) {
	if a.snapshotKey == "" {
		return nil, nil
	}
	kind, place, _ := strings.Cut(a.snapshotKey, ":")
	ref := secret.Ref{}
	switch {
	case kind == "env" && place != "":
		ref.Env = place
	case kind == "file" && place != "":
		ref.File = place
	default:
		return nil, usageError{errors.New("--snapshot-key takes a reference, never the key itself"), "write env:NAME or file:PATH"}
	}
	value, err := secret.Outside{LookupEnv: a.LookupEnv}.Secret(ref)
	if err != nil {
		return nil, usageError{fmt.Errorf("--snapshot-key: %w", err), "set it, or leave the flag out: secrets are then compared by label only"}
	}
	key := []byte(value.Reveal()) //nolint:forbidigo // it keys fingerprints and goes nowhere
	if len(key) < minSnapshotKey {
		return nil, usageError{fmt.Errorf("--snapshot-key: %s holds a key of less than %d characters", ref, minSnapshotKey), "make a random one, for example: openssl rand -hex 32"}
	}
	return key, nil
}
