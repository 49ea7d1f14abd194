package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/errors"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

const (
	contractFile = "../../manifests/adapter/openapi.yaml"
	contractBase = "/adapter/v1"
)

// contract is the adapter's OpenAPI document. The request side is judged as the document says; the answers are judged
// strictly, so that a member that the document does not name is found.
type contract struct {
	model    *v3.Document
	requests validator.Validator
	answers  validator.Validator

	mu   sync.Mutex
	seen map[string]bool // "POST /jobs 201"
}

// freeText is where the document takes any member name.
var freeText = []string{
	"$.body.**.properties**", "$.body.**.encryptedProperties.**",
	"$.body.**.readTransformation.**", "$.body.**.writeTransformation.**",
}

func loadContract(t *testing.T) *contract {
	t.Helper()
	data, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	document, err := libopenapi.NewDocument(data)
	if err != nil {
		t.Fatal(err)
	}
	model, err := document.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{model: &model.Model, seen: map[string]bool{}}
	for _, side := range []struct {
		into    *validator.Validator
		options []config.Option
	}{
		{&c.requests, []config.Option{config.WithFormatAssertions()}},
		{&c.answers, []config.Option{
			config.WithFormatAssertions(), config.WithStrictMode(), config.WithStrictRejectWriteOnly(),
			config.WithStrictIgnorePaths(freeText...),
		}},
	} {
		v, errs := validator.NewValidator(document, side.options...)
		if errs != nil {
			t.Fatal(errs)
		}
		*side.into = v
	}
	return c
}

// operations lists "GET /jobs/{id}" and so on, sorted.
func (c *contract) operations() map[string]*v3.Operation {
	all := map[string]*v3.Operation{}
	for path, item := range c.model.Paths.PathItems.FromOldest() {
		for method, op := range item.GetOperations().FromOldest() {
			all[strings.ToUpper(method)+" "+path] = op
		}
	}
	return all
}

// operation names the operation of a request, "" when the document has none.
func (c *contract) operation(r *http.Request) string {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), contractBase)
	if !ok {
		return ""
	}
	given := strings.Split(rest, "/")
	for name := range c.operations() {
		method, path, _ := strings.Cut(name, " ")
		parts := strings.Split(path, "/")
		fits := method == r.Method && len(parts) == len(given)
		for i := 0; fits && i < len(parts); i++ {
			fits = parts[i] == given[i] || (strings.HasPrefix(parts[i], "{") && given[i] != "")
		}
		if fits {
			return name
		}
	}
	return ""
}

// witness is a transport that judges every exchange by the contract.
type witness struct {
	*testing.T
	contract *contract
	next     http.RoundTripper
}

// RoundTrip implements [http.RoundTripper]
func (w witness) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, contractBase) {
		return w.next.RoundTrip(r)
	}
	sent := drain(w.T, &r.Body)
	resp, err := w.next.RoundTrip(again(r, sent))
	if err != nil {
		return nil, err
	}
	got := drain(w.T, &resp.Body)
	w.judge(again(r, sent), resp, sent, got)
	return resp, nil
}

// drain reads a body and leaves it readable.
func drain(t *testing.T, body *io.ReadCloser) []byte {
	if *body == nil {
		return nil
	}
	data, err := io.ReadAll(*body)
	if err != nil {
		t.Error(err)
	}
	*body = io.NopCloser(bytes.NewReader(data))
	return data
}

func again(r *http.Request, body []byte) *http.Request {
	c := r.Clone(r.Context())
	c.Body = http.NoBody
	if len(body) > 0 {
		c.Body = io.NopCloser(bytes.NewReader(body))
	}
	return c
}

// judge holds an exchange against the document: the answer must be one of the document, and what the document refuses
// must be refused.
func (w witness) judge(r *http.Request, resp *http.Response, sent, got []byte) {
	w.Helper()
	what := fmt.Sprintf("%s %s %s → %d %s", r.Method, r.URL.RequestURI(), sent, resp.StatusCode, got)
	op := w.contract.operation(r)
	if op == "" {
		if resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusMethodNotAllowed {
			w.Errorf("the document has no such operation: %s", what)
		}
		return
	}
	w.contract.mu.Lock()
	w.contract.seen[op+" "+strconv.Itoa(resp.StatusCode)] = true
	w.contract.mu.Unlock()
	answer := *resp
	answer.Body = io.NopCloser(bytes.NewReader(got))
	if ok, errs := w.contract.answers.ValidateHttpResponse(again(r, sent), &answer); !ok {
		w.Errorf("the answer is not of the document: %s\n%s", what, explain(errs))
	}
	if ok, errs := w.contract.requests.ValidateHttpRequest(again(r, sent)); !ok && resp.StatusCode < 300 {
		w.Errorf("served, but the document refuses the request: %s\n%s", what, explain(errs))
	}
}

// refuses tells whether the document itself refuses a request.
func (c *contract) refuses(r *http.Request, body []byte) bool {
	ok, _ := c.requests.ValidateHttpRequest(again(r, body))
	return !ok
}

func explain(errs []*errors.ValidationError) string {
	var b strings.Builder
	for _, e := range errs {
		fmt.Fprintf(&b, "  %s: %s\n", e.Message, e.Reason)
		for _, s := range e.SchemaValidationErrors {
			fmt.Fprintf(&b, "    %s at %s\n", s.Reason, s.FieldPath)
		}
	}
	return b.String()
}

// TestContractDocument holds that the document is valid OpenAPI 3.1 and says whose it is.
func TestContractDocument(t *testing.T) {
	c := loadContract(t)
	if ok, errs := c.requests.ValidateDocument(); !ok {
		t.Fatalf("not OpenAPI:\n%s", explain(errs))
	}
	if c.model.Version != "3.1.0" {
		t.Errorf("version %s", c.model.Version)
	}
	if !strings.Contains(c.model.Info.Description, "It is not SAP's") {
		t.Error("the document does not say that it is not SAP's")
	}
	ids := map[string]bool{}
	for name, op := range c.operations() {
		if op.OperationId == "" || ids[op.OperationId] || op.Summary == "" {
			t.Errorf("%s: wants an operationId of its own and a summary", name)
		}
		ids[op.OperationId] = true
		for _, status := range []string{"401", "403", "429", "503"} {
			if op.Responses.Codes.GetOrZero(status) == nil {
				t.Errorf("%s: status %s is missing", name, status)
			}
		}
	}
}

// TestContractExamples holds that every body has an example and that each example is what its schema says.
func TestContractExamples(t *testing.T) {
	c := loadContract(t)
	seen := 0
	check := func(where string, media *v3.MediaType) {
		if media.Examples == nil || media.Examples.Len() == 0 {
			t.Errorf("%s: no example", where)
			return
		}
		for name, example := range media.Examples.FromOldest() {
			var v any
			if err := example.Value.Decode(&v); err != nil {
				t.Errorf("%s: %s: %v", where, name, err)
				continue
			}
			seen++
			if errs := validSchema(media, v); errs != "" {
				t.Errorf("%s: example %s:\n%s", where, name, errs)
			}
		}
	}
	for name, op := range c.operations() {
		if op.RequestBody != nil {
			for mediaType, media := range op.RequestBody.Content.FromOldest() {
				check(name+" "+mediaType, media)
			}
		}
		for status, answer := range op.Responses.Codes.FromOldest() {
			for mediaType, media := range answer.Content.FromOldest() {
				check(name+" "+status+" "+mediaType, media)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d examples were seen: the walk is broken", seen)
	}
}

// sortedKeys lists the keys of a map.
func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
