package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"reconcile/pkg/simulator"
)

// trouble is one way in which the wire or the landscape misbehaves.
type trouble string

const (
	none      trouble = ""
	cutBefore trouble = "cut before"       // the request is lost
	cutAfter  trouble = "cut after"        // the answer is lost
	cutBody   trouble = "cut in body"      // half of the answer is lost
	unsent    trouble = "never sent"       // no connection can be made
	throttled trouble = "429"              // not served
	busy      trouble = "503"              // not served
	failing   trouble = "500"              // not served
	lateFail  trouble = "500 after"        // served, and yet
	lateGate  trouble = "504 after"        // served, and yet
	noGateway trouble = "502 for real"     // not served
	hasty     trouble = "429 bare"         // not served, and no word when to come again
	expired   trouble = "401"              // not served: the token does not hold any more
	outdated  trouble = "token expires"    // not served, and no later one with that token is
	forbidden trouble = "403"              // not served
	taken     trouble = "409"              // not served
	changed   trouble = "412"              // not served
	loginPage trouble = "200 login page"   // not served: something on the way shows a page
	odd       trouble = "200 another body" // served, and the answer is about something else
	idOnly    trouble = "200 an id"        // served, and the answer is no more than that of something
	noCount   trouble = "200 none"         // not served: something on the way counts no object
	noRoute   trouble = "404 page"         // not served: something on the way knows no such service
	nothing   trouble = "200 nothing"      // served, and the answer is empty JSON
	slow      trouble = "slow"             // served, and the answer comes after everybody left
	behind    trouble = "503 behind"       // served, while what the service calls itself is busy
	halfDone  trouble = "207"              // of an array, the first half is served
)

// answers are what something on the way says instead of the service.
var answers = map[trouble]struct {
	status     int
	retryAfter string
}{
	throttled: {http.StatusTooManyRequests, "1"},
	hasty:     {http.StatusTooManyRequests, ""},
	expired:   {http.StatusUnauthorized, ""},
	busy:      {http.StatusServiceUnavailable, "1"},
	failing:   {http.StatusInternalServerError, ""},
	noGateway: {http.StatusBadGateway, ""},
}

// faults are what the landscape does itself.
var faults = map[trouble]simulator.Fault{
	outdated:  {ExpireToken: true},
	forbidden: {Status: http.StatusForbidden},
	taken:     {Status: http.StatusConflict},
	changed:   {Status: http.StatusPreconditionFailed},
	loginPage: {Status: http.StatusOK, Body: "<!DOCTYPE html><html><body>Sign in</body></html>"},
	odd:       {Body: `{"status": "UP", "id": 7}`},
	idOnly:    {Body: `{"id": "zzz"}`},
	noCount:   {Status: http.StatusOK, Body: `{"Count": 0}`},
	noRoute:   {Status: http.StatusNotFound, Body: "<!DOCTYPE html><html><body>No such route</body></html>"},
	nothing:   {Body: "{}"},
	slow:      {Delay: 24 * 60 * 60 * 1000},
	behind:    {Internal: true, Status: http.StatusServiceUnavailable, Times: -1},
}

// disturb makes a request as a trouble has it.
func (w *wire) disturb(r *http.Request, what trouble, index int) (*http.Response, error) {
	if a, ok := answers[what]; ok {
		return instead(r, a.status, a.retryAfter), nil
	}
	if f, ok := faults[what]; ok {
		if !f.Internal {
			f.Method, f.Path = r.Method, r.URL.Path
		}
		w.fail(f)
	}
	switch what {
	case cutBefore:
		return nil, io.ErrUnexpectedEOF
	case unsent:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	case halfDone:
		return w.half(r, index)
	}
	answer, err := w.next.RoundTrip(r)
	if err != nil {
		if what == slow {
			w.result(index, what, http.StatusOK)
		}
		return nil, err
	}
	if faults[what].Status == 0 || faults[what].Internal {
		w.result(index, what, answer.StatusCode)
	}
	switch what {
	case cutAfter:
		return nil, io.ErrUnexpectedEOF
	case cutBody:
		data, _ := io.ReadAll(answer.Body)
		answer.Body = io.NopCloser(io.MultiReader(bytes.NewReader(data[:len(data)/2]), broken{}))
	case lateFail:
		return instead(r, http.StatusInternalServerError, ""), nil
	case lateGate:
		return instead(r, http.StatusGatewayTimeout, ""), nil
	}
	return answer, nil
}

// half lets the first half of an array be served, and fails the other.
func (w *wire) half(r *http.Request, index int) (*http.Response, error) {
	var all, results []map[string]any
	if err := json.NewDecoder(r.Body).Decode(&all); err != nil {
		return nil, err
	}
	first, _ := json.Marshal(all[:len(all)/2])
	served := r.Clone(r.Context())
	served.Body, served.ContentLength = io.NopCloser(bytes.NewReader(first)), int64(len(first))
	answer, err := w.next.RoundTrip(served)
	if err != nil {
		return nil, err
	}
	w.result(index, halfDone, answer.StatusCode)
	w.made(index, len(all)/2)
	if err := json.NewDecoder(answer.Body).Decode(&results); err != nil {
		return nil, err
	}
	for _, one := range all[len(all)/2:] {
		results = append(results, map[string]any{"name": one["Name"], "status": http.StatusInternalServerError, "cause": "Internal error"})
	}
	data, _ := json.Marshal(results)
	answer.StatusCode, answer.Body, answer.ContentLength = http.StatusMultiStatus, io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return answer, nil
}

// broken is the rest of an answer that never came.
type broken struct{}

// Read implements [io.Reader]
func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// instead is an answer of something on the way that is not the service.
func instead(r *http.Request, status int, retryAfter string) *http.Response {
	header := http.Header{"Content-Type": {"text/plain"}}
	if retryAfter != "" {
		header.Set("Retry-After", retryAfter)
	}
	text := http.StatusText(status)
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)), Request: r,
	}
}
