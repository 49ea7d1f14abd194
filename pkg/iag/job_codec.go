package iag

import (
	"encoding/json"

	"reconcile/pkg/adapter"
	"reconcile/pkg/resource"
)

// jobDocument is the adapter contract's document.
type jobDocument struct {
	Name       string             `json:"name"`
	Category   string             `json:"category"`
	IAGSystem  string             `json:"iagSystem"`
	Recurrence recurrenceDocument `json:"recurrence"`
}

type recurrenceDocument struct {
	Every    string `json:"every"`
	Start    string `json:"start"`
	TimeZone string `json:"timeZone"`
}

// EncodeJob writes the document; a job holds no secrets.
func EncodeJob(name string, want Job) (system map[string]any, secrets map[string]resource.Value) {
	system = map[string]any{"name": name}
	put(system, "category", want.Category)
	put(system, "iagSystem", want.IAGSystem)
	recurrence := map[string]any{}
	put(recurrence, "every", want.Recurrence.Every)
	put(recurrence, "start", want.Recurrence.Start)
	put(recurrence, "timeZone", want.Recurrence.TimeZone)
	if len(recurrence) > 0 {
		system["recurrence"] = recurrence
	}
	return system, nil
}

// DecodeJob reads the document.
func DecodeJob(_ string, system json.RawMessage) (name string, j Job, err error) {
	d, err := adapter.Document("job", system, func(d jobDocument) bool { return d.Name != "" })
	if err != nil {
		return "", Job{}, err
	}
	j = Job{Category: resource.Given(d.Category), IAGSystem: resource.Given(d.IAGSystem), Recurrence: Recurrence{
		Every: resource.Given(d.Recurrence.Every), Start: resource.Given(d.Recurrence.Start), TimeZone: resource.Given(d.Recurrence.TimeZone),
	}}
	return d.Name, normalizeJob(d.Name, j), nil
}

// JobCodec returns the translation between the kind and the adapter contract.
func JobCodec() adapter.Codec[Job] {
	return adapter.Codec[Job]{
		Collection: CollectionJobs,
		Encode:     EncodeJob,
		Decode:     DecodeJob,
	}
}
