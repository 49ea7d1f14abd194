package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// shelf is a store of whatever shards it is given.
type shelf map[string]Shard

func (s shelf) Place(name string) string { return "shelf " + name }

func (s shelf) Load(context.Context) (Stored, error) {
	return Stored{Shards: slices.Collect(maps.Values(s))}, nil
}

func (s shelf) Write(_ context.Context, one Shard) (string, error) {
	one.Version += "+"
	s[one.Name] = one
	return one.Version, nil
}

const (
	goodHeader = `{"format":1,"integration":"demo-test","name":"demo","stage":"test","key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","shards":1}`
	goodEntry  = `{"kind":"Box","name":"a","owned":true,"wrote":{"/note":"0011223344556677"},"ran":[{"at":"2026-11-23T12:00:00Z"}]}`
)

// stable fails unless a ledger that was accepted says the same when it is opened
// again, and when it was written and is read back.
func stable(t *testing.T, l *Ledger, store Store) {
	t.Helper()
	again, err := OpenLedger(t.Context(), testWho, store)
	if err != nil {
		t.Fatalf("accepted once only: %v", err)
	}
	if before, after := marshal(allEntries(l)), marshal(allEntries(again)); before != after {
		t.Fatalf("read twice it is\n%s\n%s", before, after)
	}
	l.Put(Entry{Ref: ref("Box", "added")})
	if err := l.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err = OpenLedger(t.Context(), testWho, store)
	if err != nil {
		t.Fatalf("what was written is refused: %v", err)
	}
	if before, after := marshal(allEntries(l)), marshal(allEntries(again)); before != after {
		t.Fatalf("written and read it is\n%s\n%s", before, after)
	}
}

func allEntries(l *Ledger) []Entry {
	all := []Entry{}
	for _, ref := range l.Refs() {
		all = append(all, l.Entry(ref))
	}
	return all
}

// FuzzOpenLedger: whatever a shard holds, it is a ledger that stays what it is, or
// an ErrLedger that does not show what it holds.
func FuzzOpenLedger(f *testing.F) {
	name := propertyName(ref("Box", "a"))
	f.Add(goodHeader, name, goodEntry, "", "")
	f.Add(goodHeader, name, goodEntry, propertyName(ref("Box", "b")), `{"kind":"Box","name":"b"}`)
	f.Add(goodHeader, name, goodEntry, "other", `{"kind":"Box","name":"a","owned":false}`)
	f.Add(goodHeader, name, `{"kind":"Box","na`, "", "")
	f.Add(goodHeader, name, `null`, "", "")
	f.Add(strings.Replace(goodHeader, `"shards":1`, `"shards":-9`, 1), name, goodEntry, "", "")
	f.Add(strings.Replace(goodHeader, `"shards":1`, `"shards":7`, 1), name, goodEntry, "", "")
	f.Add(strings.Replace(goodHeader, `"format":1`, `"format":2`, 1), name, goodEntry, "", "")
	f.Add(`{"format":1,"integration":"demo-test"}`, "", "", "", "")
	tally := `"shards":1,"tally":{"runs":9,"last":"2026-11-27T12:00:00Z","forgotten":1,"unrecorded":[{"from":2,"to":3},{"from":9,"to":9}]}`
	f.Add(strings.Replace(goodHeader, `"shards":1`, tally, 1), name, strings.Replace(goodEntry, `"owned":true`, `"lost":"id-1"`, 1), "", "")
	f.Add(`[]`, "", "", "", "")
	f.Fuzz(func(t *testing.T, header, one, first, two, second string) {
		shard := Shard{Name: LedgerName(testID) + "0", Version: "1", Properties: map[string]string{}}
		for name, text := range map[string]string{one: first, two: second, metaProperty: header} {
			if name != "" && (name != metaProperty || text == header) {
				shard.Properties[name] = text
			}
		}
		store := shelf{shard.Name: shard}
		l, err := OpenLedger(t.Context(), testWho, store)
		if err == nil {
			stable(t, l, store)
			return
		}
		if !errors.Is(err, ErrLedger) {
			t.Errorf("the error is none of a ledger: %v", err)
		}
		if len(first) > 60 && strings.Contains(err.Error(), first) && !strings.Contains(header+one+two, first) {
			t.Errorf("the error shows an entry: %v", err)
		}
	})
}

// FuzzFileStore: a ledger file that is there is a ledger, an ErrLedger, or that of
// others only; it is never taken for one that has not begun.
func FuzzFileStore(f *testing.F) {
	entry := Shard{Name: LedgerName(testID) + "0", Properties: map[string]string{metaProperty: goodHeader, propertyName(ref("Box", "a")): goodEntry}}
	good := marshal([]fileShard{{entry.Name, entry.Properties}})
	for _, text := range []string{
		good, good[:len(good)/2], good + good, ``, `null`, `{}`, `[]`, `[null]`, `[{}]`, `[{"name":"other"}]`,
		`[{"name":"reconcile-ledger-other-prod-0","properties":{"reconcile":"{}"}}]`,
		strings.Replace(good, "reconcile-ledger-", "reconcile-ledgre-", 1), strings.Replace(good, "test-0", "test-00", 1),
		strings.TrimSuffix(good, "]") + "," + strings.TrimPrefix(good, "["),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := fileStore(t)
		if err := os.WriteFile(file.Path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := OpenLedger(t.Context(), testWho, file)
		if err != nil {
			if !errors.Is(err, ErrLedger) {
				t.Errorf("the error is none of a ledger: %v", err)
			}
			return
		}
		stored, err := file.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stored.Shards {
			if _, _, ok := shardOf(s.Name); !ok {
				t.Fatalf("%q is taken for a shard", s.Name)
			}
		}
		stable(t, l, file)
	})
}

// FuzzParseClaim: a claim is strange, and then never ends, or it comes back as it
// was written; in a file it is the one that it is in a fragment.
func FuzzParseClaim(f *testing.F) {
	for _, text := range []string{
		`{"format":1,"token":"t-1","holder":"ci","since":"2026-11-23T12:00:00Z","expires":"2026-11-23T12:01:00Z","ledger":"ab"}`,
		`{"token":"t","holder":"old","expires":"2026-11-23T12:01:00+02:00"}`,
		`{"format":2,"token":"t","expires":"2026-11-23T12:01:00Z"}`, `{"format":-1,"token":"t","expires":"2026-11-23T12:01:00Z"}`,
		`{"token":"","expires":"2026-11-23T12:01:00Z"}`, `{"token":"t","expires":"0001-01-01T00:00:00Z"}`,
		`{"token":"t","expires":"9999-12-31T23:59:59-23:59"}`, `{"token":"t","holder":"a\u001b[2J\nb","expires":"2026-11-23T12:01:00Z"}`,
		`{"Strange":"","Number":9,"token":"t","expires":"2026-11-23T12:01:00Z"}`, ``, `null`, `[]`, `{`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := ParseClaim(text, 7, "somewhere")
		if c.Number != 7 || c.String() == "" {
			t.Errorf("%+v", c)
		}
		far := time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
		if c.Strange != "" {
			if !c.holds(far) || len(text) > 40 && strings.Contains(c.String(), text) {
				t.Errorf("a strange claim ends or is shown: %s", c)
			}
		} else if c.holds(far) || c.Token == "" {
			t.Errorf("a claim never ends: %+v", c)
		} else if again := ParseClaim(marshal(c), 7, ""); marshal(again) != marshal(c) || again.Strange != "" {
			t.Errorf("%+v came back as %+v", c, again)
		}
		file := filepath.Join(t.TempDir(), "l.json.demo-test.lock-7")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		twin, gone, err := readClaim(file, 7)
		if gone || err != nil || marshal(twin) != marshal(c) || (twin.Strange == "") != (c.Strange == "") {
			t.Errorf("in a file it is %+v %v", twin, err)
		}
	})
}

// FuzzGlob: whatever an ignore pattern is, matching ends; a pointer without signs
// of a pattern matches itself and nothing else.
func FuzzGlob(f *testing.F) {
	f.Add("/properties/*", "/properties/URL")
	f.Add("/properties/[", "/properties/[")
	f.Add("/a/*/c", "/a/b/d/c")
	f.Add(strings.Repeat("*a", 40), strings.Repeat("a", 60)+"/")
	f.Add(`/a\`, "/a")
	f.Fuzz(func(t *testing.T, pattern, pointer string) {
		matched := glob(pattern, pointer)
		if !strings.ContainsAny(pattern, `*?[\`) && matched != (pattern == pointer) {
			t.Errorf("glob(%q, %q) is %t", pattern, pointer, matched)
		}
	})
}

// FuzzEntry: an entry that is read is written as one that reads the same.
func FuzzEntry(f *testing.F) {
	f.Add([]byte(goodEntry))
	f.Add([]byte(`{"kind":"Job","name":"j","due":"2026-11-23T12:00:00.5+02:00","ran":[{"at":"2026-11-23T12:00:00Z","started":"2026-11-23T11:00:00Z"}]}`))
	f.Add([]byte(`{"kind":"Job","name":"j","accepted":{"/note":{"until":"2026-12-01"}},"counted":{"x":{"number":-1,"at":"0000-01-01T00:00:00Z"}}}`))
	f.Add([]byte(`{"kind":"Job","name":"j","accepted":[]}`))
	f.Add([]byte(`{"kind":"Job","name":"j","since":{"/p":"9999-12-31T23:59:59-23:59"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var e, again Entry
		if json.Unmarshal(text, &e) != nil {
			return
		}
		written := marshal(e)
		if err := json.Unmarshal([]byte(written), &again); err != nil || marshal(again) != written {
			t.Errorf("%s became %s: %v", text, written, err)
		}
		for _, r := range e.Ran {
			_, _ = r.when(), r.after(e.Due)
		}
	})
}
