package connect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"reconcile/pkg/secret"
)

// Client talks to one service. It is safe for concurrent use.
type Client struct {
	session *Session
	service string
	base    string
	lane    *lane
	login   login
}

// Call is one request.
type Call struct {
	Method string
	// Path is the template below the service's address, for example
	// "/v1/subaccountDestinations/{name}". It appears in errors and logs.
	Path string
	// Args fill the braces in order; they are escaped here.
	Args  []string
	Query url.Values
	// Header adds headers such as If-Match.
	Header http.Header
	// In is sent as JSON, a []byte as it is; nil sends no body. Secrets must be
	// revealed by the caller, who also hides them.
	In any
	// ContentType of the body; "" means application/json.
	ContentType string
	// Accept; "" means application/json.
	Accept string
	// Out receives the body: decoded from JSON, or as it is when it is a
	// *[]byte. nil drops it. An empty body leaves Out alone.
	Out any
	// OK lists the statuses that are success; empty means every 2xx.
	OK []int
}

// Response is the rest of an answer.
type Response struct {
	Status int
	Header http.Header
}

// Hide is Session.Hide, for drivers.
func (c *Client) Hide(values ...secret.Value) { c.session.Hide(values...) }

// Host is where the service is, for people.
func (c *Client) Host() string {
	_, rest, _ := strings.Cut(c.base, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// Redact is Session.Redact, for drivers.
func (c *Client) Redact(text string) string { return c.session.Redact(text) }

// Line is Session.Line, for drivers.
func (c *Client) Line(text string) string { return c.session.Line(text) }

// Do sends the call, repeats it where that is harmless, and decodes the answer.
// The error is an *Error, except for a call that cannot be built. Response is
// filled whenever an answer came, also with an error.
func (c *Client) Do(ctx context.Context, call Call) (Response, error) {
	r, err := c.request(call)
	if err != nil {
		return Response{}, fmt.Errorf("%s %s %s: %w", c.service, call.Method, call.Path, err)
	}
	budget, cancel := context.WithTimeoutCause(ctx, c.session.options.Budget, errBudget)
	defer cancel()
	a, err := c.authorized(budget, r)
	if err != nil {
		return Response{}, withCause(err, ctx.Err())
	}
	response := Response{Status: a.status, Header: a.header}
	if !call.accepts(a.status) {
		return response, c.lane.refusal(r, a)
	}
	return response, c.decode(call, r, a)
}

// authorized sends the request with the login's header. A token that the
// service does not accept any more is replaced once.
func (c *Client) authorized(ctx context.Context, r request) (answer, error) {
	for attempts := 0; ; {
		value, err := c.login.header(ctx, r)
		if err != nil {
			return answer{}, err
		}
		if value != "" {
			r.header.Set("Authorization", value)
		}
		a, err := c.lane.send(ctx, r)
		a.attempts += attempts
		if err != nil || a.status != http.StatusUnauthorized || !c.login.again(value, a) || attempts > 0 {
			return a, err
		}
		attempts = a.attempts
	}
}

// request builds what goes over the wire.
func (c *Client) request(call Call) (request, error) {
	path, err := expand(call.Path, call.Args)
	if err != nil {
		return request{}, err
	}
	r := request{method: call.Method, path: call.Path, url: c.base + path, header: http.Header{}}
	if len(call.Query) > 0 {
		r.url += "?" + call.Query.Encode()
	}
	for name, values := range call.Header {
		r.header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	r.header.Set("Accept", orJSON(call.Accept))
	if call.In == nil {
		return r, nil
	}
	r.header.Set("Content-Type", orJSON(call.ContentType))
	r.body, err = encode(call.In)
	return r, err
}

func orJSON(mediaType string) string {
	if mediaType == "" {
		return "application/json"
	}
	return mediaType
}

// expand fills the braces of a template with escaped arguments. An argument
// that would change the shape of the path is refused.
func expand(template string, args []string) (string, error) {
	var path strings.Builder
	rest := template
	for _, arg := range args {
		before, after, ok := strings.Cut(rest, "{")
		_, after, closed := strings.Cut(after, "}")
		if !ok || !closed {
			return "", errors.New("more arguments than braces in the path")
		}
		if arg == "" || arg == "." || arg == ".." {
			return "", fmt.Errorf("%q cannot be part of a path", arg)
		}
		path.WriteString(before + url.PathEscape(arg))
		rest = after
	}
	if strings.Contains(rest, "{") {
		return "", errors.New("fewer arguments than braces in the path")
	}
	path.WriteString(rest)
	return path.String(), nil
}

func encode(in any) ([]byte, error) {
	if raw, ok := in.([]byte); ok {
		return raw, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	// Values travel letter by letter; & is no danger outside of HTML.
	e.SetEscapeHTML(false)
	if err := e.Encode(in); err != nil {
		// The encoder's text may quote what it could not encode.
		return nil, errors.New("the body cannot be written as JSON")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (call Call) accepts(status int) bool {
	if len(call.OK) == 0 {
		return status >= 200 && status < 300
	}
	return slices.Contains(call.OK, status)
}

// decode hands the body over. A success that cannot be read is an error of its
// own: a write had its effect, so it is uncertain and not simply failed.
func (c *Client) decode(call Call, r request, a answer) error {
	if err := call.read(r, a); err != nil {
		e := c.lane.failure(r, a.attempts, "answered with "+describe(a)+" instead of the expected JSON")
		e.Status, e.Correlation = a.status, c.lane.correlation(a.header)
		if !r.reads() {
			e.kind = ErrUncertain
		}
		return e
	}
	return nil
}

// read hands a body over as the call wants it. What a successful write is answered
// with, if anything, has to be JSON, unless something else was asked for, even where
// nobody looks into it: a page with status 200 comes from something on the way, and then
// the service was not reached. Nor is a read answered that ends without a word.
func (call Call) read(r request, a answer) error {
	raw, asItIs := call.Out.(*[]byte)
	switch {
	case asItIs:
		*raw = a.body
	case call.Out != nil && (len(a.body) > 0 || r.reads() && a.status == http.StatusOK):
		return json.Unmarshal(a.body, call.Out)
	}
	strange := a.status == http.StatusNotFound && isHTML(a) ||
		a.status < 300 && len(a.body) > 0 && orJSON(call.Accept) == "application/json" && !json.Valid(a.body)
	if strange && !r.reads() {
		return errors.New("no JSON")
	}
	return nil
}
