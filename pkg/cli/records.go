package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"reconcile/pkg/connect"
	"reconcile/pkg/memory"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// recorder keeps what a run's record needs while the run goes on. A nil recorder
// records nothing.
type recorder struct {
	dir string
	// open is the file that says that the run began to write, run its number among
	// those that did.
	open string
	run  int

	mu    sync.Mutex
	calls []reconcile.Call
}

// mostCalls bounds a record; a run that sends more is told in its counts.
const mostCalls = 10_000

// record starts to record the run, where --records says where to.
func (a *app) record() error {
	if a.records == "" {
		return nil
	}
	err := os.MkdirAll(a.records, 0o750)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(a.records, ".record-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return usageError{fmt.Errorf("--records %s: %w", a.records, err), "name a folder that can be made and written"}
	}
	a.recorder = &recorder{dir: a.records}
	return nil
}

// sent notes one request.
func (r *recorder) sent(c connect.Sent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.calls) < mostCalls {
		r.calls = append(r.calls, reconcile.Call{Service: c.Service, Method: c.Method, Path: c.Path, Status: c.Status, Problem: c.Problem})
	}
}

// observer is nil where nothing is recorded.
func (a *app) observer() func(connect.Sent) {
	if a.recorder == nil {
		return nil
	}
	return a.recorder.sent
}

// begun leaves a note that this run is about to write, in case that it is killed
// before it can tell how it ended. Without a place for the note nothing may start.
func (j *job) begun() error {
	if j.recorder == nil || j.recorder.open != "" {
		return nil
	}
	j.recorder.run = j.verdict.result.Plan.NextRun()
	r, err := j.runRecord()
	if err == nil {
		err = j.number(&r)
	}
	if err == nil {
		j.recorder.open, err = reconcile.OpenRecord(j.recorder.dir, r)
	}
	if err != nil {
		return fmt.Errorf("the run cannot be recorded, so it was not started: %w", err)
	}
	return nil
}

// runRecord is the record as far as it is known now.
func (j *job) runRecord() (reconcile.RunRecord, error) {
	result := j.verdict.result
	var shown bytes.Buffer
	if err := view.JSON(&shown, []view.Result{result}); err != nil {
		return reconcile.RunRecord{}, err
	}
	r := reconcile.RunRecord{
		Run: j.recorder.run, Ledger: j.wiring.memory.Mark(),
		Integration: j.manifest.Name, Stage: j.manifest.Stage, Landscape: result.Landscape, Tenant: j.wiring.tenant,
		Command: j.command, Version: version(), By: j.author(), Ticket: j.ticket,
		Lifted:   reconcile.Lifted{Emergency: j.emergency, Freeze: j.lifted, OverwriteLive: j.overwriteLive, Adopt: j.adopt, Prune: j.prune, RetryLogin: j.retryLogin, NewLedger: j.newLedger},
		Manifest: j.manifest.Digest, Revision: j.revision(), Started: j.started.UTC(), ExitCode: result.ExitCode,
		Wrote: tried(result.Plan) || j.wiring.memory.Counts(), Result: json.RawMessage(shown.Bytes()), Before: []reconcile.Before{}, Calls: []reconcile.Call{},
	}
	if result.Plan != nil {
		r.Before = result.Plan.Before()
	}
	return r, nil
}

// recordsOf are the records of an integration in the folder of --records, the newest
// first. What cannot be read is reconcile history's to tell.
func (a *app) recordsOf(who reconcile.Identity) []reconcile.StoredRecord {
	if a.records == "" || who == (reconcile.Identity{}) {
		return nil
	}
	records, _ := reconcile.ReadRecords(a.records, who)
	slices.Reverse(records)
	return records
}

// who is the integration that the job is about.
func (j *job) who() reconcile.Identity {
	return reconcile.Identity{Name: j.manifest.Name, Stage: j.manifest.Stage}
}

// number gives the record its place behind the records in the folder and the last
// one that the ledger knows.
func (j *job) number(r *reconcile.RunRecord) error {
	records, err := reconcile.ReadRecords(j.recorder.dir, j.who())
	if err != nil {
		// A damaged record is for history to tell; this run has its own to write.
		j.tell("records: %s", err)
	}
	var head *reconcile.Head
	if j.wiring.memory.Opened() {
		last, err := j.wiring.memory.Head()
		if err != nil {
			return err
		}
		head = &last
	}
	r.Number, r.Previous = reconcile.Next(records, head)
	return nil
}

// recorded writes the record of the run. Where the run wrote, the ledger keeps the
// record's digest, so that its loss or an edit shows. A run whose record cannot be
// written did its work all the same: its own exit code stands, and 0 becomes 1.
func (j *job) recorded(ctx context.Context) {
	if j.recorder == nil || j.wiring == nil || j.verdict.invalid {
		return
	}
	ctx, cancel := memory.LastWords(ctx)
	defer cancel()
	if err := j.writeRecord(ctx); err != nil {
		r := &j.verdict.result
		r.Errors = append(r.Errors, resource.Fault{
			Severity: resource.Error, Code: "E234", Message: fmt.Sprintf("the run could not be recorded as it should: %s", err),
			Remedy: "look at the folder of --records and at reconcile history; the run itself ended as shown",
		})
		if r.ExitCode == exitDone {
			r.ExitCode = exitFailed
		}
	}
}

func (j *job) writeRecord(ctx context.Context) error {
	r, err := j.runRecord()
	if err != nil {
		return err
	}
	r.Calls = append(r.Calls, j.recorder.calls...)
	file := ""
	err = j.wiring.memory.ReviseHead(ctx, func() (*reconcile.Head, error) {
		if file != "" { // another run got its record in first
			_ = os.Remove(file)
		}
		if err := j.number(&r); err != nil {
			return nil, err
		}
		// Read after the number, so that no end lies before that of the record it follows.
		r.Ended = j.Now().UTC()
		var head reconcile.Head
		if file, head, err = reconcile.WriteRecord(j.recorder.dir, r); err != nil || !r.Wrote {
			return nil, err
		}
		return &head, nil
	})
	if file != "" {
		j.tell("recorded in %s", filepath.ToSlash(file))
		if j.recorder.open != "" {
			err = errors.Join(err, os.Remove(j.recorder.open))
		}
	}
	return err
}
