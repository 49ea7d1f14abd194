package simulator

import (
	"fmt"
	"net/http"
	"slices"
)

// The limits of labels.
//
// Fact: at most 10 labels on an object and 10 values in a label. Source: SAP-docs/btp-connectivity 90f0f67, read
// 2026-11-23. [documented] More of them answers 400. [assumed]
const (
	maxLabels      = 10
	maxLabelValues = 10
)

// label is one label of a destination, fragment or certificate.
type label struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// hasLabel tells whether an item has a label of this key with all the values.
func (i *item) hasLabel(want label) bool {
	have := labelOf(i.Labels, want.Key)
	return have != nil && !slices.ContainsFunc(want.Values, func(v string) bool { return !slices.Contains(have.Values, v) })
}

// labelList is what clients see of an item's labels: [] when there are none.
func (i *item) labelList() []label { return append([]label{}, i.Labels...) }

// labelOf finds a label by its key, or nil.
func labelOf(list []label, key string) *label {
	i := slices.IndexFunc(list, func(l label) bool { return l.Key == key })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// labelRoutes are the labels of one family on one level.
//
// Fact: labels are a resource of their own beside the object: GET answers an array, [] when there are none, PUT
// replaces them all, PATCH adds or removes; both writes answer 204. Source: Destination Service OpenAPI
// (SAP/crossplane-provider-btp swagger.json), read 2026-11-23. [documented] They are not inside the object, so they
// survive a PUT of it and are no part of its entity tag. [assumed] An unknown object answers 404. [assumed]
func labelRoutes(at func(method, path string, h func(*desk) *answer), base string) {
	at("GET", base+"/{name}/labels", withLabels((*desk).labels))
	at("PUT", base+"/{name}/labels", withLabels((*desk).putLabels))
	at("PATCH", base+"/{name}/labels", withLabels((*desk).patchLabels))
}

// withLabels finds the object of a call about labels.
func withLabels(h func(*desk, *item) *answer) func(*desk) *answer {
	return func(d *desk) *answer {
		if d.l.behaviour.LabelsMissing {
			return noRoute(d.call, http.StatusNotFound)
		}
		i := d.shelf[d.params["name"]]
		if i == nil {
			return d.fail(http.StatusNotFound, d.fam.missing(d.params["name"]))
		}
		return h(d, i)
	}
}

func (d *desk) labels(i *item) *answer { return asJSON(http.StatusOK, i.labelList()) }

func (d *desk) putLabels(i *item) *answer {
	var in []label
	if !d.isJSON() || d.decode(&in) != nil || in == nil {
		return d.fail(http.StatusBadRequest, "want an array of labels")
	}
	return d.setLabels(i, in, in)
}

// patchLabels answers PATCH.
//
// Fact: the text and the example of the specification say ADD and DELETE, its enumeration says ADD and REMOVE, so both
// words remove. Source: Destination Service OpenAPI, read 2026-11-23. [documented, contradictory] A label that has no
// value left is gone. [assumed]
func (d *desk) patchLabels(i *item) *answer {
	var in struct {
		Action string  `json:"action"`
		Labels []label `json:"labels"`
	}
	if !d.isJSON() || d.decode(&in) != nil || in.Labels == nil {
		return d.fail(http.StatusBadRequest, "want an object with action and labels")
	}
	switch in.Action {
	case "ADD":
		return d.setLabels(i, in.Labels, withMore(i.Labels, in.Labels))
	case "DELETE", "REMOVE":
		return d.setLabels(i, in.Labels, without(i.Labels, in.Labels))
	}
	return d.fail(http.StatusBadRequest, "action: want ADD or DELETE")
}

// setLabels checks what was given and what comes of it, and stores the latter.
func (d *desk) setLabels(i *item, given, result []label) *answer {
	if cause := checkLabels(given); cause != "" {
		return d.fail(http.StatusBadRequest, cause)
	}
	if cause := checkLabels(result); cause != "" {
		return d.fail(http.StatusBadRequest, cause)
	}
	i.Labels = result
	d.l.touch()
	return empty(http.StatusNoContent)
}

// checkLabels refuses what is over the limits or means nothing.
func checkLabels(list []label) string {
	if len(list) > maxLabels {
		return fmt.Sprintf("more than %d labels", maxLabels)
	}
	for n, l := range list {
		switch {
		case l.Key == "" || len(l.Values) == 0:
			return "a label wants a key and values"
		case len(l.Values) > maxLabelValues:
			return fmt.Sprintf("label %q has more than %d values", l.Key, maxLabelValues)
		case labelOf(list[:n], l.Key) != nil:
			return fmt.Sprintf("label %q is given twice", l.Key)
		}
	}
	return ""
}

// withMore adds the values that are not there yet.
func withMore(have, more []label) []label {
	out := cloneLabels(have)
	for _, m := range more {
		at := labelOf(out, m.Key)
		if at == nil {
			out = append(out, label{Key: m.Key})
			at = &out[len(out)-1]
		}
		for _, v := range m.Values {
			if !slices.Contains(at.Values, v) {
				at.Values = append(at.Values, v)
			}
		}
	}
	return out
}

// without takes values away, and a label with its last value.
func without(have, less []label) []label {
	out := cloneLabels(have)
	for _, m := range less {
		if at := labelOf(out, m.Key); at != nil {
			at.Values = slices.DeleteFunc(at.Values, func(v string) bool { return slices.Contains(m.Values, v) })
		}
	}
	return slices.DeleteFunc(out, func(l label) bool { return len(l.Values) == 0 })
}

func cloneLabels(list []label) []label {
	var out []label
	for _, l := range list {
		out = append(out, label{l.Key, slices.Clone(l.Values)})
	}
	return out
}
