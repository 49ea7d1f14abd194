package memory

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
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

func marshalled(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzReadRefused: a memory of refused logins that is damaged is empty, one of a newer
// version is refused; whatever is in it, a login that nobody refused is tried, and it is
// written so that it reads the same.
func FuzzReadRefused(f *testing.F) {
	f.Add([]byte(`{"key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","refused":["0011223344556677"]}`))
	f.Add([]byte(`{"key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","refused":["0011223344556677"],"since":{"0011223344556677":"2026-11-20T08:30:00Z","stray":"2026-11-20T08:30:00Z"}}`))
	f.Add([]byte(`{"key":"","refused":[""]}`))
	f.Add([]byte(`{"key":"%%","refused":["a"]}`))
	f.Add([]byte(`{"key":"AA==","refused":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := readRefused(fileOf(t, text))
		if err != nil {
			if !errors.Is(err, reconcile.ErrLedger) || formatOf(text) <= pageFormat || len(m.Key) > 0 {
				t.Errorf("%v, and %d bytes of a key", err, len(m.Key))
			}
			return
		}
		data := marshalled(t, m)
		read, err := readRefused(fileOf(t, []byte(data)))
		if again := marshalled(t, read); err != nil || again != data {
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
