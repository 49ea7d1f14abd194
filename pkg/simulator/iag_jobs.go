package simulator

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// Destinations that IAG reads in its own subaccount.
const (
	destinationProxy     = "IPS_PROXY"
	destinationDirectory = "SAP_Identity_Services_Identity_Directory"
)

// syncCount is what the last good Repository Sync of a system brought in.
type syncCount struct {
	Users  int       `json:"users"`
	Groups int       `json:"groups"`
	At     time.Time `json:"at"`
}

// execute runs a job and tells what came of it. The caller does not hold the lock.
func (l *Landscape) execute(ctx context.Context, work job) *run {
	l.mu.Lock()
	r := &run{ID: newUUID(), Started: l.time().UTC(), Log: []string{}}
	l.mu.Unlock()
	switch work.Category {
	case repositorySync:
		l.repositorySync(ctx, work, r)
	case userGroupSync:
		l.userGroupSync(ctx, r)
	case provisioning:
		l.provision(ctx, r)
	default:
		r.Status = runCompleted // access analysis and the like are no part of this landscape
		r.Log = append(r.Log, "0 items")
	}
	return r
}

// repositorySync pulls users and groups of one system.
//
// Fact: IAG calls URL + serviceURL + External System ID + USERSURL or GROUPSURL of the destination IPS_PROXY. Source:
// SAP Community 13562764 and SAP-docs/btp-cloud-identity-services proxy-systems-b10d68a.md, read 2026-11-23.
// [documented, composition inferred]
func (l *Landscape) repositorySync(ctx context.Context, work job, r *run) {
	d, path, reason := l.targetOf(work.IAGSystem)
	if reason != "" {
		r.fail(reason)
		return
	}
	l.sync(ctx, d, path, r)
}

// targetOf finds the stored destination of a system and what stands between serviceURL and the collections, or tells
// why it could not.
func (l *Landscape) targetOf(name string) (d map[string]string, path, reason string) {
	system, found := l.iagSystem(name)
	if !found {
		return nil, "", "Application " + name + " not found"
	}
	destination := system.Destination
	if destination == "" {
		destination, path = destinationProxy, system.ExternalSystemID
	}
	if d = l.iagDestination(destination); d == nil {
		return nil, "", "Destination " + destination + " not found"
	}
	return d, path, ""
}

// userGroupSync pulls users and groups of Identity Authentication.
//
// Fact: the destination SAP_Identity_Services_Identity_Directory is used where there is one; else IPS_PROXY with the
// system that the parameter UserSource/SourceSystem names. Source: Microsoft Entra "SAP IAG integration" and SAP
// Community 13572459, read 2026-11-23. [documented, reported]
func (l *Landscape) userGroupSync(ctx context.Context, r *run) {
	if d := l.iagDestination(destinationDirectory); d != nil {
		l.sync(ctx, d, "", r)
		return
	}
	source := l.parameterValue("UserSource", "SourceSystem")
	if source == "" {
		r.fail("Configuration parameter UserSource/SourceSystem not found")
		return
	}
	d, path, reason := l.targetOf(source)
	if reason != "" {
		r.fail(reason)
		return
	}
	l.sync(ctx, d, path, r)
}

// sync walks users, then groups, through a stored destination. One leg that fails leaves the other alone.
//
// Fact: the log lines of a failing leg are literal. Source: SAP Community 12806626 and 13950751, read 2026-11-23.
// [observed] The other log lines are ours.
func (l *Landscape) sync(ctx context.Context, d map[string]string, system string, r *run) {
	users, code1 := l.walk(ctx, d, d["URL"]+d["serviceURL"]+system+d["USERSURL"])
	groups, code2 := l.walk(ctx, d, d["URL"]+d["serviceURL"]+system+d["GROUPSURL"])
	r.Users, r.Groups, r.Status = users, groups, runCompleted
	for _, leg := range []struct {
		what  string
		count int
		code  int
	}{{"user", users, code1}, {"group", groups, code2}} {
		if leg.code == http.StatusOK {
			r.Log = append(r.Log, fmt.Sprintf("%d %ss synchronized", leg.count, leg.what))
			continue
		}
		r.Log = append(r.Log, fmt.Sprintf("Error occurred during %s sync: Service call return code : %d", leg.what, leg.code))
		r.Status = runWithErrors
	}
	if code1 != http.StatusOK && code2 != http.StatusOK {
		r.Status = runFailed
	}
}

func (r *run) fail(line string) {
	r.Status = runFailed
	r.Log = append(r.Log, line)
}

// walk reads all pages of one collection and tells how many entities came, and the status that ended it.
//
// Fact: startIndex grows by itemsPerPage while it does not exceed totalResults; an empty page does not end the walk.
// Source: SAP-docs/btp-cloud-identity-services proxy-systems-b10d68a.md, read 2026-11-23. [documented] IAG's page size
// is unknown; 100 here. [assumed]
func (l *Landscape) walk(ctx context.Context, d map[string]string, address string) (count, code int) {
	for start := 1; ; {
		var page struct {
			Total     int               `json:"totalResults"`
			Read      int               `json:"itemsPerPage"`
			Resources []json.RawMessage `json:"Resources"`
		}
		code := l.iagCall(ctx, d, "GET", fmt.Sprintf("%s?startIndex=%d&count=100", address, start), nil, &page)
		if code != http.StatusOK {
			return count, code
		}
		count += len(page.Resources)
		start += page.Read
		if page.Read <= 0 || start > page.Total {
			return count, http.StatusOK
		}
	}
}

// iagCall makes one call with the credentials of a destination, reads the answer into out, and tells the status.
//
// Fact: what IAG reports for a host that it cannot reach is unknown; 503 here. Without Accept in the destination IAG
// cannot read the answer; 406 here. [assumed]
func (l *Landscape) iagCall(ctx context.Context, d map[string]string, method, address string, body document, out any) (code int) {
	if d["Type"] != "HTTP" || d["ProxyType"] != "Internet" {
		return http.StatusServiceUnavailable
	}
	header := http.Header{}
	if v := d["Accept"]; v != "" {
		header.Set("Accept", v)
	}
	if d["Authentication"] == "BasicAuthentication" {
		header.Set("Authorization", basic(d["User"], d["Password"]))
	}
	var sent []byte
	if body != nil {
		header.Set("Content-Type", scimType)
		sent, _ = encodeJSON(body) // it is made of plain values
	}
	resp, data, err := l.send(ctx, method, address, header, sent)
	switch {
	case err != nil:
		return http.StatusServiceUnavailable
	case resp.StatusCode >= http.StatusMultipleChoices || resp.StatusCode == http.StatusNoContent:
		return resp.StatusCode
	case !strings.HasPrefix(resp.Header.Get("Content-Type"), scimType) || decodeJSON(data, out) != nil:
		return http.StatusNotAcceptable
	}
	return resp.StatusCode
}

// iagDestination is a copy of a stored destination of the subaccount, as IAG finds it there; keys are exact.
func (l *Landscape) iagDestination(name string) map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.state.Destinations["subaccount:"+l.state.provider().ID][name]
	if i == nil {
		return nil
	}
	return maps.Clone(i.Properties)
}

func (l *Landscape) iagSystem(name string) (s iagSystem, found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.named(iagSystems, "name", name)
	return s, r != nil && into(r.System, &s) == nil
}

func (l *Landscape) parameterValue(group, name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.parameter(group, name)
	if r == nil {
		return ""
	}
	v, _ := r.System["value"].(string)
	return v
}
