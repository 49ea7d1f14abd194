package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// patchResource merges a patch (RFC 7396) into a resource. If-Match is required, so that nobody overwrites what they
// have not seen.
func (l *Landscape) patchResource(k *kind, c *call) *answer {
	in, p := readEnvelope(c, "application/merge-patch+json")
	if p != nil {
		return p.answer()
	}
	have, p := l.current(k, c)
	if p != nil {
		return p.answer()
	}
	r, p := l.change(k, have, in.System, in.Secrets)
	if p != nil {
		return p.answer()
	}
	return r.answer(http.StatusOK)
}

// change merges a patch into a resource.
func (l *Landscape) change(k *kind, have *resource, patch document, secrets map[string]*string) (*resource, *problem) {
	if k.guard != nil {
		if p := k.guard(patch); p != nil {
			return nil, p
		}
	}
	merged, ok := mergePatch(copyJSON(have.System), patch).(document)
	if !ok {
		return nil, invalid("system: want an object")
	}
	return l.put(k, have, merged, secrets, "")
}

// current finds the resource of a call and checks that the caller knows its version.
func (l *Landscape) current(k *kind, c *call) (*resource, *problem) {
	r := l.resource(k.collection, c.params["id"])
	switch v := c.header("If-Match"); {
	case r == nil:
		return nil, notThere(k, c)
	case v == "":
		return nil, refuse(http.StatusPreconditionRequired, "want the header If-Match")
	case !sameTag(v, r.tag()):
		return nil, refuse(http.StatusPreconditionFailed, "the version is "+r.Version)
	}
	return r, nil
}

func (l *Landscape) deleteResource(k *kind, c *call) *answer {
	have, p := l.current(k, c)
	if p == nil {
		p = l.discard(k, have)
	}
	if p != nil {
		return p.answer()
	}
	return empty(http.StatusNoContent)
}

// discard deletes a resource, unless its kind objects.
func (l *Landscape) discard(k *kind, have *resource) *problem {
	if k.drop != nil {
		if p := k.drop(l, have); p != nil {
			return p
		}
	}
	list := l.state.Collections[k.collection]
	l.state.Collections[k.collection] = slices.DeleteFunc(list, func(r *resource) bool { return r == have })
	l.audit(k, "deleted", have.System)
	l.touch()
	return nil
}

// mergePatch applies a merge patch: null removes, objects merge, everything else replaces.
func mergePatch(have, patch any) any {
	p, ok := patch.(document)
	if !ok {
		return patch
	}
	out, ok := have.(document)
	if !ok {
		out = document{}
	}
	for k, v := range p {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = mergePatch(out[k], v)
		}
	}
	return out
}

// copyJSON makes a deep copy of a JSON value.
func copyJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = copyJSON(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = copyJSON(e)
		}
		return out
	}
	return v
}

// into decodes a document into a struct; wrong types are reported, unknown fields were looked for before.
func into(doc document, v any) *problem {
	data, err := json.Marshal(doc)
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return invalid("system: " + err.Error())
	}
	return nil
}

// asDocument renders a struct as a document.
func asDocument(v any) document {
	data, err := json.Marshal(v)
	doc := document{}
	if err != nil || json.Unmarshal(data, &doc) != nil {
		return nil // cannot happen: v is one of our own structs
	}
	return doc
}

// unknownField finds a field that a struct does not have, in exactly this case: encoding/json alone would take "Name"
// for "name", and a mistake in case is what this landscape is there to find.
func unknownField(v, shape any) string { return unknownIn(v, reflect.TypeOf(shape), "") }

func unknownIn(v any, t reflect.Type, path string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := v.(type) {
	case []any:
		if t.Kind() != reflect.Slice {
			return ""
		}
		for i, e := range v {
			if f := unknownIn(e, t.Elem(), fmt.Sprintf("%s%d/", path, i)); f != "" {
				return f
			}
		}
	case map[string]any:
		if t.Kind() != reflect.Struct {
			return ""
		}
		return unknownInObject(v, t, path)
	}
	return ""
}

func unknownInObject(v map[string]any, t reflect.Type, path string) string {
	known := map[string]reflect.Type{}
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known[name] = field.Type
	}
	for k, e := range v {
		inner, ok := known[k]
		if !ok {
			return path + k
		}
		if f := unknownIn(e, inner, path+k+"/"); f != "" {
			return f
		}
	}
	return ""
}
