package adapter

import (
	"encoding/json"
	"maps"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// apply is RFC 7396 section 2, as written there.
func apply(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	out := map[string]any{}
	maps.Copy(out, object)
	for name, value := range changes {
		if value == nil {
			delete(out, name)
		} else {
			out[name] = apply(out[name], value)
		}
	}
	return out
}

// value draws any JSON value without null members in objects.
func value(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Map(rapid.SampledFrom([]string{"", "a", "b"}), func(s string) any { return s }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Just[any](json.Number("1.0")),
		rapid.Just[any]([]any{nil, "a", map[string]any{"x": nil}}),
	)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf, rapid.Map(object(depth-1), func(m map[string]any) any { return m }))
}

func object(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), value(depth), 0, 4)
}

func TestMergePatchProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, want := object(3).Draw(t, "have"), object(3).Draw(t, "want")
		patch := mergePatch(have, want)
		if got := apply(have, patch); !reflect.DeepEqual(got, any(want)) {
			t.Fatalf("patch %v turns %v into %v, want %v", patch, have, got, want)
		}
		if len(mergePatch(want, want)) != 0 {
			t.Fatalf("a patch for no difference: %v", mergePatch(want, want))
		}
		// What the documents do not speak of stays.
		have["foreign"] = "kept"
		got, ok := apply(have, patch).(map[string]any)
		if !ok || got["foreign"] != "kept" {
			t.Fatalf("patch %v touches what it does not know", patch)
		}
	})
}

func TestPlain(t *testing.T) {
	got, err := plain(map[string]any{
		"raw": json.RawMessage(`{"n":1.0,"gone":null,"list":[null]}`), "strings": map[string]string{"a": "b"}, "null": nil,
	})
	want := map[string]any{
		"raw": map[string]any{"n": json.Number("1.0"), "list": []any{nil}}, "strings": map[string]any{"a": "b"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, bad := range []any{func() {}, []int{1}} {
		if _, err := plain(bad); err == nil {
			t.Errorf("%T is no document", bad)
		}
	}
}
