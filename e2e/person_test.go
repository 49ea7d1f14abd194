package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// byPerson reaches everything but destinations by a person.
const byPerson = `apiVersion: reconcile/v1
kind: Integration
metadata: {name: iag-ias, stage: demo}
spec:
  connections:
    destinationService: {serviceKey: {file: keys/destination.json}}
    identityServices:
      url: https://iag-demo.accounts.ondemand.com
      via: {systemUsers: person, proxySystems: person}
    accessGovernance:
      via: {iagSystems: person, parameters: person, jobs: person}
`

// instruction, order and runbook are what runbook.json holds, read by somebody
// who shares no code with who wrote it.
type instruction struct{ Do, Label, Value, From, Secret, Have string }

type order struct {
	Number                     int
	ID                         string
	Kind, Name, Action, Reason string
	Do                         []instruction
	Files                      []struct{ Name, Text string }
	Identified                 bool
	Result                     map[string]any `json:"result"`
}

type runbook struct {
	FormatVersion int     `json:"formatVersion"`
	Document      string  `json:"document"`
	Orders        []order `json:"orders"`
}

// desk is a landscape with a person in front of it, and nothing in the
// environment but what that person brings there.
type desk struct {
	*land
	manifest []string
	// shown are the results of orders: object#name.
	shown map[string]string
	by    string
	// files are those of the orders, by name.
	files map[string]string
}

// plain is the example without the day on which a secret was made, which nobody
// chooses in a console, and without values that the console fills in by itself.
func (k *kit) plain(t *testing.T) []string {
	t.Helper()
	args := k.example(t, "plain", ", created: 2026-11-23", "", "expireIn: Never", "expireIn: 2 years",
		"        URL: https://iag-demo.accounts.ondemand.com\n        User: {systemUser: IPS",
		"        ips.trace.failed.entity.content: \"true\"\n        URL: https://iag-demo.accounts.ondemand.com\n        User: {systemUser: IPS")
	return []string{"-f", args[1], "-f", k.write(t, "via-person.yaml", byPerson)}
}

func (k *kit) desk(t tester, manifest []string) *desk {
	t.Helper()
	own := &kit{dir: k.dir, dump: k.dump, env: map[string]string{}}
	return &desk{land: own.land(t, k.dump), manifest: manifest, shown: map[string]string{}, by: "anna", files: map[string]string{}}
}

// orders runs once and returns the runbook.
func (d *desk) orders(t *testing.T, code int, more ...string) runbook {
	t.Helper()
	dir := t.TempDir()
	d.must(t, code, slices.Concat(d.manifest, []string{"--workorders", dir}, more)...)
	d.spillsNothing(t, dir)
	return readRunbook(t, filepath.Join(dir, "runbook.json"))
}

// spillsNothing looks for every secret that the person ever saw in all files.
func (d *desk) spillsNothing(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for name, value := range d.env {
			if strings.HasSuffix(name, "_SECRET") && strings.Contains(string(data), value) {
				t.Errorf("%s holds the secret of %s", path, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func readRunbook(t tester, path string) runbook {
	t.Helper()
	var r runbook
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	return r
}

// reports writes the filled-in runbook to a file.
func (d *desk) reports(t *testing.T, r runbook) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "runbook.json")
	if err := os.WriteFile(path, marshal(t, r), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (d *desk) done(more ...string) []string {
	return slices.Concat([]string{"done"}, d.manifest, more)
}

// TestPersonFromNothing goes from an empty tenant without any secret to a green
// run: one runbook, done literally, one report.
func TestPersonFromNothing(t *testing.T) {
	t.Parallel()
	kit := newKit(t)
	d := kit.desk(t, kit.plain(t))
	r := d.orders(t, 7)
	if len(r.Orders) != 8 {
		t.Fatalf("%d orders", len(r.Orders))
	}
	d.work(t, &r)
	d.must(t, 0, d.done("--report", d.reports(t, r))...)
	if e := d.must(t, 0, d.manifest...); len(e.writes()) == 0 {
		t.Fatalf("the destination was not made: %s", e)
	}
	e := d.must(t, 0, slices.Concat([]string{"verify", "--full"}, d.manifest)...)
	for _, counted := range []string{"3 users counted", "2 groups counted"} {
		if !strings.Contains(e.out, counted) {
			t.Errorf("%q is not said: %s", counted, e.out)
		}
	}
	d.settled(t, d.manifest...)
	d.asOrdered(t)
	if left := d.orders(t, 0); len(left.Orders) > 0 {
		t.Fatalf("orders are left: %v", left.Orders)
	}
}

// asOrdered compares the landscape with the manifest by an interface that a real
// tenant has not.
func (d *desk) asOrdered(t tester) {
	t.Helper()
	if e := d.strictly(); e.code != 0 {
		t.Fatalf("the landscape is not as the manifest says: %s", e)
	}
}

func (d *desk) strictly() ended {
	over := filepath.Join(d.dir, "via-example.yaml")
	d.env["IAG_CALLER_ID"], d.env["IPS_BACKEND_ID"] = d.shown["SystemUser/IAG caller#clientID"], d.shown["SystemUser/IPS backend#clientID"]
	return d.run("plan", "-f", d.manifest[1], "-f", over, "--ledger", "file:"+filepath.Join(d.dir, "none.json"))
}

// page is where the person is, and what lies in the open form.
type page struct {
	collection              string
	form                    map[string]string
	ticks, ticked           []string
	properties, credentials map[string]string
	// id is the open object, existing is true when nothing is to be made.
	id       string
	existing bool
	secret   string
	adding   bool
}

var pages = map[string]page{
	"Users & Authorizations > Administrators":                 {collection: "systemUsers"},
	"Identity Provisioning > Proxy Systems":                   {collection: "proxySystems"},
	"Administration > Applications":                           {collection: "iagSystems"},
	"Administration > Configuration > Application Parameters": {collection: "parameters"},
	"Administration > Job Scheduler":                          {collection: "jobs"},
}

// work does all orders and fills in the runbook.
func (d *desk) work(t tester, r *runbook) bool {
	for i := range r.Orders {
		o := &r.Orders[i]
		id, err := d.follow(t, *o)
		if err != nil {
			return false
		}
		o.Result = map[string]any{"done": true, "id": id, "by": d.by, "ticket": ""}
	}
	return true
}

// follow does one order literally and returns the identifier that was noted.
func (d *desk) follow(t tester, o order) (noted string, err error) {
	p := &page{}
	for _, f := range o.Files {
		d.files[f.Name] = f.Text
	}
	for _, i := range o.Do {
		value := i.Value
		if i.From != "" {
			value = d.shown[i.From]
		}
		if p.existing && i.Do != "note" {
			p.existing = i.Do != "press" || i.Label != "Save"
			continue
		}
		switch i.Do {
		case "note":
			p.existing = false
			noted = p.id
			d.shown[o.Kind+"/"+o.Name+"#"+value] = p.id
		case "handOver":
			name := strings.TrimPrefix(i.Secret, "env:")
			d.env[name] = p.secret
			if value == "mistyped" {
				d.env[name] += "x"
			}
			d.shown[o.Kind+"/"+o.Name+"#secret"] = p.secret
		default:
			if err := d.click(t, p, i, value); err != nil {
				return "", fmt.Errorf("%s/%s: %s %s: %w", o.Kind, o.Name, i.Do, i.Label, err)
			}
		}
	}
	return noted, nil
}
