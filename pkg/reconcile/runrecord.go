package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// recordFormat changes only when a field is taken away or changes its meaning.
const recordFormat = 1

// RunRecord is what one run leaves for those who ask later who changed what, when
// and why. It holds no secret.
type RunRecord struct {
	FormatVersion int    `json:"formatVersion"`
	Kind          string `json:"kind"`
	// Number counts the runs of the integration from 1, and Previous is the digest
	// of the record before. Number 0 is a run that could not learn either, because
	// it did not reach the ledger; it cannot have written anything.
	Number   int    `json:"number"`
	Previous string `json:"previous,omitempty"`
	// Run is the number of the run among those that wrote, as the ledger counts them;
	// 0 where it was not about to write, and in records of earlier versions. Ledger is
	// the mark of the ledger that it left; "" where there was none.
	Run         int    `json:"run,omitempty"`
	Ledger      string `json:"ledger,omitempty"`
	Integration string `json:"integration"`
	Stage       string `json:"stage"`
	Tenant      string `json:"tenant,omitempty"`
	Landscape   string `json:"landscape,omitempty"`
	Command     string `json:"command"`
	Version     string `json:"version"`
	By          Author `json:"by"`
	Ticket      string `json:"ticket,omitempty"`
	Lifted
	// Manifest is the digest of the manifest after values and merging, Revision the
	// commit it came from.
	Manifest string    `json:"manifestDigest"`
	Revision string    `json:"revision,omitempty"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"`
	ExitCode int       `json:"exitCode"`
	// Wrote says that at least one step was begun, or that a new ledger took the place
	// of a lost one.
	Wrote bool `json:"wrote"`
	// Result is the run's result as -o json shows it: plan, outcomes, proofs.
	Result json.RawMessage `json:"result"`
	// Before holds what was changed as it was before.
	Before []Before `json:"before"`
	Calls  []Call   `json:"calls"`
}

// Lifted is what a run was allowed beyond the manifest, and by which ticket.
type Lifted struct {
	// Emergency is the ticket of --emergency, Freeze what of the policy it lifted.
	Emergency     string   `json:"emergency,omitempty"`
	Freeze        string   `json:"freeze,omitempty"`
	OverwriteLive []string `json:"overwriteLive,omitempty"`
	Adopt         bool     `json:"adopt,omitempty"`
	Prune         bool     `json:"prune,omitempty"`
	// RetryLogin lets secrets be written and tried that were refused before.
	RetryLogin bool `json:"retryLogin,omitempty"`
	// NewLedger lets a new ledger take the place of one that is lost.
	NewLedger bool `json:"newLedger,omitempty"`
}

// Allowances words what was lifted, "" where nothing was.
func (l Lifted) Allowances() string {
	var parts []string
	if l.Emergency != "" {
		parts = append(parts, "emergency "+l.Emergency)
	}
	for _, ref := range l.OverwriteLive {
		parts = append(parts, "overwrite-live "+ref)
	}
	for word, given := range map[string]bool{"adopt": l.Adopt, "prune": l.Prune, "retry-login": l.RetryLogin, "new-ledger": l.NewLedger} {
		if given {
			parts = append(parts, word)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// RecordKind is the kind that a record names itself.
const RecordKind = "RunRecord"

// Author is who is behind a run.
type Author struct {
	Name string `json:"name"`
	// Source says who says so: a CI system, or the operating system.
	Source string `json:"source"`
	// Run is the address of the CI run.
	Run string `json:"run,omitempty"`
}

// String words the author for people.
func (a Author) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s (%s) %s", a.Name, a.Source, a.Run))
}

// Call is one request that a run sent.
type Call struct {
	Service string `json:"service"`
	Method  string `json:"method"`
	// Path is the template, without identifiers and query.
	Path string `json:"path"`
	// Status is 0 when no answer came.
	Status  int    `json:"status,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// Head names the last record of an integration that tells of a write. It is kept
// with the ledger.
type Head struct {
	Number int    `json:"number"`
	Digest string `json:"digest"`
}

// StoredRecord is a record as it lies in a folder.
type StoredRecord struct {
	RunRecord
	File string
	// Digest is that of the file, Named the beginning that the file's name gives.
	Digest, Named string
	// Open is true for a run that began to write and did not tell its end.
	Open bool
}

// Who returns the integration.
func (r RunRecord) Who() Identity { return Identity{r.Integration, r.Stage} }

// recordName is ID-NUMBER-DIGEST.json, or ID-NUMBER-open-TIME.json.
var recordName = regexp.MustCompile(`^(.+)-(\d{6,})-(open-)?([0-9a-f]{16})\.json$`)

// encode returns the record's text and its digest.
func (r RunRecord) encode() (text []byte, digest string, err error) {
	r.FormatVersion, r.Kind = recordFormat, RecordKind
	text, err = json.MarshalIndent(r, "", "  ")
	text = append(text, '\n')
	return text, fileDigest(text), err
}

func fileDigest(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func short(digest string) string { return strings.TrimPrefix(digest, "sha256:")[:16] }

// WriteRecord stores a record whole or not at all and returns where, and its head.
func WriteRecord(dir string, r RunRecord) (file string, head Head, err error) {
	text, digest, err := r.encode()
	if err != nil {
		return "", Head{}, err
	}
	file = filepath.Join(dir, fmt.Sprintf("%s-%06d-%s.json", r.Who(), r.Number, short(digest)))
	return file, Head{r.Number, digest}, ReplaceFile(file, text)
}

// OpenRecord stores what a run is about to do, for the case that it never tells
// its end. The caller removes the file after WriteRecord.
func OpenRecord(dir string, r RunRecord) (file string, err error) {
	text, _, err := r.encode()
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s-%06d-open-%016x.json", r.Who(), r.Number, r.Started.UnixNano())
	return filepath.Join(dir, name), ReplaceFile(filepath.Join(dir, name), text)
}

// ReadRecords reads the records of a folder, in order of integration, number and
// time. who limits them to one integration; the zero Identity means all. A file that is no
// readable record is an error of its own and does not hide the others.
func ReadRecords(dir string, who Identity) ([]StoredRecord, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []StoredRecord
	var errs []error
	for _, f := range files {
		parts := recordName.FindStringSubmatch(f.Name())
		if parts == nil || who != (Identity{}) && parts[1] != who.String() {
			continue
		}
		r, err := readRecord(filepath.Join(dir, f.Name()))
		switch {
		case errors.Is(err, fs.ErrNotExist): // a run ended while we looked
		case err != nil:
			errs = append(errs, err)
		case who == (Identity{}) || r.Who() == who:
			r.Open, r.Named = parts[3] != "", parts[4]
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b StoredRecord) int {
		return cmp.Or(cmp.Compare(a.Integration, b.Integration), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Number, b.Number), a.Started.Compare(b.Started), cmp.Compare(a.File, b.File))
	})
	return all, errors.Join(errs...)
}

func readRecord(file string) (StoredRecord, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return StoredRecord{}, err
	}
	r := StoredRecord{File: file, Digest: fileDigest(text)}
	switch err := json.Unmarshal(text, &r.RunRecord); {
	case err != nil || r.Kind != RecordKind || r.Number < 0:
		return r, fmt.Errorf("%s is damaged: it is no run record", file)
	case r.FormatVersion > recordFormat:
		return r, fmt.Errorf("%s was written by a newer version (format %d, this one knows %d): update reconcile", file, r.FormatVersion, recordFormat)
	}
	return r, nil
}
