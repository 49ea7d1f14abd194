package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/auditlog"
	"reconcile/pkg/kinds"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

// matchers are those of the program, with the words that the manifest says.
func (l Look) matchers() []auditlog.Matcher {
	words := map[string][]string{}
	if c := l.Manifest.Connections.AuditLog; c != nil {
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
func (l Look) unseen(spoken func(kind string) bool) []auditlog.Subject {
	var subjects []auditlog.Subject
	for _, o := range l.Desired {
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
		if plan := l.Result.Plan; plan != nil {
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
func (l Look) inAuditLog() []auditlog.Subject {
	matchers := l.matchers()
	return l.unseen(func(kind string) bool {
		return slices.ContainsFunc(matchers, func(m auditlog.Matcher) bool { return m.Kind == kind })
	})
}

// ahead allows for a clock of the service that is ahead of this machine's.
const ahead = time.Hour

// clicks returns what the audit log tells of the objects that only a person can
// reach, by object, the newest first; nothing without such objects or without a log.
func (l Look) clicks(ctx context.Context) ([]auditlog.Hit, error) {
	subjects := l.inAuditLog()
	if len(subjects) == 0 || l.AuditLog == nil {
		return nil, nil
	}
	now := l.Now().UTC()
	records, err := auditlog.NewAPI(l.AuditLog).Records(ctx, now.Add(-auditlog.Retention), now.Add(ahead))
	if err != nil {
		return nil, err
	}
	return auditlog.Find(records, l.matchers(), subjects), nil
}

// Listen tells what the audit log says of the objects that nothing else shows, and
// marks those that moved since they were last known.
func (l Look) Listen(ctx context.Context) {
	subjects := l.inAuditLog()
	if len(subjects) == 0 {
		return
	}
	r := l.Result
	if l.AuditLog == nil {
		r.Notes = append(r.Notes, "not checked: who changed "+names(subjects)+"; connections.auditLog would tell")
		return
	}
	hits, err := l.clicks(ctx)
	if err != nil {
		r.Warnings = append(r.Warnings, resource.Fault{
			Severity: resource.Warning, Code: "W260", Path: "/spec/connections/auditLog", Position: l.Manifest.At("/spec/connections/auditLog"),
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
		l.hearOf(s.Ref, of)
	}
	if len(silent) > 0 {
		r.Notes = append(r.Notes, "the audit log of the last 90 days names no change of "+names(silent))
	}
}

// hearOf tells of one object what was clicked last of what may have changed it, the
// newest first, and whether that was after it was last known.
func (l Look) hearOf(ref resource.Ref, hits []auditlog.Hit) {
	r, plan := l.Result, l.Result.Plan
	last := hits[max(slices.IndexFunc(hits, func(h auditlog.Hit) bool { return h.Named }), 0)]
	for _, h := range hits {
		r.Records = append(r.Records, view.Record{
			Ref: h.Ref, Source: "auditlog", At: h.Record.At, By: l.line(h.Record.User), Verb: h.Verb, Named: h.Named,
			Text: l.line(h.Record.Message()), Raw: l.Session.Redact(string(h.Record.Raw)),
		})
	}
	text := clicked(ref.String(), last.Verb, l.line(last.Record.User), last.Record.At)
	if !last.Named {
		text += " (the record only hints at it)"
	}
	known := plan.Confirmed(ref)
	if !known.IsZero() && last.Since(known) {
		plan.Moved(ref, reconcile.Move{At: last.Record.At, By: l.line(last.Record.User), Gone: last.Verb == "deleted"})
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
func (l Look) line(text string) string { return l.Session.Line(text) }

func names(subjects []auditlog.Subject) string {
	var all []string
	for _, s := range subjects {
		all = append(all, s.Ref.String())
	}
	return strings.Join(all, ", ")
}

// fileKinds are the kinds that the identity tenant's change log speaks of.
var fileKinds = []string{"SystemUser", "ProxySystem"}

// CompareLog tells what the change log says of the manifest's objects. What it names after the last report moved, as with the audit log.
func (l Look) CompareLog(changes []auditlog.Change) {
	subjects := l.unseen(func(kind string) bool { return slices.Contains(fileKinds, kind) })
	r := l.Result
	var silent []auditlog.Subject
	for _, s := range subjects {
		found := auditlog.ChangesOf(changes, []auditlog.Subject{s})
		if len(found) == 0 {
			silent = append(silent, s)
		}
		for _, c := range found {
			text := clicked(s.Ref.String(), strings.ToLower(l.line(c.Action)), l.line(c.By), c.At)
			if len(c.Attributes) > 0 {
				text += ": " + l.line(strings.Join(c.Attributes, ", "))
			}
			if known := r.Plan.Confirmed(s.Ref); !known.IsZero() && c.At.Truncate(time.Second).After(known) {
				r.Plan.Moved(s.Ref, reconcile.Move{At: c.At, By: l.line(c.By), Gone: strings.EqualFold(c.Action, "delete")})
				text += ", after it was last known: look what it is now, and report it"
			}
			r.Notes = append(r.Notes, text+"; so says the change log")
			r.Records = append(r.Records, view.Record{
				Ref: s.Ref, Source: "changelog", At: c.At, By: l.line(c.By), Verb: strings.ToLower(l.line(c.Action)), Named: true,
				Text: l.line(strings.Join(c.Attributes, ", ")),
			})
		}
	}
	if len(silent) > 0 {
		r.Notes = append(r.Notes, "the change log names no change of "+names(silent))
	}
}
