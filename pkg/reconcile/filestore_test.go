package reconcile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func fileStore(t *testing.T) FileStore {
	return FileStore{Path: filepath.Join(t.TempDir(), "ledger.json")}
}

func openFile(t *testing.T, f FileStore) *Ledger {
	t.Helper()
	l, err := OpenLedger(t.Context(), testWho, f)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestFileStoreRoundTrip(t *testing.T) {
	f := fileStore(t)
	l := openFile(t, f)
	for _, name := range []string{"a", "b", "c"} {
		l.Put(fat(name, 20<<10))
	}
	save(t, l)
	same(t, "entries", entries(openFile(t, f)), entries(l))
	l.Drop(ref("Box", "b"))
	save(t, l)
	same(t, "entries", entries(openFile(t, f)), entries(l))
}

// TestFileStoreGuardsVersions: nobody overwrites what another process wrote.
func TestFileStoreGuardsVersions(t *testing.T) {
	f := fileStore(t)
	l := openFile(t, f)
	l.Put(fat("a", 1))
	save(t, l)
	one, two := openFile(t, f), openFile(t, f)
	one.Put(fat("one", 1))
	two.Put(fat("two", 1))
	save(t, one)
	if err := two.Save(t.Context()); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("the error is %v", err)
	}
	same(t, "entries", entries(openFile(t, f)), entries(one))
}

func TestFileStoreGuardsNewAndGone(t *testing.T) {
	f := fileStore(t)
	shard := Shard{Name: "s", Properties: map[string]string{"p": "1"}}
	version, err := f.Write(t.Context(), shard)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(t.Context(), shard); err == nil {
		t.Error("a new shard replaced one that exists")
	}
	if err := os.Remove(f.Path); err != nil {
		t.Fatal(err)
	}
	shard.Version = version
	if _, err := f.Write(t.Context(), shard); err == nil {
		t.Error("a shard that is gone was written again")
	}
}

// TestFileStoreIsAtomic: the file is replaced as a whole and nothing is left
// beside it, also when replacing fails.
func TestFileStoreIsAtomic(t *testing.T) {
	f := fileStore(t)
	l := openFile(t, f)
	l.Put(fat("a", 1))
	save(t, l)
	before, err := os.Stat(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	l.Put(fat("b", 1))
	save(t, l)
	after, err := os.Stat(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if os.SameFile(before, after) {
		t.Error("the file was written in place")
	}
	same(t, "mode", after.Mode().Perm(), 0o600)
	// A folder in its place cannot be replaced.
	blocked := FileStore{Path: t.TempDir()}
	if err := ReplaceFile(blocked.Path, []byte("x")); err == nil {
		t.Error("a folder was replaced")
	}
	for _, dir := range []string{filepath.Dir(f.Path), filepath.Dir(blocked.Path)} {
		left, _ := filepath.Glob(filepath.Join(dir, ".ledger-*"))
		same(t, "left over", len(left), 0)
	}
}

func TestFileStoreFaults(t *testing.T) {
	f := fileStore(t)
	if err := os.WriteFile(f.Path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenLedger(t.Context(), testWho, f)
	if !errors.Is(err, ErrLedger) {
		t.Errorf("a damaged file: %v", err)
	}
	if _, err := f.Write(t.Context(), Shard{Name: "s"}); !errors.Is(err, ErrLedger) {
		t.Errorf("writing into a damaged file: %v", err)
	}
	for _, text := range []string{`[null]`, `[{"name":"other"}]`, `[{"name":"reconcile-ledgre-demo-test-0"}]`} {
		if err := os.WriteFile(f.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenLedger(t.Context(), testWho, f); !errors.Is(err, ErrLedger) {
			t.Errorf("%s is taken for a ledger that has not begun: %v", text, err)
		}
	}
	folder := FileStore{Path: t.TempDir()}
	if _, err := OpenLedger(t.Context(), testWho, folder); !errors.Is(err, ErrLedger) || !strings.Contains(err.Error(), folder.Path+" cannot be read or written") {
		t.Errorf("a folder: %v", err)
	}
	nowhere := FileStore{Path: filepath.Join(t.TempDir(), "no", "folder")}
	if _, err := nowhere.Write(t.Context(), Shard{Name: "s"}); !errors.Is(err, ErrLedger) {
		t.Errorf("a folder that does not exist: %v", err)
	}
}

// TestConvergeOnAFile runs the loop on the file store.
func TestConvergeOnAFile(t *testing.T) {
	f := fileStore(t)
	w := newWorld()
	for i := range 3 {
		plan, err := Make(t.Context(), w.request(openFile(t, f), w.chain(), Policy{}))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "empty", plan.Empty(), i > 0)
		w.apply(t, plan, Options{})
	}
}
