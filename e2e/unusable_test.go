package e2e

import (
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
