package simulator

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A state that somebody damaged names file, place and way out, and shows nothing of it.
func TestDamagedStateSaysWhere(t *testing.T) {
	for name, tc := range map[string]struct{ to, says string }{
		"torn":    {"{\n  \"tenants\": {\n    \"SEKRET", "state.json:3:12: "},
		"no JSON": {"{]\n\nSEKRET", "state.json:1:2: "},
		"strange": {"{\"sekret\": 1}", "state.json: "},
		"empty":   {"", "state.json:1:1: "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "state.json")
			if err := os.WriteFile(path, []byte(tc.to), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := New(Options{Dir: dir})
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), filepath.Join(dir, tc.says)) || strings.Contains(err.Error(), "SEKRET") {
				t.Errorf("%v", err)
			}
			if left, readErr := os.ReadFile(path); readErr != nil || string(left) != tc.to {
				t.Errorf("the file was touched: %q, %v", left, readErr)
			}
		})
	}
}
