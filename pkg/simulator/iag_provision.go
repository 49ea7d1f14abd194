package simulator

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// requestOpen is the state of an approved item that no run has taken yet.
//
// Fact: the states of the provisioning report are Not started, In Process, Failed, Completed with Errors and Completed,
// and failed items can be retried. Source: learning.sap.com course on IAG, read 2026-11-23. [documented]
const requestOpen = "Not started"

// What an access request asks for.
const (
	requestAssign = "assign"
	requestRemove = "remove"
)

// accessRequest is one approved item: a person gets or loses a group of a system. How it was asked for and approved is
// no part of this landscape, so it comes from the console stand-in.
type accessRequest struct {
	ID        string `json:"id"`
	IAGSystem string `json:"iagSystem"`
	Action    string `json:"action"`
	User      string `json:"user"`           // user name
	Mail      string `json:"mail,omitempty"` // of an account that has to be made
	Group     string `json:"group"`          // display name
	Status    string `json:"status"`
	Reason    string `json:"reason,omitempty"` // of a failure
}

// check tells what is wrong with a new request, or nil.
func (q accessRequest) check() error {
	switch {
	case q.IAGSystem == "" || q.User == "" || q.Group == "":
		return jsonError("iagSystem, user and group: required")
	case q.Action != requestAssign && q.Action != requestRemove:
		return jsonError("action: want assign or remove")
	case q.Status != "" || q.Reason != "" || q.ID != "":
		return jsonError("id, status and reason: made here")
	case strings.ContainsAny(q.User+q.Group, `"\`):
		return jsonError("user and group: want no quote and no backslash")
	}
	return nil
}

// newAccessRequest takes a request as approved.
func (l *Landscape) newAccessRequest(c *call) *answer {
	q := &accessRequest{}
	err := decodeStrict(c.body, q)
	if err == nil {
		err = q.check()
	}
	if err != nil {
		return refusal(err)
	}
	q.ID, q.Status = newUUID(), requestOpen
	l.state.Requests = append(l.state.Requests, q)
	l.touch()
	return asJSON(http.StatusCreated, q)
}

func (l *Landscape) listAccessRequests(*call) *answer {
	return asJSON(http.StatusOK, append([]*accessRequest{}, l.state.Requests...))
}

// retryAccessRequest lets the next run take a failed item again.
func (l *Landscape) retryAccessRequest(c *call) *answer {
	i := slices.IndexFunc(l.state.Requests, func(q *accessRequest) bool { return q.ID == c.params["id"] && q.Status == runFailed })
	if i < 0 {
		return text(http.StatusNotFound, "Not Found")
	}
	l.state.Requests[i].Status, l.state.Requests[i].Reason = requestOpen, ""
	l.touch()
	return asJSON(http.StatusOK, l.state.Requests[i])
}

// provision carries out all approved items at once.
//
// Fact: the Provisioning job takes all approved items, and nothing else brings them to their targets. Source:
// learning.sap.com course on IAG, read 2026-11-23. [documented] The log lines are ours.
func (l *Landscape) provision(ctx context.Context, r *run) {
	const key = "provisioning"
	var open []*accessRequest
	l.mu.Lock()
	for _, q := range l.state.Requests {
		if q.Status == requestOpen && !l.running[key] { // another run has them already
			open = append(open, &accessRequest{ID: q.ID, IAGSystem: q.IAGSystem, Action: q.Action, User: q.User, Mail: q.Mail, Group: q.Group})
		}
	}
	taken := len(open) > 0
	if taken {
		l.running[key] = true
	}
	l.mu.Unlock()
	r.Status, r.Log = runCompleted, append(r.Log, fmt.Sprintf("%d items", len(open)))
	failed := 0
	for _, q := range open {
		q.Status = runCompleted
		if q.Reason = l.provisionOne(ctx, q); q.Reason != "" {
			q.Status, r.Status = runFailed, runWithErrors
			r.Log = append(r.Log, q.Reason)
			failed++
		}
	}
	if taken && failed == len(open) {
		r.Status = runFailed
	}
	if err := l.update(func() { l.settle(open); delete(l.running, key) }); err != nil {
		r.fail(err.Error())
	}
}

// settle keeps what came of items. The caller holds the lock.
func (l *Landscape) settle(done []*accessRequest) {
	for _, d := range done {
		for _, q := range l.state.Requests {
			if q.ID == d.ID {
				q.Status, q.Reason = d.Status, d.Reason
				l.touch()
			}
		}
	}
}

// provisionOne brings one item to its target and tells why it could not, or "".
//
// Fact: IAG reaches a target by the same destination and the same external system id as a Repository Sync. Source: SAP
// Community 13562764, read 2026-11-23. [documented] The calls themselves are not published: here the person is looked
// up and, to be assigned, made when missing; the group is looked up; its members are changed by PATCH. [assumed]
func (l *Landscape) provisionOne(ctx context.Context, q *accessRequest) string {
	d, path, reason := l.targetOf(q.IAGSystem)
	if reason != "" {
		return reason
	}
	t := &target{l: l, d: d, base: d["URL"] + d["serviceURL"] + path}
	user := t.find(ctx, d["USERSURL"], "userName", q.User)
	if user == "" && t.failed == 0 && q.Action == requestAssign {
		user = t.create(ctx, d["USERSURL"], q)
	}
	group := t.find(ctx, d["GROUPSURL"], "displayName", q.Group)
	switch {
	case t.failed != 0:
	case user == "":
		return "User " + q.User + " not found"
	case group == "":
		return "Group " + q.Group + " not found"
	default:
		t.member(ctx, d["GROUPSURL"]+"/"+url.PathEscape(group), q.Action, user)
	}
	if t.failed != 0 {
		return fmt.Sprintf("Error occurred during provisioning: Service call return code : %d", t.failed)
	}
	return ""
}

// target is a system that items are brought to.
type target struct {
	l      *Landscape
	d      map[string]string // its destination
	base   string
	failed int // the status of the call that failed; nothing is called after it
}

// call makes one call, unless one failed before.
func (t *target) call(ctx context.Context, method, path string, body document) document {
	if t.failed != 0 {
		return nil
	}
	var out document
	if code := t.l.iagCall(ctx, t.d, method, t.base+path, body, &out); code >= http.StatusMultipleChoices {
		t.failed = code
	}
	return out
}

// find is the id of the only entity with this value, or "".
func (t *target) find(ctx context.Context, path, attribute, value string) string {
	page := t.call(ctx, "GET", path+"?"+url.Values{"filter": {attribute + ` eq "` + value + `"`}}.Encode(), nil)
	list, _ := page["Resources"].([]any)
	if len(list) != 1 {
		return ""
	}
	return idOf(list[0])
}

func (t *target) create(ctx context.Context, path string, q *accessRequest) string {
	person := document{"schemas": []any{schemaUser}, "userName": q.User, "active": true}
	if q.Mail != "" {
		person["emails"] = []any{document{"value": q.Mail, "primary": true}}
	}
	return idOf(t.call(ctx, "POST", path, person))
}

// member adds a person to a group, or takes one away.
func (t *target) member(ctx context.Context, path, action, user string) {
	operation := document{"op": "add", "path": "members", "value": []any{document{"value": user}}}
	if action == requestRemove {
		operation = document{"op": "remove", "path": `members[value eq "` + user + `"]`}
	}
	t.call(ctx, "PATCH", path, document{"schemas": []any{schemaPatch}, "Operations": []any{operation}})
}
