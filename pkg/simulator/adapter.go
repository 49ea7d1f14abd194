package simulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The adapter contract is this project's own, not SAP's: nobody has found a documented API for what its collections
// hold. The landscape implements it as strictly as it can be read, so that a client that works here works with every
// adapter that keeps the contract.

// document is the JSON object that describes a thing.
type document = map[string]any

// resource is one thing that the adapter, or a person at the console, keeps.
type resource struct {
	ID      string            `json:"id"`
	Version string            `json:"version"`
	Serial  int64             `json:"serial"` // order of creation, which paging follows
	Key     string            `json:"idempotencyKey,omitempty"`
	Tenant  string            `json:"tenant,omitempty"` // host, for things of Identity Authentication and Provisioning
	System  document          `json:"system"`
	Secrets map[string]string `json:"secrets,omitempty"` // never answered
}

// firstAnswer is what an idempotency key was answered first.
type firstAnswer struct {
	Hash   string          `json:"hash"` // of the request body
	Status int             `json:"status"`
	ETag   string          `json:"etag,omitempty"`
	Body   json.RawMessage `json:"body"`
}

// kind is what differs between the collections.
type kind struct {
	collection string
	audited    string // object type in the audit log, empty when the subaccount's log does not see it
	// shape is the type whose fields are the known ones.
	shape any
	// build checks a document and makes the resource: have is nil for a new one. A secret of nil removes it.
	build func(l *Landscape, have *resource, doc document, secrets map[string]*string) (*resource, *problem)
	// guard refuses a patch before it is merged; may be nil.
	guard func(patch document) *problem
	// drop refuses a deletion; may be nil.
	drop func(l *Landscape, have *resource) *problem
}

// The collections by name.
const (
	systemUsers  = "systemUsers"
	proxySystems = "proxySystems"
	parameters   = "parameters"
	iagSystems   = "iagSystems"
	jobs         = "jobs"
)

// kinds lists the collections; a new one is one line here.
func kinds() []*kind {
	return []*kind{&systemUserKind, &proxySystemKind, &parameterKind, &iagSystemKind, &jobKind}
}

// problem is an error in the form of RFC 9457.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func refuse(status int, detail string) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// invalid is the refusal of a document.
func invalid(detail string) *problem { return refuse(http.StatusUnprocessableEntity, detail) }

func (p *problem) answer() *answer { return jsonAs(p.Status, "application/problem+json", p) }

func (l *Landscape) adapterRoutes() []route {
	var list []route
	for _, k := range kinds() {
		base := "/adapter/v1/" + k.collection
		list = append(list,
			l.on("GET", base, l.adapter(k, l.listResources)),
			l.on("POST", base, l.adapter(k, l.postResource)),
			l.on("GET", base+"/{id}", l.adapter(k, l.getResource)),
			l.on("PATCH", base+"/{id}", l.adapter(k, l.patchResource)),
			l.on("DELETE", base+"/{id}", l.adapter(k, l.deleteResource)),
		)
	}
	return append(list, l.runRoutes()...)
}

// adapter lets a call in that has the adapter's token.
func (l *Landscape) adapter(k *kind, h func(*kind, *call) *answer) handler {
	return func(c *call) *answer {
		if _, status := l.caller(c, serviceAdapter); status != 0 {
			return refuse(status, "want a token of the adapter's key").answer()
		}
		return h(k, c)
	}
}

// listResources answers a page. next is absent on the last page; it stays good when resources vanish in between.
func (l *Landscape) listResources(k *kind, c *call) *answer {
	limit, ok1 := c.query.number("limit", 100)
	after, ok2 := c.query.number("after", 0)
	if !ok1 || !ok2 || limit < 1 || limit > 1000 {
		return refuse(http.StatusBadRequest, "want limit 1 to 1000 and after as it was answered").answer()
	}
	items, next := []any{}, ""
	for _, r := range l.state.Collections[k.collection] {
		if r.Serial <= int64(after) {
			continue
		}
		if len(items) == limit {
			next = strconv.Itoa(after)
			break
		}
		items = append(items, r.public())
		after = int(r.Serial)
	}
	out := map[string]any{"items": items}
	if next != "" {
		out["next"] = next
	}
	return asJSON(http.StatusOK, out)
}

// public is what the adapter answers of a resource: everything but the secrets.
func (r *resource) public() any {
	return struct {
		ID      string   `json:"id"`
		Version string   `json:"version"`
		System  document `json:"system"`
		Key     string   `json:"idempotencyKey,omitempty"`
	}{r.ID, r.Version, r.System, r.Key}
}

func (r *resource) tag() string { return `"` + r.Version + `"` }

func (r *resource) answer(status int) *answer {
	return asJSON(status, r.public()).with("ETag", r.tag())
}

func (l *Landscape) getResource(k *kind, c *call) *answer {
	r := l.resource(k.collection, c.params["id"])
	if r == nil {
		return notThere(k, c).answer()
	}
	return r.answer(http.StatusOK)
}

func notThere(k *kind, c *call) *problem {
	return refuse(http.StatusNotFound, k.collection+" has no "+strconv.Quote(c.params["id"]))
}

// resource finds a resource by its id, or nil.
func (l *Landscape) resource(collection, id string) *resource {
	for _, r := range l.state.Collections[collection] {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// named finds a resource by a field of its document, or nil.
func (l *Landscape) named(collection, field, value string) *resource {
	for _, r := range l.state.Collections[collection] {
		if r.System[field] == value {
			return r
		}
	}
	return nil
}

// envelope is the body of POST and PATCH.
type envelope struct {
	System  document           `json:"system"`
	Secrets map[string]*string `json:"secrets"`
}

// readEnvelope reads a body of one of the given media types.
func readEnvelope(c *call, mediaTypes ...string) (envelope, *problem) {
	var in envelope
	if !slices.Contains(mediaTypes, mediaType(c.header("Content-Type"))) {
		return in, refuse(http.StatusUnsupportedMediaType, "want "+strings.Join(mediaTypes, " or "))
	}
	var raw any
	if err := c.decode(&raw); err != nil {
		return in, refuse(http.StatusBadRequest, "body: "+err.Error())
	}
	if f := unknownField(raw, in); f != "" {
		return in, refuse(http.StatusBadRequest, "unknown field "+f)
	}
	if err := c.decode(&in); err != nil {
		return in, invalid("body: " + err.Error())
	}
	return in, nil
}

// postResource creates. The same key with the same body is answered as the first time, whatever became of the
// resource since; the same key with another body is a mistake of the client.
func (l *Landscape) postResource(k *kind, c *call) *answer {
	in, p := readEnvelope(c, "application/json")
	if p != nil {
		return p.answer()
	}
	key, first, p := l.remembered(c, k.collection)
	if p != nil {
		return p.answer()
	}
	if first != nil {
		return first
	}
	r, p := l.put(k, nil, in.System, in.Secrets, c.header("Idempotency-Key"))
	if p != nil {
		return p.answer()
	}
	a := r.answer(http.StatusCreated).with("Location", "/adapter/v1/"+k.collection+"/"+r.ID)
	l.remember(key, c, a)
	return a
}

// remembered looks an idempotency key up. Without a first answer the caller does its work and remembers it under key.
func (l *Landscape) remembered(c *call, place string) (key string, first *answer, p *problem) {
	key = c.header("Idempotency-Key")
	if key == "" {
		return "", nil, refuse(http.StatusBadRequest, "want the header Idempotency-Key")
	}
	key = place + "/" + key
	f := l.state.Answered[key]
	switch {
	case f == nil:
		return key, nil, nil
	case f.Hash != hashBody(c.body):
		return key, nil, invalid("this Idempotency-Key was used with another body")
	}
	a := typed(f.Status, "application/json", f.Body)
	if f.ETag != "" {
		a.with("ETag", f.ETag)
	}
	return key, a, nil
}

func (l *Landscape) remember(key string, c *call, a *answer) {
	l.state.Answered[key] = &firstAnswer{Hash: hashBody(c.body), Status: a.status, ETag: a.header.Get("ETag"), Body: a.body}
	l.touch()
}

// hashBody is the same for bodies that differ in blanks and order only.
func hashBody(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) == nil {
		if canonical, err := json.Marshal(v); err == nil {
			return sha256Hex(string(canonical))
		}
	}
	return sha256Hex(string(body))
}

// put stores a new resource, or the next version of have, after its kind has checked it.
func (l *Landscape) put(k *kind, have *resource, doc document, secrets map[string]*string, key string) (*resource, *problem) {
	if f := unknownField(doc, k.shape); f != "" {
		return nil, invalid("unknown field " + f)
	}
	r, p := k.build(l, have, doc, secrets)
	if p != nil {
		return nil, p
	}
	r.Version = l.state.next()
	l.touch()
	if have != nil {
		r.ID, r.Serial, r.Key, r.Tenant = have.ID, have.Serial, have.Key, have.Tenant
		l.audit(k, "changed", r.System)
		*have = *r
		return have, nil
	}
	r.Serial, r.Key = l.state.Serial, key
	l.state.Collections[k.collection] = append(l.state.Collections[k.collection], r)
	l.audit(k, "created", r.System)
	return r, nil
}
