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
	default:
		// Fact: Provisioning carries out approved requests, and there are none. Access requests are no part of this
		// landscape, nor is access analysis.
		r.Status = runCompleted
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
	system, found := l.iagSystem(work.IAGSystem)
	if !found {
		r.fail("Application " + work.IAGSystem + " not found")
		return
	}
	name, path := destinationProxy, system.ExternalSystemID
	if system.Destination != "" {
		name, path = system.Destination, ""
	}
	l.sync(ctx, name, path, r)
}

// userGroupSync pulls users and groups of Identity Authentication.
//
// Fact: the destination SAP_Identity_Services_Identity_Directory is used where there is one; else IPS_PROXY with the
// system that the parameter UserSource/SourceSystem names. Source: Microsoft Entra "SAP IAG integration" and SAP
// Community 13572459, read 2026-11-23. [documented, reported]
func (l *Landscape) userGroupSync(ctx context.Context, r *run) {
	if l.iagDestination(destinationDirectory) != nil {
		l.sync(ctx, destinationDirectory, "", r)
		return
	}
	source := l.parameterValue("UserSource", "SourceSystem")
	system, found := l.iagSystem(source)
	switch {
	case source == "":
		r.fail("Configuration parameter UserSource/SourceSystem not found")
	case !found:
		r.fail("Application " + source + " not found")
	default:
		l.sync(ctx, destinationProxy, system.ExternalSystemID, r)
	}
}

// sync walks users, then groups, through a stored destination. One leg that fails leaves the other alone.
//
// Fact: the log lines of a failing leg are literal. Source: SAP Community 12806626 and 13950751, read 2026-11-23.
// [observed] The other log lines are ours.
func (l *Landscape) sync(ctx context.Context, destination, system string, r *run) {
	d := l.iagDestination(destination)
	if d == nil {
		r.fail("Destination " + destination + " not found")
		return
	}
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
// is unknown; 100 here. What IAG reports for a host it cannot reach is unknown; 503 here. [assumed]
func (l *Landscape) walk(ctx context.Context, d map[string]string, address string) (count, code int) {
	if d["Type"] != "HTTP" || d["ProxyType"] != "Internet" {
		return 0, http.StatusServiceUnavailable
	}
	header := http.Header{}
	if v := d["Accept"]; v != "" {
		header.Set("Accept", v)
	}
	if d["Authentication"] == "BasicAuthentication" {
		header.Set("Authorization", basic(d["User"], d["Password"]))
	}
	for start := 1; ; {
		resp, data, err := l.send(ctx, "GET", fmt.Sprintf("%s?startIndex=%d&count=100", address, start), header.Clone(), nil)
		if err != nil {
			return count, http.StatusServiceUnavailable
		}
		var page struct {
			Total     int               `json:"totalResults"`
			Read      int               `json:"itemsPerPage"`
			Resources []json.RawMessage `json:"Resources"`
		}
		switch {
		case resp.StatusCode != http.StatusOK:
			return count, resp.StatusCode
		case !strings.HasPrefix(resp.Header.Get("Content-Type"), scimType) || decodeJSON(data, &page) != nil:
			// Fact: without Accept in the destination IAG cannot read the answer. [assumed]
			return count, http.StatusNotAcceptable
		}
		count += len(page.Resources)
		start += page.Read
		if page.Read <= 0 || start > page.Total {
			return count, http.StatusOK
		}
	}
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
