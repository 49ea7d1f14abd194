package e2e

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
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
	"time"

	"reconcile/pkg/cli"
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
