package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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

// FuzzReadExport: an exported file is taken without its secrets, or refused without
// showing one; what was taken is taken again as it is.
func FuzzReadExport(f *testing.F) {
	f.Add([]byte(`{"id":"x","name":"p","type":"proxy","properties":[{"key":"Password","value":"pw-CANARY-4711"},{"key":"URL","value":"https://h"}]}`))
	f.Add([]byte(`{"name":"p","properties":{"Password":"pw-CANARY-4711"}}`))
	f.Add([]byte(`{"Password":"pw-CANARY-4711"`))
	f.Add([]byte(`null`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		export, err := ReadExport(fileOf(t, text), time.Now())
		if err != nil {
			if strings.Contains(err.Error(), "CANARY") {
				t.Errorf("the error shows %v", err)
			}
			return
		}
		again, err := ReadExport(fileOf(t, []byte(export.Document)), time.Now())
		if err != nil || again.Document != export.Document {
			t.Errorf("%s became %s: %v", export.Document, again.Document, err)
		}
	})
}
