package simulator

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// systemUser is the document of an administrator of type System.
type systemUser struct {
	Name           string   `json:"name"`
	Authorizations []string `json:"authorizations"`
	ClientID       string   `json:"clientID"`
	Slots          []slot   `json:"slots"`
}

// slot is one of the two places for a secret. The secret itself is under the slot's label among the secrets.
type slot struct {
	Label    string `json:"label"`
	ExpireIn string `json:"expireIn"`
	Created  string `json:"created"` // date
}

// The authorizations that the landscape guards something with.
const (
	authManageUsers  = "Manage Users"
	authReadUsers    = "Read Users"
	authManageGroups = "Manage Groups"
	authProxy        = "Access Proxy System API"
)

// authorizations lists what an administrator of type System can hold.
//
// Fact: these nine names; Manage Identity Provisioning is for people only. Source: SAP-docs/btp-cloud-identity-services
// Operation-Guide/add-administrators-bbbdbdd.md, read 2026-11-23. [documented]
var authorizations = []string{
	"Manage Applications", "Manage Corporate Identity Providers", authManageUsers, authReadUsers, authManageGroups,
	"Manage Tenant Configuration", authProxy, "Access Real-Time Provisioning API",
	"Access Identity Provisioning Tenant Admin API",
}

// years of a secret's life by the choice in the console; 0 is for ever.
var expireYears = map[string]int{"1 year": 1, "2 years": 2, "Never": 0}

var systemUserKind = kind{collection: systemUsers, shape: systemUser{}, build: buildSystemUser}

// buildSystemUser checks an administrator of type System.
//
// Fact: the client id is a UUID made with the user; at least one authorization; at most two secrets, each with an
// expiry of 1 year, 2 years or Never; whether the name can change is contradictory, so it cannot here. Source:
// SAP-docs/btp-cloud-identity-services Operation-Guide/add-administrators-bbbdbdd.md, read 2026-11-23. [documented]
func buildSystemUser(l *Landscape, have *resource, doc document, secrets map[string]*string) (*resource, *problem) {
	var u systemUser
	if p := into(doc, &u); p != nil {
		return nil, p
	}
	if p := l.checkSystemUser(have, &u); p != nil {
		return nil, p
	}
	r := &resource{ID: u.ClientID, Tenant: l.state.Home, Secrets: map[string]string{}}
	if have != nil {
		maps.Copy(r.Secrets, have.Secrets)
	}
	if p := l.fillSlots(&u, r, secrets); p != nil {
		return nil, p
	}
	r.System = asDocument(u)
	return r, nil
}

// checkSystemUser checks name, client id and authorizations, and makes the client id of a new user without one.
func (l *Landscape) checkSystemUser(have *resource, u *systemUser) *problem {
	switch {
	case strings.TrimSpace(u.Name) == "":
		return invalid("name: required")
	case have == nil && l.named(systemUsers, "name", u.Name) != nil:
		return refuse(http.StatusConflict, "name: exists")
	case have != nil && have.System["name"] != u.Name:
		return invalid("name: cannot be changed")
	case have != nil && have.ID != u.ClientID:
		return invalid("clientID: cannot be changed")
	case strings.ContainsAny(u.ClientID, " \t\r\n:/%?#"):
		// A colon would end the id inside a Basic header; the others would not survive as part of a path.
		return invalid("clientID: has a character that no client id has")
	case have == nil && u.ClientID != "" && l.resource(systemUsers, u.ClientID) != nil:
		return refuse(http.StatusConflict, "clientID: exists")
	case len(u.Authorizations) == 0:
		return invalid("authorizations: want at least one")
	}
	for i, a := range u.Authorizations {
		if !slices.Contains(authorizations, a) {
			return invalid(fmt.Sprintf("authorizations: unknown %q", a))
		}
		if slices.Contains(u.Authorizations[:i], a) {
			return invalid(fmt.Sprintf("authorizations: %q twice", a))
		}
	}
	if u.ClientID == "" {
		u.ClientID = newUUID()
	}
	return nil
}

// fillSlots brings slots and secrets together: each slot has exactly one secret, given now or before.
func (l *Landscape) fillSlots(u *systemUser, r *resource, secrets map[string]*string) *problem {
	if len(u.Slots) > 2 {
		return invalid("slots: at most two")
	}
	if u.Slots == nil {
		u.Slots = []slot{}
	}
	labels := map[string]bool{}
	for i := range u.Slots {
		s := &u.Slots[i]
		if s.Created == "" {
			s.Created = l.time().UTC().Format(time.DateOnly)
		}
		_, known := expireYears[s.ExpireIn]
		_, err := time.Parse(time.DateOnly, s.Created)
		if s.Label == "" || labels[s.Label] || !known || err != nil {
			return invalid(fmt.Sprintf("slots: slot %d wants a label of its own, expireIn 1 year, 2 years or Never, "+
				"created as a date", i+1))
		}
		labels[s.Label] = true
	}
	return matchSecrets(labels, r, secrets)
}

func matchSecrets(labels map[string]bool, r *resource, secrets map[string]*string) *problem {
	for label, v := range secrets {
		switch {
		case v == nil:
			delete(r.Secrets, label)
		case !labels[label]:
			return invalid(fmt.Sprintf("secrets: %q is the label of no slot", label))
		case *v == "":
			return invalid(fmt.Sprintf("secrets: %q is empty", label))
		default:
			r.Secrets[label] = *v
		}
	}
	for label := range r.Secrets {
		if !labels[label] {
			delete(r.Secrets, label)
		}
	}
	for label := range labels {
		if r.Secrets[label] == "" {
			return invalid(fmt.Sprintf("slots: no secret for %q", label))
		}
	}
	return nil
}

// expired tells whether the secret of a slot is no longer good.
func (s slot) expired(now time.Time) bool {
	years := expireYears[s.ExpireIn]
	created, err := time.Parse(time.DateOnly, s.Created)
	return err != nil || (years > 0 && !now.Before(created.AddDate(years, 0, 0)))
}
