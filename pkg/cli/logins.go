package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// refusedLogins is what is remembered of logins that were refused: keyed hashes,
// which tell neither id nor secret. A login is tried again when its id or secret
// changes, because it then is another one.
type refusedLogins struct {
	Format int      `json:"format"`
	Key    []byte   `json:"key"`
	Hashes []string `json:"refused"`
	// Since says when each was first refused. Versions before did not note that.
	Since map[string]time.Time `json:"since,omitempty"`
}

// mostRefused bounds the memory; the oldest are forgotten and cost one more try.
const mostRefused = 64

// known makes a memory usable that was never written.
func (r *refusedLogins) known() {
	if len(r.Key) == 0 {
		r.Format, r.Key, r.Hashes, r.Since = pageFormat, make([]byte, 32), nil, nil
		_, _ = rand.Read(r.Key) // never fails
	}
}

// add notes what the session saw refused, and reports whether that is news. anew says
// that logins were tried of which a refusal was remembered: what then was not refused
// is forgotten. What was not tried stays, so that a run that came to nothing forgets
// nothing.
func (r *refusedLogins) add(s *connect.Session, anew bool) bool {
	r.known()
	before, since := slices.Clone(r.Hashes), r.refusals()
	over, refused := s.ForgivenLogins(r.Key), s.RefusedLogins(r.Key)
	if anew {
		over = append(over, s.TriedLogins(r.Key)...)
	}
	r.Hashes = slices.DeleteFunc(r.Hashes, func(hash string) bool { return refused[hash].IsZero() && slices.Contains(over, hash) })
	for _, hash := range slices.Sorted(maps.Keys(refused)) {
		if !slices.Contains(r.Hashes, hash) {
			r.Hashes = append(r.Hashes, hash)
			since[hash] = refused[hash]
		}
	}
	r.Hashes = r.Hashes[max(0, len(r.Hashes)-mostRefused):]
	maps.DeleteFunc(since, func(hash string, at time.Time) bool { return at.IsZero() || !slices.Contains(r.Hashes, hash) })
	r.Since = since
	return !slices.Equal(before, r.Hashes)
}

// refusals are the hashes with the time since when; zero where nobody noted it.
func (r *refusedLogins) refusals() map[string]time.Time {
	since := map[string]time.Time{}
	for _, hash := range r.Hashes {
		since[hash] = r.Since[hash]
	}
	return since
}

// recallHere tells the session what this machine remembers, before the first call:
// the ledger cannot remember the very login that opens the ledger.
func (w *wiring) recallHere() error {
	if w.app.retryLogin {
		return nil
	}
	m, err := readRefused(w.refusedFile())
	if len(m.Key) > 0 {
		w.session.RefuseLogins(m.Key, m.refusals())
	}
	return err
}

// recall tells the session what the ledger remembers. A page that cannot be read
// costs a try for each login, no more.
func (w *wiring) recall() {
	var m refusedLogins
	if err := w.notes.read(loginsPage, &m); err == nil && len(m.Key) > 0 && !w.app.retryLogin {
		w.session.RefuseLogins(m.Key, m.refusals())
	}
	w.opened = true
}

// remember keeps what was refused in this run, for every process to come: on this
// machine, and beside the ledger where this command may write there.
func (w *wiring) remember(ctx context.Context) {
	here, strange := readRefused(w.refusedFile())
	if file := w.refusedFile(); file != "" && strange == nil && here.add(w.session, w.app.retryLogin) {
		if data, err := json.Marshal(here); err == nil && os.MkdirAll(filepath.Dir(file), 0o700) == nil {
			// Without it the next process tries once more.
			_ = reconcile.ReplaceFile(file, append(data, '\n'))
		}
	}
	if !w.opened || w.session.Mode() == connect.ReadOnly {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	err := w.notes.revise(ctx, loginsPage, func() (any, error) {
		var m refusedLogins
		if err := w.notes.read(loginsPage, &m); err != nil {
			m = refusedLogins{}
		}
		if !m.add(w.session, w.app.retryLogin) {
			return nil, nil
		}
		return m, nil
	})
	if err != nil {
		w.app.tell("a refused login could not be remembered: %s", err)
	}
}

// forgive lets logins be tried again whose secret this run stored at the service.
func (j *job) forgive(plan *reconcile.Plan) {
	for _, o := range j.desired {
		if !plan.Applied(o.Ref) {
			continue
		}
		for _, l := range o.Kind.Logins(o.Spec, j.wiring.scope()) {
			if l.Issued && l.Host != "" && l.Value.Form() == resource.Secret {
				// The service makes the id, so the manifest need not know it.
				j.wiring.session.ForgiveLogin(l.Host, plan.Output(o.Ref, o.Kind.Outputs()[0]).Text(), l.Value.AsSecret())
			}
		}
	}
}

// lastWords is the most that notes at the end of a run may take.
const lastWords = 20 * time.Second

// refusedFile is the machine's own memory, "" where there is no place for one, and
// under --simulate, whose landscapes come and go.
func (w *wiring) refusedFile() string {
	if w.landscape != nil {
		return ""
	}
	if dir := w.app.cacheDir(); dir != "" {
		return filepath.Join(dir, "reconcile", "refused-logins.json")
	}
	return ""
}

// cacheDir is os.UserCacheDir with the environment of IO.
func (a *app) cacheDir() string {
	variable := func(name string) string { text, _ := a.LookupEnv(name); return text }
	home := variable("HOME")
	switch {
	case runtime.GOOS == "windows":
		return variable("LocalAppData")
	case variable("XDG_CACHE_HOME") != "" && runtime.GOOS != "darwin":
		return variable("XDG_CACHE_HOME")
	case home == "":
		return ""
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Caches")
	default:
		return filepath.Join(home, ".cache")
	}
}

// readRefused reads a memory; one that is missing or damaged is empty. One of a newer
// version may refuse logins in a way that this version would not see, so it is a
// [*reconcile.LedgerError].
func readRefused(file string) (refusedLogins, error) {
	var m refusedLogins
	data, err := os.ReadFile(file)
	if err != nil {
		return m, nil //nolint:nilerr // it need not be there
	}
	if format := formatOf(data); format > pageFormat {
		return m, reconcile.Newer("the memory of refused logins", "file "+file, format, pageFormat,
			"update reconcile; or, once no newer version runs on this machine, remove the file: then each login that was refused is tried once more")
	}
	if json.Unmarshal(data, &m) != nil {
		m = refusedLogins{}
	}
	return m, nil
}
