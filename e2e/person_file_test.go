package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// admin is the person with the console only: no key of the destination service.
func (d *desk) admin(t *testing.T, name string, pairs ...string) *desk {
	t.Helper()
	other := d.edited(t, name, pairs...)
	other.manifest[3] = d.write(t, "via-admin.yaml", strings.Replace(byPerson, "keys/destination.json", "keys/not-mine.json", 1))
	return other
}

// TestKeylessReport: a report without a key stays the report of what the manifest
// asked for when it was written.
func TestKeylessReport(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	admin := d.admin(t, "admin")
	for _, wrong := range []struct {
		code int
		args []string
		says string
	}{
		{3, []string{"Job/nothing"}, "the manifest holds no Job/nothing"},
		{3, []string{"Jop/provisioning"}, "there is no kind Jop"},
		{3, []string{proxyObject, "--id", "nonsense/x"}, "neither an identifier"},
		{5, []string{proxyObject}, "E242"},
		{5, []string{"Destination/IPS_PROXY"}, "E241"},
	} {
		admin.must(t, wrong.code, admin.done(wrong.args...)...).says(t, wrong.says)
	}
	for range 3 { // also within one second
		admin.must(t, 0, admin.done("Job/provisioning", "--by", "anna")...).says(t, "commit it")
	}
	if files, err := os.ReadDir(filepath.Join(d.dir, "reports")); err != nil || len(files) != 3 {
		t.Fatalf("%v %v", files, err)
	}
	later := d.edited(t, "later", "every: 30m", "every: 15m")
	plan := slices.Concat([]string{"plan"}, later.manifest)
	later.must(t, 2, plan...).says(t, "W246", "E240", "no more: type Recurrence: every = 30m; now: type Recurrence: every = 15m", "Job/provisioning  create")
	d.must(t, 2, slices.Concat([]string{"plan"}, d.manifest)...).says(t, "counted the report of Job/provisioning")
	// Keyed, what is no object of a kind is usage as well.
	d.must(t, 3, d.done("Foo/Bar")...).says(t, "there is no kind Foo")
	// A file that says neither order nor manifest could mean anything.
	folder := t.TempDir()
	text := "apiVersion: reconcile/v1\nkind: Report\nintegration: iag-ias-demo\nreports: [{object: Job/provisioning, at: 2026-11-23T13:00:00Z}]\n"
	if err := os.WriteFile(filepath.Join(folder, "hand.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.must(t, 2, slices.Concat([]string{"plan"}, d.manifest, []string{"--reports", folder})...).says(t, "W246", "it does not say which order was done")
}

// TestKeylessExport compares an export without a key, and hands it on.
func TestKeylessExport(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	export := d.export(t, d.shown[proxyObject+"#id"])
	admin := d.admin(t, "admin")
	admin.admin(t, "other", "description: Used by IAG", "description: Used by others").must(t, 5, admin.admin(t, "other", "description: Used by IAG", "description: Used by others").
		done(proxyObject, "--export", export)...).says(t, "E244", `/description: export "Used by IAG", manifest "Used by others"`)
	file := filepath.Join(t.TempDir(), "export.yaml")
	admin.must(t, 0, admin.done(proxyObject, "--export", export, "--out", file)...)
	d.spillsNothing(t, filepath.Dir(file))
	e := d.must(t, 2, slices.Concat([]string{"plan", "-o", "json"}, d.manifest, []string{"--reports", filepath.Dir(file)})...)
	e.says(t, `"path": "/properties/ias.support.patch.operation",
          "evidence": "export"`)
}

// TestExportsFolder: exports that somebody drops into a folder are read by every
// look, and what they show otherwise is put back by an order.
func TestExportsFolder(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	data, err := os.ReadFile(d.export(t, d.shown[proxyObject+"#id"]))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(d.dir, "exports")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "ias.json")
	drop := func(text string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	next := func() { time.Sleep(1100 * time.Millisecond) } // reports count by the second
	drift := slices.Concat([]string{"drift"}, d.manifest)
	other := strings.Replace(string(data), `"ias.support.patch.operation":"true"`, `"ias.support.patch.operation":"false"`, 1)
	if other == string(data) {
		t.Fatalf("%s", data)
	}
	drop(other, time.Now().Add(-time.Hour)) // before it was reported
	d.must(t, 0, drift...)
	next()
	drop(string(data), time.Now())
	d.must(t, 0, slices.Concat(drift, []string{"-o", "json"})...).says(t, `"evidence": "export"`)
	drop(other, time.Now())
	d.must(t, 2, drift...).says(t, proxyObject, "shows something else at /properties/ias.support.patch.operation")
	r := d.orders(t, 7)
	if len(r.Orders) != 1 || !slices.ContainsFunc(r.Orders[0].Do, func(i instruction) bool { return i.Value == "true" && i.Have == "false" }) {
		t.Fatalf("%+v", r.Orders)
	}
	next()
	d.work(t, &r)
	d.must(t, 0, d.done("--report", d.reports(t, r))...)
	d.must(t, 0, drift...)
	// Elsewhere by flag or variable; what is no export is an error.
	d.env["RECONCILE_EXPORTS"] = t.TempDir()
	d.must(t, 0, drift...)
	d.env["RECONCILE_EXPORTS"] = filepath.Join(d.dir, "nowhere")
	d.must(t, 3, drift...).says(t, "E248")
	delete(d.env, "RECONCILE_EXPORTS")
	drop("{}", time.Now())
	d.must(t, 3, slices.Concat([]string{"verify"}, d.manifest)...).says(t, "E248")
}

// TestWrongIDInFile: with a report file that a call disproves go those that were
// filled in from it.
func TestWrongIDInFile(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	var right string
	for i := range r.Orders {
		if r.Orders[i].Kind == "ProxySystem" {
			right = r.Orders[i].Result["id"].(string)
			r.Orders[i].Result["id"] = "11111111-2222-4333-8444-555555555555"
		}
	}
	folder := t.TempDir()
	d.must(t, 0, d.done("--report", d.reports(t, r), "--out", filepath.Join(folder, "one.yaml"))...)
	e := d.must(t, 7, slices.Concat(d.manifest, []string{"--reports", folder})...)
	e.says(t, "F-5", "W246", "the report of IAGSystem/IAS does not count", "counted the report of SystemUser/IAG caller")
	if strings.Contains(e.out, "counted the report of IAGSystem/IAS") {
		t.Errorf("it counts: %s", e)
	}
	d.must(t, 0, d.done(proxyObject, "--id", right)...)
	left := d.orders(t, 7)
	if len(left.Orders) != 1 || left.Orders[0].Kind != "IAGSystem" || left.Orders[0].Action != "create" {
		t.Fatalf("%+v", left.Orders)
	}
}

// TestFormerValue: the order of a change says what stood there, where reports or
// identifiers tell, and why it is to be changed.
func TestFormerValue(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	d.must(t, 0, d.done("--report", d.reports(t, r), "--out", filepath.Join(d.dir, "reports", "one.yaml"))...)
	d.must(t, 0, d.manifest...)
	later := d.edited(t, "later", "every: 30m", "every: 15m")
	l := later.orders(t, 7)
	if i := l.Orders[0].Do[len(l.Orders[0].Do)-2]; i.Have != "30m" || i.Value != "15m" {
		t.Errorf("%+v", l.Orders[0].Do)
	}
	old := d.shown[proxyObject+"#id"]
	second := "11111111-2222-4333-8444-555555555555"
	later.env["IAG_CALLER_SECRET"] = "" // nobody can ask now
	delete(later.env, "IAG_CALLER_SECRET")
	later.must(t, 0, later.done(proxyObject, "--id", second)...)
	l = later.orders(t, 7)
	for _, o := range l.Orders {
		if o.Kind != "IAGSystem" {
			continue
		}
		if i := o.Do[len(o.Do)-2]; i.Have != old || i.Value != second {
			t.Errorf("%+v", o.Do)
		}
		if !strings.Contains(o.Reason, "the id of "+proxyObject+" is not what it was") || strings.Contains(o.Reason, "manifest changed") {
			t.Errorf("%q", o.Reason)
		}
		return
	}
	t.Errorf("no order for the system: %+v", l.Orders)
}

// TestLateRun: that a scheduled job has to run is said until a run is reported that
// can have seen the change.
func TestLateRun(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t)) // the destination was made after the reports
	plan := slices.Concat([]string{"plan"}, d.manifest)
	const job = "Job/IAS repository sync"
	for range 2 {
		d.must(t, 0, plan...).says(t, "W247", "no run since then is known", "--status WORD")
	}
	before := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	d.must(t, 0, d.done(job, "--status", "Completed", "--finished", before)...)
	d.must(t, 0, plan...).says(t, "W247")
	d.must(t, 0, d.done(job, "--status", "Completed", "--finished", time.Now().UTC().Format(time.RFC3339))...)
	if e := d.must(t, 0, plan...); strings.Contains(e.out, "W247") {
		t.Errorf("it ran: %s", e)
	}
}

// TestDoneRecords: the calls that check a report are remembered like those of verify.
func TestDoneRecords(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	d.must(t, 0, d.done("--report", d.reports(t, r))...)
	// A plan makes no call to the proxy system: what it knows, it remembers.
	d.must(t, 2, slices.Concat([]string{"plan", "-o", "json"}, d.manifest)...).says(t, `"evidence": "probe"`)
}

// TestBlockedRunIsOrdered: the runbook holds what has to be run, also while it waits.
func TestBlockedRunIsOrdered(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t)).edited(t, "runs", `      recurrence: {every: 24h, start: "02:00", timeZone: Europe/Berlin}`+"\n", "")
	r := d.orders(t, 7)
	last := r.Orders[len(r.Orders)-1]
	if last.Action != "run" || last.Result["status"] != "" {
		t.Fatalf("%+v", last)
	}
	d.work(t, &r)
	e := d.must(t, 0, d.done("--report", d.reports(t, r))...)
	e.says(t, "W246", "the run came before Destination/IPS_PROXY")
	r = d.orders(t, 7)
	if len(r.Orders) != 1 || r.Orders[0].Action != "run" {
		t.Fatalf("%+v", r.Orders)
	}
	r.Orders[0].Result = map[string]any{"done": true, "status": "Failed", "finished": time.Now().UTC().Format(time.RFC3339), "users": 3, "by": "anna"}
	d.must(t, 0, d.done("--report", d.reports(t, r))...)
	if r = d.orders(t, 7); len(r.Orders) != 1 {
		t.Fatalf("a run that failed answers nothing: %+v", r.Orders)
	}
	r.Orders[0].Result = map[string]any{"done": true, "status": "Completed", "finished": time.Now().UTC().Format(time.RFC3339), "users": 3, "groups": "2", "by": "anna"}
	d.must(t, 0, d.done("--report", d.reports(t, r))...).says(t, "Completed, 3 users, 2 groups")
	d.must(t, 0, d.manifest...)
}
