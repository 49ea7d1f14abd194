package ias

import (
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// guide is what is known of the page for administrators.
// Fact: path, right, fields and the single showing of the secret. Source:
// SAP-docs/btp-cloud-identity-services, add-administrators-bbbdbdd.md, read
// 2026-11-23. [documented; the labels of buttons inferred]
var guide = resource.Guide{
	Console: "Administration console of Identity Authentication",
	Path:    "Users & Authorizations > Administrators",
	Why:     "an administrator of type System, which is a technical login: IAG or Identity Provisioning calls with it",
	Right:   "authorization Manage Tenant Configuration in this console",
	Keep:    []string{"the administrators that are in the list already, above all the one that SAP BTP made"},
	Notes:   []string{"a secret is shown once; if it is lost, add another one and delete the lost one"},
	Source:  "SAP-docs/btp-cloud-identity-services, add-administrators-bbbdbdd.md [documented; labels of buttons inferred]",
}

// The labels of the page.
const (
	labelAdd       = "Add > System"
	labelName      = "Name"
	labelSave      = "Save"
	labelAddSecret = "Add Secret"
	labelText      = "Description"
	labelExpire    = "Expire in"
	labelSecret    = "Secret"
	labelDrop      = "Delete Secret"
)

const notAgain = "if it is there, do not make a second one: open it, go on below Save, and report its Client ID"

func order(w resource.Work[Spec]) resource.Order {
	o := guide.Order(w.Action)
	do := func(i ...resource.Instruction) { o.Do = append(o.Do, i...) }
	switch w.Action {
	case "create":
		o.Identified = true
		do(resource.Instruction{Do: resource.Look, Label: labelName, Value: w.Name, Hint: notAgain},
			resource.Instruction{Do: resource.Press, Label: labelAdd},
			resource.Instruction{Do: resource.Type, Label: labelName, Value: w.Name})
		for _, name := range w.Want.Authorizations.Sorted() {
			do(resource.Instruction{Do: resource.Tick, Label: name})
		}
		do(resource.Instruction{Do: resource.Press, Label: labelSave},
			resource.Instruction{Do: resource.Note, Label: "Client ID", Value: "clientID", Hint: noted(w.Want)})
		for _, label := range w.Want.Secrets.Labels() {
			do(newSecret(label, w.Want.Secrets[label])...)
		}
	case "delete":
		do(resource.Instruction{Do: resource.Press, Label: "Delete", Value: w.Name, Hint: "its secrets stop working at once"})
	default:
		do(resource.Instruction{Do: resource.Press, Label: "Edit", Value: w.Name})
		do(edits(w)...)
	}
	return o
}

// noted says where the client id goes.
func noted(s Spec) string {
	const plain = "no secret; write it down here"
	if from := s.ClientID.Source(); !from.IsZero() {
		return plain + ", and set " + from.String() + " to it where reconcile runs"
	}
	return plain
}

// newSecret makes one secret and brings it to the place that the manifest names.
func newSecret(label string, s Slot) []resource.Instruction {
	expire := s.ExpireIn.Text()
	if expire == "" {
		expire = "Never"
	}
	shown := resource.Entry(resource.HandOver, labelSecret, s.Value)
	shown.Value = label
	return []resource.Instruction{
		{Do: resource.Press, Label: labelAddSecret},
		{Do: resource.Type, Label: labelText, Value: label},
		{Do: resource.Choose, Label: labelExpire, Value: expire},
		{Do: resource.Press, Label: labelSave},
		shown.With("shown once: bring it there before you leave the page"),
	}
}

// edits words what changes on an administrator that exists.
func edits(w resource.Work[Spec]) []resource.Instruction {
	var boxes, added, dropped []resource.Instruction
	labels := map[string]bool{}
	for _, c := range w.Changes {
		if c.Path == "/authorizations" {
			boxes = append(boxes, authorizations(w)...)
			continue
		}
		label, found := slotOf(c.Path)
		if !found || labels[label] {
			continue
		}
		labels[label] = true
		if slot, wanted := w.Want.Secrets[label]; wanted {
			added = append(added, replaced(label, slot, c)...)
			continue
		}
		dropped = append(dropped, resource.Instruction{
			Do: resource.Press, Label: labelDrop, Value: label, Hint: "only once the other secret is in use everywhere",
		})
	}
	return slices.Concat(boxes, added, dropped)
}

// authorizations ticks what is wanted and leaves nothing else ticked.
func authorizations(w resource.Work[Spec]) []resource.Instruction {
	var boxes []resource.Instruction
	for _, name := range w.Want.Authorizations.Sorted() {
		boxes = append(boxes, resource.Instruction{Do: resource.Tick, Label: name})
	}
	return append(boxes,
		resource.Instruction{Do: resource.Untick, Label: "all other authorizations", Hint: "take away what is not in this list"},
		resource.Instruction{Do: resource.Press, Label: labelSave})
}

// replaced makes a secret that is new, or that is to be made anew because nobody
// brought it to its place or its terms changed.
func replaced(label string, slot Slot, c resource.Change) []resource.Instruction {
	if slot.Value.Form() == resource.External && c.Have.Form() == resource.Unset {
		return newSecret(label, slot)
	}
	list := newSecret(label, slot)
	list[0].Hint = "if a secret of this description is there already and somebody has its value, only bring that to its place; otherwise delete that one first"
	return list
}

func slotOf(path string) (label string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/secrets/")
	label, _, _ = strings.Cut(rest, "/")
	return resource.UnescapePointer(label), ok
}

// identify takes the reported client id where the manifest has none at hand.
func identify(want Spec, id string) Spec {
	if want.ClientID.Form() != resource.Literal {
		want.ClientID = resource.Text(id)
	}
	return want
}
