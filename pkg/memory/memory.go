// Package memory is what runs leave for later ones, and where it is kept: the ledger and
// the claims to it, pages beside the ledger, and the memory of refused logins, in
// fragments beside the destinations or in files. It hides which of the two, and knows no
// command: what is remembered means something to reconcile and to the command line only.
package memory

import (
	"context"
	"errors"
	"time"

	"reconcile/pkg/connect"
	"reconcile/pkg/destination"
	"reconcile/pkg/reconcile"
)

// Where says whose memory is wanted, and where it may be.
type Where struct {
	Who reconcile.Identity
	// Flag is --ledger: "file:PATH", or "" for the place beside the destinations and,
	// where no destination service is configured, for a file named like the integration.
	Flag string
	// Service is the destination service; nil where none is configured.
	Service *connect.Client
	// Now is the clock where no service tells the time.
	Now func() time.Time
	// Anew allows to go on without a ledger that is lost.
	Anew bool
	// Records lists the records of runs, the newest first. They are asked for only where
	// no ledger is found. Those of this Tenant and Landscape tell that there was one.
	Records           func() []reconcile.StoredRecord
	Tenant, Landscape string
}

// Memory is one integration's ledger with all that is kept beside it. It makes no call
// before it is opened.
type Memory struct {
	where Where
	store reconcile.Store
	locks reconcile.LockStore
	notes *notebook
}

// New finds the place; nothing is read yet.
func New(w Where) *Memory {
	m := &Memory{where: w, notes: newNotebook(w)}
	id := w.Who.String()
	if m.notes.file != "" {
		m.locks = reconcile.FileLocks{Path: m.notes.file, ID: id, Now: w.Now}
		m.store = &filed{FileStore: reconcile.FileStore{Path: m.notes.file}, id: id, notes: m.notes, locks: m.locks, beside: w.api()}
	} else {
		m.locks = &claims{api: m.notes.api, prefix: reconcile.LockName(id), now: w.Now}
		m.store = fragments{m.notes.api, id, m.notes}
	}
	m.store = witnessed{m.store, w}
	return m
}

// api is nil where no destination service is configured.
func (w Where) api() *destination.API {
	if w.Service == nil {
		return nil
	}
	return destination.NewAPI(w.Service)
}

// Who is the integration whose memory it is.
func (m *Memory) Who() reconcile.Identity { return m.where.Who }

// File is the ledger's file, "" where a service keeps it.
func (m *Memory) File() string { return m.notes.file }

// Place says to people where the ledger is.
func (m *Memory) Place() string { return m.store.Place("") }

// Twin names a shard of this integration in a place that does not count, "" where the
// ledger that was opened is the only one.
func (m *Memory) Twin() string { return m.notes.twin }

// Open loads the ledger. What is written beside it from then on carries its mark.
func (m *Memory) Open(ctx context.Context) (*reconcile.Ledger, error) {
	open := reconcile.OpenLedger
	if m.where.Anew {
		open = reconcile.StartLedger
	}
	ledger, err := open(ctx, m.where.Who, m.store)
	if err == nil {
		m.notes.ledger = ledger
	}
	return ledger, err
}

// Opened reports whether the ledger was loaded, and with it what lies beside it.
func (m *Memory) Opened() bool { return m.notes.ledger != nil }

// Mark is the opened ledger's own, "" before it has begun.
func (m *Memory) Mark() string { return m.notes.mark() }

// Counts reports whether the ledger counts this run as one that wrote.
func (m *Memory) Counts() bool { return m.notes.ledger != nil && m.notes.ledger.Counts() }

// Acquire takes the lock and opens the ledger under it. Of the request it fills in what
// it knows itself: the stores and the ledger's mark.
func (m *Memory) Acquire(ctx context.Context, r reconcile.LockRequest) (*reconcile.Lock, *reconcile.Ledger, error) {
	r.Store, r.Open, r.Mark = m.locks, m.Open, m.Mark()
	return reconcile.Acquire(ctx, r)
}

// Unlock removes the claims to the ledger, whoever made them, and returns them.
func (m *Memory) Unlock(ctx context.Context) ([]reconcile.Claim, error) {
	return reconcile.Unlock(ctx, m.locks)
}

// LeaveMark makes sure that the loss of a ledger that this process wrote would show.
// Where it fails, the next run that writes tries again.
func (m *Memory) LeaveMark(ctx context.Context) error {
	if l := m.notes.ledger; l == nil || !l.Written() {
		return nil
	}
	ctx, cancel := LastWords(ctx)
	defer cancel()
	return m.notes.leaveMark(ctx)
}

// lastWords is the most that notes at the end of a run may take.
const lastWords = 20 * time.Second

// LastWords is a context for what has to be written at the end of a run, also of one
// whose own time is over.
func LastWords(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), lastWords)
}

// Sightings are what earlier looks showed. A page that cannot be read costs the memory
// of when things were good, no more.
func (m *Memory) Sightings() reconcile.Sightings {
	var seen reconcile.Sightings
	if err := m.notes.read(seenPage, &seen); err != nil || !seen.Usable() {
		return reconcile.Sightings{}
	}
	return seen
}

// seenLimit is the size of the page of sightings in bytes, like that of a shard.
const seenLimit = 30 << 10

// KeepSightings replaces what looks showed. Without a lock: where somebody else wrote it
// meanwhile, it holds what they saw, and stays.
func (m *Memory) KeepSightings(ctx context.Context, seen reconcile.Sightings) error {
	err := m.notes.write(ctx, seenPage, seen.Within(seenLimit))
	if taken(err) {
		return nil
	}
	return err
}

// SightingsUnmarked reports whether sightings are kept that are older than the ledger:
// nothing on them would show that the ledger was lost.
func (m *Memory) SightingsUnmarked() bool { return m.notes.unmarked(seenPage) }

// Head is the last record that the ledger knows.
func (m *Memory) Head() (reconcile.Head, error) {
	var head reconcile.Head
	err := m.notes.read(recordPage, &head)
	return head, err
}

// ReviseHead keeps the head that change returns; nil keeps none. Where somebody else
// wrote one meanwhile, change is asked again.
func (m *Memory) ReviseHead(ctx context.Context, change func() (*reconcile.Head, error)) error {
	return m.notes.revise(ctx, recordPage, func() (any, error) {
		head, err := change()
		if err != nil || head == nil {
			return nil, err
		}
		return head, nil
	})
}

// taken says that somebody else wrote a page since it was read.
func taken(err error) bool {
	return errors.Is(err, connect.ErrConflict) || errors.Is(err, connect.ErrPrecondition)
}
