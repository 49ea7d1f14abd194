package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody is the largest request body that is read; no documented request comes near it.
const maxBody = 8 << 20

// call is one request, read completely.
type call struct {
	r        *http.Request
	host     string // the tenant's host, or "" on the root
	body     []byte
	params   map[string]string
	query    query
	internal bool // made by one of the simulated services
}

// header returns a request header.
func (c *call) header(name string) string { return c.r.Header.Get(name) }

// isJSON tells whether the body is declared as JSON.
func (c *call) isJSON() bool { return mediaType(c.header("Content-Type")) == "application/json" }

// decode reads the body as one JSON value into v.
func (c *call) decode(v any) error { return decodeJSON(c.body, v) }

// decodeJSON reads exactly one JSON value.
func decodeJSON(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errTrailing
	}
	return nil
}

// decodeStrict is decodeJSON that refuses unknown fields.
func decodeStrict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errTrailing
	}
	return nil
}

// jsonError is an error about a document.
type jsonError string

// Error implements error.
func (e jsonError) Error() string { return string(e) }

const errTrailing = jsonError("data after the JSON value")

// mediaType is the media type of a Content-Type header without its parameters.
func mediaType(v string) string {
	t, _, _ := strings.Cut(v, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// query is a query string parsed by & alone, because foreign clients send raw ";" and "$" in names and values and
// net/url drops such pairs.
type query map[string]string

// parseQuery keeps the first value of each name; what cannot be unescaped is kept as it came.
func parseQuery(raw string) query {
	q := query{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		k, v = unescapeQuery(k), unescapeQuery(v)
		if _, seen := q[k]; !seen {
			q[k] = v
		}
	}
	return q
}

func unescapeQuery(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// has tells whether the parameter was given at all.
func (q query) has(name string) bool { _, ok := q[name]; return ok }

// number reads an integer parameter; ok is false when it is no integer, and otherwise stands for an absent one.
func (q query) number(name string, otherwise int) (n int, ok bool) {
	v, given := q[name]
	if !given {
		return otherwise, true
	}
	n, err := strconv.Atoi(v)
	return n, err == nil
}

// answer is a complete answer. Handlers return it instead of writing, so that latency, faults and the saved state
// stand between the effect and the wire.
type answer struct {
	status int
	header http.Header
	body   []byte
	cut    string        // how the connection dies: "", "before", "after", "body"
	slow   time.Duration // how long a rate limit holds the answer back
}

// empty is an answer without a body.
func empty(status int) *answer { return &answer{status: status, header: http.Header{}} }

// text is an answer in plain text.
func text(status int, s string) *answer {
	return typed(status, "text/plain;charset=UTF-8", []byte(s))
}

// asJSON is an answer in JSON; v is always something that can be encoded.
func asJSON(status int, v any) *answer { return jsonAs(status, "application/json", v) }

// jsonAs is asJSON under another media type.
func jsonAs(status int, contentType string, v any) *answer {
	data, err := encodeJSON(v)
	if err != nil {
		return text(http.StatusInternalServerError, err.Error())
	}
	return typed(status, contentType, data)
}

func typed(status int, contentType string, body []byte) *answer {
	a := empty(status)
	a.header.Set("Content-Type", contentType)
	a.body = body
	return a
}

// with adds a header to an answer.
func (a *answer) with(name, value string) *answer {
	a.header.Set(name, value)
	return a
}

// encodeJSON encodes without escaping HTML, as SAP's services do.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
