package cli

import (
	"context"
	"path/filepath"
	"runtime"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// keepLogins keeps which logins were refused, for every process to come.
func (w *wiring) keepLogins(ctx context.Context) {
	if err := w.logins.Keep(ctx); err != nil {
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
