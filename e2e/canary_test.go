package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"reconcile/pkg/simulator"
)

// choruses are the ways of asking for output.
var choruses = map[string][]string{
	"plain":   nil,
	"verbose": {"-v"},
	"json":    {"-v", "--log-format", "json", "-o", "json"},
	"files":   {"-v", "--color", "always", "-o", "text", "-o", "json=result.json", "-o", "text=result.txt"},
}

// secretLines put a secret where none may stand; {} is the secret.
var secretLines = []string{
	`Password: {}`, `Password: "{}"`, `Password: [{}]`, `Password: {env: [{}]}`, `Password: {value: {}}`, `Password: '{}`,
	`clientSecret: {}`, `tokenServicePassword: {}`, `password: {}`, `PASSWORD: {}`, `"Password": !!binary {}`, `Password: &x {}`,
}

// TestCanaries runs every command in every way of output, with success and in
// trouble, and looks for secrets in all that it says and writes.
func TestCanaries(t *testing.T) {
	k := newKit(t)
	c := &cage{birds: map[string]string{}, ids: []string{k.env["IAG_CALLER_ID"], k.env["IPS_BACKEND_ID"]}}
	for _, name := range []string{"IAG_CALLER_SECRET", "IPS_BACKEND_SECRET", "CALLER_2", "EXTRA", "WRONG", "LIVE", "LITERAL", "TORN", "REFUSED", "SETTING", "SNAPSHOT_KEY"} {
		secret := "CANARY-" + name + `+/="&%Z<'é` + "9x"
		if name == "EXTRA" {
			secret += "\nits second line"
		}
		if name == "SNAPSHOT_KEY" {
			secret += strings.Repeat("k", 32)
		}
		if name == "LITERAL" || name == "TORN" {
			secret = "CANARY-" + name + "-9x+/Z" // no YAML of its own
		}
		k.env[name] = secret
		c.catch(name, secret)
	}
	c.catch("LIVE KEY", "CANARYLIVEKEY9x")
	for _, name := range []string{"destination", "adapter"} {
		var key map[string]string
		data, err := os.ReadFile(filepath.Join(k.dir, "keys", name+".json"))
		if err != nil || json.Unmarshal(data, &key) != nil || len(key["clientsecret"]) < 16 {
			t.Fatalf("key of %s: %v", name, err)
		}
		c.catch("key of "+name, key["clientsecret"])
		c.ids = append(c.ids, key["clientid"])
	}
	s := songs{
		plain: k.example(t, "plain"),
		rotated: k.example(t, "rotated", callerSecret,
			strings.NewReplacer("2026-11", "2027-05", "IAG_CALLER_SECRET", "CALLER_2").Replace(callerSecret)),
		setting: k.example(t, "setting", "      unlisted: remove\n", "        mySetting: {env: SETTING}\n      unlisted: remove\n"),
		extra: k.example(t, "extra", "  destinations:\n", `  destinations:
    - {name: EXTRA, properties: {Type: HTTP, URL: "https://extra.example", ProxyType: Internet, Authentication: BasicAuthentication, User: me, Password: {env: EXTRA}}}
`),
		person: k.example(t, "person", "      url: https://iag-demo.accounts.ondemand.com\n", "      url: https://iag-demo.accounts.ondemand.com\n      via: {systemUsers: person, proxySystems: person}\n")[:2],
		torn:   k.example(t, "torn", "keys/destination.json", "keys/torn.json")[:2],
		refuse: k.example(t, "refuse", "keys/destination.json", "keys/refused.json")[:2],
	}
	k.write(t, "keys/torn.json", `{"clientid": "a", "clientsecret": "`+k.env["TORN"]+`", `)
	good, err := os.ReadFile(filepath.Join(k.dir, "keys", "destination.json"))
	if err != nil {
		t.Fatal(err)
	}
	refused, _ := json.Marshal(k.env["REFUSED"])
	k.write(t, "keys/refused.json", strings.Replace(string(good), `"`+c.birds["key of destination"]+`"`, string(refused), 1))
	for i, line := range secretLines {
		s.literal = append(s.literal, k.example(t, fmt.Sprintf("literal-%d", i), "        Password: {systemUser: IAG caller, output: secret}", "        "+strings.ReplaceAll(line, "{}", k.env["LITERAL"]))[:2])
	}
	for i, pair := range [][2]string{
		{callerSecret, `- {label: "2026-11", value: ` + k.env["LITERAL"] + `}`},
		{"{file: keys/destination.json}", "{clientid: a, clientsecret: " + k.env["LITERAL"] + "}"},
	} {
		s.literal = append(s.literal, k.example(t, fmt.Sprintf("misplaced-%d", i), pair[0], pair[1])[:2])
	}
	s.literal = append(s.literal, []string{"-f", s.viaValue(t, k), "--set", "pw=" + k.env["LITERAL"]})
	t.Chdir(t.TempDir())
	for name := range choruses {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { s.sing(t, k, c, name) })
		})
	}
	c.server(t)
	c.sung(t, k.land(t, k.dump))
	c.files(t, ".")
	c.silence(t)
}

// songs are the manifests that the test works with.
type songs struct {
	plain, rotated, extra, person, torn, refuse []string
	// setting refers to a secret under a name that tells nothing.
	setting []string
	literal [][]string
}

// viaValue writes a manifest that takes a secret from --set.
func (songs) viaValue(t *testing.T, k *kit) string {
	t.Helper()
	return k.example(t, "via-value", "Password: {systemUser: IAG caller, output: secret}", "Password: ${pw}")[1]
}

// sing goes through all situations on fresh landscapes.
func (s songs) sing(t *testing.T, k *kit, c *cage, name string) {
	v := &verse{songs: s, t: t, k: k, c: c, name: name, l: k.land(t, k.dump)}
	c.next, v.l.wire.next = v.l.wire.next, c
	v.allGoesWell()
	v.snapshot("1")
	v.byHand()
	v.unreferenced()
	v.wrongSecret()
	v.nobodyIsLetIn()
	v.brake()
	v.embedded()
	s.others(t, k, c, name, v.on)
	v.ledger()
}

// verse is one way of output in all situations.
type verse struct {
	songs
	t    *testing.T
	k    *kit
	c    *cage
	name string
	l    *land
}

// on runs one command and keeps what it says; any of the exit codes will do.
func (v *verse) on(l *land, codes []int, args ...string) {
	v.t.Helper()
	chorus := choruses[v.name]
	e := l.run(append(slices.Clone(args), chorus...)...)
	where := strings.Join(append(args, chorus...), " ")
	v.c.said = append(v.c.said, saying{"stdout of " + where, e.out}, saying{"stderr of " + where, e.err})
	if !slices.Contains(codes, e.code) {
		v.t.Errorf("%s: exit %d, want %v\n%s", where, e.code, codes, e)
	}
	if len(e.out)+len(e.err) == 0 && args[0] != "man" && !slices.Contains(args, "--check") && !slices.Contains(args, "-o") {
		v.t.Errorf("%s says nothing", where)
	}
}

func (v *verse) run(codes []int, args ...string) {
	v.t.Helper()
	v.on(v.l, codes, args...)
}

// is lists exit codes.
func is(codes ...int) []int { return codes }

func (v *verse) records() []string {
	return []string{"--records", "runs-" + v.name, "--ticket", "CHG-1"}
}

// live is what somebody puts into a destination by hand.
func (v *verse) live() map[string]any {
	return map[string]any{"set": map[string]string{
		"Password": v.k.env["LIVE"], "GROUPSURL": "/groups", "note": "-----BEGIN PRIVATE KEY-----\n" + v.c.birds["LIVE KEY"] + "\n-----END PRIVATE KEY-----",
		"jdbc": "jdbc:x;password=" + v.c.birds["LIVE KEY"], "URL": "https://u:" + v.c.birds["LIVE KEY"] + "@iag-demo.accounts.ondemand.com",
	}}
}

func (v *verse) allGoesWell() {
	v.run(is(2), append(v.plain, "--dry-run")...)
	v.run(is(2), append([]string{"plan"}, v.plain...)...)
	v.run(is(0), append(v.plain, v.records()...)...)
	v.run(is(0), v.plain...)
	for _, command := range [][]string{{"verify"}, {"verify", "--full"}, {"validate"}, {"plan"}} {
		v.run(is(0), append(command, v.plain...)...)
	}
	for _, command := range [][]string{{"schema"}, {"version"}, {"help"}, {"man", "man-" + v.name}, {"plan", "--help"}, {"completion", "bash"}} {
		v.run(is(0), command...)
	}
	ledger := "file:ledger-" + v.name + ".json"
	v.run(is(0), append(v.plain, "--ledger", ledger, "--dry-run")...)
	v.run(is(0), append(v.extra, "--ledger", ledger, "--adopt")...)
}

// snapshot takes one and compares with it.
func (v *verse) snapshot(number string) {
	file := "snapshot-" + v.name + number
	v.run(is(0), append([]string{"snapshot", "--snapshot-key", "env:SNAPSHOT_KEY", "--out", file}, v.plain...)...)
	v.run(is(0, 2), append([]string{"plan", "--snapshot-key", "env:SNAPSHOT_KEY", "--live", file}, v.rotated...)...)
	v.run(is(0, 2), append([]string{"drift", "--live", file}, v.extra...)...)
}

// byHand: somebody changes a secret by hand; a secret changes in the manifest; one goes.
func (v *verse) byHand() {
	v.l.console(v.t, http.MethodPost, "destinations/IPS_PROXY", v.live())
	v.l.console(v.t, http.MethodPost, "destinations/FOREIGN", v.live())
	v.run(is(1), append([]string{"verify"}, v.plain...)...)
	v.run(is(2), append([]string{"plan"}, v.plain...)...)
	v.snapshot("2")
	v.run(is(0), append(v.plain, v.records()...)...)
	v.run(is(2), append([]string{"plan"}, v.rotated...)...)
	v.run(is(0), append(v.rotated, v.records()...)...)
	v.run(is(0, 7), append([]string{"rotate", "SystemUser/IAG caller"}, v.rotated...)...)
	v.run(is(2, 7), append([]string{"rotate", "SystemUser/IAG caller"}, v.plain...)...)
	v.run(is(0), append([]string{"history"}, v.records()...)...)
	v.run(is(0), append([]string{"history", "-f", v.rotated[1], "-f", v.rotated[3]}, v.records()...)...)
	for _, number := range []string{"1", "2", "3"} {
		v.run(is(0), append([]string{"history", number}, v.records()...)...)
	}
	v.run(is(0), v.extra...)
	v.run(is(0), v.plain...)
	v.run(is(0, 5), append(v.plain, "--prune")...)
}

// unreferenced: a secret under a harmless name is not referred to any more.
func (v *verse) unreferenced() {
	v.run(is(0), append(v.setting, v.records()...)...)
	v.run(is(0), append([]string{"export"}, v.setting...)...)
	var formats []string
	if v.name == "files" {
		formats = inFiles(v.name, "unreferenced")
	}
	v.run(is(2), slices.Concat([]string{"plan", "--out", "unreferenced-" + v.name + ".json"}, v.plain, formats)...)
	v.run(is(2), append([]string{"drift"}, v.plain...)...)
	v.run(is(0), append([]string{"export"}, v.plain...)...)
	v.snapshot("3")
	v.run(is(0), append(v.plain, v.records()...)...)
	v.run(is(0), append([]string{"history", "4"}, v.records()...)...)
	v.run(is(0), append([]string{"history", "5"}, v.records()...)...)
}

// wrongSecret: the secret outside is not the one inside.
func (v *verse) wrongSecret() {
	right := v.k.env["IAG_CALLER_SECRET"]
	v.k.env["IAG_CALLER_SECRET"] = v.k.env["WRONG"]
	v.run(is(1), append([]string{"verify"}, v.plain...)...)
	v.run(is(2), append([]string{"plan"}, v.plain...)...)
	troubles := 0
	v.c.trouble(v.l, func(args ...string) {
		if troubles++; v.name == "files" {
			args = append(slices.Clone(args), inFiles(v.name, fmt.Sprintf("trouble-%d", troubles))...)
		}
		v.run(is(0, 1, 4, 6, 7), append(slices.Clone(args), "--retry-login", "--records", "trouble-"+v.name)...)
	}, v.songs)
	v.k.env["IAG_CALLER_SECRET"] = right
}

// nobodyIsLetIn: nothing is called, or nobody lets us in.
func (v *verse) nobodyIsLetIn() {
	for _, manifest := range v.literal {
		v.run(is(3), manifest...)
		v.run(is(3), append([]string{"validate"}, manifest...)...)
	}
	v.run(is(3), v.torn...)
	v.run(is(4), v.refuse...)
	v.run(is(3), append(v.plain, "--nonsense")...)
}

// brake holds, and is lifted.
func (v *verse) brake() {
	fresh := v.k.land(v.t, v.k.dump)
	v.c.next, fresh.wire.next, v.l = fresh.wire.next, v.c, fresh
	v.l.console(v.t, http.MethodPost, "destinations/IPS_PROXY", v.live())
	v.run(is(5), v.plain...)
	v.run(is(5), append(v.plain, "--dry-run")...)
	v.run(is(0), append(v.plain, "--adopt")...)
}

// embedded is the embedded landscape, and a person in it.
func (v *verse) embedded() {
	folder := v.t.TempDir()
	v.run(is(7, 1), append(v.person, "--simulate="+folder)...)
	v.run(is(0), append(v.plain[:2:2], "--simulate="+folder)...)
	v.run(is(0), append([]string{"verify", "--simulate=" + folder}, v.plain[:2]...)...)
}

// ledger holds no secret and no value of any property.
func (v *verse) ledger() {
	texts := 0
	for _, shelf := range v.l.state(v.t).Fragments {
		for title, fragment := range shelf {
			for property, text := range fragment.Properties {
				texts++
				v.c.said = append(v.c.said, saying{"fragment " + title + " " + property, text})
				for _, value := range []string{"/Groups", "/Users", "scim", "accounts.ondemand.com", "IPS Destination", "BasicAuthentication", "Access Proxy System API", v.k.env["IAG_CALLER_ID"]} {
					if strings.Contains(text, value) && property != "FragmentName" && !strings.Contains(text, `"id":"`+value) {
						v.t.Errorf("fragment %s, %s holds the value %q: %s", title, property, value, text)
					}
				}
			}
		}
	}
	if texts < 9 {
		v.t.Errorf("only %d texts in the ledger", texts)
	}
	// A test whose secrets never flew would prove nothing.
	dump, err := v.l.Dump()
	if err != nil || !bytes.Contains(dump, []byte("CANARY-IPS_BACKEND_SECRET")) {
		v.t.Errorf("the secrets never reached the landscape: %v", err)
	}
}

// trouble lets the services quote what they were sent, and the wire break.
func (c *cage) trouble(l *land, run func(...string), s songs) {
	both := func() {
		run(append([]string{"verify"}, s.plain...)...)
		run(s.plain...)
	}
	for _, c.quotes = range []string{
		"PATCH /systemUsers/", "PUT /subaccountDestinations/", "POST /tenants/iag-demo/oauth/token/", "POST /oauth2/token/",
		"GET /subaccountDestinations/", "GET /adapter/v1/systemUsers/", "GET /ipsproxy/",
	} {
		both()
	}
	c.quotes = ""
	for _, fault := range []simulator.Fault{{Cut: "before"}, {Cut: "after"}, {Cut: "body"}, {Status: 500, Body: "<html>"}, {Status: 200, Body: `{"x": `}} {
		fault.Times = -1
		l.Fail(fault)
		both()
		l.ClearFaults()
	}
}
