package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// patch answers PATCH.
//
// Fact: 204 without a body; members are removed by the path members[value eq "<id>"]. Source: recordings in
// SAP/terraform-provider-sap-cloud-identity-services, read 2026-11-23. [observed] The operations are those of RFC
// 7644, section 3.5.2; all of them happen, or none.
func (d *directory) patch() *answer {
	e, a := d.writable()
	if a != nil {
		return a
	}
	var in struct {
		Schemas    []string `json:"schemas"`
		Operations []struct {
			Op    string `json:"op"`
			Path  string `json:"path"`
			Value any    `json:"value"`
		} `json:"Operations"`
	}
	if d.decode(&in) != nil || !slices.Contains(in.Schemas, schemaPatch) || len(in.Operations) == 0 {
		return scimError(http.StatusBadRequest, "invalidSyntax", "want a PatchOp")
	}
	next, _ := copyJSON(e.Attributes).(document)
	for _, op := range in.Operations {
		if err := applyPatch(next, op.Op, op.Path, op.Value); err != nil {
			kind := "invalidPath"
			if p, ok := errors.AsType[patchError](err); ok {
				kind = p.kind
			}
			return scimError(http.StatusBadRequest, kind, err.Error())
		}
	}
	if a := d.check(next, d.params["id"]); a != nil {
		return a
	}
	d.set(e, next)
	return empty(http.StatusNoContent)
}

// patchError is an operation that cannot be done; kind is its scimType.
type patchError struct{ kind, detail string }

// Error implements error.
func (e patchError) Error() string { return e.detail }

// elementPath is a path to elements of a list: members[value eq "x"], and one attribute of them.
var elementPath = regexp.MustCompile(`^([A-Za-z]+)\[([A-Za-z]+) eq "([^"]*)"\](?:\.([A-Za-z]+))?$`)

// readOnly are the attributes that only the server sets.
var readOnly = []string{"id", "meta", "groups"}

// applyPatch applies one operation; paths are an attribute, a schema with an attribute, or elements of a list.
func applyPatch(in document, op, path string, value any) error {
	op = strings.ToLower(op)
	if op != "add" && op != "remove" && op != "replace" {
		return patchError{"invalidSyntax", "unknown operation " + op}
	}
	if path == "" {
		return patchAll(in, op, value)
	}
	if m := elementPath.FindStringSubmatch(path); m != nil {
		return patchElements(in, op, m[1], m[2], m[3], m[4], value)
	}
	if name, _, _ := strings.Cut(path, "."); slices.Contains(readOnly, name) {
		return patchError{"mutability", "attribute " + name + " is read-only"}
	}
	if strings.ContainsAny(path, `[]"`) {
		return patchError{"invalidPath", "path " + path + " is not supported"}
	}
	at, name := descend(in, path)
	switch op {
	case "remove":
		removeValues(at, name, value)
	case "add":
		at[name] = added(at[name], value)
	default:
		if _, list := at[name].([]any); list || name == "members" {
			value = asList(value)
		}
		at[name] = value
	}
	return nil
}

// patchAll applies an operation without a path: each attribute of the value is a path.
func patchAll(in document, op string, value any) error {
	if op == "remove" {
		return patchError{"noTarget", "remove wants a path"}
	}
	v, ok := value.(document)
	if !ok {
		return patchError{"invalidValue", "an operation without path wants an object"}
	}
	for k, e := range v {
		if k == "" {
			return patchError{"invalidPath", "an attribute without a name"}
		}
		if err := applyPatch(in, op, k, e); err != nil {
			return err
		}
	}
	return nil
}

// patchElements works on the elements of a list whose key has a value.
func patchElements(in document, op, name, key, want, attribute string, value any) error {
	list, _ := in[name].([]any)
	hit := func(e any) bool {
		d, ok := e.(document)
		return ok && d[key] == want
	}
	if op == "remove" && attribute == "" {
		in[name] = slices.DeleteFunc(slices.Clone(list), hit)
		return nil
	}
	if !slices.ContainsFunc(list, hit) {
		return patchError{"noTarget", fmt.Sprintf("no element of %s has %s %q", name, key, want)}
	}
	for i, e := range list {
		element, _ := e.(document)
		switch whole, isObject := value.(document); {
		case !hit(e):
		case op == "remove":
			delete(element, attribute)
		case attribute != "":
			element[attribute] = value
		case isObject:
			list[i] = whole
		default:
			return patchError{"invalidValue", "an element wants an object"}
		}
	}
	return nil
}

// added is a value with another one added: a list grows by the elements that are not in it yet.
func added(have, more any) any {
	list, isList := have.([]any)
	if !isList {
		return more
	}
	list = slices.Clone(list)
	for _, m := range asList(more) {
		if !slices.ContainsFunc(list, func(e any) bool { return sameElement(e, m) }) {
			list = append(list, m)
		}
	}
	return list
}

// removeValues removes an attribute, or the given elements of a list.
func removeValues(at document, name string, value any) {
	list, isList := at[name].([]any)
	if !isList || value == nil {
		delete(at, name)
		return
	}
	gone := asList(value)
	at[name] = slices.DeleteFunc(slices.Clone(list), func(e any) bool {
		return slices.ContainsFunc(gone, func(g any) bool { return sameElement(e, g) })
	})
}

// sameElement compares elements of a list by their value.
func sameElement(a, b any) bool {
	x, ok1 := a.(document)
	y, ok2 := b.(document)
	if ok1 && ok2 {
		v, ok := x["value"].(string)
		return ok && v == y["value"]
	}
	s, ok1 := a.(string)
	t, ok2 := b.(string)
	return ok1 && ok2 && s == t
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// descend finds the object that holds a path's last attribute, and makes it when it is not there.
func descend(in document, path string) (document, string) {
	step := func(name, rest string) (document, string) {
		inner, ok := in[name].(document)
		if !ok {
			inner = document{}
			in[name] = inner
		}
		return inner, rest
	}
	if strings.HasPrefix(path, "urn:") {
		i := strings.LastIndexByte(path, ':')
		if last := path[i+1:]; last != "User" && last != "Group" {
			return step(path[:i], last)
		}
		return in, path
	}
	if name, rest, ok := strings.Cut(path, "."); ok {
		return step(name, rest)
	}
	return in, path
}
