package simulator

import (
	"net/http"
	"time"
)

// Behaviour holds one switch for each behaviour of the real services that is unknown or differs between landscapes.
// The zero value is the documented default of each.
type Behaviour struct {
	// IfMatchIgnored makes PUT of the Destination service accept a stale If-Match. Default: enforced with 412 when the
	// header is sent, which is stricter than SAP's specification, where the header is absent from PUT.
	IfMatchIgnored bool `json:"ifMatchIgnored"`
	// PatchMissing answers 405 to PATCH of destinations and fragments, as landscapes before late 2025 are assumed to do.
	PatchMissing bool `json:"patchMissing"`
	// ErrorBodies of the Destination service: "" is {"ErrorMessage"} on writes and bare text on reads; "text" and
	// "json" use one form for all.
	ErrorBodies string `json:"errorBodies"`
	// DeleteMissingCounts answers DELETE of a missing name with 200 {"Count":0}. Default: 404.
	DeleteMissingCounts bool `json:"deleteMissingCounts"`
	// QuotedETags puts the entity tags of the Destination service in quotes. Default: bare hex, as in SAP's example.
	QuotedETags bool `json:"quotedETags"`
	// MaskSecrets answers "<redacted>" for the secrets of destinations. Default: in clear.
	MaskSecrets bool `json:"maskSecrets"`
	// Lax turns off the content checks of the Destination service; values that are no strings are stringified.
	Lax bool `json:"lax"`
	// MaxEntities is the number of destinations, fragments or certificates that a level can hold. Default: 1000.
	MaxEntities int `json:"maxEntities"`
	// MaxRequestLine is the longest path with query that the Destination service takes. Default: 4000.
	MaxRequestLine int `json:"maxRequestLine"`
	// LabelsMissing takes the labels of the Destination service away, as landscapes before late 2025 are assumed to lack
	// them: 404 for the resource, 400 for the filter. Default: there.
	LabelsMissing bool `json:"labelsMissing"`
	// UsedCertificatesDeleted lets a certificate be deleted that a destination of its level names. Default: 400, which is
	// stricter than SAP's specification, where no such answer is listed.
	UsedCertificatesDeleted bool `json:"usedCertificatesDeleted"`
	// UnknownSystemStatus is the proxy's status for an unknown or disabled system. Default: 404.
	UnknownSystemStatus int `json:"unknownSystemStatus"`
	// PatchWithoutSupportStatus is the proxy's status for a PATCH to a system that does not support it. Default: 400.
	PatchWithoutSupportStatus int `json:"patchWithoutSupportStatus"`
	// ProxySlowdown is how long the proxy waits on each call above 150 in a minute. Default: not at all.
	ProxySlowdown time.Duration `json:"-"`
	// ScimSlowdown is how long the directory waits on each call above 200 in a minute; SAP's is a second. Default: not at
	// all.
	ScimSlowdown time.Duration `json:"-"`
	// AuditRate is how many requests a second the audit log takes from a tenant; SAP's is 4 or 8, depending on the
	// region; negative means any. Default: 4.
	AuditRate int `json:"auditRate"`
	// LockAfter is the number of failed logins after which a system user is locked for an hour. Default: never,
	// because SAP does not state a lock for administrators of type System.
	LockAfter int `json:"lockAfter"`
	// JobDelay is how long a job run stays In Process, by the landscape's clock. Default: finished at once.
	JobDelay time.Duration `json:"-"`
	// AuditDelay is how long after the event its record can be read. Default: at once.
	AuditDelay time.Duration `json:"-"`
}

// behaviourForm is the JSON form of a Behaviour: durations are written as people write them.
type behaviourForm struct {
	Behaviour
	ProxySlowdown string `json:"proxySlowdown"`
	ScimSlowdown  string `json:"scimSlowdown"`
	JobDelay      string `json:"jobDelay"`
	AuditDelay    string `json:"auditDelay"`
}

// form renders the switches for the control interface.
func (b Behaviour) form() behaviourForm {
	return behaviourForm{b, b.ProxySlowdown.String(), b.ScimSlowdown.String(), b.JobDelay.String(), b.AuditDelay.String()}
}

// behaviour reads the form back; an empty duration is none.
func (f behaviourForm) behaviour() (Behaviour, error) {
	b := f.Behaviour
	for _, d := range []struct {
		text string
		into *time.Duration
	}{{f.ProxySlowdown, &b.ProxySlowdown}, {f.ScimSlowdown, &b.ScimSlowdown}, {f.JobDelay, &b.JobDelay}, {f.AuditDelay, &b.AuditDelay}} {
		if d.text == "" {
			continue
		}
		v, err := time.ParseDuration(d.text)
		if err != nil {
			return b, err
		}
		*d.into = v
	}
	return b, nil
}

// or returns v, or the default when v is unset.
func or(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

func (b Behaviour) unknownSystemStatus() int { return or(b.UnknownSystemStatus, http.StatusNotFound) }
