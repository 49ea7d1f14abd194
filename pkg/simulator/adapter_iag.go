package simulator

import (
	"net/http"
	"regexp"
	"slices"
	"time"
)

// parameter is the document of an application parameter.
type parameter struct {
	Group string `json:"group"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

// iagSystem is the document of a system in the Applications app.
type iagSystem struct {
	Name             string `json:"name"`
	Type             string `json:"type"`
	Description      string `json:"description"`
	ExternalSystemID string `json:"externalSystemID,omitempty"`
	Destination      string `json:"destination,omitempty"`
}

// job is the document of a scheduled job.
type job struct {
	Name       string      `json:"name"`
	Category   string      `json:"category"`
	IAGSystem  string      `json:"iagSystem,omitempty"`
	Recurrence *recurrence `json:"recurrence,omitempty"`
}

// recurrence says how often a job runs. The landscape never starts a job by itself: a run nobody asked for would make
// tests depend on time.
type recurrence struct {
	Every    string `json:"every"`
	Start    string `json:"start,omitempty"`
	TimeZone string `json:"timeZone,omitempty"`
}

const (
	repositorySync = "Repository Sync"
	userGroupSync  = "SCI User Group Sync"
	provisioning   = "Provisioning"
)

// categories lists the job categories that are known.
//
// Fact: these categories exist; the full list is not published, so others are refused. Source: SAP Community
// 13562764, learning.sap.com course on IAG, help topics ca0cffd1 and 997872e5, read 2026-11-23. [documented, assumed]
var categories = []string{
	repositorySync, userGroupSync, provisioning, "Access Analysis",
	"Deprovision Expired Business Role Assignments", "Risk Definition Synchronization",
}

var (
	parameterKind = kind{collection: parameters, audited: "Configuration parameter", shape: parameter{}, build: buildParameter}
	iagSystemKind = kind{collection: iagSystems, audited: "Application", shape: iagSystem{}, build: buildIAGSystem, drop: dropIAGSystem}
	jobKind       = kind{collection: jobs, audited: "Job scheduler", shape: job{}, build: buildJob}
)

// withoutSecrets refuses secrets where there is no place for them.
func withoutSecrets(secrets map[string]*string) *problem {
	if len(secrets) > 0 {
		return invalid("secrets: there are none in this collection")
	}
	return nil
}

// fixed refuses the change of a field that names the thing.
func fixed(have *resource, doc document, fields ...string) *problem {
	for _, f := range fields {
		if have != nil && have.System[f] != doc[f] {
			return invalid(f + ": cannot be changed")
		}
	}
	return nil
}

// buildParameter checks an application parameter: group and name are its identity.
func buildParameter(l *Landscape, have *resource, doc document, secrets map[string]*string) (*resource, *problem) {
	var in parameter
	for _, p := range []*problem{into(doc, &in), withoutSecrets(secrets), fixed(have, doc, "group", "name")} {
		if p != nil {
			return nil, p
		}
	}
	if in.Group == "" || in.Name == "" {
		return nil, invalid("group and name: required")
	}
	if have == nil && l.parameter(in.Group, in.Name) != nil {
		return nil, refuse(http.StatusConflict, "the parameter exists")
	}
	return &resource{ID: newUUID(), System: asDocument(in)}, nil
}

// parameter finds a parameter, or nil.
func (l *Landscape) parameter(group, name string) *resource {
	for _, r := range l.state.Collections[parameters] {
		if r.System["group"] == group && r.System["name"] == name {
			return r
		}
	}
	return nil
}

// buildIAGSystem checks a system of IAG.
//
// Fact: types that go through a proxy have an External System ID, direct types a destination; the name selects the
// system in jobs. Source: SAP Community 13562764 and 14427494, read 2026-11-23. [documented] What happens to a second
// system of the same name or external id is unknown; both are refused, and a name cannot change. [assumed]
func buildIAGSystem(l *Landscape, have *resource, doc document, secrets map[string]*string) (*resource, *problem) {
	var in iagSystem
	for _, p := range []*problem{into(doc, &in), withoutSecrets(secrets), fixed(have, doc, "name", "type")} {
		if p != nil {
			return nil, p
		}
	}
	switch {
	case in.Name == "" || in.Type == "":
		return nil, invalid("name and type: required")
	case (in.ExternalSystemID == "") == (in.Destination == ""):
		return nil, invalid("want either externalSystemID or destination")
	case have == nil && l.named(iagSystems, "name", in.Name) != nil:
		return nil, refuse(http.StatusConflict, "name: exists")
	}
	if in.ExternalSystemID != "" {
		if r := l.named(iagSystems, "externalSystemID", in.ExternalSystemID); r != nil && r != have {
			return nil, refuse(http.StatusConflict, "externalSystemID: in use")
		}
	}
	return &resource{ID: newUUID(), System: asDocument(in)}, nil
}

// dropIAGSystem keeps a system that a job names: IAG's deletion demands that everything attached is detached first.
func dropIAGSystem(l *Landscape, have *resource) *problem {
	name, _ := have.System["name"].(string)
	if r := l.named(jobs, "iagSystem", name); r != nil {
		return refuse(http.StatusConflict, "a job uses the system")
	}
	delete(l.state.Synced, name)
	return nil
}

var (
	startTime = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
	zoneName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+/-]*$`)
)

// buildJob checks a scheduled job.
//
// Fact: a Repository Sync is for one application, the others take none. Source: SAP Community 13562764, read
// 2026-11-23. [documented]
func buildJob(l *Landscape, have *resource, doc document, secrets map[string]*string) (*resource, *problem) {
	var in job
	for _, p := range []*problem{into(doc, &in), withoutSecrets(secrets), fixed(have, doc, "name", "category")} {
		if p != nil {
			return nil, p
		}
	}
	switch {
	case in.Name == "":
		return nil, invalid("name: required")
	case !slices.Contains(categories, in.Category):
		return nil, invalid("category: unknown")
	case have == nil && l.named(jobs, "name", in.Name) != nil:
		return nil, refuse(http.StatusConflict, "name: exists")
	case (in.Category == repositorySync) != (in.IAGSystem != ""):
		return nil, invalid("iagSystem: wanted for a Repository Sync, and only there")
	case in.IAGSystem != "" && l.named(iagSystems, "name", in.IAGSystem) == nil:
		return nil, invalid("iagSystem: there is none of this name")
	}
	if p := checkRecurrence(in.Recurrence); p != nil {
		return nil, p
	}
	return &resource{ID: newUUID(), System: asDocument(in)}, nil
}

func checkRecurrence(r *recurrence) *problem {
	if r == nil {
		return nil
	}
	d, err := time.ParseDuration(r.Every)
	switch {
	case err != nil || d <= 0:
		return invalid("recurrence: want every as a duration such as 30m or 24h")
	case r.Start != "" && !startTime.MatchString(r.Start):
		return invalid("recurrence: want start as HH:MM")
	case r.TimeZone != "" && !zoneName.MatchString(r.TimeZone):
		return invalid("recurrence: want timeZone as a name such as Europe/Berlin")
	}
	return nil
}
