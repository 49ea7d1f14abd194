package reconcile

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

// write adds the record of one run to a folder, as runs do.
func write(t *rapid.T, dir string, head *Head, started time.Time, wrote bool) {
	records, err := ReadRecords(dir, Identity{})
	if err != nil {
		t.Fatal(err)
	}
	r := RunRecord{Integration: "a", Stage: "b", Started: started, Wrote: wrote, Result: []byte(`{}`)}
	r.Number, r.Previous = Next(records, head)
	_, wants, err := WriteRecord(dir, r)
	if err != nil {
		t.Fatal(err)
	}
	if wrote {
		*head = wants
	}
}

func complaints(faults []resource.Fault) string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Code)
	}
	return strings.Join(all, " ")
}

// TestChainShowsEveryLoss makes histories, takes one record of a write out or
// edits one, and demands that it shows.
func TestChainShowsEveryLoss(t *testing.T) {
	folder, histories := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		histories++
		dir := filepath.Join(folder, strconv.Itoa(histories))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		head, at := &Head{}, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		for _, wrote := range append(rapid.SliceOfN(rapid.Bool(), 0, 6).Draw(t, "runs"), true) {
			at = at.Add(time.Minute)
			write(t, dir, head, at, wrote)
		}
		records, err := ReadRecords(dir, Identity{"a", "b"})
		if faults := CheckChain(records, &Account{Head: *head}); err != nil || len(faults) > 0 {
			t.Fatalf("a sound chain: %v %v", faults, err)
		}
		victim := records[rapid.IntRange(0, len(records)-1).Draw(t, "victim")]
		want := "E231"
		switch rapid.SampledFrom([]string{"delete", "edit", "edit and rename"}).Draw(t, "deed") {
		case "delete":
			err = os.Remove(victim.File)
		case "edit":
			want = "E230"
			err = os.WriteFile(victim.File, edited(t, victim), 0o600)
		default:
			want = "E230"
			text := edited(t, victim)
			name := strings.Replace(victim.File, victim.Named, short(fileDigest(text)), 1)
			if err = os.Remove(victim.File); err == nil {
				err = os.WriteFile(name, text, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		spoilt, err := ReadRecords(dir, Identity{})
		if faults := complaints(CheckChain(spoilt, &Account{Head: *head})); err != nil || !strings.Contains(faults, want) {
			t.Fatalf("record %d of %d: %q, want %s (%v)", victim.Number, len(records), faults, want, err)
		}
	})
}

func edited(t *rapid.T, r StoredRecord) []byte {
	text, err := os.ReadFile(r.File)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.Replace(string(text), `"ticket": "`, `"ticket": "x`, 1) + " ")
}

// TestChainFaults holds the rest of what the chain tells.
func TestChainFaults(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 23, 12, minute, 0, 0, time.UTC) }
	one := func(number int, digest, previous string, minute int, wrote bool) StoredRecord {
		digest = "sha256:" + strings.Repeat(digest, 64)
		if previous != "" {
			previous = "sha256:" + strings.Repeat(previous, 64)
		}
		r := StoredRecord{RunRecord: RunRecord{Number: number, Previous: previous, Started: at(minute), Ended: at(minute), Wrote: wrote}, Digest: digest, File: digest + previous}
		r.Named = short(digest)
		return r
	}
	since := func(r StoredRecord, minute int) StoredRecord { r.Started = at(minute); return r }
	head := func(number int, digest string) *Account {
		return &Account{Head: Head{number, "sha256:" + strings.Repeat(digest, 64)}}
	}
	for name, tc := range map[string]struct {
		records []StoredRecord
		head    *Account
		want    string
	}{
		"none":                        {nil, nil, ""},
		"none, and the ledger agrees": {nil, &Account{}, ""},
		"all lost":                    {nil, head(2, "b"), "E231"},
		"begins late":                 {[]StoredRecord{one(3, "c", "b", 1, true)}, nil, "E231"},
		"runs backwards":              {[]StoredRecord{one(1, "a", "", 5, true), one(2, "b", "a", 1, true)}, nil, "E232"},
		"queued at the lock":          {[]StoredRecord{since(one(1, "a", "", 5, true), 4), since(one(2, "b", "a", 6, true), 1)}, nil, ""},
		"clocks apart":                {[]StoredRecord{one(1, "a", "", 6, true), one(2, "b", "a", 5, true)}, nil, ""},
		"two writers":                 {[]StoredRecord{one(1, "a", "", 1, true), one(2, "b", "a", 2, true), one(2, "c", "a", 3, true)}, nil, "E232"},
		"a side run without a write":  {[]StoredRecord{one(1, "a", "", 1, true), one(2, "b", "a", 2, false), one(2, "c", "a", 3, true)}, head(2, "c"), ""},
		"outside of the chain":        {[]StoredRecord{one(0, "a", "", 1, false)}, nil, ""},
		"outside, and wrote":          {[]StoredRecord{one(0, "a", "", 1, true)}, nil, "E232"},
		"unknown to the ledger":       {[]StoredRecord{one(1, "a", "", 1, true), one(2, "b", "a", 2, true)}, head(1, "a"), "E233"},
		"exchanged":                   {[]StoredRecord{one(1, "a", "", 1, true)}, head(1, "b"), "E230"},
	} {
		if have := complaints(CheckChain(tc.records, tc.head)); have != tc.want {
			t.Errorf("%s: %q, want %q", name, have, tc.want)
		}
	}
}

// TestNext holds how a run finds its place.
func TestNext(t *testing.T) {
	r := func(number int, digest string) StoredRecord {
		return StoredRecord{RunRecord: RunRecord{Number: number}, Digest: digest}
	}
	for name, tc := range map[string]struct {
		records []StoredRecord
		head    *Head
		number  int
		digest  string
	}{
		"first":                       {nil, &Head{}, 1, ""},
		"an empty folder":             {nil, &Head{4, "d"}, 5, "d"},
		"behind the head":             {[]StoredRecord{r(4, "d")}, &Head{4, "d"}, 5, "d"},
		"behind runs without a write": {[]StoredRecord{r(4, "d"), r(5, "e")}, &Head{4, "d"}, 6, "e"},
		"a folder of something else":  {[]StoredRecord{r(9, "x")}, &Head{4, "d"}, 5, "d"},
		"no ledger":                   {[]StoredRecord{r(4, "d")}, nil, 5, "d"},
		"no ledger and no records":    {nil, nil, 0, ""},
	} {
		if number, digest := Next(tc.records, tc.head); number != tc.number || digest != tc.digest {
			t.Errorf("%s: %d %q, want %d %q", name, number, digest, tc.number, tc.digest)
		}
	}
}

// TestOpenRecord holds that a run that was killed leaves a note, and that damage
// hides nothing else.
func TestOpenRecord(t *testing.T) {
	dir := t.TempDir()
	r := RunRecord{Number: 3, Integration: "a", Stage: "b", Started: time.Unix(1, 0), Result: []byte(`{}`)}
	if _, err := OpenRecord(dir, r); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a-b-000009-0123456789abcdef.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	records, err := ReadRecords(dir, Identity{})
	if err == nil || !strings.Contains(err.Error(), "damaged") || len(records) != 1 || !records[0].Open {
		t.Errorf("%v %v", records, err)
	}
	if faults := CheckChain(records, nil); len(faults) > 0 {
		t.Errorf("a note is no link: %v", faults)
	}
}

// FuzzReadRecord feeds any file.
func FuzzReadRecord(f *testing.F) {
	f.Add([]byte(`{"formatVersion":1,"kind":"RunRecord","number":1,"result":{}}`))
	f.Add([]byte(`{"formatVersion":9,"kind":"RunRecord"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a-b-000001-0123456789abcdef.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		records, err := ReadRecords(dir, Identity{})
		if len(records) == 0 && err == nil {
			t.Error("a file vanished")
		}
		CheckChain(records, nil)
	})
}

// TestUnknownToTheLedger: the complaint names the ledger, where it is kept, and what it knows.
func TestUnknownToTheLedger(t *testing.T) {
	r := StoredRecord{RunRecord: RunRecord{Number: 1, Wrote: true}, Digest: "sha256:" + strings.Repeat("a", 64), Named: strings.Repeat("a", 16)}
	faults := CheckChain([]StoredRecord{r}, &Account{Ledger: "the ledger of a-b in file l.json"})
	if want := "record 1 says that it wrote, and the ledger of a-b in file l.json knows of no record"; len(faults) != 1 || faults[0].Message != want {
		t.Errorf("%v, want %s", faults, want)
	}
}
