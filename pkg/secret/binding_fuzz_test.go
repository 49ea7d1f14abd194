package secret_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reconcile/pkg/secret"
)

// FuzzBinding: a folder of a binding becomes one JSON object that has each entry,
// one entry of it is the same, and no error shows what is in a file.
func FuzzBinding(f *testing.F) {
	f.Add("clientid", "sb-x\n", "clientid")
	f.Add("uaa", `{"clientsecret":"pw-CANARY-4711"}`, "uaa.clientsecret")
	f.Add("uaa", `{"clientsecret":`, "uaa.clientsecret")
	f.Add("..data", "hidden", "..data")
	f.Add("a.b", "{\xff}", "a.b")
	f.Add("key", "", "../../etc/passwd")
	f.Add("key", "pw-CANARY-4711\r\n", "key.deeper")
	f.Fuzz(func(t *testing.T, file, text, key string) {
		folder := t.TempDir()
		if file == "." || file == ".." || strings.ContainsAny(file, "/\\\x00") || os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600) != nil {
			return
		}
		from := secret.Outside{LookupEnv: func(string) (string, bool) { return "", false }}
		whole, err := from.Document(secret.Ref{Binding: folder})
		object := map[string]any{}
		if err != nil || json.Unmarshal([]byte(whole.Reveal()), &object) != nil {
			t.Fatalf("no object: %v", err)
		}
		if hidden := strings.HasPrefix(file, "."); len(object) > 0 == hidden {
			t.Errorf("entry %q, hidden %t, of %d", file, hidden, len(object))
		}
		value, err := from.Secret(secret.Ref{Binding: folder, Key: key})
		if err != nil && strings.Contains(err.Error(), "CANARY") && !strings.Contains(file+key, "CANARY") {
			t.Errorf("the error shows %q", err)
		}
		if err == nil && key == file && value.Reveal() != strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r") {
			t.Errorf("entry %q arrives otherwise", key)
		}
	})
}
