package connect

import (
	"crypto/sha256"
	"maps"
	"slices"
	"sync"
	"time"

	"reconcile/pkg/secret"
)

// credentials are one login: who, with what, where. The host and not the token
// path is part of it, so that a token request and a Basic call to one tenant
// count as the same login.
type credentials struct {
	host, id string
	secret   secret.Value
}

// fingerprint compares credentials within the process. It is never stored.
type fingerprint [sha256.Size]byte

// print is the fingerprint of the credentials at a place.
func (c credentials) print(place string) fingerprint {
	return sha256.Sum256([]byte(place + "\n" + c.id + "\n" + c.secret.Reveal()))
}

// hash is the keyed fingerprint that may be stored.
func (c credentials) hash(key []byte) string {
	return secret.Hash(key, c.host+"\n"+c.id+"\n"+c.secret.Reveal())
}

// refusals are the logins that were refused. Trying them again would lock the
// client out at some services.
// Fact: five failed attempts lock a client id for 60 minutes. Source: SAP Cloud
// Identity Services help, "Lock client ID", read 2026-11-23. [documented]
type refusals struct {
	mu    sync.Mutex
	here  map[fingerprint]refusal
	older []memory
	// forgiven are logins that were made valid since, tried those that were not barred.
	forgiven, tried map[fingerprint]credentials
}

// refusal is a login that was refused, and when.
type refusal struct {
	credentials
	at time.Time
}

// memory is what one place remembers of earlier processes: since when by keyed hash.
type memory struct {
	key   []byte
	since map[string]time.Time
}

func (r *refusals) add(c credentials) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.here == nil {
		r.here = map[fingerprint]refusal{}
	}
	r.here[c.print(c.host)] = refusal{c, time.Now().UTC().Truncate(time.Second)}
}

// bars reports whether a login must not be tried, and notes that it is where it may.
func (r *refusals) bars(c credentials) bool {
	if _, refused := r.since(c); refused {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tried == nil {
		r.tried = map[fingerprint]credentials{}
	}
	r.tried[c.print(c.host)] = c
	return false
}

// triedHashes are the keyed fingerprints of the logins that were tried, sorted.
func (r *refusals) triedHashes(key []byte) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var hashes []string
	for _, c := range r.tried {
		hashes = append(hashes, c.hash(key))
	}
	slices.Sort(hashes)
	return hashes
}

// since reports whether a login was refused, and since when as far as that is known:
// as the memory says that goes back furthest.
func (r *refusals) since(c credentials) (first time.Time, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	print := c.print(c.host)
	if seen, ok := r.here[print]; ok {
		first, refused = seen.at, true
	} else if _, ok := r.forgiven[print]; ok {
		return first, false
	}
	for _, m := range r.older {
		if len(m.since) == 0 {
			continue
		}
		at, ok := m.since[c.hash(m.key)]
		refused = refused || ok
		if ok && !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first, refused
}

func (r *refusals) remember(key []byte, since map[string]time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.older = append(r.older, memory{slices.Clone(key), maps.Clone(since)})
}

// forgive takes back that a login was refused.
func (r *refusals) forgive(c credentials) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forgiven == nil {
		r.forgiven = map[fingerprint]credentials{}
	}
	delete(r.here, c.print(c.host))
	r.forgiven[c.print(c.host)] = c
}

// hashes are the keyed fingerprints of the logins that were refused here, with the
// time, and of those that were forgiven and not refused again.
func (r *refusals) hashes(key []byte) (refused map[string]time.Time, forgiven []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	refused = map[string]time.Time{}
	for _, c := range r.here {
		refused[c.hash(key)] = c.at
	}
	for print, c := range r.forgiven {
		if _, again := r.here[print]; !again {
			forgiven = append(forgiven, c.hash(key))
		}
	}
	return refused, forgiven
}
