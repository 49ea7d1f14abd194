package ias

import (
	"maps"

	"reconcile/pkg/resource"
)

// Spec is what a manifest says about one administrator of type System.
type Spec struct {
	// Authorizations are the console's labels. Nil means not managed.
	Authorizations resource.Set `json:"authorizations,omitempty" jsonschema:"description=Authorizations by the console's names\\, such as Access Proxy System API"`
	// ClientID is made by IAS; a manifest may say it or refer to it once known.
	ClientID resource.Value `json:"clientID,omitzero" jsonschema:"description=Client id that IAS made; no secret"`
	// Secrets are at most two.
	Secrets Secrets `json:"secrets,omitempty" jsonschema:"description=At most two secrets\\, the one in use first"`
}

// normalize shows the client id, labels and hides the secrets, and cuts times to
// days.
func normalize(_ string, s Spec) Spec {
	s.ClientID = s.ClientID.Public()
	if s.Secrets == nil {
		return s
	}
	secrets := Secrets{}
	for place, label := range s.Secrets.Labels() {
		slot := s.Secrets[label]
		slot.Place = place
		slot.Value = slot.Value.Private().WithLabel(label)
		slot.ExpireIn = slot.ExpireIn.Public()
		slot.Created = day(slot.Created.Public())
		secrets[label] = slot
	}
	s.Secrets = secrets
	return s
}

// day cuts "2026-11-23T08:00:00Z" to "2026-11-23".
func day(v resource.Value) resource.Value {
	const date = len("2026-11-23")
	if text := v.Text(); len(text) > date && text[date] == 'T' {
		return resource.Text(text[:date])
	}
	return v
}

// keep copies what is not ours into want. IAS makes the client id, so a live one
// always wins, and so does the day on which a secret was made. A secret that is not listed stays unless we put it there: somebody
// else may log in with it.
func keep(have, want Spec, own resource.Ownership) Spec {
	listed := want.Secrets
	want = resource.Fill(have, want)
	if have.ClientID.Form() == resource.Literal {
		want.ClientID = have.ClientID
	}
	if listed == nil {
		return want
	}
	want.Secrets = maps.Clone(listed)
	for label, slot := range have.Secrets {
		mine, ok := listed[label]
		switch {
		case ok:
			filled := resource.Fill(slot, mine)
			if slot.Created.IsSet() {
				filled.Created = slot.Created
			}
			want.Secrets[label] = filled
		case own.Wrote == nil || !own.Wrote(secretPath(label, "value")):
			slot.Place += len(listed)
			want.Secrets[label] = slot
		}
	}
	return want
}

// secretPath is the JSON pointer of one field of a slot.
func secretPath(label, field string) string {
	return "/secrets/" + resource.EscapePointer(label) + "/" + field
}
