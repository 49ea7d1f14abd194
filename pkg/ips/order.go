package ips

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"reconcile/pkg/adapter"
	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// guide is what is known of the page for proxy systems.
// Fact: path, fields and the id in the address; the connector's version is fixed
// by the first save; an import always makes a new system with a new id. Source:
// SAP-docs/btp-cloud-identity-services, add-new-systems-bd214dc.md,
// proxy-systems-b10d68a.md, export-and-import-systems-1de7de0.md and
// manage-properties-4e2bc9d.md, read 2026-11-23. [documented; labels of buttons inferred]
var guide = resource.Guide{
	Console: "Administration console of Identity Authentication",
	Path:    "Identity Provisioning > Proxy Systems",
	Why:     "a proxy system: the way on which IAG reads and writes users and groups; its id is an address",
	Right:   "authorization Manage Identity Provisioning in this console, or the policy MANAGE_PROVISIONING_PROXIES",
	Keep:    []string{"properties that the console added by itself", "the transformations, unless this order names them", "every other system"},
	Notes:   []string{"names and values count letter by letter: a wrong case is saved without a complaint and breaks the calls"},
	Source: "SAP-docs/btp-cloud-identity-services, add-new-systems-bd214dc.md, proxy-systems-b10d68a.md, " +
		"manage-properties-4e2bc9d.md [documented; labels of buttons inferred]",
}

// The labels of the page.
const (
	labelAdd         = "Add"
	labelType        = "Type"
	labelName        = "System Name"
	labelDescription = "Description"
	labelSave        = "Save"
	labelEnable      = "Enable"
	labelDisable     = "Disable"
)

const (
	notAgain  = "if it is there, do not make a second one: report its id, the last part of its address"
	neverDrop = "never delete and import it again: an import makes a new id, and IAG keeps the dead one"
	lastPart  = "the last part of the page's address after saving, such as 1a2b3c4d-…; it is shown nowhere else"
)

func order(w resource.Work[Spec]) resource.Order {
	o := guide.Order(w.Action)
	switch w.Action {
	case "create":
		o.Identified = true
		compose(&o, w)
	case "delete":
		o.Notes = append(o.Notes, "IAG systems that use its id stop working")
		o.Do = append(o.Do, resource.Instruction{Do: resource.Press, Label: "Delete", Value: w.Name})
	default:
		o.Notes = append(o.Notes, neverDrop)
		o.Do = append(o.Do, resource.Instruction{Do: resource.Press, Label: "Edit", Value: w.Name})
		o.Do = append(o.Do, edits(w)...)
	}
	return o
}

// compose words the creation: by the form, or from a baseline that fits.
func compose(o *resource.Order, w resource.Work[Spec]) {
	if w.Want.Baseline == "" {
		o.Do = append(o.Do, form(w)...)
		return
	}
	file, err := importFile(w)
	if err != nil {
		o.Notes = append(o.Notes, err.Error()+"; so the form is filled in by hand")
		o.Do = append(o.Do, form(w)...)
		return
	}
	o.Files = []resource.OrderFile{file}
	o.Do = append(o.Do, imported(w, file)...)
}

// form fills in the empty form. The connector's version comes first: the first
// save picks the transformations by it.
func form(w resource.Work[Spec]) []resource.Instruction {
	do := []resource.Instruction{
		{Do: resource.Look, Label: labelName, Value: w.Name, Hint: notAgain},
		{Do: resource.Press, Label: labelAdd},
		resource.Entry(resource.Choose, labelType, w.Want.Type),
		{Do: resource.Type, Label: labelName, Value: w.Name},
	}
	if w.Want.Description.Form() == resource.Literal {
		do = append(do, resource.Entry(resource.Type, labelDescription, w.Want.Description))
	}
	for _, key := range ordered(w.Want) {
		do = append(do, property(key, w.Want.Properties[key]))
	}
	do = append(do, resource.Instruction{Do: resource.Press, Label: labelSave},
		resource.Instruction{Do: resource.Note, Label: "System ID", Value: "id", Hint: lastPart})
	if w.Want.Enabled.Text() == "false" {
		do = append(do, resource.Instruction{Do: resource.Press, Label: labelDisable})
	}
	pasted := transformations(w.Want.Transformations, func(string) bool { return true })
	if len(pasted) > 0 {
		do = append(append(do, pasted...), resource.Instruction{Do: resource.Press, Label: labelSave})
	}
	return do
}

// ordered lists the managed properties: versions first, then in the order of the
// template, then the rest by name.
func ordered(s Spec) []string {
	rank := map[string]int{}
	if t, ok := catalogue.TemplateOf(Kind, s.Template); ok {
		for i, setting := range t.Properties {
			rank[setting.Name] = i - len(t.Properties)
		}
	}
	names := slices.Sorted(maps.Keys(s.Properties))
	names = slices.DeleteFunc(names, func(key string) bool {
		form := s.Properties[key].Form()
		return form == resource.Absent || form == resource.Unset
	})
	slices.SortStableFunc(names, func(a, b string) int {
		if va, vb := isVersion(a), isVersion(b); va != vb {
			return map[bool]int{true: -1, false: 1}[va]
		}
		if ca, cb := catalogue.SecretProperty(a), catalogue.SecretProperty(b); ca != cb {
			return map[bool]int{true: 1, false: -1}[ca]
		}
		return rank[a] - rank[b]
	})
	return names
}

func isVersion(key string) bool { return strings.HasSuffix(key, ".api.version") }

func property(key string, v resource.Value) resource.Instruction {
	do := resource.Property
	if credential(key, v) {
		do = resource.Credential
	}
	i := resource.Entry(do, key, v)
	if isVersion(key) {
		i.Hint = "before the first save: it picks the transformations"
	}
	return i
}

// credential reports whether the console takes the property as a credential.
func credential(key string, v resource.Value) bool {
	secrecy := catalogue.SecrecyOf(key)
	return secrecy == catalogue.Secret || secrecy == catalogue.Doubtful && !v.Source().IsZero()
}

// edits words what changes on a system that exists.
func edits(w resource.Work[Spec]) []resource.Instruction {
	var do []resource.Instruction
	changed := map[string]bool{}
	for _, c := range w.Changes {
		switch key := propertyName(c.Path); {
		case c.Path == "/description":
			do = append(do, resource.Entry(resource.Type, labelDescription, c.Want).Before(c))
		case key == "":
		case !c.Want.IsSet() || c.Want.Form() == resource.Absent:
			do = append(do, resource.Instruction{Do: resource.Drop, Label: key}.Before(c))
		default:
			changed[key] = true
			do = append(do, property(key, c.Want).Before(c))
		}
	}
	if AllSecrets(w.Changes) {
		do = append(do, again(w.Want, changed)...)
	}
	paths := map[string]bool{}
	for _, c := range w.Changes {
		paths[c.Path] = true
	}
	do = append(do, transformations(w.Want.Transformations, func(path string) bool { return paths[path] })...)
	if len(do) > 0 {
		do = append(do, resource.Instruction{Do: resource.Press, Label: labelSave, Hint: "one save for all of this"})
	}
	if paths["/enabled"] {
		label := map[bool]string{true: labelDisable, false: labelEnable}[w.Want.Enabled.Text() == "false"]
		do = append(do, resource.Instruction{Do: resource.Press, Label: label})
	}
	return do
}

// again enters every credential that does not change by itself: a change of URL
// or host voids them.
func again(s Spec, changed map[string]bool) []resource.Instruction {
	var do []resource.Instruction
	for _, key := range ordered(s) {
		if v := s.Properties[key]; credential(key, v) && !changed[key] {
			do = append(do, property(key, v).With("enter it again in the same save: a change of URL or host voids it, without a word"))
		}
	}
	return do
}

func transformations(t Transformations, changed func(path string) bool) []resource.Instruction {
	var do []resource.Instruction
	for _, one := range []struct {
		path, label string
		value       resource.Value
	}{
		{"/transformations/read", "Transformations > Read Transformation", t.Read},
		{"/transformations/write", "Transformations > Write Transformation", t.Write},
	} {
		if one.value.Form() == resource.Literal && changed(one.path) {
			do = append(do, resource.Entry(resource.Paste, one.label, one.value).With("replace the whole text"))
		}
	}
	return do
}

// readExport reads the file that the console exports.
func readExport(data []byte) (resource.Live[Spec], error) {
	name, spec, err := Decode("", data)
	if err != nil {
		return resource.Live[Spec]{}, err
	}
	return resource.Live[Spec]{Name: name, ID: exportID(data), Spec: spec}, nil
}

// Scrub returns what an export tells of the fields that a manifest can speak about,
// without any secret: of what may be one only the name is left.
func Scrub(data []byte) ([]byte, error) {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("proxy system: %w", err)
	}
	if d.Name == "" {
		return nil, fmt.Errorf("proxy system: %w", adapter.ErrNoName)
	}
	sealed := map[string]any{}
	for key := range d.EncryptedProperties {
		sealed[key] = nil
	}
	for key := range d.Properties {
		if catalogue.SecrecyOf(key) == catalogue.Secret || catalogue.SecrecyOf(key) == catalogue.Doubtful {
			delete(d.Properties, key)
			sealed[key] = nil
		}
	}
	d.EncryptedProperties = sealed
	return json.MarshalIndent(d, "", "  ")
}
