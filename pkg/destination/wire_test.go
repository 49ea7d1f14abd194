package destination

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeStored(t *testing.T) {
	got, err := decodeStored([]byte(`{"Name":"a","Type":"HTTP","description":"x","Description":"","n":1.0,"b":true,"null":null,
		"o":{"k":["v"]},"$metadata":{"etag":"tag","modification_time":1720000000000,"shared_with_subscriber":true}}`), "Name")
	want := Stored{Name: "a", ETag: "tag", Modified: time.UnixMilli(1720000000000).UTC(), Properties: map[string]string{
		"Type": "HTTP", "description": "x", "Description": "", "n": "1.0", "b": "true", "o": `{"k":["v"]}`,
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	got, err = decodeStored([]byte(`{"FragmentName":"f","Name":"kept","$metadata":"odd"}`), "FragmentName")
	if diff := cmp.Diff(Stored{Name: "f", Properties: map[string]string{"Name": "kept"}}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestEncodeStoredRoundTrip(t *testing.T) {
	s := Stored{Name: "a", Properties: map[string]string{"URL": "https://h?a=1&b=<2>", "ä": ""}}
	data, err := json.Marshal(encodeStored(s, "Name"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeStored(data, "Name")
	if diff := cmp.Diff(s, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, named := s.Properties["Name"]; named {
		t.Error("encoding changed its input")
	}
}

func TestTags(t *testing.T) {
	for _, same := range []string{"abc", `"abc"`, `W/"abc"`} {
		if !sameTag("abc", same) {
			t.Error(same)
		}
	}
	if sameTag("abc", "abd") {
		t.Error("different tags")
	}
}

func TestDiffering(t *testing.T) {
	sent := map[string]string{"same": "1", "changed": "1", "gone": "1", "masked": "1"}
	now := map[string]string{"same": "1", "changed": "2", "masked": "<redacted>", "stays": "1", "new": "1"}
	if diff := cmp.Diff([]string{"changed", "gone"}, differing(sent, now)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"stays"}, leftover(map[string]string{"same": "1", "stays": "1", "removed": "1"}, sent, now)); diff != "" {
		t.Error(diff)
	}
}

func FuzzDecodeStored(f *testing.F) {
	f.Add([]byte(`{"Name":"a","$metadata":{"etag":"x"},"n":1}`))
	f.Add([]byte(`{"Name":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decodeStored(data, "Name")
		if err != nil {
			return
		}
		if _, named := s.Properties["Name"]; named || s.Name == "" {
			t.Errorf("%q: name %q, in properties %t", data, s.Name, named)
		}
	})
}
