package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// stateFormat is the version of the state document.
const stateFormat = 1

// state is everything a landscape remembers, secrets included, in one JSON document: what is dumped, seeded and kept
// in the folder. Each service has its own part and touches no other's.
type state struct {
	Format      int               `json:"format"`
	Clock       time.Duration     `json:"clock"`   // added to the real clock, in nanoseconds
	Signing     string            `json:"signing"` // key of the token signatures
	Authority   authority         `json:"authority"`
	Serial      int64             `json:"serial"` // last version or sequence number given out
	Home        string            `json:"home"`   // host of the tenant that adapter and console work on
	Subaccounts []subaccount      `json:"subaccounts"`
	Clients     []client          `json:"clients"`
	Secrets     map[string]string `json:"secrets"` // seeded secrets by reference

	Tenants      map[string]*tenant      `json:"tenants"` // by host
	Destinations map[string]shelf        `json:"destinations"`
	Fragments    map[string]shelf        `json:"fragments"`
	Certificates map[string]shelf        `json:"certificates"`
	Collections  map[string][]*resource  `json:"collections"`
	Answered     map[string]*firstAnswer `json:"answered"` // by collection and idempotency key
	Runs         map[string][]*run       `json:"runs"`     // by job id, oldest first
	Synced       map[string]syncCount    `json:"synced"`   // by name of the IAG system
	Requests     []*accessRequest        `json:"requests"` // approved access requests, oldest first
	Audit        []auditRecord           `json:"audit"`
}

// fill makes the maps that a document may leave out.
func (s *state) fill() {
	make1(&s.Secrets)
	make1(&s.Tenants)
	make1(&s.Destinations)
	make1(&s.Fragments)
	make1(&s.Certificates)
	make1(&s.Collections)
	make1(&s.Answered)
	make1(&s.Runs)
	make1(&s.Synced)
}

func make1[V any](m *map[string]V) {
	if *m == nil {
		*m = map[string]V{}
	}
}

// next gives out a number that was never given out before.
func (s *state) next() string {
	s.Serial++
	return strconv.FormatInt(s.Serial, 10)
}

// provider is the subaccount that the keys belong to.
func (s *state) provider() *subaccount {
	for i := range s.Subaccounts {
		if s.Subaccounts[i].Provider {
			return &s.Subaccounts[i]
		}
	}
	return nil
}

// subaccountBy finds a subaccount by its subdomain.
func (s *state) subaccountBy(subdomain string) *subaccount {
	for i := range s.Subaccounts {
		if s.Subaccounts[i].Subdomain == subdomain {
			return &s.Subaccounts[i]
		}
	}
	return nil
}

// subaccountByID finds a subaccount by its id, which is its zone.
func (s *state) subaccountByID(id string) *subaccount {
	for i := range s.Subaccounts {
		if s.Subaccounts[i].ID == id {
			return &s.Subaccounts[i]
		}
	}
	return nil
}

// check refuses a document that no landscape could have written.
func (s *state) check() error {
	switch {
	case s.Format != stateFormat:
		return fmt.Errorf("landscape state: format %d, want %d", s.Format, stateFormat)
	case s.provider() == nil:
		return errors.New("landscape state: no provider subaccount")
	case s.Signing == "":
		return errors.New("landscape state: no signing key")
	case s.Tenants[s.Home] == nil:
		return fmt.Errorf("landscape state: home %q is no tenant", s.Home)
	}
	return nil
}

// Dump returns the whole state, secrets included, as one JSON document.
func (l *Landscape) Dump() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return json.MarshalIndent(l.state, "", " ")
}

// Seed replaces the whole state by a document as [Landscape.Dump] returns it. Unknown fields are an error.
func (l *Landscape) Seed(document []byte) error {
	s, err := parseState(document)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := s.issue(l.now().Add(s.Clock)); err != nil {
		return err
	}
	l.state = s
	l.meters, l.blocked = map[string][]time.Time{}, map[string]time.Time{}
	l.failures = map[string]*failedLogins{}
	l.touch()
	return errors.Join(l.flush(), l.writeKeys())
}

func parseState(document []byte) (*state, error) {
	s := &state{}
	if err := decodeStrict(document, s); err != nil {
		return nil, fmt.Errorf("landscape state: %w", err)
	}
	s.fill()
	return s, s.check()
}
