package simulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"reconcile/pkg/simulator"
)

const (
	root       = "http://landscape.localhost"
	tenant     = "https://iag-demo.accounts.ondemand.com"
	otherHost  = "https://other-demo.accounts.ondemand.com"
	dest       = root + "/destination-configuration/v1/subaccountDestinations"
	fragments  = root + "/destination-configuration/v1/subaccountDestinationFragments"
	adapter    = root + "/adapter/v1/"
	mergePatch = "application/merge-patch+json"
	scim       = "application/scim+json"
)

// h is a set of request or response headers.
type h map[string]string

// rig is a landscape with a client that does not follow redirects.
type rig struct {
	*testing.T
	l      *simulator.Landscape
	client *http.Client
	tokens map[string]string
}

func newRig(t *testing.T, o simulator.Options) *rig {
	t.Helper()
	l, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return rigOf(t, l, l.Transport())
}

func rigOf(t *testing.T, l *simulator.Landscape, via http.RoundTripper) *rig {
	return &rig{t, l, &http.Client{
		Transport:     via,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, map[string]string{}}
}

// reply is an answer, read completely.
type reply struct {
	status int
	header http.Header
	body   string
}

// try makes a call; body is sent as it is when it is a string, else as JSON.
func (r *rig) try(method, url string, header h, body any) (reply, error) {
	r.Helper()
	var data []byte
	switch b := body.(type) {
	case nil:
	case string:
		data = []byte(b)
	default:
		var err error
		if data, err = json.Marshal(b); err != nil {
			r.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(r.Context(), method, url, bytes.NewReader(data))
	if err != nil {
		r.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(out)}, err
}

// do is try that must reach an answer.
func (r *rig) do(method, url string, header h, body any) reply {
	r.Helper()
	a, err := r.try(method, url, header, body)
	if err != nil {
		r.Fatalf("%s %s: %v", method, url, err)
	}
	return a
}

// want makes a call and checks its status.
func (r *rig) want(status int, method, url string, header h, body any) reply {
	r.Helper()
	a := r.do(method, url, header, body)
	if a.status != status {
		r.Fatalf("%s %s: status %d, want %d\n%s", method, url, a.status, status, a.body)
	}
	return a
}

// json decodes an answer.
func (r *rig) json(a reply) map[string]any {
	r.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		r.Fatalf("%v in %s", err, a.body)
	}
	return v
}

// key returns a service key as its JSON has it.
func (r *rig) key(name string) map[string]any {
	r.Helper()
	data, err := json.Marshal(r.l.Connections().Keys[name])
	if err != nil {
		r.Fatal(err)
	}
	return r.json(reply{body: string(data)})
}

// bearer gets (and keeps) a token for a key.
func (r *rig) bearer(name string) h {
	r.Helper()
	if r.tokens[name] == "" {
		k := r.key(name)
		if uaa, ok := k["uaa"].(map[string]any); ok {
			k = uaa
		}
		form := "grant_type=client_credentials&client_id=" + escape(k["clientid"]) + "&client_secret=" + escape(k["clientsecret"])
		a := r.want(200, "POST", k["url"].(string)+"/oauth/token", h{"Content-Type": "application/x-www-form-urlencoded"}, form)
		r.tokens[name] = r.json(a)["access_token"].(string)
	}
	return h{"Authorization": "Bearer " + r.tokens[name]}
}

func escape(v any) string {
	return strings.NewReplacer("!", "%21", "|", "%7C", "$", "%24", "=", "%3D", "+", "%2B", "&", "%26").Replace(v.(string))
}

// and joins headers.
func (a h) and(more h) h {
	out := h{}
	for _, m := range []h{a, more} {
		maps.Copy(out, m)
	}
	return out
}

// secret is a seeded secret.
func (r *rig) secret(ref string) string { return r.l.Connections().Secrets["env:"+ref] }

// create makes a thing through the adapter and returns its id and version.
func (r *rig) create(collection, key string, system, secrets any) (id, version string) {
	r.Helper()
	body := map[string]any{"system": system}
	if secrets != nil {
		body["secrets"] = secrets
	}
	a := r.json(r.want(201, "POST", adapter+collection, r.bearer("adapter").and(h{"Idempotency-Key": key}), body))
	return a["id"].(string), a["version"].(string)
}

type m = map[string]any

// caller and backend make the two system users of the integration.
func (r *rig) systemUsers() {
	r.Helper()
	slots := []m{{"label": "a", "expireIn": "1 year"}}
	r.create("systemUsers", "u1", m{
		"name": "IAG caller", "authorizations": []string{"Access Proxy System API"},
		"clientID": r.secret("IAG_CALLER_ID"), "slots": slots,
	}, m{"a": r.secret("IAG_CALLER_SECRET")})
	r.create("systemUsers", "u2", m{
		"name": "IPS backend", "authorizations": []string{"Manage Users", "Manage Groups"},
		"clientID": r.secret("IPS_BACKEND_ID"), "slots": slots,
	}, m{"a": r.secret("IPS_BACKEND_SECRET")})
}

// proxy makes a proxy system towards the demo tenant; changes override properties, nil removes one.
func (r *rig) proxy(changes m) string {
	r.Helper()
	properties := m{
		"Type": "HTTP", "ProxyType": "Internet", "Authentication": "BasicAuthentication", "URL": tenant,
		"User": r.secret("IPS_BACKEND_ID"), "ias.api.version": "2", "ias.support.patch.operation": "true",
	}
	for k, v := range changes {
		if properties[k] = v; v == nil {
			delete(properties, k)
		}
	}
	name := strings.ReplaceAll(r.Name(), "/", "_")
	name = "P" + name[max(0, len(name)-60):]
	id, _ := r.create("proxySystems", r.Name(), m{
		"name":       strings.NewReplacer("'", "", "=", "", ",", "").Replace(name),
		"accessMode": "PROXY", "connectorTypeString": "SAP_CLOUD_IDENTITY", "properties": properties,
	},
		m{"Password": r.secret("IPS_BACKEND_SECRET")})
	return id
}

// ipsProxy is the destination that IAG reads.
func (r *rig) ipsProxy() m {
	return m{
		"Name": "IPS_PROXY", "Type": "HTTP", "Description": "IPS Destination", "URL": tenant, "ProxyType": "Internet",
		"Authentication": "BasicAuthentication", "User": r.secret("IAG_CALLER_ID"), "Password": r.secret("IAG_CALLER_SECRET"),
		"Accept": scim, "GROUPSURL": "/Groups", "USERSURL": "/Users", "serviceURL": "/ipsproxy/service/api/v1/scim/",
	}
}

// basic are the credentials of a seeded system user.
func (r *rig) basic(name string) h {
	req, _ := http.NewRequest("GET", root, nil)
	req.SetBasicAuth(r.secret(name+"_ID"), r.secret(name+"_SECRET"))
	return h{"Authorization": req.Header.Get("Authorization"), "Accept": scim}
}
