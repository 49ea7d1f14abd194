package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// target writes a manifest of one destination, of a proxy system by the name that
// it has had, or of both.
func (k *kit) target(t tester, name, note, more string) []string {
	t.Helper()
	text := fmt.Sprintf(via, name, "dev") + "  destinations:\n" +
		`    - {name: TARGET, properties: {Type: HTTP, URL: "https://target.example", ProxyType: Internet, Authentication: NoAuthentication, note: "` + note + "\"}}\n" +
		more + "  policy: {liveChanges: stop}\n"
	return []string{"-f", k.write(t, name+note+".yaml", text)}
}

// TestChangeByHandAfterAnInterruption holds that an announced change, whose outcome
// nobody saw, does not hide what a person did since: only the value before and the
// announced one can be this tool's.
func TestChangeByHandAfterAnInterruption(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	synctest.Test(t, func(t *testing.T) {
		for _, what := range []trouble{cutBefore, cutAfter} {
			l := k.land(t, k.dump)
			l.must(t, 0, k.target(t, "hand", "one", "")...)
			var put atomic.Bool
			l.wire.before = func(c call, _ int) trouble {
				switch {
				case put.Load():
					return unsent
				case c.method == http.MethodPut && !c.ledger():
					put.Store(true)
					return what
				}
				return none
			}
			changed := k.target(t, "hand", "two", "")
			l.run(changed...)
			l.wire.before = nil
			l.console(t, http.MethodPost, "destinations/TARGET", object{"set": map[string]string{"note": "by hand"}})
			if e := l.must(t, 5, append(changed, "--lock-timeout=5m")...); !strings.Contains(e.out, "E204") || !strings.Contains(e.out, "by hand") {
				t.Errorf("%s: %s", what, e)
			}
			l.must(t, 0, append(changed, "--overwrite-live", "Destination/TARGET")...)
			l.settled(t, changed...)
		}
	})
}

// TestOnlyOurChangesAreAccepted holds that accept is about what this integration
// made: what a stranger made has no change by hand that could be left alone.
func TestOnlyOurChangesAreAccepted(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.console(t, http.MethodPost, "destinations/TARGET", object{"set": map[string]string{"note": "a stranger's"}})
		args := k.target(t, "accept", "one", "")
		e := l.must(t, 5, append([]string{"accept", "Destination/TARGET", "--until", "2999-12-31", "--ticket", "CHG1"}, args...)...)
		if !strings.Contains(e.out, "E213") {
			t.Errorf("accept: %s", e)
		}
		l.must(t, 0, append(args, "--adopt")...)
		l.settled(t, args...)
	})
}

// TestRenamingIsNoWayAroundAClaim holds that what another integration owns is not
// taken by saying that one's own object was called so.
func TestRenamingIsNoWayAroundAClaim(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.env["PW"] = "Value.of-PW"
	proxy := func(head string) string {
		return "  proxySystems:\n    - {" + head + `, type: Identity Authentication, template: ias-proxy, properties: {URL: "https://iag-demo.accounts.ondemand.com", User: somebody, Password: {env: PW}}}` + "\n"
	}
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		first := k.target(t, "first", "one", proxy("name: THEIRS"))
		l.must(t, 0, first...)
		taking := k.target(t, "second", "two", proxy("name: OURS, previously: THEIRS"))
		taking[1] = strings.Replace(taking[1], "two", "two", 1)
		e := l.must(t, 5, append(taking, "--adopt", "--only", "ProxySystem/OURS")...)
		if !strings.Contains(e.out, "E211") || len(e.writes()) > 0 {
			t.Errorf("the claim is not seen: %s", e)
		}
		l.settled(t, first...)
	})
}

// TestStrangerUnderOurName holds that an object that somebody made under the name
// of ours, after ours was deleted, is a stranger's: it is neither changed nor deleted.
func TestStrangerUnderOurName(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.env["PW"] = "Value.of-PW"
	proxy := "  proxySystems:\n    - {name: P1, type: Identity Authentication, template: ias-proxy, properties: {URL: \"https://iag-demo.accounts.ondemand.com\", User: somebody, Password: {env: PW}}}\n"
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		args := k.target(t, "name", "one", proxy)
		l.must(t, 0, args...)
		l.act(t, hand{method: http.MethodDelete, collection: "proxySystems"})
		l.act(t, strangers[1])
		if e := l.must(t, 5, args...); !strings.Contains(e.out, "E201") || len(e.writes()) > 0 {
			t.Errorf("the stranger's is changed: %s", e)
		}
		l.must(t, 0, append(k.target(t, "name", "two", ""), "--prune")...)
		if left := l.state(t).Collections["proxySystems"]; len(left) != 1 {
			t.Errorf("%d proxy systems are left", len(left))
		}
		l.must(t, 0, append(args, "--adopt")...)
		l.settled(t, args...)
	})
}
