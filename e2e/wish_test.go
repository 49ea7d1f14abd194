package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"
)

// wish is the part of a random manifest that says what is wanted: sections of
// objects, each a document.
type wish map[string][]map[string]any

// object is one document of a wish.
type object = map[string]any

// has reports whether a wish holds an object that stays.
func (w wish) has(section, name string) bool {
	return slices.ContainsFunc(w[section], func(o object) bool { return o["name"] == name && o["state"] == nil })
}

// manifest writes the wish as a manifest of an integration, with how every kind
// is reached.
func (w wish) manifest(name, stage, liveChanges string) string {
	spec := ""
	for _, section := range slices.Sorted(maps.Keys(w)) {
		data, err := json.Marshal(w[section])
		if err != nil {
			panic(err)
		}
		spec += fmt.Sprintf("  %s: %s\n", section, data)
	}
	return fmt.Sprintf(via, name, stage) + spec + fmt.Sprintf("  policy: {liveChanges: %s}\n", liveChanges)
}

// drawn draws a wish from few names and few values, so that two of them meet.
func drawn(t *rapid.T, label string) wish {
	d := drawer{t, label, wish{}}
	d.users()
	d.destinations()
	d.proxies()
	d.governance()
	return d.wish
}

type drawer struct {
	*rapid.T
	label string
	wish  wish
}

func (d drawer) one(what string, from ...any) any {
	return rapid.SampledFrom(from).Draw(d.T, d.label+" "+what)
}

// maybe is true in k of n cases.
func (d drawer) maybe(k, n int, what string) bool {
	return rapid.IntRange(1, n).Draw(d.T, d.label+" "+what) <= k
}

// add puts an object into the wish, with one of the words that steer ownership.
func (d drawer) add(section string, o object, mayGo bool) {
	switch word := d.one("word", "", "", "", "adopt", "absent", "watched"); {
	case word == "adopt":
		o["adopt"] = true
	case word == "absent" && mayGo:
		o["state"] = "absent"
	case word == "watched" && mayGo:
		o["manage"] = false
	}
	d.wish[section] = append(d.wish[section], o)
}

// put sets a field that is not always there.
func (d drawer) put(o object, field string, from ...any) {
	if d.maybe(1, 2, field) {
		o[field] = d.one(field, from...)
	}
}

func (d drawer) env(what string) any {
	return object{"env": d.one(what, "RANDOM_A", "RANDOM_B", "RANDOM_C")}
}

func (d drawer) users() {
	for _, name := range []string{"U1", "U2"} {
		if !d.maybe(3, 4, name) {
			continue
		}
		o := object{"name": name, "authorizations": d.one("authorizations",
			[]string{"Access Proxy System API"}, []string{"Manage Users", "Manage Groups"}, []string{"Read Users"})}
		var secrets []object
		for _, label := range d.one("labels", []string{"s1"}, []string{"s2"}, []string{"s1", "s2"}, []string{"s2", "s1"}).([]string) {
			s := object{"label": label, "value": d.env("secret"), "expireIn": d.one("expireIn", "1 year", "Never")}
			d.put(s, "created", "2000-01-01", "1999-12-31")
			secrets = append(secrets, s)
		}
		o["secrets"] = secrets
		d.add("systemUsers", o, false)
	}
}

// login is a user and a secret, by reference where there is something to refer to.
func (d drawer) login(user string) (id, secret any) {
	if d.wish.has("systemUsers", user) && d.maybe(2, 3, "refer") {
		return object{"systemUser": user, "output": "clientID"}, object{"systemUser": user, "output": "secret"}
	}
	return "somebody", d.env("password")
}

func (d drawer) destinations() {
	plain := object{"Type": "HTTP", "ProxyType": "Internet", "Authentication": "NoAuthentication"}
	for _, name := range []string{"D1", "D2", "D3", "D4"} {
		if !d.maybe(2, 3, name) {
			continue
		}
		p := maps.Clone(plain)
		switch d.one("type", "HTTP", "LOGIN", "LDAP", "MAIL", "TCP") {
		case "LOGIN":
			p["Authentication"] = "BasicAuthentication"
			p["User"], p["Password"] = d.login("U1")
		case "LDAP":
			p = object{"Type": "LDAP", "ldap.url": "ldap://one.example", "ldap.proxyType": "Internet", "ldap.authentication": "NoAuthentication"}
		case "MAIL":
			p = object{"Type": "MAIL", "ProxyType": "Internet", "Authentication": "BasicAuthentication", "mail.user": "somebody", "mail.password": d.env("password")}
		case "TCP":
			p = object{"Type": "TCP", "Address": "one.example:22", "ProxyType": "Internet"}
		}
		if p["Type"] == "HTTP" {
			p["URL"] = d.one("URL", "https://one.example", "https://two.example")
		}
		d.put(p, "note", "one", "two", nil)
		d.put(p, "my token", object{"env": "RANDOM_A"}, object{"env": "RANDOM_B"}, nil)
		o := object{"name": name, "properties": p}
		d.put(o, "unlisted", "keep", "remove")
		d.add("destinations", o, true)
	}
	if d.maybe(1, 2, "IPS_PROXY") {
		id, secret := d.login("U1")
		o := object{"name": "IPS_PROXY", "template": "ips-proxy", "properties": object{"URL": "https://iag-demo.accounts.ondemand.com", "User": id, "Password": secret}}
		d.put(o, "unlisted", "keep", "remove")
		d.add("destinations", o, false)
	}
}

func (d drawer) proxies() {
	for _, name := range []string{"P1", "P2"} {
		if !d.maybe(2, 3, name) {
			continue
		}
		p := object{"URL": "https://iag-demo.accounts.ondemand.com"}
		p["User"], p["Password"] = d.login("U2")
		d.put(p, "ips.failed.request.retry.attempts", "1", "3", nil)
		o := object{"name": name, "type": "Identity Authentication", "template": "ias-proxy", "properties": p}
		d.put(o, "description", "one", "two", nil)
		d.put(o, "unlisted", "keep", "remove")
		d.add("proxySystems", o, false)
	}
}

// governance draws what lives in IAG.
func (d drawer) governance() {
	if d.wish.has("proxySystems", "P1") && d.maybe(3, 4, "S1") {
		o := object{"name": "S1", "type": "IAS", "externalSystemID": object{"proxySystem": "P1", "output": "id"}}
		d.put(o, "description", "one", "two", nil)
		d.add("iagSystems", o, false)
	}
	source := any("somewhere")
	if d.wish.has("iagSystems", "S1") {
		source = object{"iagSystem": "S1"}
		if d.maybe(1, 2, "sync") {
			d.add("jobs", object{"name": "sync", "category": "Repository Sync", "iagSystem": "S1", "recurrence": object{"every": d.one("every", "12h", "24h")}, "runAfterChange": true}, false)
		}
	}
	if d.maybe(1, 2, "source") {
		d.add("parameters", object{"group": "UserSource", "name": "SourceSystem", "value": source}, true)
	}
	if d.maybe(1, 2, "other parameter") {
		d.add("parameters", object{"group": "Mail", "name": "Sender", "value": d.one("value", "one", "two")}, true)
	}
	if d.maybe(1, 2, "provisioning") {
		recurrence := object{"every": d.one("every", "30m", "0h30m", "1h")}
		d.put(recurrence, "start", "02:00", "04:00")
		d.put(recurrence, "timeZone", "Europe/Berlin", "UTC")
		d.add("jobs", object{"name": "provisioning", "category": "Provisioning", "recurrence": recurrence}, true)
	}
}
