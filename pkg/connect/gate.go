package connect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
)

// Mode says what a Session may send at all.
type Mode int

// The three modes. The zero one is the safest.
const (
	// ReadOnly sends GET and HEAD, and POST only to registered token URLs.
	ReadOnly Mode = iota
	// LedgerOnly adds writes to fragments whose name starts with one of the
	// session's prefixes.
	LedgerOnly
	// Write sends everything.
	Write
)

// String names the mode in errors.
func (m Mode) String() string {
	switch m {
	case LedgerOnly:
		return "ledger-only"
	case Write:
		return "write"
	default:
		return "read-only"
	}
}

// Fragments is the collection that LedgerOnly may write to.
const Fragments = "/v1/subaccountDestinationFragments"

// maxFragment limits what LedgerOnly reads of a body to find the name; shards
// of the ledger are at most 32 KiB.
const maxFragment = 1 << 20

// gate stands right before the wire. What it refuses never reaches the base
// transport.
type gate struct {
	mode     Mode
	prefixes []string

	mu     sync.RWMutex
	tokens map[string]bool
}

// allowToken registers the address of a token endpoint.
func (g *gate) allowToken(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.tokens == nil {
		g.tokens = map[string]bool{}
	}
	g.tokens[address] = true
}

// check returns nil when the request may be sent. It may replace the body by a
// copy, because reading consumes it.
func (g *gate) check(req *http.Request) error {
	if g.mode == Write || req.Method == http.MethodGet || req.Method == http.MethodHead {
		return nil
	}
	if req.Method == http.MethodPost && g.isToken(req.URL.String()) {
		return nil
	}
	if g.mode == LedgerOnly && g.isLedger(req) {
		return nil
	}
	return fmt.Errorf("%w in %s mode", ErrRefused, g.mode)
}

func (g *gate) isToken(address string) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.tokens[address]
}

// isLedger reports whether the request writes one of our own fragments. The
// name is in the body of POST and PUT, and in the path of DELETE.
func (g *gate) isLedger(req *http.Request) bool {
	folder, last := path.Split(req.URL.EscapedPath())
	switch req.Method {
	case http.MethodPost, http.MethodPut:
		name, err := fragmentName(req)
		return err == nil && strings.HasSuffix(folder+last, Fragments) && g.owns(name)
	case http.MethodDelete:
		name, err := url.PathUnescape(last)
		return err == nil && strings.HasSuffix(folder, Fragments+"/") && g.owns(name)
	default:
		return false
	}
}

func (g *gate) owns(name string) bool {
	for _, prefix := range g.prefixes {
		if prefix != "" && strings.HasPrefix(name, prefix) && !strings.Contains(name, "/") {
			return true
		}
	}
	return false
}

// fragmentName reads FragmentName from a body and puts the body back.
func fragmentName(req *http.Request) (string, error) {
	if req.Body == nil {
		return "", errors.New("no body")
	}
	data, err := io.ReadAll(io.LimitReader(req.Body, maxFragment+1))
	if err = errors.Join(err, req.Body.Close()); err != nil {
		return "", err
	}
	req.Body = io.NopCloser(bytes.NewReader(data))
	// A map, not a struct: field names of structs match in any case, and the
	// service's do not.
	var fragment map[string]json.RawMessage
	var name string
	if len(data) > maxFragment || json.Unmarshal(data, &fragment) != nil {
		return "", errors.New("not one fragment")
	}
	return name, json.Unmarshal(fragment["FragmentName"], &name)
}
