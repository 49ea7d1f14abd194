package destination

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"reconcile/pkg/connect"
)

const root = "/destination-configuration/v1/"

// service is the Destination service in a few lines: destinations and fragments
// of one subaccount, with what a test lets go wrong.
type service struct {
	t        *testing.T
	objects  map[string]map[string]map[string]string // collection, name, object
	requests []request
	writes   int

	loseBefore, loseAfter int  // the nth write is lost before or after its effect
	enforce               bool // If-Match on PUT
	quoted                bool // entity tags
	mask                  bool // secrets in answers
	// answer replaces an answer when it returns a status.
	answer func(r request) (int, string)
	// meanwhile happens right before the first PUT or POST takes effect.
	meanwhile func()
}

type request struct {
	method, path, query, body, ifMatch string
}

func newService(t *testing.T, destinations ...map[string]string) *service {
	s := &service{t: t, objects: map[string]map[string]map[string]string{"subaccountDestinations": {}, "instanceDestinations": {}, "subaccountDestinationFragments": {}}}
	for _, d := range destinations {
		s.objects["subaccountDestinations"][d["Name"]] = d
	}
	return s
}

func (s *service) api() *API {
	s.t.Helper()
	base, err := url.Parse("https://host/destination-configuration")
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := connect.New(connect.Options{Base: s, Mode: connect.Write}).Client(connect.Service{Name: "destination", Base: base})
	if err != nil {
		s.t.Fatal(err)
	}
	return NewAPI(c)
}

func (s *service) driver() *Driver { return &Driver{s.api()} }

// sent lists method and path of all requests.
func (s *service) sent() string {
	var all []string
	for _, r := range s.requests {
		all = append(all, r.method+" "+strings.TrimPrefix(r.path, root))
	}
	return strings.Join(all, ", ")
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	var data []byte
	if r.Body != nil {
		var err error
		if data, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	q := request{r.Method, r.URL.Path, r.URL.RawQuery, string(data), r.Header.Get("If-Match")}
	s.requests = append(s.requests, q)
	if r.Method != http.MethodGet {
		s.writes++
	}
	if r.Method != http.MethodGet && s.writes == s.loseBefore {
		return nil, io.ErrUnexpectedEOF
	}
	status, body, tag := s.serve(q)
	if r.Method != http.MethodGet && s.writes == s.loseAfter {
		return nil, io.ErrUnexpectedEOF
	}
	h := http.Header{"X-Vcap-Request-Id": {"id-1"}}
	if tag != "" {
		h.Set("ETag", tag)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
}

func (s *service) serve(r request) (status int, body, tag string) {
	if s.answer != nil {
		if status, body := s.answer(r); status != 0 {
			return status, body, ""
		}
	}
	collection, name, one := strings.Cut(strings.TrimPrefix(r.path, root), "/")
	shelf, ok := s.objects[collection]
	switch {
	case !ok:
		return 404, "Not Found", ""
	case r.method == http.MethodGet && one:
		return s.get(shelf[name])
	case r.method == http.MethodGet:
		return 200, s.list(shelf), ""
	case r.method == http.MethodDelete:
		if shelf[name] == nil {
			return 404, `{"ErrorMessage":"not there"}`, ""
		}
		delete(shelf, name)
		return 200, `{"Count":1}`, ""
	}
	if s.meanwhile != nil {
		s.meanwhile()
		s.meanwhile = nil
	}
	return s.write(r, shelf)
}

func (s *service) get(object map[string]string) (int, string, string) {
	if object == nil {
		return 404, "Not Found", ""
	}
	return 200, encodeJSON(s.shown(object)), s.tag(object)
}

func (s *service) list(shelf map[string]map[string]string) string {
	all := []map[string]any{}
	for _, object := range shelf {
		one := map[string]any{"$metadata": map[string]string{"etag": s.tag(object), "modification_time": "1720000000000"}}
		for k, v := range s.shown(object) {
			one[k] = v
		}
		all = append(all, one)
	}
	return encodeJSON(all)
}

func (s *service) shown(object map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range object {
		if s.mask && k == "Password" {
			v = "<redacted>"
		}
		out[k] = v
	}
	return out
}

func (s *service) tag(object map[string]string) string {
	sum := sha256.Sum256([]byte(encodeJSON(object)))
	tag := hex.EncodeToString(sum[:])
	if s.quoted {
		return `"` + tag + `"`
	}
	return tag
}

func (s *service) write(r request, shelf map[string]map[string]string) (int, string, string) {
	if strings.HasPrefix(r.body, "[") {
		var list []map[string]string
		s.must(json.Unmarshal([]byte(r.body), &list))
		status, results := 201, []map[string]any{}
		for _, object := range list {
			one, cause := s.store(r, shelf, object)
			if one >= 300 {
				status = 207
			}
			results = append([]map[string]any{{"name": object["Name"], "status": one, "cause": cause}}, results...)
		}
		return status, encodeJSON(results), ""
	}
	var object map[string]string
	s.must(json.Unmarshal([]byte(r.body), &object))
	status, cause := s.store(r, shelf, object)
	switch {
	case status >= 300:
		return status, encodeJSON(map[string]string{"ErrorMessage": cause}), ""
	case r.method == http.MethodPut:
		return 200, `{"Count":1}`, ""
	default:
		return 201, "", ""
	}
}

func (s *service) store(r request, shelf map[string]map[string]string, object map[string]string) (int, string) {
	name := object["Name"] + object["FragmentName"]
	have := shelf[name]
	switch {
	case r.method == http.MethodPost && have != nil:
		return 409, "Duplicate key"
	case r.method == http.MethodPut && have == nil:
		return 404, "not there"
	case s.enforce && r.ifMatch != "" && r.ifMatch != s.tag(have):
		return 412, "changed"
	}
	shelf[name] = object
	return map[string]int{http.MethodPost: 201, http.MethodPut: 200}[r.method], ""
}

func (s *service) must(err error) {
	if err != nil {
		s.t.Error(err)
	}
}

func encodeJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// proxy is the destination that the tests work on.
func proxy() map[string]string {
	return map[string]string{"Name": "IPS_PROXY", "Type": "HTTP", "URL": "https://t.accounts.ondemand.com", "User": "id", "Password": "CANARY-password"}
}
