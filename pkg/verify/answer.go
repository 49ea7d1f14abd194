package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"reconcile/pkg/connect"
)

// verdict is what the answer to a read through a proxy system means.
type verdict int

// The verdicts. The zero one is a call that was not made.
const (
	notAsked verdict = iota
	works
	unreachable      // no answer came
	loginPage        // the tenant saw no usable login
	loginRefused     // the caller's id or secret is not accepted
	roleMissing      // the caller may not use proxy systems
	notFound         // nothing under this address
	throttled        // too many calls
	refused          // the proxy itself answers with another error
	unreadable       // a success that is no list
	backendLogin     // the backend does not accept the proxy system's login
	backendForbidden // the proxy system's user lacks an authorization
	backendFails     // the backend answers with another error
)

// ends reports whether the next call would meet the same, or do harm, whatever
// system it is for: it would be another wrong login, or one more call too many.
func (v verdict) ends() bool {
	switch v {
	case loginPage, loginRefused, roleMissing, throttled, unreachable:
		return true
	default:
		return false
	}
}

// inside reports whether the call was let in: login and role are good.
func (v verdict) inside() bool {
	switch v {
	case works, backendLogin, backendForbidden, backendFails:
		return true
	default:
		return false
	}
}

// answer is what came of one read.
type answer struct {
	entity  entity
	verdict verdict
	// status is zero when no answer came.
	status int
	// what names the call, detail is what was seen or why nothing was asked.
	what, detail string
	// tally is filled when the verdict is works.
	tally tally
	err   error
}

// page is one page of a SCIM list. Of the entities only their number is kept.
type page struct {
	Schemas   []string          `json:"schemas"`
	Total     *int              `json:"totalResults"`
	Read      int               `json:"itemsPerPage"`
	Resources []json.RawMessage `json:"Resources"`
}

const listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// readPage reads a success, and says what it is instead of a list when it is none.
func readPage(h http.Header, body []byte) (p page, instead string) {
	err := json.Unmarshal(body, &p)
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case media == "text/html" || strings.HasPrefix(strings.TrimSpace(string(body)), "<"):
		return page{}, "an HTML page"
	case err != nil:
		return page{}, "something that is no JSON"
	case p.Total == nil || !slices.Contains(p.Schemas, listSchema):
		return page{}, "JSON that is no SCIM list"
	default:
		return p, ""
	}
}

// quotesBackend recognises an error that the proxy passes on.
// Fact: the proxy mirrors its backend's status, and the detail of the SCIM
// error names the failed operation and the backend's address and status.
// Source: SAP knowledge base articles 3736372 and 3615000, read 2026-11-23.
// [observed]
var quotesBackend = regexp.MustCompile(`(?i)failed to \w+ entit(y|ies)\b|HTTP operation failed|\bstatusCode:`)

// interpret tells what a failed call means.
// Fact: without a usable login the tenant redirects to its login page; wrong
// credentials are 401, a missing role 403, an unknown system 404 and too many
// calls 429; the bodies of these are not documented. Source: SAP Cloud Identity
// Services help, "Proxy Systems" and the general error page, read 2026-11-23.
// [documented for 301 and 429, inferred for the others]
func interpret(status int, message string, err error) verdict {
	switch {
	case status == 0 && errors.Is(err, connect.ErrDenied):
		return loginRefused
	case status == 0:
		return unreachable
	case status/100 == 3:
		return loginPage
	case status == http.StatusTooManyRequests:
		return throttled
	case quotesBackend.MatchString(message):
		return mirrored(status)
	case status == http.StatusUnauthorized:
		return loginRefused
	case status == http.StatusForbidden:
		return roleMissing
	case status == http.StatusNotFound:
		return notFound
	default:
		return refused
	}
}

func mirrored(status int) verdict {
	switch status {
	case http.StatusUnauthorized:
		return backendLogin
	case http.StatusForbidden:
		return backendForbidden
	default:
		return backendFails
	}
}

// failed fills an answer from the error of a call.
func (a *answer) failed(err error) {
	a.err, a.detail = err, err.Error()
	if e, ok := errors.AsType[*connect.Error](err); ok {
		a.status, a.detail = e.Status, quote(e.Message)
	}
	a.verdict = interpret(a.status, a.detail, err)
}

// queries finds the part of a quoted address that may hold a filter, rawAnswer
// the backend's own answer; both may name people.
var (
	queries   = regexp.MustCompile(`\?[^\s"']*`)
	rawAnswer = regexp.MustCompile(`(?is)[.,;:\s]*(\b(response|body)\s*:|[{<]).*$`)
)

// quote makes the text of a service fit to be shown: connect took secrets out
// and cut it to a line; here filters and quoted answers go too.
func quote(message string) string {
	return strings.TrimSpace(rawAnswer.ReplaceAllString(queries.ReplaceAllString(message, ""), ""))
}

// log is the line with which IAG's own run ends on this answer, "" where it is
// not known.
// Fact: the lines are literal. Source: SAP Community 12806626 and 13950751,
// read 2026-11-23. [observed]
func (a answer) log() string {
	if a.status == 0 || a.status == http.StatusOK {
		return ""
	}
	return fmt.Sprintf("Error occurred during %s sync: Service call return code : %d", a.entity.what, a.status)
}
