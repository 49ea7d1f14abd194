package adapter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"reconcile/pkg/adapter"
	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// thing is a kind made for these tests.
type thing struct {
	Color      resource.Value      `json:"color,omitzero"`
	Properties resource.Properties `json:"properties,omitempty"`
}

var codec = adapter.Codec[thing]{
	Collection: "things",
	Encode: func(name string, want thing) (map[string]any, map[string]resource.Value) {
		system, properties, secrets := map[string]any{"name": name}, map[string]string{}, map[string]resource.Value{}
		if want.Color.Form() == resource.Literal {
			system["color"] = want.Color.Text()
		}
		for key, v := range want.Properties {
			switch {
			case v.Form() == resource.Sealed:
			case strings.HasPrefix(key, "secret"):
				secrets[key] = v
			default:
				properties[key] = v.Text()
			}
		}
		system["properties"] = properties
		return system, secrets
	},
	Decode: func(_ string, system json.RawMessage) (string, thing, error) {
		var d struct {
			Name, Color string
			Properties  map[string]string
			Sealed      []string
		}
		if err := json.Unmarshal(system, &d); err != nil || d.Name == "" {
			return "", thing{}, errors.New("no document of a thing")
		}
		spec := thing{Properties: resource.Properties{}}
		if d.Color != "" {
			spec.Color = resource.Text(d.Color)
		}
		for key, text := range d.Properties {
			spec.Properties[key] = resource.Text(text)
		}
		for _, key := range d.Sealed {
			spec.Properties[key] = resource.Seal()
		}
		return d.Name, spec, nil
	},
	AllSecrets: func(diff []resource.Change) bool {
		for _, c := range diff {
			if c.Path == "/properties/URL" {
				return true
			}
		}
		return false
	},
	SecretName: func(path string) string {
		key := strings.TrimPrefix(path, "/properties/")
		if strings.HasPrefix(key, "secret") {
			return key
		}
		return ""
	},
}

// server keeps the contract in a few lines: enough to see what a client sends.
// It is stricter than it is complete.
type server struct {
	t        *testing.T
	items    []map[string]any
	runs     []map[string]any
	requests []request
	// lose drops the answer of the nth write, after its effect or before it.
	lose, loseBefore int
	writes           int
	page             int
}

type request struct {
	method, path, query, body string
	header                    http.Header
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	data := []byte{}
	if r.Body != nil {
		var err error
		if data, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	s.requests = append(s.requests, request{r.Method, r.URL.Path, r.URL.RawQuery, string(data), r.Header})
	if r.Method != http.MethodGet {
		s.writes++
		if s.writes == s.loseBefore {
			return nil, io.ErrUnexpectedEOF
		}
	}
	status, body := s.answer(r, data)
	if r.Method != http.MethodGet && s.writes == s.lose {
		return nil, io.ErrUnexpectedEOF
	}
	text, err := json.Marshal(body)
	if body == nil {
		text = nil
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(text))), ContentLength: int64(len(text)),
	}, err
}

func (s *server) answer(r *http.Request, data []byte) (int, any) {
	rest := strings.TrimPrefix(r.URL.Path, "/adapter/v1/things")
	switch {
	case strings.HasSuffix(rest, "/runs"):
		return s.answerRuns(r)
	case r.Method == http.MethodGet && rest == "":
		return 200, s.list(r.URL.Query())
	case r.Method == http.MethodPost && rest == "":
		return s.create(r, data)
	}
	for i, one := range s.items {
		if "/"+fmt.Sprint(one["id"]) == rest {
			return s.write(i, r, data)
		}
	}
	return 404, map[string]any{"title": "Not Found", "detail": "there is no " + rest}
}

func (s *server) list(q url.Values) any {
	if q.Get("limit") != "100" {
		s.t.Errorf("limit %q", q.Get("limit"))
	}
	from, _ := strconv.Atoi(q.Get("after"))
	size := max(s.page, 1)
	if s.page == 0 {
		size = len(s.items)
	}
	to := min(from+size, len(s.items))
	out := map[string]any{"items": s.items[from:to]}
	if to < len(s.items) {
		out["next"] = strconv.Itoa(to)
	}
	return out
}

func (s *server) create(r *http.Request, data []byte) (int, any) {
	var in struct{ System map[string]any }
	if err := json.Unmarshal(data, &in); err != nil || r.Header.Get("Idempotency-Key") == "" {
		return 400, nil
	}
	one := map[string]any{"id": fmt.Sprintf("id-%d", len(s.items)+1), "version": "1", "system": in.System, "idempotencyKey": r.Header.Get("Idempotency-Key")}
	s.items = append(s.items, one)
	return 201, one
}

func (s *server) write(i int, r *http.Request, data []byte) (int, any) {
	one := s.items[i]
	if r.Header.Get("If-Match") != `"`+fmt.Sprint(one["version"])+`"` {
		return 412, map[string]any{"title": "Precondition Failed"}
	}
	if r.Method == http.MethodDelete {
		s.items = append(s.items[:i], s.items[i+1:]...)
		return 204, nil
	}
	var in struct{ System map[string]any }
	if err := json.Unmarshal(data, &in); err != nil || r.Header.Get("Content-Type") != "application/merge-patch+json" {
		return 415, nil
	}
	system, _ := one["system"].(map[string]any)
	one["system"], one["version"] = merge(system, in.System), fmt.Sprint(one["version"])+"1"
	return 200, one
}

func (s *server) answerRuns(r *http.Request) (int, any) {
	if r.Method == http.MethodGet {
		return 200, map[string]any{"items": s.runs}
	}
	one := map[string]any{
		"id": "r1", "status": "Completed", "startedAt": "2026-11-23T10:00:00Z", "users": 3, "groups": 2,
		"log": []string{"started", "password hunter2hunter2 taken"}, "idempotencyKey": r.Header.Get("Idempotency-Key"),
	}
	s.runs = append([]map[string]any{one}, s.runs...)
	return 201, one
}

// merge applies an RFC 7396 patch.
func merge(have map[string]any, patch map[string]any) map[string]any {
	out := map[string]any{}
	maps.Copy(out, have)
	for k, v := range patch {
		inner, ok := v.(map[string]any)
		before, _ := out[k].(map[string]any)
		switch {
		case v == nil:
			delete(out, k)
		case ok:
			out[k] = merge(before, inner)
		default:
			out[k] = v
		}
	}
	return out
}

// connected returns a client of s.
func (s *server) connected() *connect.Client {
	s.t.Helper()
	base, err := url.Parse("https://host/adapter/v1")
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := connect.New(connect.Options{Base: s, Mode: connect.Write}).Client(connect.Service{Name: "adapter", Base: base})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *server) driver() *adapter.Driver[thing] { return adapter.New(s.connected(), codec) }

// last is the latest request with this method.
func (s *server) last(method string) request {
	for _, v := range slices.Backward(s.requests) {
		if v.method == method {
			return v
		}
	}
	s.t.Fatalf("no %s", method)
	return request{}
}
