package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
)

// TestLedgerInNoFile: where no file can be, the ledger cannot be used, as everywhere else.
func TestLedgerInNoFile(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	k.write(t, "folder.json/inside", "")
	k.write(t, "file", "")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		for _, path := range []string{"folder.json", "file/l.json"} {
			for _, command := range []string{"plan", "drift", "verify", "converge"} {
				given := append([]string{command, "--ledger", "file:" + filepath.Join(k.dir, path)}, args...)
				if command == "converge" {
					given = given[1:]
				}
				l.refuses(t, 5, []string{"E221", path}, given...)
			}
		}
		l.refuses(t, 5, []string{"E221", "no/l.json"}, append(args, "--ledger", "file:"+filepath.Join(k.dir, "no", "l.json"))...)
	})
}

// TestLedgerBehindADanglingLink: what lies beside the link shows that there was a ledger.
func TestLedgerBehindADanglingLink(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	file := filepath.Join(k.dir, "led.json")
	args := append(k.example(t, "plain"), "--ledger", "file:"+file)
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 0, args...)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(k.dir, "elsewhere", "led.json"), file); err != nil {
			t.Skip(err)
		}
		l.refuses(t, 5, []string{"E220", "led.iag-ias-demo.seen.json"}, append([]string{"plan"}, args...)...)
	})
}
