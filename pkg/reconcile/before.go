package reconcile

import (
	"encoding/json"
	"maps"
	"strings"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Before is what an object was before a step changed it.
type Before struct {
	Ref    string `json:"ref"`
	Action Action `json:"action"`
	// ID is the service's own identifier at that time.
	ID string `json:"id,omitempty"`
	// Manifest is the object as a piece of a manifest: a list with one element
	// under its section. Secrets are references.
	Manifest map[string][]map[string]any `json:"manifest"`
}

// Before lists what the steps that were begun found, as far as there was an
// object. It is to be called after Apply.
func (p Plan) Before() []Before {
	all := []Before{}
	for _, s := range p.Steps {
		changes := s.Action == Update || s.Action == Adopt && len(s.Changes) > 0 || s.Action == Delete
		if changes && (s.Outcome == Applied || s.Outcome == Failed) && s.work.have != nil {
			all = append(all, s.before())
		}
	}
	return all
}

func (s Step) before() Before {
	have := s.work.have
	wanted := map[string]resource.Value{}
	if s.work.want != nil {
		wanted = resource.Paths(s.work.want)
	}
	spec := s.work.kind.Map(have.Spec, func(path string, v resource.Value) resource.Value {
		if !v.Sensitive() || !v.Source().IsZero() {
			return v
		}
		if want := wanted[path]; !want.Source().IsZero() && want.Equal(v) {
			return resource.Outside(want.Source())
		}
		return resource.Outside(secret.Ref{Env: variableFor(s.Ref, path)})
	})
	element := map[string]any{}
	// A specification is data that encodes; what does not is left out.
	data, _ := json.Marshal(spec)
	_ = json.Unmarshal(data, &element)
	maps.DeleteFunc(element, func(_ string, v any) bool { return v == nil })
	element["name"] = s.written(have.Spec)
	return Before{
		Ref: s.String(), Action: s.Action, ID: have.ID,
		Manifest: map[string][]map[string]any{s.work.kind.Section(): {element}},
	}
}

// written is the name that a manifest writes, which may be only a part of the
// identity.
func (s Step) written(spec resource.Spec) string {
	for short, rest := s.Name, s.Name; ; {
		if s.work.kind.Identity(short, spec) == s.Name {
			return short
		}
		var more bool
		if _, rest, more = strings.Cut(rest, "/"); !more {
			return s.Name
		}
		short = rest
	}
}

// variableFor names the variable that somebody who wants the old state back has to
// set: DESTINATION_IPS_PROXY_PROPERTIES_PASSWORD.
func variableFor(ref resource.Ref, path string) string {
	name := []byte(strings.ToUpper(ref.String() + path))
	for i, c := range name {
		if ('A' > c || c > 'Z') && ('0' > c || c > '9') {
			name[i] = '_'
		}
	}
	return string(name)
}
