package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"reconcile/pkg/resource"
)

// Save writes the shards whose entries changed, and only those. A ledger with
// no change writes nothing. Where the ledger is under a lock, nothing is written
// unless that is still held.
func (l *Ledger) Save(ctx context.Context) error {
	l.lay()
	if !slices.ContainsFunc(l.shards, func(s *shard) bool { return s.dirty }) {
		return nil
	}
	if err := l.guard(ctx); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	// New shards come first and in their order, so that a crash leaves no gap.
	for i, s := range l.shards {
		if s.version != "" {
			continue
		}
		if err := l.begin(ctx, i, s); err != nil {
			return err
		}
	}
	// The first shard counts the others, and entries move to later shards: so
	// the later ones are written before it.
	for _, s := range slices.Backward(l.shards) {
		if !s.dirty {
			continue
		}
		if err := l.write(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// guard makes sure that the lock is held, and remembers its number.
func (l *Ledger) guard(ctx context.Context) error {
	if l.lock == nil {
		return nil
	}
	if err := l.lock.Check(ctx); err != nil {
		return err
	}
	// What others own may have changed since the plan was made, and costs no call here.
	if seen, ok := l.lock.store.(Onlooker); ok {
		l.sort(seen.Beside())
	}
	l.last = l.lock.number()
	l.headers()
	return nil
}

// begin stores a new shard. The first one counts only itself, as long as the
// others are not stored, and is written again at the end.
func (l *Ledger) begin(ctx context.Context, index int, s *shard) error {
	whole := s.properties[metaProperty]
	s.properties[metaProperty] = l.header(index, index+1)
	err := l.write(ctx, s)
	s.dirty = s.dirty || s.properties[metaProperty] != whole
	s.properties[metaProperty] = whole
	return err
}

func (l *Ledger) write(ctx context.Context, s *shard) error {
	version, err := l.store.Write(ctx, Shard{Name: s.name, Version: s.version, Properties: maps.Clone(s.properties)})
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	s.version, s.dirty = version, false
	l.writes++
	return nil
}

// lay distributes the entries over the shards: an entry stays where it is while
// it fits, else it moves to the end.
func (l *Ledger) lay() {
	if l.anew && len(l.shards) == 0 {
		l.roomFor(0).dirty = true
	}
	where := map[string]*shard{}
	for _, s := range l.shards {
		for name := range s.properties {
			if name != metaProperty {
				where[name] = s
			}
		}
	}
	// The first header grows with the tally, and may take the place of an entry.
	l.headers()
	for _, ref := range l.Refs() {
		name := propertyName(ref)
		l.place(where[name], name, marshal(l.entries[ref]))
		delete(where, name)
	}
	for name, s := range where {
		delete(s.properties, name)
		s.dirty = true
	}
	l.headers()
}

func (l *Ledger) place(in *shard, name, text string) {
	if in != nil {
		if in.properties[name] == text && in.size() <= shardLimit {
			return
		}
		delete(in.properties, name)
		in.dirty = true
	}
	if in == nil || in.size()+len(name)+len(text) > shardLimit {
		in = l.roomFor(len(name) + len(text))
	}
	in.properties[name] = text
	in.dirty = true
}

// roomFor returns the last shard or a new one. Entries move only to later shards,
// which are written first: a crash in between leaves a double, never a gap.
func (l *Ledger) roomFor(size int) *shard {
	if last := len(l.shards) - 1; last >= 0 && l.shards[last].size()+size <= shardLimit {
		return l.shards[last]
	}
	s := &shard{name: l.shardName(len(l.shards)), properties: map[string]string{}}
	l.shards = append(l.shards, s)
	s.properties[metaProperty] = l.header(len(l.shards)-1, len(l.shards))
	return s
}

// headers brings the count in the first shard up to date.
func (l *Ledger) headers() {
	for i, s := range l.shards {
		if text := l.header(i, len(l.shards)); s.properties[metaProperty] != text {
			s.properties[metaProperty], s.dirty = text, true
		}
	}
}

func (l *Ledger) header(index, count int) string {
	h := header{Format: ledgerFormat, Integration: l.who.String(), Name: l.who.Name, Stage: l.who.Stage}
	if index == 0 {
		h.Key, h.Shards, h.Lock = base64.StdEncoding.EncodeToString(l.key), count, l.last
		h.Check = keyCheck(l.key)
		if l.tally.Runs > 0 {
			h.Tally = &l.tally
		}
	}
	return marshal(h)
}

func (l *Ledger) shardName(index int) string {
	return LedgerName(l.who.String()) + strconv.Itoa(index)
}

// marshal encodes the ledger's own types, which hold nothing that can fail.
func marshal(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

func (s *shard) size() int {
	size := 0
	for name, text := range s.properties {
		size += len(name) + len(text)
	}
	return size
}

// propertyName turns a reference into a property name of letters, digits and
// dashes: which other characters the service accepts is not documented.
func propertyName(ref resource.Ref) string {
	sum := sha256.Sum256([]byte(ref.String()))
	plain := []byte(ref.String())
	for i, c := range plain {
		if ('a' > c || c > 'z') && ('A' > c || c > 'Z') && ('0' > c || c > '9') {
			plain[i] = '-'
		}
	}
	return string(plain) + "-" + hex.EncodeToString(sum[:4])
}
