package auditlog

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// Record is one record of the audit log.
type Record struct {
	// ID, User and Category are as the service wrote them, At is when it happened;
	// each is empty where the record does not say.
	ID, User, Category string
	At                 time.Time
	// Raw is the whole record, unchanged.
	Raw json.RawMessage
	// texts are all texts of the record's message, leaf by leaf.
	texts []string
}

// Message is what the record says, as one line.
func (r Record) Message() string {
	longest := ""
	for _, text := range r.texts {
		if len(text) > len(longest) {
			longest = text
		}
	}
	return strings.Join(strings.Fields(longest), " ")
}

// head is what every record has.
//
// Fact: message_uuid, time, user, category and message are fields of a record;
// message is JSON in a text. Source: SAP-docs/btp-cloud-platform 30ece35, read
// 2026-11-23. [documented] What stands in the message is not documented.
type head struct {
	ID       string `json:"message_uuid"`
	Time     string `json:"time"`
	User     string `json:"user"`
	Category string `json:"category"`
	Message  any    `json:"message"`
}

// depth is how many texts inside of texts are opened.
const depth = 6

// ParseRecord reads one record. It never fails: what is not as expected stays empty,
// and Raw holds it.
func ParseRecord(raw json.RawMessage) Record {
	r := Record{Raw: slices.Clone(raw)}
	var h head
	if json.Unmarshal(raw, &h) != nil {
		// One field of another type than expected spoils the whole: then all texts
		// count, and nothing is known of who and when.
		var whole any
		_ = json.Unmarshal(raw, &whole)
		r.texts = leaves(nil, whole, depth)
		return r
	}
	r.ID, r.User, r.Category, r.At = h.ID, h.User, h.Category, parseTime(h.Time)
	// Who and when stand in the message once more, and speak of no object.
	r.texts = slices.DeleteFunc(leaves(nil, h.Message, depth), func(text string) bool {
		return text == h.ID || text == h.User || !parseTime(text).IsZero()
	})
	return r
}

// leaves collects the texts of a value, and opens texts that hold JSON.
func leaves(texts []string, v any, open int) []string {
	switch v := v.(type) {
	case string:
		var inner any
		trimmed := strings.TrimSpace(v)
		if open > 0 && (trimmed != "" && strings.ContainsRune("{[\"", rune(trimmed[0]))) {
			if json.Unmarshal([]byte(trimmed), &inner) == nil {
				return leaves(texts, inner, open-1)
			}
		}
		return append(texts, v)
	case []any:
		for _, item := range v {
			texts = leaves(texts, item, open)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			texts = leaves(texts, v[key], open)
		}
	}
	return texts
}

// times are the ways in which times were seen or may be written.
var times = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05.999", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04", "02-01-2006 15:04:05", "02.01.2006 15:04:05",
}

// parseTime reads a time, as UTC where it names no zone; zero when it cannot.
func parseTime(text string) time.Time {
	for _, layout := range times {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
