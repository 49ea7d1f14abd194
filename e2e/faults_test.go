package e2e

import (
	"testing"
	"testing/synctest"
)

func TestTmp(t *testing.T) {
	k := newKit(t)
	args := k.example(t, "integration")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		e := l.must(t, 0, append(args, "--parallelism=1")...)
		t.Log(e)
		l.settled(t, args...)
		t.Logf("%v", l.picture(t))
	})
}
