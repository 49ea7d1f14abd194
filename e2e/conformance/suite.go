package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Target is a Destination service to hold to its documents.
type Target struct {
	// API is the address of the service, up to and with /destination-configuration.
	API string
	// Client makes the calls and adds the token.
	Client *http.Client
	// Anonymous makes calls without a token.
	Anonymous *http.Client
	// Prefix starts the name of everything that is made, and nothing else is touched: ZZ_PROBE_ and something random
	// where others work too.
	Prefix string
	// Disposable says that the target can be thrown away: then what could destroy other people's destinations, if the
	// service did not do as documented, is tried as well.
	Disposable bool

	key serviceKey
}

// serviceKey is what the suite reads of a service key.
type serviceKey struct{ URI, URL, ClientID, ClientSecret string }

// FromKey makes a target of the contents of a service key. Calls go through next.
func FromKey(key []byte, next http.RoundTripper, prefix string) (Target, error) {
	var k serviceKey
	if err := json.Unmarshal(key, &k); err != nil {
		return Target{}, err
	}
	if k.URI == "" || k.URL == "" || k.ClientID == "" || k.ClientSecret == "" {
		return Target{}, errors.New("service key: want uri, url, clientid and clientsecret")
	}
	login := &login{next: next, address: k.URL + "/oauth/token", form: url.Values{
		"grant_type": {"client_credentials"},
		"client_id":  {k.ClientID}, "client_secret": {k.ClientSecret},
	}.Encode()}
	return Target{
		API: strings.TrimRight(k.URI, "/") + "/destination-configuration", Prefix: prefix, key: k,
		Client: &http.Client{Transport: login}, Anonymous: &http.Client{Transport: next},
	}, nil
}

// login adds the token of a key; it gets one token for all calls.
type login struct {
	next          http.RoundTripper
	address, form string
	once          sync.Once
	token         string
	err           error
}

// RoundTrip implements [http.RoundTripper]
func (l *login) RoundTrip(r *http.Request) (*http.Response, error) {
	l.once.Do(func() { l.token, l.err = l.get(r) })
	if l.err != nil {
		return nil, l.err
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+l.token)
	return l.next.RoundTrip(r)
}

func (l *login) get(r *http.Request) (string, error) {
	ask, err := http.NewRequestWithContext(r.Context(), http.MethodPost, l.address, strings.NewReader(l.form))
	if err != nil {
		return "", err
	}
	ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := l.next.RoundTrip(ask)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var out struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || out.Token == "" {
		return "", fmt.Errorf("token: status %d: %w", resp.StatusCode, err)
	}
	return out.Token, nil
}

// levels are those of the Destination service; a name on one has nothing to do with the same name on the other.
var levels = []string{"subaccount", "instance"}

// Run holds a target to what is documented. It cleans up what it made.
func Run(t *testing.T, target Target) {
	for _, b := range slices.Concat(destinationBehaviours, arrayBehaviours, listBehaviours, fragmentBehaviours,
		labelBehaviours, findBehaviours, furtherBehaviours, tokenBehaviours) {
		for _, level := range levels {
			t.Run(b.name+"/"+level, func(t *testing.T) {
				b.check(&probe{T: t, Target: target, level: level})
			})
		}
	}
}

// behaviour is one thing that the service is documented to do.
type behaviour struct {
	name  string
	check func(*probe)
}

// object is a JSON object.
type object = map[string]any

// probe is one behaviour being looked at on one level.
type probe struct {
	*testing.T
	Target
	level string
}

// answer is an answer, read completely.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// destinations, fragments and certificates are addresses of collections on the probe's level.
func (p *probe) destinations() string { return p.API + "/v1/" + p.level + "Destinations" }
func (p *probe) fragments() string    { return p.API + "/v1/" + p.level + "DestinationFragments" }
func (p *probe) certificates() string { return p.API + "/v1/" + p.level + "Certificates" }

// name makes a name of the suite's own.
func (p *probe) name(suffix string) string { return p.Prefix + "_" + suffix }

// destination is a destination with a secret; more overrides, nil removes.
func (p *probe) destination(suffix string, more object) object {
	d := object{
		"Name": p.name(suffix), "Type": "HTTP", "URL": "https://probe.example.com", "ProxyType": "Internet",
		"Authentication": "BasicAuthentication", "User": "probe", "Password": "p$ss=w_rd", "Description": "conformance probe",
	}
	maps.Copy(d, more)
	maps.DeleteFunc(d, func(_ string, v any) bool { return v == nil })
	return d
}

// call makes a call; headers come in pairs.
func (p *probe) call(method, address string, body any, headers ...string) answer {
	p.Helper()
	return p.callAs(p.Client, method, address, body, headers...)
}

func (p *probe) callAs(client *http.Client, method, address string, body any, headers ...string) answer {
	p.Helper()
	var in io.Reader = http.NoBody
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			p.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(p.Context(), method, address, in)
	if err != nil {
		p.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		p.Fatalf("%s %s: %v", method, address, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		p.Fatalf("%s %s: %v", method, address, err)
	}
	return answer{resp.StatusCode, resp.Header, data}
}

// want is call that goes on with one status only. The body is not shown: it may hold secrets of others.
func (p *probe) want(status int, method, address string, body any, headers ...string) answer {
	p.Helper()
	a := p.call(method, address, body, headers...)
	if a.status != status {
		p.Fatalf("%s %s: status %d, want %d", method, address, a.status, status)
	}
	return a
}

// create makes one object, which goes when the probe is over.
func (p *probe) create(collection string, body object) answer {
	p.Helper()
	p.clean(collection, body)
	return p.want(http.StatusCreated, http.MethodPost, collection, body)
}

// clean lets objects go when the probe is over, by their names and only when they are the suite's own.
func (p *probe) clean(collection string, bodies ...object) {
	p.Helper()
	for _, b := range bodies {
		name, _ := b["Name"].(string)
		if name == "" {
			name, _ = b["FragmentName"].(string)
		}
		if !strings.HasPrefix(name, p.Prefix+"_") {
			p.Fatalf("%q is not the suite's own", name)
		}
		p.Cleanup(func() { p.discard(one(collection, name)) })
	}
}

func (p *probe) discard(address string) {
	r, err := http.NewRequestWithContext(context.WithoutCancel(p.Context()), http.MethodDelete, address, http.NoBody)
	if err != nil {
		p.Error(err)
		return
	}
	resp, err := p.Client.Do(r)
	if err != nil {
		p.Errorf("clean up: %v", err)
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 && resp.StatusCode != http.StatusNotFound {
		p.Errorf("clean up %s: status %d", address, resp.StatusCode)
	}
}

// one is the address of one object.
func one(collection, name string) string { return collection + "/" + url.PathEscape(name) }

// object decodes an answer that is an object.
func (p *probe) object(a answer) object {
	p.Helper()
	var v object
	p.decode(a, &v)
	return v
}

// list decodes an answer that is an array of objects.
func (p *probe) list(a answer) []object {
	p.Helper()
	var v []object
	p.decode(a, &v)
	return v
}

func (p *probe) decode(a answer, v any) {
	p.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		p.Fatalf("status %d: %v", a.status, err)
	}
}

// equal compares flat objects.
func (p *probe) equal(what string, got, want object) {
	p.Helper()
	if !maps.Equal(got, want) {
		p.Errorf("%s: got the names %q, want %q, or a value differs", what, keysOf(got), keysOf(want))
	}
}

func keysOf[V any](o map[string]V) []string { return slices.Sorted(maps.Keys(o)) }

// optional skips where a service is older than the specification of late 2025. What can be thrown away is new.
func (p *probe) optional(a answer) {
	p.Helper()
	if !p.Disposable && (a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed) {
		p.Skip("skipped: this service does not have it")
	}
}
