package approval

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzRead: a plan file is a plan of this version or refused without a word of
// it; its seal depends on what it says and not on how that is laid out, and holds
// what the fields say.
func FuzzRead(f *testing.F) {
	saved := Plan{
		Digest: "sha256:a", Tenant: "t", Approved: []string{"d"},
		Plan: []byte(`{"steps":[{"kind":"Box","name":"a","action":"create"}]}`), Manifest: []byte(`{}`),
	}
	good, err := json.Marshal(saved.Sealed())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(bytes.Replace(good, []byte(`"tenant":"t"`), []byte(`"tenant":"u"`), 1))
	f.Add(bytes.Replace(good, []byte(`"tenant":"t"`), []byte(`"tenant":"t","Tenant":"u"`), 1))
	f.Add([]byte(`{"kind":"SavedPlan","formatVersion":9}`))
	f.Add([]byte(`{"kind":"SavedPlan","formatVersion":-1,"plan":null,"manifest":"x"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		saved, err := Read(text)
		if err != nil {
			if len(text) > 60 && strings.Contains(err.Error(), string(text)) {
				t.Errorf("%v", err)
			}
			return
		}
		if saved.Kind != kind || saved.FormatVersion > format {
			t.Errorf("taken: %s of format %d", saved.Kind, saved.FormatVersion)
		}
		saved.Steps()
		var spread bytes.Buffer
		if err := json.Indent(&spread, text, "", "   "); err != nil {
			t.Fatal(err)
		}
		again, err := Read(spread.Bytes())
		if err != nil || again.seal() != saved.seal() {
			t.Errorf("laid out otherwise it has another seal: %v", err)
		}
	})
}

// TestFlagsGivenTwice: nothing gets past the seal beside the flags that were approved.
func TestFlagsGivenTwice(t *testing.T) {
	const sealed = `"kind":"SavedPlan","formatVersion":1,"flags":{"prune":true}}`
	plain, err := Read([]byte(`{` + sealed))
	if err != nil {
		t.Fatal(err)
	}
	twice, err := Read([]byte(`{"flags":{"newLedger":true,"overwriteLive":["Box/a"]},` + sealed))
	if err != nil {
		t.Fatal(err)
	}
	if twice.seal() == plain.seal() && (twice.Flags.NewLedger || len(twice.Flags.OverwriteLive) > 0) {
		t.Errorf("under the same seal: %+v", twice.Flags)
	}
}

// TestSeal: what was sealed is whole until somebody edits it.
func TestSeal(t *testing.T) {
	text, err := json.Marshal(Plan{Tenant: "t", Flags: Flags{MaxDeletes: 3}}.Sealed())
	if err != nil {
		t.Fatal(err)
	}
	for edit, want := range map[string]bool{`"maxDeletes":3`: false, `"maxDeletes":4`: true} {
		p, err := Read(bytes.Replace(text, []byte(`"maxDeletes":3`), []byte(edit), 1))
		if err != nil || p.Edited() != want {
			t.Errorf("%s: edited %v, %v", edit, p.Edited(), err)
		}
	}
}
