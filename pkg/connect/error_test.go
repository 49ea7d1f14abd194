package connect

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode"
)

func TestErrorTexts(t *testing.T) {
	for _, tc := range []struct {
		name, body, mediaType, code, want string
		status                            int
	}{
		{"bare text", "Not Found", "text/plain", "", "404 Not Found", 404},
		{"no body", "", "", "", "403 Forbidden", 403},
		{"blank body", " \n", "", "", "403 Forbidden", 403},
		{"quoted text", `"Duplicate key"`, "*/*", "", "409 Duplicate key", 409},
		{"ErrorMessage", `{"ErrorMessage":"Duplicate key"}`, "application/json", "", "409 Duplicate key", 409},
		{"oauth", `{"error":"invalid_client","error_description":"Bad credentials"}`, "application/json", "invalid_client", "401 Bad credentials", 401},
		{"oauth short", `{"error":"unauthorized"}`, "application/json", "unauthorized", "401 unauthorized", 401},
		{"problem", `{"type":"about:blank","title":"Conflict","status":409,"detail":"the version is 7"}`, "application/problem+json", "", "409 the version is 7", 409},
		{"problem type", `{"type":"urn:x","title":"Broken"}`, "application/problem+json", "urn:x", "400 Broken", 400},
		{"scim", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"uniqueness","detail":"taken","status":"409"}`, "application/scim+json", "uniqueness", "409 taken", 409},
		{"odata", `{"error":{"code":"E1","message":{"lang":"en","value":"no such thing"}}}`, "application/json", "E1", "400 no such thing", 400},
		{"list", `[{"name":"b","status":409,"cause":"Duplicate key"}]`, "application/json", "", "409 Duplicate key", 409},
		{"errors", `{"errors":[{"message":"first"},{"message":"second"}]}`, "application/json", "", "400 first", 400},
		{"unknown shape is not shown", `{"Password":"x","input":{"a":"b"}}`, "application/json", "", "400 Bad Request", 400},
		{"broken json", `{"ErrorMessage":`, "application/json", "", "400 an answer that cannot be read", 400},
		{"deep json", strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100), "application/json", "", "400 Bad Request", 400},
		{"html", "<html><head><title>Sorry &\n down</title>", "text/html", "", "500 an HTML page instead of an answer (Sorry & down)", 500},
		{"html without type", "<!doctype html>", "", "", "500 an HTML page instead of an answer", 500},
		{"controls", "a\x1b[31mb\r\n\tc\u202ed\xff", "text/plain", "", "500 a [31mb c d?", 500},
		{"long", strings.Repeat("ä", 400), "text/plain", "", "500 " + strings.Repeat("ä", 300) + "…", 500},
		{"unassigned status", "", "", "", "599 ", 599},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, c := open(t, always(tc.status, tc.body, "Content-Type", tc.mediaType, "X-Vcap-Request-Id", "id-1"), Write)
			_, err := c.Do(t.Context(), Call{Method: "POST", Path: "/x/{name}", Args: []string{"a"}})
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Error() != "svc POST /x/{name}: "+tc.want {
				t.Fatalf("got  %v\nwant svc POST /x/{name}: %s", err, tc.want)
			}
			if e.Code != tc.code || e.Correlation != "id-1" || e.Status != tc.status {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestErrorSentinels(t *testing.T) {
	for status, want := range map[int]error{
		404: ErrNotFound, 409: ErrConflict, 412: ErrPrecondition, 401: ErrDenied, 403: ErrDenied,
		429: ErrThrottled, 502: ErrUnreachable, 503: ErrUnreachable, 504: ErrUnreachable, 500: nil, 400: nil,
	} {
		// Others build errors in their tests, so the status alone must do.
		err := error(&Error{Service: "s", Status: status, Message: "m"})
		for _, sentinel := range []error{ErrNotFound, ErrConflict, ErrPrecondition, ErrDenied, ErrThrottled, ErrUnreachable, ErrUncertain, ErrRefused} {
			if errors.Is(err, sentinel) != errors.Is(sentinel, want) {
				t.Errorf("%d is %v: %t", status, sentinel, errors.Is(err, sentinel))
			}
		}
	}
	e := &Error{Status: 503}
	if got := errors.Unwrap(e); got != nil || !errors.Is(withCause(e, context.Canceled), context.Canceled) {
		t.Error(got)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, tc := range []struct{ location, host string }{
		{"https://login.example/saml?token=canary", "login.example"},
		{"/relative", "another address"},
		{"", "another address"},
		{"https://user:canary@h.example/", "h.example"},
		{":", "another address"},
	} {
		f := always(302, "", "Location", tc.location)
		_, c := open(t, f, ReadOnly)
		resp, err := c.Do(t.Context(), Call{Method: "GET", Path: "/x"})
		want := "svc GET /x: 302 a redirect to " + tc.host + " is not followed; check the address and the proxy in between"
		if err == nil || err.Error() != want || len(f.seen) != 1 || resp.Header.Get("Location") != "" {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestCorrelationHeaders(t *testing.T) {
	for _, name := range []string{"x-vcap-request-id", "x-correlation-id", "X-CorrelationID"} {
		_, c := open(t, always(500, "", name, "id-7"), ReadOnly)
		_, err := c.Do(t.Context(), Call{Method: "GET", Path: "/x"})
		if e, ok := errors.AsType[*Error](err); !ok || e.Correlation != "id-7" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func FuzzDiagnose(f *testing.F) {
	f.Add(400, "application/json", []byte(`{"error":{"message":"x"}}`))
	f.Add(302, "", []byte(""))
	f.Add(500, "text/html", []byte("<title>x</title>"))
	f.Fuzz(func(t *testing.T, status int, mediaType string, body []byte) {
		l := New(Options{}).lane(Service{Name: "svc"}, "h", nil)
		e := l.refusal(request{method: "GET", path: "/x"}, answer{
			status: status, body: body, header: http.Header{"Content-Type": {mediaType}},
		})
		if len([]rune(e.Message)) > 301 {
			t.Errorf("message of %d runes", len([]rune(e.Message)))
		}
		for _, r := range e.Error() {
			if unicode.IsControl(r) {
				t.Errorf("control character in %q", e.Error())
			}
		}
	})
}

func TestCauseBelongsToOneCaller(t *testing.T) {
	shared := &Error{Service: "svc", kind: ErrUnreachable}
	mine := withCause(shared, context.Canceled)
	if !errors.Is(mine, context.Canceled) || !errors.Is(mine, ErrUnreachable) {
		t.Error("the caller's own end of patience is missing:", mine)
	}
	if errors.Is(shared, context.Canceled) {
		t.Error("one caller's cancelled context shows in the error that all waiters share")
	}
}
