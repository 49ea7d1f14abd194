package ias

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Secrets are an administrator's secrets by label, so that a plan can say
// /secrets/2026-11/value. A manifest writes them as a list, the one in use first.
type Secrets map[string]Slot

// Slot is one of the two places for a secret.
type Slot struct {
	// Value is the secret, always a reference to a place outside.
	Value resource.Value `json:"value,omitzero"`
	// ExpireIn is the choice made in the console: 1 year, 2 years or Never.
	ExpireIn resource.Value `json:"expireIn,omitzero"`
	// Created is the day it was made, as 2026-11-23.
	Created resource.Value `json:"created,omitzero"`
	// Place is the slot's position in the list, from 0. It only steers: the first
	// is the one in use.
	Place int `json:"-"`
}

// Listed is one element of the manifest's list. It exists for the JSON Schema
// and for reading; everything else uses Secrets.
type Listed struct {
	Label    string         `json:"label" jsonschema:"minLength=1,description=Plain name of the secret\\, such as 2026-11; shown in plans"`
	Value    resource.Value `json:"value" jsonschema:"description=Reference to the secret\\, such as {env: NAME}"`
	ExpireIn resource.Value `json:"expireIn,omitzero" jsonschema:"description=1 year\\, 2 years or Never"`
	Created  resource.Value `json:"created,omitzero" jsonschema:"description=Day on which it was made\\, as 2026-11-23"`
}

// Ends returns when the secret expires; false where the manifest does not say when
// it was made, or it never does.
func (s Slot) Ends() (time.Time, bool) {
	created, err := time.Parse(time.DateOnly, s.Created.Text())
	years := lifetimeYears[s.ExpireIn.Text()]
	return created.AddDate(years, 0, 0), err == nil && years > 0
}

// lifetimeYears are the lifetimes that end.
var lifetimeYears = map[string]int{"1 year": 1, "2 years": 2}

// JSONSchemaAlias makes the schema that of the list that manifests write.
func (Secrets) JSONSchemaAlias() any { return []Listed{} }

// doubleMark ends the key of a slot whose label is taken, so that a list with a
// mistake can be read and judged as a whole. No label can hold it.
const doubleMark = "\x00"

// UnmarshalJSON reads the list. A label that is used twice is for validation to
// refuse, because the label is the secret's name.
func (s *Secrets) UnmarshalJSON(data []byte) error {
	var listed []Listed
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&listed); err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	if listed == nil {
		*s = nil
		return nil
	}
	*s = Secrets{}
	for i, l := range listed {
		key := l.Label
		for _, taken := (*s)[key]; taken; _, taken = (*s)[key] {
			key += doubleMark
		}
		(*s)[key] = Slot{Value: l.Value, ExpireIn: l.ExpireIn, Created: l.Created, Place: i}
	}
	return nil
}

// MarshalJSON writes the list again, the secret in use first.
func (s Secrets) MarshalJSON() ([]byte, error) {
	listed := []Listed{}
	for _, label := range s.Labels() {
		slot := s[label]
		listed = append(listed, Listed{strings.TrimRight(label, doubleMark), slot.Value, slot.ExpireIn, slot.Created})
	}
	return json.Marshal(listed)
}

// Labels returns the labels in the order of the list.
func (s Secrets) Labels() []string {
	return slices.SortedFunc(maps.Keys(s), func(a, b string) int {
		return cmp.Or(cmp.Compare(s[a].Place, s[b].Place), cmp.Compare(a, b))
	})
}

// InUse returns the label of the secret in use.
func (s Secrets) InUse() (label string, ok bool) {
	if len(s) == 0 {
		return "", false
	}
	return s.Labels()[0], true
}
