package resource

import (
	"reflect"
	"strings"
)

// A specification is a struct of Values, Sets, and structs and maps of them.
// Those are what is compared, kept and written; any other field (a template's
// name, a policy) only steers and is left alone here.

var (
	valueType = reflect.TypeFor[Value]()
	setType   = reflect.TypeFor[Set]()
)

// Paths returns every Value of spec that says something, by JSON pointer. A Set
// appears as one literal. Values that are unset or absent are left out.
func Paths(spec any) map[string]Value {
	paths := map[string]Value{}
	_ = transform(reflect.ValueOf(spec), "", func(path string, v Value) Value {
		if v.form != Unset && v.form != Absent {
			paths[path] = v
		}
		return v
	})
	return paths
}

// Map returns a deep copy of spec in which visit replaced every Value. Sets are
// shown to visit as literals, but what it returns for them is ignored.
func Map[S any](spec S, visit func(path string, v Value) Value) S {
	return transform(reflect.ValueOf(spec), "", visit).Interface().(S)
}

func transform(in reflect.Value, path string, visit func(string, Value) Value) reflect.Value {
	switch {
	case in.Type() == valueType:
		return reflect.ValueOf(visit(path, in.Interface().(Value)))
	case in.Type() == setType:
		// A nil Set equals an empty one: neither is there.
		if set := in.Interface().(Set); len(set) > 0 {
			visit(path, Text(set.String()))
		}
		return in
	}
	switch in.Kind() {
	case reflect.Struct:
		out := reflect.New(in.Type()).Elem()
		for i := range in.NumField() {
			out.Field(i).Set(transform(in.Field(i), fieldPath(path, in.Type().Field(i)), visit))
		}
		return out
	case reflect.Map:
		return transformMap(in, path, visit)
	default:
		return in
	}
}

func transformMap(in reflect.Value, path string, visit func(string, Value) Value) reflect.Value {
	if in.IsNil() {
		return in
	}
	out := reflect.MakeMapWithSize(in.Type(), in.Len())
	for key, value := range in.Seq2() {
		out.SetMapIndex(key, transform(value, path+"/"+EscapePointer(key.String()), visit))
	}
	return out
}

// fieldPath appends the field's JSON name; embedded structs add nothing.
func fieldPath(path string, field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if field.Anonymous && name == "" {
		return path
	}
	return path + "/" + name
}

// Making a replacer costs more than using it a thousand times.
var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// EscapePointer escapes one element of a JSON pointer (RFC 6901).
func EscapePointer(element string) string {
	return escaper.Replace(element)
}

// UnescapePointer undoes EscapePointer.
func UnescapePointer(element string) string {
	return unescaper.Replace(element)
}

// Lists returns the JSON pointers of the maps that spec manages: what left one of
// them is to be removed, while a field that is not mentioned is left alone.
func Lists(spec any) []string { return lists(reflect.ValueOf(spec), "") }

func lists(in reflect.Value, path string) []string {
	var found []string
	switch {
	case in.Type() == valueType:
	case in.Kind() == reflect.Map && !in.IsNil():
		found = append(found, path)
	case in.Kind() == reflect.Struct:
		for i := range in.NumField() {
			found = append(found, lists(in.Field(i), fieldPath(path, in.Type().Field(i)))...)
		}
	}
	return found
}

// Fill returns want with everything it does not mention taken from have: unset
// Values, nil Sets and nil maps. What is not managed is thereby copied into the
// desired state, so that it never differs.
func Fill[S any](have, want S) S {
	return fill(reflect.ValueOf(have), reflect.ValueOf(want)).Interface().(S)
}

func fill(have, want reflect.Value) reflect.Value {
	if want.Type() == valueType {
		if want.Interface().(Value).form == Unset {
			return have
		}
		return want
	}
	switch want.Kind() {
	case reflect.Struct:
		out := reflect.New(want.Type()).Elem()
		for i := range want.NumField() {
			out.Field(i).Set(fill(have.Field(i), want.Field(i)))
		}
		return out
	case reflect.Map, reflect.Slice:
		if want.IsNil() {
			return have
		}
	default: // whole or not at all
	}
	return want
}

// Properties is a free map of names to values, as destinations and proxy
// systems have. A listed name is managed, an Absent one must not be there.
type Properties map[string]Value

// Unlisted says what happens to live properties that a manifest does not list.
type Unlisted string

// The two policies for unlisted properties, and the unwritten one.
const (
	UnlistedDefault Unlisted = ""
	UnlistedRemove  Unlisted = "remove"
	UnlistedKeep    Unlisted = "keep"
)

// KeepProperties returns want with the live properties that stay: all unlisted
// ones under keep, except those that wrote says this integration once wrote,
// and none under remove. Absent entries leave the map.
func KeepProperties(have, want Properties, policy Unlisted, wrote func(name string) bool) Properties {
	kept := Properties{}
	for name, value := range want {
		if value.form != Absent && value.form != Unset {
			kept[name] = value
		}
	}
	if policy != UnlistedKeep {
		return kept
	}
	for name, value := range have {
		if _, listed := want[name]; !listed && !wrote(name) {
			kept[name] = value
		}
	}
	return kept
}
