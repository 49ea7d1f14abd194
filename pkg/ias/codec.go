package ias

import (
	"encoding/json"
	"strings"

	"reconcile/pkg/adapter"
	"reconcile/pkg/resource"
)

// Collection is the adapter contract's name of the list.
const Collection = "systemUsers"

// document is the adapter contract's document. The contract is this project's
// own; SAP documents no interface for administrators.
type document struct {
	Name           string   `json:"name"`
	Authorizations []string `json:"authorizations"`
	ClientID       string   `json:"clientID"`
	Slots          []slot   `json:"slots"`
}

type slot struct {
	Label    string `json:"label"`
	ExpireIn string `json:"expireIn,omitempty"`
	Created  string `json:"created,omitempty"`
}

// Encode writes the document without what the manifest does not say. Secrets
// come back beside it by label.
func Encode(name string, want Spec) (system map[string]any, secrets map[string]resource.Value) {
	system = map[string]any{"name": name}
	if want.Authorizations != nil {
		system["authorizations"] = want.Authorizations.Sorted()
	}
	if id := want.ClientID.Text(); id != "" {
		system["clientID"] = id
	}
	if want.Secrets == nil {
		return system, nil
	}
	slots := []slot{}
	for _, label := range want.Secrets.Labels() {
		s := want.Secrets[label]
		slots = append(slots, slot{label, s.ExpireIn.Text(), s.Created.Text()})
		if s.Value.Form() == resource.Secret {
			if secrets == nil {
				secrets = map[string]resource.Value{}
			}
			secrets[label] = s.Value
		}
	}
	system["slots"] = slots
	return system, secrets
}

// Decode reads the document. Secrets are sealed.
func Decode(_ string, system json.RawMessage) (name string, spec Spec, err error) {
	d, err := adapter.Document("system user", system, func(d document) bool { return d.Name != "" })
	if err != nil {
		return "", Spec{}, err
	}
	spec = Spec{Authorizations: d.Authorizations, ClientID: resource.Given(d.ClientID)}
	if d.Slots != nil {
		spec.Secrets = Secrets{}
	}
	for place, s := range d.Slots {
		spec.Secrets[s.Label] = Slot{
			Value: resource.Seal(), ExpireIn: resource.Given(s.ExpireIn), Created: resource.Given(s.Created), Place: place,
		}
	}
	return d.Name, normalize(d.Name, spec), nil
}

// AllSecrets reports false: each secret of an administrator stands alone.
func AllSecrets([]resource.Change) bool { return false }

// SecretName returns the label of the slot whose value a path names, "" for any
// other path.
func SecretName(path string) string {
	label, ok := strings.CutPrefix(path, "/secrets/")
	if !ok {
		return ""
	}
	label, ok = strings.CutSuffix(label, "/value")
	if !ok || strings.Contains(label, "/") {
		return ""
	}
	return resource.UnescapePointer(label)
}

// Codec returns the translation between the kind and the adapter contract.
func Codec() adapter.Codec[Spec] {
	return adapter.Codec[Spec]{
		Collection: Collection,
		Encode:     Encode,
		Decode:     Decode,
		AllSecrets: AllSecrets,
		SecretName: SecretName,
	}
}
