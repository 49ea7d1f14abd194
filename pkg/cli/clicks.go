package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/auditlog"
	"reconcile/pkg/connect"
	"reconcile/pkg/kinds"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// connectAuditLog is the way to the subaccount's audit log, where the manifest names
// one: the simulated landscape has it too, but shows only what a real run would.
func (w *wiring) connectAuditLog() {
	const path = "/spec/connections/auditLog"
	c := w.integration.Connections.AuditLog
	if c == nil {
		return
	}
	key, ok := w.key("auditLog", path+"/serviceKey", c.ServiceKey)
	if !ok {
		return
	}
	if key.URI == "" {
		w.fault("E175", path+"/serviceKey", fmt.Sprintf("%s: this is not the service key of an audit log: it needs url beside uaa", c.ServiceKey),
			"use the complete service key of the service auditlog-management as it was issued")
		return
	}
	w.auditLog = w.client(connect.Service{Name: "auditlog", Auth: key.Auth(), Rate: auditlog.Rate, Burst: 1}, path, key.URI)
}

// matchers are those of the program, with the words that the manifest says.
func (w *wiring) matchers() []auditlog.Matcher {
	words := map[string][]string{}
	if c := w.integration.Connections.AuditLog; c != nil {
		for kind, section := range kinds.Sections() {
			if said := c.Words.Of(section); len(said) > 0 {
				words[kind] = said
			}
		}
	}
	return auditlog.Reword(auditlog.Matchers(), words)
}

// unseen lists the objects that only a person can reach, of the kinds that a log
// speaks of: nothing else tells who changed them.
func (j *job) unseen(spoken func(kind string) bool) []auditlog.Subject {
	var subjects []auditlog.Subject
	for _, o := range j.desired {
		if o.Kind.Way() != resource.WayPerson || !spoken(o.Kind.Name()) {
			continue
		}
		fields := map[string]string{"name": o.Name}
		for path, v := range resource.Paths(o.Spec) {
			if v.Form() == resource.Literal {
				fields[strings.TrimPrefix(path, "/")] = v.Text()
			}
		}
		if group, parameter, ok := strings.Cut(o.Name, "/"); ok {
			fields["group"], fields["parameter"] = group, parameter
		}
		if fields["iagSystem"] == "" {
			fields["alone"] = fields["category"]
		}
		if plan := j.verdict.result.Plan; plan != nil {
			for _, output := range []string{"clientID", "id"} {
				if v := plan.Output(o.Ref, output); v.Form() == resource.Literal {
					fields["id"] = v.Text()
				}
			}
		}
		subjects = append(subjects, auditlog.Subject{Ref: o.Ref, Fields: fields})
	}
	return subjects
}

// inAuditLog lists the objects that the subaccount's audit log speaks of.
func (j *job) inAuditLog() []auditlog.Subject {
	matchers := j.wiring.matchers()
	return j.unseen(func(kind string) bool {
		return slices.ContainsFunc(matchers, func(m auditlog.Matcher) bool { return m.Kind == kind })
	})
}

// ahead allows for a clock of the service that is ahead of this machine's.
const ahead = time.Hour

// clicks returns what the audit log tells of the objects that only a person can
// reach, by object, the newest first; nothing without such objects or without a log.
func (j *job) clicks(ctx context.Context) ([]auditlog.Hit, error) {
	subjects := j.inAuditLog()
	if len(subjects) == 0 || j.wiring.auditLog == nil {
		return nil, nil
	}
	now := j.Now().UTC()
	records, err := auditlog.NewAPI(j.wiring.auditLog).Records(ctx, now.Add(-auditlog.Retention), now.Add(ahead))
	if err != nil {
		return nil, err
	}
	return auditlog.Find(records, j.wiring.matchers(), subjects), nil
}

// listen tells what the audit log says of the objects that nothing else shows, and
// marks those that moved since they were last known.
func (j *job) listen(ctx context.Context) {
	subjects := j.inAuditLog()
	if len(subjects) == 0 {
		return
	}
	r := &j.verdict.result
	if j.wiring.auditLog == nil {
		r.Notes = append(r.Notes, "not checked: who changed "+names(subjects)+"; connections.auditLog would tell")
		return
	}
	hits, err := j.clicks(ctx)
	if err != nil {
		r.Warnings = append(r.Warnings, resource.Fault{
			Severity: resource.Warning, Code: "W260", Path: "/spec/connections/auditLog", Position: j.manifest.At("/spec/connections/auditLog"),
			Message: "the audit log could not be read: " + err.Error(), Remedy: "check its service key, which is to be made again every 90 days; nothing else depends on it",
		})
		return
	}
	var silent []auditlog.Subject
	for _, s := range subjects {
		of := slices.DeleteFunc(slices.Clone(hits), func(h auditlog.Hit) bool { return h.Ref != s.Ref || !h.Moves })
		if len(of) == 0 {
			silent = append(silent, s)
			continue
		}
		j.hearOf(s.Ref, of)
	}
	if len(silent) > 0 {
		r.Notes = append(r.Notes, "the audit log of the last 90 days names no change of "+names(silent))
	}
}

// hearOf tells of one object what was clicked last of what may have changed it, the
// newest first, and whether that was after it was last known.
func (j *job) hearOf(ref resource.Ref, hits []auditlog.Hit) {
	r, plan := &j.verdict.result, j.verdict.result.Plan
	last := hits[max(slices.IndexFunc(hits, func(h auditlog.Hit) bool { return h.Named }), 0)]
	for _, h := range hits {
		r.Records = append(r.Records, view.Record{
			Ref: h.Ref, Source: "auditlog", At: h.Record.At, By: j.line(h.Record.User), Verb: h.Verb, Named: h.Named,
			Text: j.line(h.Record.Message()), Raw: j.wiring.session.Redact(string(h.Record.Raw)),
		})
	}
	text := clicked(ref.String(), last.Verb, j.line(last.Record.User), last.Record.At)
	if !last.Named {
		text += " (the record only hints at it)"
	}
	known := plan.Confirmed(ref)
	if !known.IsZero() && last.Since(known) {
		plan.Moved(ref, reconcile.Move{At: last.Record.At, By: j.line(last.Record.User), Gone: last.Verb == "deleted"})
		text += ", after it was last known: look what it is now, and report it"
	}
	r.Notes = append(r.Notes, text+"; that proves a click, not that it worked")
}

// clicked says what somebody did, and when.
func clicked(ref, verb, by string, at time.Time) string {
	if by == "" {
		by = "somebody"
	}
	return fmt.Sprintf("%s: %s by %s, %s", ref, verb, by, moment(at))
}

// moment writes a time for people, "at a time unknown" for none.
func moment(at time.Time) string {
	if at.IsZero() {
		return "at a time unknown"
	}
	return at.UTC().Format("2006-01-02 15:04:05 UTC")
}

// line makes one line of a text of a service, without what is secret.
func (j *job) line(text string) string { return j.wiring.session.Line(text) }

func names(subjects []auditlog.Subject) string {
	var all []string
	for _, s := range subjects {
		all = append(all, s.Ref.String())
	}
	return strings.Join(all, ", ")
}

// openChangeLog reads the file of --changelog before any call is made.
func (a *app) openChangeLog() ([]auditlog.Change, error) {
	if a.changeLog == "" {
		return nil, nil
	}
	file, err := os.Open(a.changeLog)
	if err != nil {
		return nil, usageError{fmt.Errorf("--changelog: %w", err), "name the CSV file that the console of the identity tenant exported (Audit and Change Logs, Export)"}
	}
	defer func() { _ = file.Close() }()
	changes, err := auditlog.ParseChangeLog(file)
	if errors.Is(err, auditlog.ErrNotChangeLog) {
		return nil, usageError{fmt.Errorf("--changelog %s: %w", a.changeLog, err), "export it again: Audit and Change Logs, Export Change Logs; keep its first line"}
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("--changelog %s: %w", a.changeLog, err), "export it again, and do not edit it"}
	}
	return changes, nil
}

// fileKinds are the kinds that the identity tenant's change log speaks of.
var fileKinds = []string{"SystemUser", "ProxySystem"}

// compareLog tells what the change log says of the manifest's objects; nothing without
// one. What it names after the last report moved, as with the audit log.
func (j *job) compareLog(changes []auditlog.Change) {
	if j.changeLog == "" {
		return
	}
	subjects := j.unseen(func(kind string) bool { return slices.Contains(fileKinds, kind) })
	r := &j.verdict.result
	var silent []auditlog.Subject
	for _, s := range subjects {
		found := auditlog.ChangesOf(changes, []auditlog.Subject{s})
		if len(found) == 0 {
			silent = append(silent, s)
		}
		for _, c := range found {
			text := clicked(s.Ref.String(), strings.ToLower(j.line(c.Action)), j.line(c.By), c.At)
			if len(c.Attributes) > 0 {
				text += ": " + j.line(strings.Join(c.Attributes, ", "))
			}
			if known := r.Plan.Confirmed(s.Ref); !known.IsZero() && c.At.Truncate(time.Second).After(known) {
				r.Plan.Moved(s.Ref, reconcile.Move{At: c.At, By: j.line(c.By), Gone: strings.EqualFold(c.Action, "delete")})
				text += ", after it was last known: look what it is now, and report it"
			}
			r.Notes = append(r.Notes, text+"; so says the change log")
			r.Records = append(r.Records, view.Record{
				Ref: s.Ref, Source: "changelog", At: c.At, By: j.line(c.By), Verb: strings.ToLower(j.line(c.Action)), Named: true,
				Text: j.line(strings.Join(c.Attributes, ", ")),
			})
		}
	}
	if len(silent) > 0 {
		r.Notes = append(r.Notes, "the change log names no change of "+names(silent))
	}
}
