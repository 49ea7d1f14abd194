package destination

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Stored is one destination as the service keeps it: a flat object of texts.
// Properties hold secrets in clear and never the name.
type Stored struct {
	Name       string
	Properties map[string]string
	// ETag is opaque, as received; "" when the service gave none.
	ETag string
	// Modified is the time of the last write, zero when not told.
	Modified time.Time
}

// Format prints the name alone, under every verb: the properties hold secrets.
func (s Stored) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.Name) }

// The members of an object that are not properties.
const (
	keyName         = "Name"
	keyFragmentName = "FragmentName"
	keyMetadata     = "$metadata"
)

// metadata is what the service says about an object.
// Fact: with $includeMetadata each item carries etag and modification_time, the
// latter as milliseconds since 1970 in a text. Source: SAP OpenAPI "Destination
// Service (Cloud Foundry)", and recordings in SAP/terraform-provider-btp, read
// 2026-11-23. [documented; the format of the time observed]
type metadata struct {
	ETag     string          `json:"etag"`
	Modified json.RawMessage `json:"modification_time"`
}

func (m metadata) time() time.Time {
	ms, err := strconv.ParseInt(strings.Trim(string(m.Modified), `"`), 10, 64)
	if err != nil || ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// decodeStored reads one object; nameKey is where its kind has the name.
//
// Fact: all values are texts by specification. Source: SAP OpenAPI "Destination
// Service (Cloud Foundry)", schema Destination, read 2026-11-23. [documented]
//
// Numbers and booleans that other writers left are tolerated and become texts;
// null counts as absent.
func decodeStored(data []byte, nameKey string) (Stored, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil || object == nil {
		return Stored{}, errors.New("an object of the service cannot be read")
	}
	s := Stored{Properties: map[string]string{}}
	for key, value := range object {
		switch text, ok := scalar(value); {
		case key == keyMetadata:
			s.describe(value)
		case key == nameKey:
			s.Name = text
		case ok:
			s.Properties[key] = text
		}
	}
	if s.Name == "" {
		return Stored{}, fmt.Errorf("an object of the service has no %s", nameKey)
	}
	return s, nil
}

// describe takes over the metadata; what cannot be read is left out.
func (s *Stored) describe(value any) {
	data, err := json.Marshal(value)
	var m metadata
	if err == nil && json.Unmarshal(data, &m) == nil {
		s.ETag, s.Modified = m.ETag, m.time()
	}
}

// scalar returns the text of a value; ok is false for null.
func scalar(value any) (text string, ok bool) {
	switch v := value.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	default:
		data, err := json.Marshal(v)
		return string(data), err == nil
	}
}

// encodeStored is the object to send.
func encodeStored(s Stored, nameKey string) map[string]string {
	object := maps.Clone(s.Properties)
	if object == nil {
		object = map[string]string{}
	}
	object[nameKey] = s.Name
	return object
}

// result is the outcome of one object of a write.
//
// Fact: arrays are answered with one {"name","status","etag"} or
// {"name","status","cause"} for each item, single objects of PUT and DELETE with
// {"Count":1}. Source: SAP OpenAPI "Destination Service (Cloud Foundry)",
// responses of POST, PUT and DELETE, read 2026-11-23. [documented]
// Fact: clients in use also meet an array for a single object, a Count that is a
// text, and 204 without a body. Source: SAP/crossplane-provider-btp and
// liorokman/go-sapcp-destination-client, read 2026-11-23. [observed]
type result struct {
	Name   string `json:"name"`
	Status int    `json:"status"`
	Cause  string `json:"cause"`
}

// results reads the answer of a write in any of its forms. An answer that counts
// zero is a missing object; one without a statement says nothing.
func results(body []byte) []result {
	var list []result
	if json.Unmarshal(body, &list) == nil {
		return list
	}
	var counted struct{ Count any }
	if json.Unmarshal(body, &counted) != nil || counted.Count == nil {
		return nil
	}
	if fmt.Sprint(counted.Count) == "0" {
		return []result{{Status: 404, Cause: "the service counts no such object"}}
	}
	return []result{{Status: 200}}
}

// sameTag compares two entity tags by content, whether quoted or not.
// Fact: the tag is 64 hex digits, unquoted in the specification's example.
// Source: SAP OpenAPI "Destination Service (Cloud Foundry)", header ETag, read
// 2026-11-23. [documented; quotes tolerated because proxies add them]
func sameTag(a, b string) bool { return bare(a) == bare(b) }

func bare(tag string) string { return strings.Trim(strings.TrimPrefix(tag, "W/"), `"`) }

// masks are what an interface shows instead of a secret.
// Fact: this interface shows secrets in clear; SAP's other backend shows
// "<redacted>". Source: SAP BTP Connectivity help 84c5d38 and
// SAP/terraform-provider-btp issue 1322, read 2026-11-23. [documented, observed]
var masks = []string{"<redacted>", "***"}

func masked(text string) bool { return slices.Contains(masks, text) }

// differing lists, sorted, the properties of sent that live holds with another
// value. A mask says nothing and does not differ.
func differing(sent, live map[string]string) []string {
	var keys []string
	for key, text := range sent {
		if got, ok := live[key]; !ok || (got != text && !masked(got)) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// leftover lists, sorted, the properties that a full overwrite should have
// removed: in before and live, but not in sent.
func leftover(before, sent, live map[string]string) []string {
	var keys []string
	for key := range before {
		_, kept := sent[key]
		if _, there := live[key]; there && !kept {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
