package connect

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// title finds what a gateway's error page says in one line.
var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// diagnose finds code and message in the body of an error answer.
// Fact: the Destination service answers with bare text or {"ErrorMessage":"…"}.
// Source: SAP OpenAPI "Destination Service (Cloud Foundry)", responses, read
// 2026-11-23. [documented]
// Fact: token endpoints answer {"error","error_description"}. Source: RFC 6749
// section 5.2, read 2026-11-23. [documented]
// Fact: SCIM errors hold detail and scimType, problem documents title, detail
// and type. Source: RFC 7644 section 3.12 and RFC 9457 section 3.1, read
// 2026-11-23. [documented]
func diagnose(a answer) (code, message string) {
	body := bytes.TrimSpace(a.body)
	switch {
	case a.status/100 == 3:
		return "", redirected(a.header)
	case len(body) == 0:
	case isHTML(a):
		message = "an HTML page instead of an answer"
		if found := title.FindSubmatch(body); found != nil {
			message += " (" + string(found[1]) + ")"
		}
	case body[0] == '{' || body[0] == '[' || body[0] == '"':
		code, message = fromJSON(body)
	default:
		message = string(body)
	}
	if strings.TrimSpace(message) == "" {
		message = http.StatusText(a.status)
	}
	return code, message
}

func redirected(h http.Header) string {
	host := h.Get(redirectHost)
	if host == "" {
		host = "another address"
	}
	return "a redirect to " + host + " is not followed; check the address and the proxy in between"
}

func isHTML(a answer) bool {
	return strings.Contains(a.header.Get("Content-Type"), "text/html") ||
		bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<"))
}

// describe names an unexpected body without showing it.
func describe(a answer) string {
	switch {
	case isHTML(a):
		return "an HTML page"
	case len(bytes.TrimSpace(a.body)) == 0:
		return "an empty body"
	default:
		return "something else"
	}
}

// The names under which services put what went wrong, the best first.
var (
	messageNames = []string{"ErrorMessage", "error_description", "detail", "message", "cause", "description", "title", "error", "value", "errors", "Errors"}
	codeNames    = []string{"error", "scimType", "code", "type", "ErrorCode"}
)

// fromJSON digs for code and message. What it does not know it does not show: a
// body of an unknown shape may echo the request.
func fromJSON(body []byte) (code, message string) {
	var node any
	if json.Unmarshal(body, &node) != nil {
		return "", "an answer that cannot be read"
	}
	return dig(node, 0)
}

func dig(node any, depth int) (code, message string) {
	const deepest = 4
	switch n := node.(type) {
	case string:
		return "", n
	case []any:
		if len(n) > 0 && depth < deepest {
			return dig(n[0], depth+1)
		}
	case map[string]any:
		if depth < deepest {
			return digObject(n, depth)
		}
	}
	return "", ""
}

func digObject(n map[string]any, depth int) (code, message string) {
	for _, name := range codeNames {
		if text, ok := n[name].(string); ok && text != "about:blank" {
			code = text
			break
		}
	}
	for _, name := range messageNames {
		inner, text := dig(n[name], depth+1)
		if text == "" {
			continue
		}
		if code == "" {
			code = inner
		}
		return code, text
	}
	return code, ""
}
