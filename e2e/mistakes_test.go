package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// edited is a copy of a manifest with pairs of old and new text.
func (d *desk) edited(t *testing.T, name string, pairs ...string) *desk {
	t.Helper()
	data, err := os.ReadFile(d.manifest[1])
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the manifest does not hold %q", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	other := *d
	other.manifest = slices.Clone(d.manifest)
	other.manifest[1] = d.write(t, name+".yaml", text)
	return &other
}

// says demands parts of what a command prints.
func (e ended) says(t *testing.T, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(e.out, part) {
			t.Errorf("%q is not said: %s", part, e)
		}
	}
}

// green brings a desk to a run that found everything as it should be.
func (k *kit) green(t *testing.T, manifest []string) *desk {
	t.Helper()
	d := k.desk(t, manifest)
	r := d.orders(t, 7)
	if !d.work(t, &r) {
		t.Fatal("the console refused")
	}
	d.must(t, 0, d.done("--report", d.reports(t, r))...)
	d.must(t, 0, d.manifest...)
	return d
}

// change replaces instructions of one order.
func (r *runbook) change(t *testing.T, object string, turn func(i instruction) instruction) {
	t.Helper()
	for o := range r.Orders {
		if r.Orders[o].Kind+"/"+r.Orders[o].Name == object {
			for i, was := range r.Orders[o].Do {
				r.Orders[o].Do[i] = turn(was)
			}
			return
		}
	}
	t.Fatalf("there is no order of %s", object)
}

// typing replaces what is done at one field.
func typing(label string, turn func(i *instruction)) func(instruction) instruction {
	return func(i instruction) instruction {
		if i.Label == label {
			turn(&i)
		}
		return i
	}
}

const proxyObject = "ProxySystem/IAS for IAG"

// TestMistakesAtFirst makes one mistake each on the way from nothing, and demands
// the exit code and the finding of the report.
func TestMistakesAtFirst(t *testing.T) {
	kit := newKit(t)
	manifest := kit.plain(t)
	for _, c := range []struct {
		name, object string
		turn         func(instruction) instruction
		says         []string
	}{
		{
			"wrong case of a value", proxyObject, typing("Authentication", func(i *instruction) { i.Value = "basicauthentication" }),
			[]string{"F-3", "IPS→IAS", proxyObject},
		},
		{
			"wrong case of a name", proxyObject, typing("URL", func(i *instruction) { i.Label = "Url" }),
			[]string{"IPS→IAS", proxyObject},
		},
		{
			"forgotten password", proxyObject, typing("Password", func(i *instruction) { i.Do = "untick" }),
			[]string{"F-3", "IPS→IAS", proxyObject},
		},
		{
			"missing authorization", "SystemUser/IPS backend", typing("Manage Groups", func(i *instruction) { i.Do = "untick" }),
			[]string{"F-38", "SystemUser/IPS backend"},
		},
		{
			"missing role of the caller", "SystemUser/IAG caller", typing("Access Proxy System API", func(i *instruction) { i.Label = "Read Users" }),
			[]string{"F-4", "IAG→IPS", "SystemUser/IAG caller"},
		},
		{
			"mistyped secret", "SystemUser/IAG caller", typing("Secret", func(i *instruction) { i.Value = "mistyped" }),
			[]string{"F-3", "tool→IAS", "SystemUser/IAG caller"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := kit.desk(t, manifest)
			r := d.orders(t, 7)
			r.change(t, c.object, c.turn)
			if !d.work(t, &r) {
				t.Fatal("the console refused")
			}
			d.must(t, 1, d.done("--report", d.reports(t, r))...).says(t, c.says...)
			// What was disproved is still to be done.
			left := d.orders(t, 7)
			if !slices.ContainsFunc(left.Orders, func(o order) bool { return o.Kind+"/"+o.Name == c.object }) {
				t.Errorf("no order of %s is open", c.object)
			}
		})
	}
}

// TestWrongID reports the proxy system under an id that is none, and then under
// the right one, given as the address of its page.
func TestWrongID(t *testing.T) {
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
	d.must(t, 1, d.done("--report", d.reports(t, r))...).says(t, "F-5", "IAG→IPS", proxyObject)
	d.must(t, 0, d.done(proxyObject, "--id", "https://iag-demo.accounts.ondemand.com/admin/#/proxySystems/"+right)...)
	// The system in IAG was reported with the wrong id: what it holds has to be told again.
	e := d.must(t, 7, d.manifest...)
	e.says(t, "IAGSystem/IAS")
	d.must(t, 0, d.done("IAGSystem/IAS")...)
	d.must(t, 0, d.manifest...)
}

// TestForgottenSecret does all but bring a secret to its place.
func TestForgottenSecret(t *testing.T) {
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	kept := d.env["IPS_BACKEND_SECRET"]
	delete(d.env, "IPS_BACKEND_SECRET")
	d.must(t, 0, d.done("--report", d.reports(t, r))...)
	left := d.orders(t, 7)
	if len(left.Orders) != 1 || left.Orders[0].Name != "IPS backend" || left.Orders[0].Action != "update" {
		t.Fatalf("%+v", left.Orders)
	}
	d.env["IPS_BACKEND_SECRET"] = kept
	d.must(t, 0, d.manifest...)
}

// TestOutdatedOrder reports an order after the manifest changed.
func TestOutdatedOrder(t *testing.T) {
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	later := d.edited(t, "later", "description: Used by IAG", "description: Used by IAG only")
	later.must(t, 5, later.done("--report", later.reports(t, r))...).says(t,
		"E240", "no more: type Description = Used by IAG", "now: type Description = Used by IAG only")
	later.must(t, 5, later.done(proxyObject, "--order", strings.Repeat("0", 64), "--id", d.shown[proxyObject+"#id"])...).says(t, "E240")
}

// TestUpdate changes the manifest after all is green: an order with old and new,
// done by edits, and green again.
func TestUpdate(t *testing.T) {
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

// TestURLWithoutCredentials saves a change of the URL and forgets what the order
// says about credentials.
func TestURLWithoutCredentials(t *testing.T) {
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	later := d.edited(t, "moved", "        ips.trace.failed.entity.content: \"true\"\n        URL: https://iag-demo.accounts.ondemand.com",
		"        ips.trace.failed.entity.content: \"true\"\n        URL: https://IAG-demo.accounts.ondemand.com")
	r := later.orders(t, 7)
	forgetful := later.orders(t, 7)
	forgetful.change(t, proxyObject, func(i instruction) instruction {
		if i.Do == "credential" {
			i.Do = "untick"
		}
		return i
	})
	later.work(t, &forgetful)
	later.must(t, 1, later.done("--report", later.reports(t, forgetful))...).says(t, "F-3", "IPS→IAS", "a change of its URL voids the password")
	later.work(t, &r)
	later.must(t, 0, later.done("--report", later.reports(t, r))...)
	later.must(t, 0, later.manifest...)
}

// TestImportInsteadOfEdit replaces the proxy system by an import.
func TestImportInsteadOfEdit(t *testing.T) {
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	id := d.shown[proxyObject+"#id"]
	export := d.export(t, id)
	// Exported as it is, the file proves what it holds.
	d.must(t, 0, d.done(proxyObject, "--export", export)...)
	d.must(t, 0, slices.Concat([]string{"plan"}, d.manifest)...)
	var file map[string]any
	if err := d.ask(t, "GET", "proxySystems/"+id+"/export", nil, &file); err != nil {
		t.Fatal(err)
	}
	if err := d.ask(t, "DELETE", "proxySystems/"+id, nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, made := range []string{"id", "tenantId", "systemManagementType"} {
		delete(file, made)
	}
	var imported thing
	if err := d.ask(t, "POST", "proxySystems/import", file, &imported); err != nil {
		t.Fatal(err)
	}
	d.must(t, 5, d.done(proxyObject, "--export", d.export(t, imported.ID))...).says(t, "E244", "an import makes a new system")
	d.must(t, 1, slices.Concat([]string{"verify"}, d.manifest)...).says(t, "F-5", "IAG→IPS")
}

// export saves the console's export of a proxy system.
func (d *desk) export(t *testing.T, id string) string {
	t.Helper()
	var file any
	if err := d.ask(t, "GET", "proxySystems/"+id+"/export", nil, &file); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "export.json")
	if err := os.WriteFile(path, marshal(t, file), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestExportDiffers reports an export that is not what was ordered.
func TestExportDiffers(t *testing.T) {
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	r.change(t, proxyObject, typing("ias.support.patch.operation", func(i *instruction) { i.Value = "false" }))
	d.work(t, &r)
	e := d.must(t, 5, d.done(proxyObject, "--export", d.export(t, d.shown[proxyObject+"#id"]))...)
	e.says(t, "E244", `/properties/ias.support.patch.operation: export "false", manifest "true"`)
}

// TestPersonGoesOn starts where somebody stopped: users and the proxy system are
// there already, so the runbook's first look finds them.
func TestPersonGoesOn(t *testing.T) {
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
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	admin := d.edited(t, "admin")
	via := strings.Replace(byPerson, "keys/destination.json", "keys/not-mine.json", 1)
	admin.manifest[3] = d.write(t, "via-admin.yaml", via)
	file := filepath.Join(t.TempDir(), "reports", "first.yaml")
	e := admin.must(t, 0, admin.done("--report", d.reports(t, r), "--out", file)...)
	if len(e.calls) > 0 {
		t.Errorf("calls were made: %s", e)
	}
	reports := []string{"--reports", filepath.Dir(file)}
	// A plan reads it and writes nothing.
	if e := d.must(t, 2, slices.Concat([]string{"plan"}, d.manifest, reports)...); len(e.writes()) > 0 {
		t.Errorf("a plan writes: %s", e)
	}
	d.must(t, 0, slices.Concat(d.manifest, reports)...).says(t, "counted the report of "+proxyObject)
	// Read again it is history, and without it nothing is forgotten.
	if e := d.must(t, 0, slices.Concat(d.manifest, reports)...); len(e.writes()) > 0 || strings.Contains(e.out, "counted the report") {
		t.Errorf("it counts twice: %s", e)
	}
	d.must(t, 0, d.manifest...)
}

// TestWrongReportFile holds that a file that a call disproves does not count.
func TestWrongReportFile(t *testing.T) {
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
	d.must(t, 7, slices.Concat(d.manifest, []string{"--reports", filepath.Dir(file)})...).says(t, "F-5", "IAG→IPS", proxyObject)
}

// TestMarkdownReport fills in the Markdown form.
func TestMarkdownReport(t *testing.T) {
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
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	d = d.edited(t, "four", "policy: {liveChanges: overwrite}", "policy: {liveChanges: overwrite, fourEyes: true}")
	r := d.orders(t, 7)
	d.work(t, &r)
	report := d.done("--report", d.reports(t, r))
	d.must(t, 5, report...).says(t, "E245")
	d.env["GITHUB_ACTIONS"], d.env["GITHUB_ACTOR"] = "true", "anna"
	d.must(t, 5, report...).says(t, "E245", "anna")
	d.env["GITHUB_ACTOR"] = "bert"
	d.must(t, 0, report...)
}

// TestDeleteByPerson takes a job out of the landscape by an order.
func TestDeleteByPerson(t *testing.T) {
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
