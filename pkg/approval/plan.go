package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// format is the version of saved plans.
const format = 1

const kind = "SavedPlan"

// Plan is a plan that was approved, or shall be. It holds no secret: the
// manifest in it has references, and the plan prints none.
type Plan struct {
	FormatVersion int    `json:"formatVersion"`
	Kind          string `json:"kind"`
	// Seal covers all else in the file, so that an edited one is not taken for the
	// one that was saved.
	Seal string `json:"seal"`
	// Digest is that of the plan, ManifestDigest that of the manifest, and Tenant
	// the subaccount that was read.
	Digest         string    `json:"digest"`
	ManifestDigest string    `json:"manifestDigest"`
	Tenant         string    `json:"tenant"`
	Created        time.Time `json:"created"`
	By             string    `json:"by"`
	Version        string    `json:"version"`
	Integration    string    `json:"integration"`
	Stage          string    `json:"stage"`
	// Approved are the digests of the steps, which apply will not go beyond.
	Approved []string `json:"approved"`
	Flags    Flags    `json:"flags"`
	// Again is the command that makes the plan anew.
	Again    string          `json:"again,omitempty"`
	Plan     json.RawMessage `json:"plan"`
	Manifest json.RawMessage `json:"manifest"`

	// text is the file as it was read, nil for a plan that was just made.
	text []byte
}

// Flags are the flags that decide what a plan holds.
type Flags struct {
	Prune          bool     `json:"prune"`
	Adopt          bool     `json:"adopt"`
	MaxDeletes     int      `json:"maxDeletes"`
	MaxDeleteShare float64  `json:"maxDeleteShare"`
	Only           []string `json:"only,omitempty"`
	OverwriteLive  []string `json:"overwriteLive,omitempty"`
	// Ledger is where the ledger was read, NewLedger that it was lost.
	Ledger    string `json:"ledger,omitempty"`
	NewLedger bool   `json:"newLedger,omitempty"`
}

// seal is the digest of all that the file holds but the seal itself.
func (s Plan) seal() string {
	text := s.text
	if text == nil {
		text, _ = json.Marshal(s)
	}
	all := map[string]json.RawMessage{}
	_ = json.Unmarshal(text, &all)
	delete(all, "seal")
	// Maps are written in the order of their keys, without blanks.
	canonical, _ := json.Marshal(all)
	sum := sha256.Sum256(canonical)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Sealed is the plan as it is written: with format, kind and seal.
func (s Plan) Sealed() Plan {
	s.FormatVersion, s.Kind, s.text = format, kind, nil
	s.Seal = s.seal()
	return s
}

// Edited reports whether the plan is not as it was sealed.
func (s Plan) Edited() bool { return s.Seal != s.seal() }

// Steps are the steps as they were approved.
func (s Plan) Steps() Steps { return ReadSteps(s.Plan) }

// ErrNotPlan says that a file is no saved plan, ErrNewer that a newer version saved it.
var (
	ErrNotPlan = errors.New("not a saved plan")
	ErrNewer   = errors.New("saved by a newer version")
)

// Read reads a saved plan. Whether it is as it was sealed is for the caller to ask.
func Read(data []byte) (Plan, error) {
	var saved Plan
	switch err := decodeOnce(data, &saved); {
	case err != nil || saved.Kind != kind:
		return saved, ErrNotPlan
	case saved.FormatVersion > format:
		return saved, fmt.Errorf("%w (format %d, this one knows %d)", ErrNewer, saved.FormatVersion, format)
	}
	saved.text = data
	return saved, nil
}

// decodeOnce decodes an object of which a member may be given twice: then the last one
// counts alone, as it does for the seal, and nothing of the first stays beside it.
func decodeOnce(data []byte, into any) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	once, err := json.Marshal(members)
	if err != nil {
		return err
	}
	return json.Unmarshal(once, into)
}
