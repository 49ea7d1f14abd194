package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestUpdate changes the manifest after all is green: an order with old and new,
// done by edits, and green again.
func TestUpdate(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	later := d.edited(t, "update", "description: Used by IAG", "description: Used by IAG only",
		"[Manage Users, Manage Groups]", "[Manage Users, Manage Groups, Read Users]", "every: 30m", "every: 15m")
	later.must(t, 2, slices.Concat([]string{"plan"}, later.manifest)...).says(t, "changed in the manifest")
	r := later.orders(t, 7)
	if len(r.Orders) != 3 {
		t.Fatalf("%+v", r.Orders)
	}
	if !later.work(t, &r) {
		t.Fatal("the console refused")
	}
	later.must(t, 0, later.done("--report", later.reports(t, r))...)
	later.must(t, 0, later.manifest...)
	later.asOrdered(t)
	later.must(t, 0, later.done("--report", later.reports(t, r))...).says(t, "counts already")
}

// TestRotationByPerson replaces a secret by a person: make and enter the new one, and
// only once that works, delete the old one.
func TestRotationByPerson(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	later := d.edited(t, "rotated", `label: "2026-11", value: {env: IPS_BACKEND_SECRET}`, `label: "2027-11", value: {env: IPS_BACKEND_NEW}`)
	r := later.orders(t, 7)
	if len(r.Orders) != 2 || r.Orders[1].Kind != "ProxySystem" {
		t.Fatalf("want an order for the user and one for who logs in with it: %+v", r.Orders)
	}
	for range 2 {
		if !later.work(t, &r) {
			t.Fatal("the console refused")
		}
		later.must(t, 0, later.done("--report", later.reports(t, r))...)
		if r.Orders[0].Do[2].Label == "Delete Secret" {
			break
		}
		r = later.orders(t, 7)
	}
	later.must(t, 0, later.manifest...)
	later.asOrdered(t)
}

// TestPersonGoesOn starts where somebody stopped: users and the proxy system are
// there already, so the runbook's first look finds them.
func TestPersonGoesOn(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	half := runbook{Orders: r.Orders[:3]}
	d.work(t, &half)
	for collection, n := range map[string]int{"systemUsers": 2, "proxySystems": 1} {
		if have := len(d.list(t, collection)); have != n {
			t.Fatalf("%d %s", have, collection)
		}
	}
	blind := d.orders(t, 7)
	for i := range blind.Orders {
		blind.Orders[i].Do = slices.DeleteFunc(slices.Clone(blind.Orders[i].Do), func(i instruction) bool { return i.Do == "look" })
	}
	if d.work(t, &blind) {
		t.Fatal("whoever does not look first makes everything twice")
	}
	for i := range r.Orders {
		// The secrets are there and in their places: the order says so.
		if r.Orders[i].Kind == "SystemUser" {
			noted := slices.IndexFunc(r.Orders[i].Do, func(i instruction) bool { return i.Do == "note" })
			r.Orders[i].Do = r.Orders[i].Do[:noted+1]
		}
	}
	if !d.work(t, &r) {
		t.Fatal("the console refused")
	}
	d.must(t, 0, d.done("--report", d.reports(t, r))...)
	d.must(t, 0, d.manifest...)
	d.asOrdered(t)
}

// TestReportFile reports without the destination service's key: a file, which the
// next run checks and then counts.
func TestReportFile(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	admin := d.edited(t, "admin")
	admin.manifest[3] = d.write(t, "via-admin.yaml", strings.Replace(byPerson, "keys/destination.json", "keys/not-mine.json", 1))
	e := admin.must(t, 0, admin.done("--report", d.reports(t, r))...)
	if len(e.calls) > 0 {
		t.Errorf("calls were made: %s", e)
	}
	e.says(t, "reports", "commit it")
	// A plan reads it and writes nothing.
	if e := d.must(t, 2, slices.Concat([]string{"plan"}, d.manifest)...); len(e.writes()) > 0 {
		t.Errorf("a plan writes: %s", e)
	}
	d.must(t, 0, d.manifest...).says(t, "counted the report of "+proxyObject)
	// Read again it is history, and without it nothing is forgotten.
	if e := d.must(t, 0, d.manifest...); len(e.writes()) > 0 || strings.Contains(e.out, "counted the report") {
		t.Errorf("it counts twice: %s", e)
	}
	if err := os.RemoveAll(filepath.Join(d.dir, "reports")); err != nil {
		t.Fatal(err)
	}
	d.must(t, 0, d.manifest...)
}

// TestWrongReportFile holds that a file that a call disproves does not count.
func TestWrongReportFile(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	file := filepath.Join(t.TempDir(), "first.yaml")
	d.must(t, 0, d.done("--report", d.reports(t, r), "--out", file)...)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), d.shown[proxyObject+"#id"], "11111111-2222-4333-8444-555555555555")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.must(t, 7, slices.Concat(d.manifest, []string{"--reports", filepath.Dir(file)})...).says(t, "NOT PROVEN", "F-5", "IAG→IPS", proxyObject)
	d.must(t, 1, slices.Concat([]string{"plan"}, d.manifest, []string{"--reports", filepath.Dir(file)})...).says(t, "NOT PROVEN", "F-5")
}

// TestMarkdownReport fills in the Markdown form.
func TestMarkdownReport(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	dir := t.TempDir()
	d.must(t, 7, slices.Concat(d.manifest, []string{"--workorders", dir})...)
	r := readRunbook(t, filepath.Join(dir, "runbook.json"))
	d.work(t, &r)
	path := filepath.Join(dir, "runbook.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "- [ ] Done", "- [x] Done")
	blank := regexp.MustCompile(`(?m)^- (Client ID|System ID): ____$`)
	for _, o := range r.Orders {
		if o.Identified {
			at := blank.FindStringIndex(text)
			line := strings.Replace(text[at[0]:at[1]], "____", o.Result["id"].(string), 1)
			text = text[:at[0]] + line + text[at[1]:]
		}
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.must(t, 0, d.done("--report", path)...)
	d.must(t, 0, d.manifest...)
}

// TestFourEyes wants another person to vouch than the one who did it.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	d = d.edited(t, "four", "policy: {liveChanges: overwrite}", "policy: {liveChanges: overwrite, fourEyes: true}")
	r := d.orders(t, 7)
	d.work(t, &r)
	report := d.done("--report", d.reports(t, r))
	d.must(t, 5, report...).says(t, "E245")
	d.env["GITHUB_ACTIONS"], d.env["GITHUB_ACTOR"] = "true", "anna"
	d.must(t, 5, report...).says(t, "E245", "anna")
	d.env["RECONCILE_APPROVER"] = "Anna"
	d.must(t, 5, report...).says(t, "E245", "would vouch for it")
	d.env["RECONCILE_APPROVER"] = "bert"
	d.must(t, 0, report...)
}

// TestFourEyesOfFiles: who reported a file is who committed it, whatever it claims.
func TestFourEyesOfFiles(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	d = d.edited(t, "four", "policy: {liveChanges: overwrite}", "policy: {liveChanges: overwrite, fourEyes: true}")
	r := d.orders(t, 7)
	d.by = "bob"
	d.work(t, &r)
	folder := filepath.Join(t.TempDir(), "reports")
	d.must(t, 0, d.done("--report", d.reports(t, r), "--out", filepath.Join(folder, "one.yaml"))...)
	d.env["GITHUB_ACTIONS"], d.env["PATH"] = "true", os.Getenv("PATH")
	run := slices.Concat([]string{"plan"}, d.manifest, []string{"--reports", folder})
	counts := func(actor string, want ...string) {
		t.Helper()
		d.env["GITHUB_ACTOR"] = actor
		d.must(t, 2, run...).says(t, want...)
	}
	counts("carl", "W246", "E245", "it is not committed")
	git(t, folder, "init", "-q")
	git(t, folder, "add", ".")
	git(t, folder, "-c", "user.name=Anna", "-c", "user.email=1+anna@users.noreply.github.com", "commit", "-qm", "report")
	counts("anna", "W246", "E245", `"anna" reports it and would vouch`)
	counts("bob", "E245", `"bob" did it, as the report says`)
	counts("", "E245", "nobody else is named")
	counts("carl", "counted the report of "+proxyObject+", id", "by bob (known as anna)")
	path := filepath.Join(folder, "one.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(data, "# \n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	counts("carl", "E245", "edited since it was committed")
	git(t, folder, "-c", "user.name=Carl", "-c", "user.email=carl@example.org", "commit", "-qam", "touch")
	counts("carl", "E245", "carl@example.org")
	counts("dora", "E245", "two people")
	d.env["RECONCILE_APPROVER"] = "dora@example.org"
	counts("dora", "counted the report of "+proxyObject)
	clone := filepath.Join(t.TempDir(), "shallow")
	git(t, folder, "clone", "-q", "--depth=1", "file://"+folder, clone)
	run[len(run)-1] = clone
	counts("dora", "E245", "fetch-depth: 0")
}

// git runs the git of this machine in a folder, without anybody's configuration.
func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "git", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %s\n%s", args, err, out)
	}
}

// TestDeleteByPerson takes a job out of the landscape by an order.
func TestDeleteByPerson(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	later := d.edited(t, "less", "    - {name: provisioning, ", "    - {name: provisioning, state: absent, ")
	r := later.orders(t, 7)
	if len(r.Orders) != 1 || r.Orders[0].Action != "delete" {
		t.Fatalf("%+v", r.Orders)
	}
	if !later.work(t, &r) {
		t.Fatal("the console refused")
	}
	later.must(t, 0, later.done("--report", later.reports(t, r))...)
	later.must(t, 0, later.manifest...)
	if len(later.list(t, "jobs")) != 2 {
		t.Error("the job is still there")
	}
}

// TestFromBaseline makes the proxy system from an export of the same tenant, and
// by the form where the export is of another one.
func TestFromBaseline(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	for tenant, asks := range map[string]string{"iag-demo": "import", "other-demo": "property"} {
		export, err := os.ReadFile(d.export(t, d.shown[proxyObject+"#id"]))
		if err != nil {
			t.Fatal(err)
		}
		kit.write(t, "baseline.json", strings.ReplaceAll(string(export), `"tenantId":"iag-demo"`, `"tenantId":"`+tenant+`"`))
		fresh := kit.desk(t, d.manifest).edited(t, "baseline", "      template: ias-proxy\n", "      template: ias-proxy\n      baseline: baseline.json\n")
		r := fresh.orders(t, 7)
		if does := func(i instruction) bool { return i.Do == asks }; !slices.ContainsFunc(r.Orders[2].Do, does) {
			t.Fatalf("%s: %+v", tenant, r.Orders[2])
		}
		if !fresh.work(t, &r) {
			t.Fatal("the console refused")
		}
		fresh.must(t, 0, fresh.done("--report", fresh.reports(t, r))...)
		fresh.must(t, 0, fresh.manifest...)
		fresh.asOrdered(t)
	}
}

// TestPersonPage holds that the page on work orders has a row for each kind and way.
func TestPersonPage(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../pkg/person/README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := []string{"| Destination | api |"}
	for _, kind := range []string{"SystemUser", "ProxySystem", "IAGSystem", "Parameter", "Job"} {
		rows = append(rows, "| "+kind+" | person |", "| "+kind+" | adapter |")
	}
	for _, row := range rows {
		if !strings.Contains(string(data), row) {
			t.Errorf("no row begins with %q", row)
		}
	}
}

// TestRunByPerson orders the start of a job that nothing else starts.
func TestRunByPerson(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t)).edited(t, "runs", `      recurrence: {every: 24h, start: "02:00", timeZone: Europe/Berlin}`+"\n", "")
	r := d.orders(t, 7)
	if !d.work(t, &r) {
		t.Fatal("the console refused")
	}
	d.must(t, 0, d.done("--report", d.reports(t, r))...)
	// The destination is made now; only then can the job succeed.
	r = d.orders(t, 7)
	if len(r.Orders) != 1 || r.Orders[0].Action != "run" {
		t.Fatalf("%+v", r.Orders)
	}
	if !d.work(t, &r) {
		t.Fatal("the console refused")
	}
	d.must(t, 0, d.done("--report", d.reports(t, r))...)
	d.must(t, 0, d.manifest...)
}
