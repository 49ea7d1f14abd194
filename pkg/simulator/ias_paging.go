package simulator

import (
	"net/http"
	"slices"
	"time"
)

// scimLimit is the rate limit of the directory; nil lets the call pass, and slow is how long its answer waits.
//
// Fact: up to 200 calls in a minute are normal, 201 to 280 are delayed by a second, from 281 on 429 for 60 seconds.
// Source: SAP-docs/btp-cloud-identity-services Operation-Guide/handle-rate-limits-15f7f23.md, read 2026-11-23.
// [documented] The body is unknown: plain text, and no Retry-After. That Identity Provisioning, which calls from
// addresses of its own, is counted apart from clients is assumed. The delay is Behaviour.ScimSlowdown.
func (l *Landscape) scimLimit(c *call) (refused *answer, slow time.Duration) {
	what, now := "scim/"+c.host, l.time()
	if c.internal {
		what += "/internal"
	}
	if now.Before(l.blocked[what]) {
		return text(http.StatusTooManyRequests, "Too Many Requests"), 0
	}
	switch n := l.meter(what, now, time.Minute); {
	case n > 280:
		l.blocked[what] = now.Add(time.Minute)
		delete(l.meters, what)
		return text(http.StatusTooManyRequests, "Too Many Requests"), 0
	case n > 200:
		return nil, l.behaviour.ScimSlowdown
	}
	return nil, 0
}

// list answers a page, by index or by cursor.
//
// Fact: a page has 100 entities unless fewer are asked for, a negative count is 0, and startIndex is 1-based. Source:
// SAP-docs/btp-cloud-identity-services (user search of the SCIM API) and recordings in
// SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [documented, observed] Both kinds of paging in
// one request answer 400. [assumed]
func (d *directory) list() *answer {
	start, ok1 := d.query.number("startIndex", 1)
	count, ok2 := d.query.number("count", 100)
	if !ok1 || !ok2 || (d.query.has("startIndex") && d.query.has("startId")) {
		return scimError(http.StatusBadRequest, "invalidValue", "startIndex and count must be numbers, without startId")
	}
	start, count = max(start, 1), min(max(count, 0), 100)
	keep, err := parseFilter(d.query["filter"], d.kind)
	if err != nil {
		return scimError(http.StatusBadRequest, "invalidFilter", err.Error())
	}
	hits := []any{}
	for _, id := range d.sorted() {
		if r := d.render(id); keep(r) {
			hits = append(hits, r)
		}
	}
	if d.query.has("startId") {
		return d.cursor(hits, count)
	}
	from := min(start-1, len(hits))
	return d.pageOf(hits, hits[from:min(from+count, len(hits))], document{"startIndex": start})
}

// cursor answers the page that begins with the entity startId.
//
// Fact: startId is initial or the id of the first entity of the page; nextId is that of the next page, or end on the
// last one. Source: SAP-docs/btp-cloud-identity-services (user search of the SCIM API), read 2026-11-23. [documented]
// An unknown startId is 400 "Invalid startId". [observed in a client's tests] A page goes on behind an entity that
// stopped passing the filter. [assumed]
func (d *directory) cursor(hits []any, count int) *answer {
	start, from := d.query["startId"], 0
	if start != "initial" {
		first := d.entities[start]
		if first == nil {
			return scimError(http.StatusBadRequest, "invalidValue", "Invalid startId")
		}
		from = slices.IndexFunc(hits, func(h any) bool { return d.entities[idOf(h)].Serial >= first.Serial })
		if from < 0 {
			from = len(hits)
		}
	}
	to, next := min(from+count, len(hits)), "end"
	if to < len(hits) {
		next = idOf(hits[to])
	}
	return d.pageOf(hits, hits[from:to], document{"startId": start, "nextId": next})
}

// idOf is the id of a rendered entity.
func idOf(rendered any) string {
	d, _ := rendered.(document)
	id, _ := d["id"].(string)
	return id
}

// pageOf is a ListResponse with the attributes of its kind of paging.
//
// Fact: attributes and excludedAttributes choose what entities show (RFC 7644, 3.9). Source:
// SAP-docs/btp-cloud-identity-services (user search of the SCIM API), read 2026-11-23. [documented] Only first-level
// names are taken here, as the proxy takes them; schemas and id are always answered. [assumed]
func (d *directory) pageOf(hits, page []any, more document) *answer {
	shown := []any{}
	for _, entity := range page {
		whole, _ := entity.(document)
		shown = append(shown, d.query.project(whole))
	}
	more["schemas"], more["Resources"] = []string{schemaList}, shown
	more["totalResults"], more["itemsPerPage"] = len(hits), len(page)
	return jsonAs(http.StatusOK, scimType, more)
}
