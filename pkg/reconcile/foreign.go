package reconcile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// foreign is what the ledgers of other integrations in the same place say.
type foreign struct {
	// claimed tells who owns an object. suspected tells by name of property who may:
	// a ledger that this version cannot read still shows what it has entries of.
	claimed   map[resource.Ref]string
	suspected map[string]string
	// secrets are the paths of an object at which another integration wrote secrets.
	secrets map[resource.Ref]map[string]bool
	// taking tells who is about to own an object, and since when.
	taking map[resource.Ref]taker
	// unread says which shards cannot be read, and why.
	unread []string
}

// taker is an integration that announced to make or adopt an object.
type taker struct {
	who string
	at  time.Time
}

// atOnce is how old an announcement may be that counts as one of the same moment. The
// run behind an older one died.
const atOnce = time.Hour

// shardOf takes the name of a shard apart. Integrations of which one's name goes on
// with what the other's ends with do not meet: a shard ends in a plain number.
func shardOf(name string) (id string, index int, ok bool) {
	rest, prefixed := strings.CutPrefix(name, LedgerPrefix)
	dash := strings.LastIndex(rest, "-")
	if !prefixed || dash < 1 {
		return "", 0, false
	}
	index, ok = shardNumber(rest[dash+1:])
	return rest[:dash], index, ok
}

// shardNumber reads a number as it stands in names.
func shardNumber(digits string) (int, bool) {
	number, err := strconv.Atoi(digits)
	return number, err == nil && number >= 0 && strconv.Itoa(number) == digits
}

// read takes in a shard of another integration.
func (f *foreign) read(where, id string, s Shard) {
	var h header
	err := json.Unmarshal([]byte(s.Properties[metaProperty]), &h)
	if err == nil && h.Format == ledgerFormat {
		f.claim(h.Integration, s)
		return
	}
	why := "its header cannot be read"
	if err == nil && h.Format > ledgerFormat {
		why = fmt.Sprintf("it was written by a newer version (format %d)", h.Format)
	}
	f.unread = append(f.unread, where+": "+why)
	f.suspect(id+" (whose ledger cannot be read)", s)
}

// claim notes what an integration owns, and where it wrote secrets.
func (f *foreign) claim(who string, s Shard) {
	for name, text := range s.Properties {
		var e Entry
		if name == metaProperty || json.Unmarshal([]byte(text), &e) != nil {
			continue
		}
		switch i := e.Intent; {
		case e.Owned:
			f.claimed[e.Ref] = who
		case i != nil && (i.Action == Create || i.Action == Adopt):
			f.taking[e.Ref] = taker{who, i.At}
		}
		f.hide(e)
	}
}

// hide notes the paths of secrets that an entry lists.
func (f *foreign) hide(e Entry) {
	paths := e.Secrets
	if e.Intent != nil {
		paths = slices.Concat(paths, e.Intent.Secrets)
	}
	if f.secrets[e.Ref] == nil && len(paths) > 0 {
		f.secrets[e.Ref] = map[string]bool{}
	}
	for _, path := range paths {
		f.secrets[e.Ref][path] = true
	}
}

// suspect notes what an integration has entries of, as far as that can be told.
func (f *foreign) suspect(who string, s Shard) {
	for name, text := range s.Properties {
		var e Entry
		if name == metaProperty {
			continue
		}
		f.suspected[name] = who
		if json.Unmarshal([]byte(text), &e) == nil && e.Kind != "" {
			f.suspected[propertyName(e.Ref)] = who
		}
	}
}

// takenBy names the other integration that owns an object, or announced lately that it
// is about to.
func (l *Ledger) takenBy(ref resource.Ref, now time.Time) string {
	if t, ok := l.foreign.taking[ref]; ok && now.Sub(t.at) < atOnce {
		return t.who
	}
	return l.foreign.claimed[ref]
}

// owner names the other integration that owns an object, "" when none is known.
func (l *Ledger) owner(ref resource.Ref) string { return l.foreign.claimed[ref] }

// ClaimedBy names the other integration that owns an object, or may; "" when none is
// known.
func (l *Ledger) ClaimedBy(ref resource.Ref) string {
	if who, ok := l.foreign.claimed[ref]; ok {
		return who
	}
	return l.foreign.suspected[propertyName(ref)]
}

// Unread says which ledgers of other integrations cannot be read, and why: what they
// own is known only in part.
func (l *Ledger) Unread() []string { return l.foreign.unread }
