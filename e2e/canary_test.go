package e2e

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"reconcile/pkg/cli"
	"reconcile/pkg/simulator"
)

// cage holds all secrets of a test and everything that was said meanwhile.
type cage struct {
	mu sync.Mutex
	// birds are the secrets by what they are, ids whatever logs in with one.
	birds map[string]string
	ids   []string
	said  []saying
	next  http.RoundTripper
	// quotes says which requests are refused with an answer that quotes them, in
	// the style "METHOD part of the path with a slash at its end", and quoted counts the secrets in the answers.
	quotes string
	quoted int
	// turn counts the forms that were sent, so that all have their turn.
	turn int
}

// formsAtOnce is in how many forms an answer quotes a secret: all would not fit into
// what is shown of an answer, and what is not shown proves nothing.
const formsAtOnce = 3

// carries reports whether a request holds a secret in any form.
func (c *cage) carries(sent, secret string) bool {
	for _, text := range c.forms(secret) {
		if strings.Contains(sent, text) {
			return true
		}
	}
	return false
}

// saying is one text and where it came from.
type saying struct{ where, text string }

// catch adds a secret that no output may hold in any form.
func (c *cage) catch(what, secret string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.birds[what] = secret
}

// quote is the answer of a service that repeats what it was sent.
func (c *cage) quote(r *http.Request) *http.Response {
	sent := r.Header.Get("Authorization")
	if r.Body != nil {
		data, _ := io.ReadAll(r.Body)
		sent += " " + string(data)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []string
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		found = append(found, token)
	}
	for what, secret := range c.birds {
		if strings.HasPrefix(what, "token") || !c.carries(sent, secret) {
			continue
		}
		// A service may spell what it was sent in ways of its own: each time another one.
		forms := c.forms(secret)
		names := slices.Sorted(maps.Keys(forms))
		for range min(formsAtOnce, len(names)) {
			c.turn++
			found = append(found, forms[names[c.turn%len(names)]])
		}
	}
	c.quoted += len(found)
	// Errors are cut after a while; the short ones shall be in them.
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(len(a)-len(b), cmp.Compare(a, b)) })
	body, _ := json.Marshal(map[string]string{"ErrorMessage": strings.Join(found, " "), "error_description": strings.Join(found, " ")})
	answer := instead(r, http.StatusBadRequest, "")
	answer.Header.Set("Content-Type", "application/json")
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return answer
}

// RoundTrip catches every access token that is handed out.
func (c *cage) RoundTrip(r *http.Request) (*http.Response, error) {
	if method, part, ok := strings.Cut(c.quotes, " "); ok && r.Method == method && strings.Contains(r.URL.Path+"/", part) {
		return c.quote(r), nil
	}
	answer, err := c.next.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/token") {
		return answer, err
	}
	data, err := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(bytes.NewReader(data))
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(data, &token) == nil && token.AccessToken != "" {
		c.catch("token "+rand.Text(), token.AccessToken)
	}
	return answer, err
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;")

// forms are the ways in which a secret travels or is written.
func (c *cage) forms(secret string) map[string]string {
	quoted, _ := json.Marshal(secret)
	var plainly bytes.Buffer
	encoder := json.NewEncoder(&plainly)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	forms := map[string]string{
		"in clear": secret, "in hex": hex.EncodeToString([]byte(secret)), "as JSON": strings.Trim(string(quoted), `"`),
		"as JSON for people": strings.Trim(plainly.String(), "\"\n"),
		"in a query":         url.QueryEscape(secret), "in a path": url.PathEscape(secret),
		"for HTML": html.EscapeString(secret), "for XML": xmlEscaper.Replace(secret), "in a small query": strings.ToLower(url.QueryEscape(secret)),
		"twice in a query": url.QueryEscape(url.QueryEscape(secret)), "in HTML twice": html.EscapeString(html.EscapeString(secret)),
		"in capital hex": strings.ToUpper(hex.EncodeToString([]byte(secret))), "as JSON of JavaScript": strings.ReplaceAll(strings.Trim(string(quoted), `"`), "/", `\/`),
		"in capitals": strings.ToUpper(secret), "on one line": strings.Join(strings.Fields(secret), " "),
	}
	texts := map[string]string{"": secret}
	for _, id := range c.ids {
		texts[" as Basic of "+id] = id + ":" + secret
		texts[" as escaped Basic of "+id] = url.QueryEscape(id) + ":" + url.QueryEscape(secret)
	}
	for what, text := range texts {
		forms["in base64"+what] = base64.RawStdEncoding.EncodeToString([]byte(text))
		forms["in base64url"+what] = base64.RawURLEncoding.EncodeToString([]byte(text))
	}
	return forms
}

// spelt lists all forms of all secrets. A token has only one: it is base64 already.
func (c *cage) spelt() map[string]string {
	all := map[string]string{}
	for what, secret := range c.birds {
		if strings.HasPrefix(what, "token") {
			// An error is cut after a while: a first part is a leak as well.
			all[secret[:min(len(secret)/2, 150)]] = what
			continue
		}
		for form, text := range c.forms(secret) {
			all[text] = what + " " + form
		}
	}
	return all
}

// leaks names every secret that the text holds, and in which form.
func leaks(spelt map[string]string, text string) []string {
	var found []string
	for secret, what := range spelt {
		if strings.Contains(text, secret) {
			found = append(found, what)
		}
	}
	slices.Sort(found)
	return found
}

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
	for _, name := range []string{"IAG_CALLER_SECRET", "IPS_BACKEND_SECRET", "CALLER_2", "EXTRA", "WRONG", "LIVE", "LITERAL", "TORN", "REFUSED", "SNAPSHOT_KEY"} {
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
	literal                                     [][]string
}

// viaValue writes a manifest that takes a secret from --set.
func (songs) viaValue(t *testing.T, k *kit) string {
	t.Helper()
	return k.example(t, "via-value", "Password: {systemUser: IAG caller, output: secret}", "Password: ${pw}")[1]
}

// sing goes through all situations on fresh landscapes.
func (s songs) sing(t *testing.T, k *kit, c *cage, name string) {
	chorus := choruses[name]
	l := k.land(t, k.dump)
	c.next = l.wire.next
	l.wire.next = c
	// run runs one command and keeps what it says; any of the exit codes will do.
	on := func(l *land, codes []int, args ...string) {
		t.Helper()
		e := l.run(append(slices.Clone(args), chorus...)...)
		where := strings.Join(append(args, chorus...), " ")
		c.said = append(c.said, saying{"stdout of " + where, e.out}, saying{"stderr of " + where, e.err})
		if !slices.Contains(codes, e.code) {
			t.Errorf("%s: exit %d, want %v\n%s", where, e.code, codes, e)
		}
		if len(e.out)+len(e.err) == 0 && args[0] != "man" && !slices.Contains(args, "--check") && !slices.Contains(args, "-o") {
			t.Errorf("%s says nothing", where)
		}
	}
	run := func(codes []int, args ...string) {
		t.Helper()
		on(l, codes, args...)
	}
	is := func(codes ...int) []int { return codes }
	live := map[string]any{"set": map[string]string{
		"Password": k.env["LIVE"], "GROUPSURL": "/groups", "note": "-----BEGIN PRIVATE KEY-----\n" + c.birds["LIVE KEY"] + "\n-----END PRIVATE KEY-----",
		"jdbc": "jdbc:x;password=" + c.birds["LIVE KEY"], "URL": "https://u:" + c.birds["LIVE KEY"] + "@iag-demo.accounts.ondemand.com",
	}}

	// All goes well.
	run(is(2), append(s.plain, "--dry-run")...)
	run(is(2), append([]string{"plan"}, s.plain...)...)
	records := []string{"--records", "runs-" + name, "--ticket", "CHG-1"}
	run(is(0), append(s.plain, records...)...)
	run(is(0), s.plain...)
	for _, command := range [][]string{{"verify"}, {"verify", "--full"}, {"validate"}, {"plan"}} {
		run(is(0), append(command, s.plain...)...)
	}
	for _, command := range [][]string{{"schema"}, {"version"}, {"help"}, {"man", "man-" + name}, {"plan", "--help"}, {"completion", "bash"}} {
		run(is(0), command...)
	}
	ledger := "file:ledger-" + name + ".json"
	run(is(0), append(s.plain, "--ledger", ledger, "--dry-run")...)
	run(is(0), append(s.extra, "--ledger", ledger, "--adopt")...)

	snapshot := func(number string) {
		file := "snapshot-" + name + number
		run(is(0), append([]string{"snapshot", "--snapshot-key", "env:SNAPSHOT_KEY", "--out", file}, s.plain...)...)
		run(is(0, 2), append([]string{"plan", "--snapshot-key", "env:SNAPSHOT_KEY", "--live", file}, s.rotated...)...)
		run(is(0, 2), append([]string{"drift", "--live", file}, s.extra...)...)
	}
	snapshot("1")

	// Somebody changes a secret by hand; a secret changes in the manifest; one goes.
	l.console(t, http.MethodPost, "destinations/IPS_PROXY", live)
	l.console(t, http.MethodPost, "destinations/FOREIGN", live)
	run(is(1), append([]string{"verify"}, s.plain...)...)
	run(is(2), append([]string{"plan"}, s.plain...)...)
	snapshot("2")
	run(is(0), append(s.plain, records...)...)
	run(is(2), append([]string{"plan"}, s.rotated...)...)
	run(is(0), append(s.rotated, records...)...)
	run(is(0, 7), append([]string{"rotate", "SystemUser/IAG caller"}, s.rotated...)...)
	run(is(2, 7), append([]string{"rotate", "SystemUser/IAG caller"}, s.plain...)...)
	run(is(0), append([]string{"history"}, records...)...)
	run(is(0), append([]string{"history", "-f", s.rotated[1], "-f", s.rotated[3]}, records...)...)
	for _, number := range []string{"1", "2", "3"} {
		run(is(0), append([]string{"history", number}, records...)...)
	}
	run(is(0), s.extra...)
	run(is(0), s.plain...)
	run(is(0, 5), append(s.plain, "--prune")...)

	// The secret outside is not the one inside.
	right := k.env["IAG_CALLER_SECRET"]
	k.env["IAG_CALLER_SECRET"] = k.env["WRONG"]
	run(is(1), append([]string{"verify"}, s.plain...)...)
	run(is(2), append([]string{"plan"}, s.plain...)...)
	troubles := 0
	c.trouble(l, func(args ...string) {
		if troubles++; name == "files" {
			args = append(slices.Clone(args), inFiles(name, fmt.Sprintf("trouble-%d", troubles))...)
		}
		run(is(0, 1, 4, 6, 7), append(slices.Clone(args), "--retry-login", "--records", "trouble-"+name)...)
	}, s)
	k.env["IAG_CALLER_SECRET"] = right

	// Nothing is called, or nobody lets us in.
	for _, manifest := range s.literal {
		run(is(3), manifest...)
		run(is(3), append([]string{"validate"}, manifest...)...)
	}
	run(is(3), s.torn...)
	run(is(4), s.refuse...)
	run(is(3), append(s.plain, "--nonsense")...)

	// A brake holds, and is lifted.
	fresh := k.land(t, k.dump)
	c.next, fresh.wire.next, l = fresh.wire.next, c, fresh
	l.console(t, http.MethodPost, "destinations/IPS_PROXY", live)
	run(is(5), s.plain...)
	run(is(5), append(s.plain, "--dry-run")...)
	run(is(0), append(s.plain, "--adopt")...)

	// The embedded landscape, and a person in it.
	folder := t.TempDir()
	run(is(7, 1), append(s.person, "--simulate="+folder)...)
	run(is(0), append(s.plain[:2:2], "--simulate="+folder)...)
	run(is(0), append([]string{"verify", "--simulate=" + folder}, s.plain[:2]...)...)

	s.others(t, k, c, name, on)

	// The ledger holds no secret and no value of any property.
	texts := 0
	for _, shelf := range l.state(t).Fragments {
		for name, fragment := range shelf {
			for property, text := range fragment.Properties {
				texts++
				c.said = append(c.said, saying{"fragment " + name + " " + property, text})
				for _, value := range []string{"/Groups", "/Users", "scim", "accounts.ondemand.com", "IPS Destination", "BasicAuthentication", "Access Proxy System API", k.env["IAG_CALLER_ID"]} {
					if strings.Contains(text, value) && property != "FragmentName" && !strings.Contains(text, `"id":"`+value) {
						t.Errorf("fragment %s, %s holds the value %q: %s", name, property, value, text)
					}
				}
			}
		}
	}
	if texts < 9 {
		t.Errorf("only %d texts in the ledger", texts)
	}
	// A test whose secrets never flew would prove nothing.
	dump, err := l.Dump()
	if err != nil || !bytes.Contains(dump, []byte("CANARY-IPS_BACKEND_SECRET")) {
		t.Errorf("the secrets never reached the landscape: %v", err)
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

// server runs reconcile simulate until its line of readiness, and ends it.
func (c *cage) server(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGTERM
	var out, story bytes.Buffer
	code := cli.Main(context.Background(), []string{"simulate", "--listen", "127.0.0.1:0", "--data", folder, "-v"}, cli.IO{
		Out: &out, Err: &story, Now: time.Now, LookupEnv: os.LookupEnv, Signals: signals,
	})
	if code != 0 || !strings.Contains(out.String(), `"url"`) {
		t.Errorf("simulate: exit %d, %s%s", code, out.String(), story.String())
	}
	data, err := os.ReadFile(filepath.Join(folder, "keys", "destination.json"))
	var key map[string]string
	if err != nil || json.Unmarshal(data, &key) != nil {
		t.Fatal(err)
	}
	c.catch("key of the server", key["clientsecret"])
	c.said = append(c.said, saying{"simulate", out.String() + story.String()})
}

// files adds what commands wrote into a folder.
func (c *cage) files(t *testing.T, folder string) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		c.said = append(c.said, saying{"file " + path, string(data)})
		seen++
		return err
	})
	if err != nil || seen < 3 {
		t.Errorf("%d files were written: %v", seen, err)
	}
}

// silence demands that no secret is in anything that was said. It first demands
// that a secret would be found.
func (c *cage) silence(t *testing.T) {
	t.Helper()
	spelt := c.spelt()
	login := base64.StdEncoding.EncodeToString([]byte(c.ids[0] + ":" + c.birds["WRONG"]))
	for _, text := range []string{c.birds["LIVE"], "Authorization: Basic " + login, url.QueryEscape(c.birds["EXTRA"])} {
		if len(leaks(spelt, "… "+text+" …")) == 0 {
			t.Fatalf("a leak of %q would not be found", text)
		}
	}
	tokens, length := 0, 0
	for what := range c.birds {
		if strings.HasPrefix(what, "token") {
			tokens++
		}
	}
	for _, s := range c.said {
		length += len(s.text)
		if found := leaks(spelt, s.text); len(found) > 0 {
			t.Errorf("%s holds %s", s.where, strings.Join(found, ", "))
		}
	}
	if c.quoted < 60 {
		t.Errorf("the services quoted only %d secrets", c.quoted)
	}
	if len(c.said) < 300 || length < 100_000 || tokens < 20 {
		t.Errorf("too little was said to prove anything: %d texts, %d bytes, %d tokens", len(c.said), length, tokens)
	}
}
