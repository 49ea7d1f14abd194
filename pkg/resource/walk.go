package resource

import (
	"reflect"
	"slices"
	"strings"
	"sync"
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
	visit(reflect.ValueOf(spec), "", func(path string, v Value) {
		if v.form != Unset && v.form != Absent {
			paths[path] = v
		}
	})
	return paths
}

// visit shows every Value to see, Sets as one literal. Unlike transform it copies
// nothing: specifications are looked at far more often than changed.
func visit(in reflect.Value, path string, see func(string, Value)) {
	switch {
	case in.Type() == valueType:
		see(path, in.Interface().(Value))
	case in.Type() == setType:
		// A nil Set equals an empty one: neither is there.
		if set := in.Interface().(Set); len(set) > 0 {
			see(path, Text(set.String()))
		}
	case in.Kind() == reflect.Struct:
		for i, field := range fieldsOf(in.Type()) {
			if field.holds {
				visit(in.Field(i), path+field.element, see)
			}
		}
	case in.Kind() == reflect.Map:
		for key, value := range in.Seq2() {
			visit(value, path+"/"+EscapePointer(key.String()), see)
		}
	}
}

// structField is what a walk needs to know of one field of a struct.
type structField struct {
	// element is what the field adds to a pointer: its JSON name behind a slash,
	// nothing for an embedded struct.
	element string
	// holds is false for fields that can hold no Value: they only steer.
	holds bool
}

// structFields remembers the fields of each type: their tags never change.
var structFields sync.Map // of reflect.Type to []structField

func fieldsOf(t reflect.Type) []structField {
	if known, ok := structFields.Load(t); ok {
		return known.([]structField)
	}
	fields := make([]structField, t.NumField())
	for i := range fields {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.Anonymous || name != "" {
			fields[i].element = "/" + name
		}
		fields[i].holds = holdsValues(field.Type)
	}
	structFields.Store(t, fields)
	return fields
}

func holdsValues(t reflect.Type) bool {
	switch {
	case t == valueType || t == setType:
		return true
	case t.Kind() == reflect.Map:
		return holdsValues(t.Elem())
	case t.Kind() == reflect.Struct:
		return slices.ContainsFunc(fieldsOf(t), func(f structField) bool { return f.holds })
	default:
		return false
	}
}

// Map returns a deep copy of spec in which replace replaced every Value. Sets are
// shown to replace as literals, but what it returns for them is ignored.
func Map[S any](spec S, replace func(path string, v Value) Value) S {
	return transform(reflect.ValueOf(spec), "", replace).Interface().(S)
}

func transform(in reflect.Value, path string, replace func(string, Value) Value) reflect.Value {
	switch {
	case in.Type() == valueType:
		return reflect.ValueOf(replace(path, in.Interface().(Value)))
	case in.Type() == setType:
		// A nil Set equals an empty one: neither is there.
		if set := in.Interface().(Set); len(set) > 0 {
			replace(path, Text(set.String()))
		}
		return in
	}
	switch in.Kind() {
	case reflect.Struct:
		out := reflect.New(in.Type()).Elem()
		for i, field := range fieldsOf(in.Type()) {
			out.Field(i).Set(transform(in.Field(i), path+field.element, replace))
		}
		return out
	case reflect.Map:
		return transformMap(in, path, replace)
	default:
		return in
	}
}

func transformMap(in reflect.Value, path string, replace func(string, Value) Value) reflect.Value {
	if in.IsNil() {
		return in
	}
	out := reflect.MakeMapWithSize(in.Type(), in.Len())
	for key, value := range in.Seq2() {
		out.SetMapIndex(key, transform(value, path+"/"+EscapePointer(key.String()), replace))
	}
	return out
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
		for i, field := range fieldsOf(in.Type()) {
			found = append(found, lists(in.Field(i), path+field.element)...)
		}
	}
	return found
}

// Sets returns the JSON pointers of the sets of spec that hold something.
func Sets(spec any) map[string]Set {
	found := map[string]Set{}
	sets(reflect.ValueOf(spec), "", found)
	return found
}

func sets(in reflect.Value, path string, found map[string]Set) {
	switch {
	case in.Type() == valueType:
	case in.Type() == setType:
		if set := in.Interface().(Set); len(set) > 0 {
			found[path] = set
		}
	case in.Kind() == reflect.Struct:
		for i, field := range fieldsOf(in.Type()) {
			if field.holds {
				sets(in.Field(i), path+field.element, found)
			}
		}
	}
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
