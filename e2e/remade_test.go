package e2e

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
)

// remake gives the proxy system of a name another id, as if somebody had deleted
// it and made it again.
func (l *land) remake(t *testing.T, name string) (was, is string) {
	t.Helper()
	for _, one := range l.state(t).Collections["proxySystems"] {
		if one.System["name"] == name {
			was, is = one.ID, "1111"+one.ID[4:]
		}
	}
	dump, err := l.Dump()
	var document map[string]any
	if err != nil || was == "" || json.Unmarshal(dump, &document) != nil {
		t.Fatalf("%s is not there: %v", name, err)
	}
	collections := document["collections"].(map[string]any)
	proxies, _ := json.Marshal(collections["proxySystems"])
	collections["proxySystems"] = json.RawMessage(bytes.ReplaceAll(proxies, []byte(was), []byte(is)))
	dump, _ = json.Marshal(document)
	if err := l.Seed(dump); err != nil {
		t.Fatal(err)
	}
	return was, is
}

// TestAddressIsNotRepointed holds that the External System ID is not pointed at a
// proxy system that somebody made under the name of ours, whatever the policy says.
func TestAddressIsNotRepointed(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for _, policy := range []string{"stop", "overwrite"} {
		synctest.Test(t, func(t *testing.T) {
			l := k.land(t, k.dump)
			args := k.example(t, policy, "liveChanges: overwrite", "liveChanges: "+policy)
			l.must(t, 0, args...)
			was, is := l.remake(t, "IAS for IAG")
			e := l.must(t, 5, append(args, "-o", "json")...)
			for _, word := range []string{"E212", was, is, "live-changed", "somebody else made it"} {
				if !strings.Contains(e.out, word) {
					t.Errorf("%s: %q is not said: %s", policy, word, e)
				}
			}
			if len(e.writes()) > 0 {
				t.Errorf("%s: something was written: %v", policy, e.writes())
			}
			l.must(t, 0, append(args, "--overwrite-live", "ProxySystem/IAS for IAG")...)
			l.settled(t, args...)
		})
	}
}
