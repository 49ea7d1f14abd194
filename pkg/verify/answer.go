package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

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
	backendBarred    // the proxy system's login is known to be refused, so nothing was asked
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
	// of is the collection that was asked for, whatever the address was.
	of string
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

// read makes one call and fills a with what its answer means. It returns the
// page and true when that is a list.
func (a *answer) read(ctx context.Context, client *connect.Client, call connect.Call) (page, bool) {
	var body []byte
	call.Method, call.Out, call.OK = http.MethodGet, &body, anyStatus
	response, err := client.Do(ctx, call)
	a.status, a.err = response.Status, err
	switch {
	case err != nil:
		a.detail = err.Error()
		if e, ok := errors.AsType[*connect.Error](err); ok {
			a.status, a.detail = e.Status, e.Message
		}
		if a.status != 0 {
			a.detail = unexplained // the message may quote a body
		}
	case a.status != http.StatusOK:
		a.detail = explanation(body)
	default:
		p, instead := readPage(response.Header, body)
		a.verdict, a.detail = works, "answered with a list"
		if instead != "" {
			a.verdict, a.detail = unreadable, instead
		}
		return p, instead == ""
	}
	a.verdict = interpret(a.status, a.detail, err)
	return page{}, false
}

// anyStatus makes every complete answer one to look at.
var anyStatus = func() (all []int) {
	for status := 200; status < 600; status++ {
		all = append(all, status)
	}
	return all
}()

// quotesBackend recognises an error that the proxy passes on.
// Fact: the proxy mirrors its backend's status, and the detail of the SCIM
// error names the failed operation and the backend's address and status.
// Source: SAP knowledge base articles 3736372 and 3615000, read 2026-11-23.
// [observed]
var quotesBackend = regexp.MustCompile(`(?i)failed to \w+ entit(y|ies)\b|HTTP operation failed|\bstatusCode:`)

// interpret tells what an answer that is no success means. detail is that of a
// SCIM error.
// Fact: without a usable login the tenant redirects to its login page; wrong
// credentials are 401, a missing role 403, an unknown system 404 and too many
// calls 429; the bodies of these are not documented. Source: SAP Cloud Identity
// Services help, "Proxy Systems" and the general error page, read 2026-11-23.
// [documented for 301 and 429, inferred for the others]
func interpret(status int, detail string, err error) verdict {
	switch {
	case errors.Is(err, connect.ErrDenied):
		return loginRefused
	case err != nil:
		return unreachable
	case status/100 == 3:
		return loginPage
	case status == http.StatusTooManyRequests:
		return throttled
	case quotesBackend.MatchString(detail):
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

// unexplained stands where an answer gives no reason that may be shown.
const unexplained = "no reason is given"

const errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error"

// explanation is the detail of a SCIM error. No other body is shown: it may
// hold anything. The error's own status is not looked at.
// Fact: the status in the body is a number from the proxy and a text from the
// tenant's directory. Source: SAP knowledge base article 3736372 and recordings
// in SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23.
// [observed]
func explanation(body []byte) string {
	var e struct {
		Schemas []string `json:"schemas"`
		Detail  string   `json:"detail"`
	}
	if json.Unmarshal(body, &e) != nil || !slices.Contains(e.Schemas, errorSchema) {
		return unexplained
	}
	return quote(e.Detail)
}

// queries finds the part of a quoted address that may hold a filter, rawAnswer
// the backend's own answer; both may name people.
var (
	queries   = regexp.MustCompile(`\?[^\s"']*`)
	rawAnswer = regexp.MustCompile(`(?is)[.,;:\s]*(\b(response|body)\s*:|[{<]).*$`)
)

// quote makes the detail of an error fit to be shown in one line. Secrets are
// taken out when the report is settled.
func quote(detail string) string {
	const limit = 300
	detail = rawAnswer.ReplaceAllString(queries.ReplaceAllString(detail, ""), "")
	detail = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, detail)
	runes := []rune(strings.Join(strings.Fields(detail), " "))
	if len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return string(runes)
}

// seen is the answer in a few words.
func (a answer) seen() string {
	if a.status == 0 {
		return a.detail
	}
	return fmt.Sprintf("%d, %s", a.status, a.detail)
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

// leg is the hop that an error answer comes from.
func (a answer) leg() string {
	if a.verdict == backendFails {
		return LegBackend
	}
	return LegProxy
}
