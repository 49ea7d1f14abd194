package auditlog

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"reconcile/pkg/connect"
)

// Limits of the service.
//
// Fact: 4 or 8 requests a second, depending on the region, else 429; records are kept
// for 90 days; an answer has at most 500 records, and the header "Paging:
// handle=VALUE" leads to the next ones. Source: SAP-docs/btp-cloud-platform 30ece35,
// "Audit Log Retrieval API Usage for Subaccounts in the Cloud Foundry Environment",
// read 2026-11-23. [documented]
const (
	// Rate is how many requests a second this tool sends: half of the lower limit.
	Rate = 2
	// Retention is how long records are kept.
	Retention = 90 * 24 * time.Hour
	// maxPages ends a list that has no end: 50,000 records.
	maxPages = 100
)

// category holds the changes of what administrators set up.
//
// Fact: the categories are audit.security-events, audit.configuration,
// audit.data-access and audit.data-modification. Source: as above. [documented] That
// IAG's applications, parameters and jobs are audit.configuration is [assumed].
const category = "audit.configuration"

// queryTime is how times are written in a query, in UTC.
const queryTime = "2006-01-02T15:04:05"

// API is the retrieval interface of the audit log. It only reads.
type API struct{ client *connect.Client }

// NewAPI makes the interface over a client whose address is the url of the service
// key of plan auditlog-management.
func NewAPI(client *connect.Client) *API { return &API{client} }

// Records returns the records of changes between two times, in the order of the
// service. Errors are those of pkg/connect; a list that does not end within bounds
// is one too.
//
// Fact: without a time the service takes the last 30 days; 204 means that there are no
// records. Source: as above. [documented]
//
// api:GET /auditlog/v2/auditlogrecords
func (a *API) Records(ctx context.Context, from, to time.Time) ([]Record, error) {
	const path = "/auditlog/v2/auditlogrecords"
	query := url.Values{
		"time_from": {from.UTC().Format(queryTime)}, "time_to": {to.UTC().Format(queryTime)}, "category": {category},
	}
	var all []Record
	for range maxPages {
		var raw []json.RawMessage
		response, err := a.client.Do(ctx, connect.Call{Method: http.MethodGet, Path: path, Query: query, Out: &raw})
		if err != nil {
			return nil, err
		}
		for _, r := range raw {
			all = append(all, ParseRecord(r))
		}
		handle := next(response.Header.Get("Paging"))
		if handle == "" || handle == query.Get("handle") {
			return all, nil
		}
		query = url.Values{"handle": {handle}}
	}
	return nil, fmt.Errorf("audit log: no end after %d pages", maxPages)
}

// next reads the handle out of the header Paging, "" when there is none.
func next(header string) string {
	for part := range strings.SplitSeq(header, ";") {
		if handle, ok := strings.CutPrefix(strings.TrimSpace(part), "handle="); ok {
			return strings.Trim(handle, `"`)
		}
	}
	return ""
}
