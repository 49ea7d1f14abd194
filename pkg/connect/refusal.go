package connect

import (
	"crypto/sha256"
	"slices"
	"sync"

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
	here  map[fingerprint]credentials
	older []memory
	// forgiven are logins that were made valid since.
	forgiven map[fingerprint]credentials
}

// memory is what one place remembers of earlier processes.
type memory struct {
	key    []byte
	hashes []string
}

func (r *refusals) add(c credentials) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.here == nil {
		r.here = map[fingerprint]credentials{}
	}
	r.here[c.print(c.host)] = c
}

func (r *refusals) has(c credentials) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.here[c.print(c.host)]; ok {
		return true
	}
	if _, ok := r.forgiven[c.print(c.host)]; ok {
		return false
	}
	return slices.ContainsFunc(r.older, func(m memory) bool {
		return len(m.hashes) > 0 && slices.Contains(m.hashes, c.hash(m.key))
	})
}

func (r *refusals) remember(key []byte, hashes []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.older = append(r.older, memory{slices.Clone(key), slices.Clone(hashes)})
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

// hashes are the keyed fingerprints of the logins that were refused here, and of
// those that were forgiven and not refused again.
func (r *refusals) hashes(key []byte) (refused, forgiven []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.here {
		refused = append(refused, c.hash(key))
	}
	for print, c := range r.forgiven {
		if _, again := r.here[print]; !again {
			forgiven = append(forgiven, c.hash(key))
		}
	}
	return refused, forgiven
}
