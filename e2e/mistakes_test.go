package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
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
	t.Parallel()
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
			[]string{"F-3", "tool→IAS", "first compare what env:IAG_CALLER_SECRET holds", "SystemUser/IAG caller"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := kit.desk(t, manifest)
			r := d.orders(t, 7)
			r.change(t, c.object, c.turn)
			if !d.work(t, &r) {
				t.Fatal("the console refused")
			}
			e := d.must(t, 1, d.done("--report", d.reports(t, r))...)
			e.says(t, append(c.says, "✗ NOT PROVEN, does not count: the report of "+c.says[len(c.says)-1], "known before: stays as it was")...)
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
	d.must(t, 1, d.done("--report", d.reports(t, r))...).says(t, "F-5", "IAG→IPS",
		"✗ NOT PROVEN, does not count: the report of "+proxyObject+", id 11111111-2222-4333-8444-555555555555")
	d.must(t, 0, d.done(proxyObject, "--id", "https://iag-demo.accounts.ondemand.com/admin/#/proxySystems/"+right)...)
	// The system in IAG was reported with the wrong id: what it holds has to be told again.
	e := d.must(t, 7, d.manifest...)
	e.says(t, "IAGSystem/IAS")
	d.must(t, 0, d.done("IAGSystem/IAS")...)
	d.must(t, 0, d.manifest...)
}

// TestWrongIDOfWhatWorks: a wrong report of what works leaves it as it was known.
func TestWrongIDOfWhatWorks(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	d.must(t, 1, d.done(proxyObject, "--id", "11111111-2222-4333-8444-555555555555")...).says(t, "✗ NOT PROVEN", "--id ID")
	d.must(t, 0, slices.Concat([]string{"plan"}, d.manifest)...)
}

// TestOtherClientID reports a client id that is not the one that the manifest
// refers to.
func TestOtherClientID(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	d.env["IAG_CALLER_ID"] = "11111111-2222-4333-8444-555555555555"
	d.must(t, 5, d.done("--report", d.reports(t, r))...).says(t, "E243", "SystemUser/IAG caller")
}

// TestForgottenSecret does all but bring a secret to its place.
func TestForgottenSecret(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	d.work(t, &r)
	later := d.edited(t, "later", "description: Used by IAG", "description: Used by IAG only")
	later.must(t, 5, later.done("--report", later.reports(t, r))...).says(t,
		"E240", "no more: type Description = Used by IAG", "now: type Description = Used by IAG only")
	later.must(t, 5, later.done(proxyObject, "--order", strings.Repeat("0", 64), "--id", d.shown[proxyObject+"#id"])...).says(t, "E240")
}

// TestURLWithoutCredentials saves a change of the URL and forgets what the order
// says about credentials.
func TestURLWithoutCredentials(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	later := d.edited(t, "moved", "        ips.trace.failed.entity.content: \"true\"\n        URL: https://iag-demo.accounts.ondemand.com",
		"        ips.trace.failed.entity.content: \"true\"\n        URL: https://iag-demo.accounts.ondemand.com:443")
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
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	id := d.shown[proxyObject+"#id"]
	export := d.export(t, id)
	// Exported as it is, the file proves what it holds.
	d.must(t, 0, d.done(proxyObject, "--export", export)...)
	d.must(t, 0, slices.Concat([]string{"plan", "-o", "json"}, d.manifest)...).says(t, `"evidence": "export"`)
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
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	r.change(t, proxyObject, typing("ias.support.patch.operation", func(i *instruction) { i.Value = "false" }))
	d.work(t, &r)
	e := d.must(t, 5, d.done(proxyObject, "--export", d.export(t, d.shown[proxyObject+"#id"]))...)
	e.says(t, "E244", `/properties/ias.support.patch.operation: export "false", manifest "true"`)
}

// TestHandChangeInExport: an export that shows a change by hand is refused property by
// property, each at its place, and is kept where the refusal says.
func TestHandChangeInExport(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.green(t, kit.plain(t))
	time.Sleep(1100 * time.Millisecond) // an export is newer than a report by whole seconds
	if !d.console(t, http.MethodPatch, "proxySystems/"+d.shown[proxyObject+"#id"], map[string]any{
		"description": "Used by somebody", "set": map[string]string{"ias.support.patch.operation": "false"},
	}) {
		t.Fatal("the console refused")
	}
	export := d.export(t, d.shown[proxyObject+"#id"])
	e := d.must(t, 5, d.done(proxyObject, "--export", export, "-o", "json")...)
	e.says(t, `"path": "/description"`, `"path": "/properties/ias.support.patch.operation"`, `/description: export \"Used by somebody\", manifest \"Used by IAG\"`, `plain.yaml:45:`, "put it into the folder exports")
	e = d.must(t, 5, d.done(proxyObject, "--export", export)...)
	if n := strings.Count(e.out, "export again and report again"); n != 1 {
		t.Errorf("the remedy is said %d times: %s", n, e)
	}
	exports := filepath.Join(filepath.Dir(d.manifest[1]), "exports")
	if err := os.MkdirAll(exports, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(export, filepath.Join(exports, "proxy.json")); err != nil {
		t.Fatal(err)
	}
	d.must(t, 2, slices.Concat([]string{"plan"}, d.manifest)...).says(t, `"Used by somebody" → "Used by IAG"`, `"false" → "true"`, "changed by hand")
}
