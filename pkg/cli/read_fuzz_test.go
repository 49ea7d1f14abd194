package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

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
