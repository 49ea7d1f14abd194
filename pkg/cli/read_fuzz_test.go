package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/connect"
	"reconcile/pkg/secret"
)

// fileOf is a file with this text.
func fileOf(t *testing.T, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// FuzzReadSaved: a plan file is a plan of this version or refused without a word of
// it; its seal depends on what it says and not on how that is laid out, and holds
// what the fields say.
func FuzzReadSaved(f *testing.F) {
	saved := savedPlan{
		FormatVersion: 1, Kind: savedKind, Digest: "sha256:a", Tenant: "t", Approved: []string{"d"},
		Plan: []byte(`{"steps":[{"kind":"Box","name":"a","action":"create"}]}`), Manifest: []byte(`{}`),
	}
	saved.Seal = saved.seal()
	good, err := json.Marshal(saved)
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
		file := fileOf(t, text)
		saved, err := readSaved(file)
		if err != nil {
			if (verdict{err: err}).code() == exitDone || len(text) > 60 && strings.Contains(err.Error(), string(text)) {
				t.Errorf("%v", err)
			}
			return
		}
		if saved.Kind != savedKind || saved.FormatVersion > savedFormat {
			t.Errorf("taken: %s of format %d", saved.Kind, saved.FormatVersion)
		}
		shownSteps(saved.Plan)
		var spread bytes.Buffer
		if err := json.Indent(&spread, text, "", "   "); err != nil {
			t.Fatal(err)
		}
		again, err := readSaved(fileOf(t, spread.Bytes()))
		if err != nil || again.seal() != saved.seal() {
			t.Errorf("laid out otherwise it has another seal: %v", err)
		}
	})
}

// TestFlagsGivenTwice: nothing gets past the seal beside the flags that were approved.
func TestFlagsGivenTwice(t *testing.T) {
	const sealed = `"kind":"SavedPlan","formatVersion":1,"flags":{"prune":true}}`
	plain, err := readSaved(fileOf(t, []byte(`{`+sealed)))
	if err != nil {
		t.Fatal(err)
	}
	twice, err := readSaved(fileOf(t, []byte(`{"flags":{"newLedger":true,"overwriteLive":["Box/a"]},`+sealed)))
	if err != nil {
		t.Fatal(err)
	}
	if twice.seal() == plain.seal() && (twice.Flags.NewLedger || len(twice.Flags.OverwriteLive) > 0) {
		t.Errorf("under the same seal: %+v", twice.Flags)
	}
}

// FuzzReadRefused: a memory of refused logins that is damaged is empty; whatever is in
// it, a login that nobody refused is tried, and it is written so that it reads the same.
func FuzzReadRefused(f *testing.F) {
	f.Add([]byte(`{"key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","refused":["0011223344556677"]}`))
	f.Add([]byte(`{"key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","refused":["0011223344556677"],"since":{"0011223344556677":"2026-11-20T08:30:00Z","stray":"2026-11-20T08:30:00Z"}}`))
	f.Add([]byte(`{"key":"","refused":[""]}`))
	f.Add([]byte(`{"key":"%%","refused":["a"]}`))
	f.Add([]byte(`{"key":"AA==","refused":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m := readRefused(fileOf(t, text))
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(readRefused(fileOf(t, data)))
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s became %s: %v", data, again, err)
		}
		s := connect.New(connect.Options{})
		s.RefuseLogins(m.Key, m.refusals())
		if s.LoginRefused("host", "id", secret.New("never-refused-4711")) {
			t.Errorf("%s refuses a login that it does not know", text)
		}
		m.add(s, false)
		if len(m.Hashes) > mostRefused {
			t.Errorf("it grew to %d", len(m.Hashes))
		}
	})
}

// FuzzReadExport: an exported file is taken without its secrets, or refused without
// showing one; what was taken is taken again as it is.
func FuzzReadExport(f *testing.F) {
	f.Add([]byte(`{"id":"x","name":"p","type":"proxy","properties":[{"key":"Password","value":"pw-CANARY-4711"},{"key":"URL","value":"https://h"}]}`))
	f.Add([]byte(`{"name":"p","properties":{"Password":"pw-CANARY-4711"}}`))
	f.Add([]byte(`{"Password":"pw-CANARY-4711"`))
	f.Add([]byte(`null`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		a := &app{IO: IO{Now: time.Now}}
		export, err := a.readExport(fileOf(t, text))
		if err != nil {
			if strings.Contains(err.Error(), "CANARY") {
				t.Errorf("the error shows %v", err)
			}
			return
		}
		again, err := a.readExport(fileOf(t, []byte(export.Document)))
		if err != nil || again.Document != export.Document {
			t.Errorf("%s became %s: %v", export.Document, again.Document, err)
		}
	})
}
