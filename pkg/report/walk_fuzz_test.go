package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/ips"
	"reconcile/pkg/kinds"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// FuzzExports walks a folder of two files of any name: each that ends in .json is taken,
// or superseded by a later one of the same proxy system, or is a complaint that names it;
// no password is in what was taken or said.
func FuzzExports(f *testing.F) {
	const good = `{"id":"x","name":"p","type":"proxy","properties":[{"key":"Password","value":"pw-CANARY-4711"},{"key":"URL","value":"https://h"}]}`
	f.Add("a.json", []byte(good), "b.json", []byte(good))
	f.Add("a.json", []byte(good), "a.yaml", []byte(`{`))
	f.Add("a.json", []byte(good), "b.json", []byte(strings.Replace(good, `"p"`, `""`, 1)))
	f.Add(".json", []byte(`{"Password":"pw-CANARY-4711"`), "ä\n.json", []byte(`null`))
	f.Add("a.json", []byte(good+good), "..", []byte(nil))
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, one string, first []byte, two string, second []byte) {
		folder, files := t.TempDir(), map[string]bool{}
		for name, text := range map[string][]byte{one: first, two: second} {
			path := filepath.Join(folder, filepath.Base(name))
			if os.WriteFile(path, text, 0o600) == nil {
				files[path] = filepath.Ext(path) == ".json"
			}
		}
		asked := map[string]bool{}
		found, faults := (Desk{Kinds: kinds.All(), Now: time.Now, ConsoleExports: Folder{Path: folder}}).walkExports(func(path string, _ time.Time) time.Time {
			asked[path] = true
			return at.Add(time.Duration(len(asked)) * time.Hour)
		})
		for _, fault := range faults {
			if asked[fault.Position.File] = true; fault.Code != "E248" || strings.Contains(fault.Message, "CANARY") {
				t.Errorf("%+v", fault)
			}
		}
		for path, export := range files {
			if asked[path] != export {
				t.Errorf("%q: taken or complained of is %t", path, asked[path])
			}
		}
		for ref, e := range found {
			taken(t, ref, e, at.Add(time.Duration(len(asked)-len(faults))*time.Hour))
		}
	})
}

// taken demands of an export that counts that it has a name, is the last one, and shows
// no password.
func taken(t *testing.T, ref resource.Ref, e reconcile.Exported, last time.Time) {
	t.Helper()
	if ref.Kind != ips.Kind || ref.Name == "" || e.Name != ref.Name || e.At.After(last) || e.Spec == nil {
		t.Errorf("%s: %+v", ref, e)
	}
	for path, v := range resource.Paths(e.Spec) {
		if strings.Contains(fmt.Sprint(v.Text(), v), "CANARY") && v.Sensitive() {
			t.Errorf("%s%s shows %v", ref, path, v)
		}
	}
}
