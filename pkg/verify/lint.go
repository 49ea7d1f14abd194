package verify

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"reconcile/pkg/secret"
)

// The properties of IPS_PROXY that IAG reads.
const (
	keyType           = "Type"
	keyProxyType      = "ProxyType"
	keyAuthentication = "Authentication"
	keyURL            = "URL"
	keyUser           = "User"
	keyPassword       = "Password"
	keyAccept         = "Accept"
	keyService        = "serviceURL"
	keyUsers          = "USERSURL"
	keyGroups         = "GROUPSURL"
)

const (
	basicAuthentication = "BasicAuthentication"
	noAuthentication    = "NoAuthentication"
)

// rule is what one property of IPS_PROXY must be.
type rule struct {
	key string
	// want is the only value that works, "" when it differs by tenant.
	want string
	// missing and wrong are the failures that a missing key and a wrong value lead to.
	missing, wrong string
	// stops says that IAG cannot even make its call without the right value.
	stops bool
}

// Fact: IPS_PROXY is of type HTTP with these property names and values, in
// exactly this case; the URL has no /ips, and IAG calls URL + serviceURL +
// External System ID + USERSURL or GROUPSURL. Source: SAP Community 13562764
// and SAP Cloud Identity Services help "Proxy Systems", read 2026-11-23.
// [documented, composition inferred]
var rules = []rule{
	{keyType, "HTTP", failProperty, failProperty, true},
	{keyProxyType, "Internet", failProperty, failProperty, true},
	{keyAuthentication, basicAuthentication, failProperty, failProperty, false},
	{keyURL, "", failAddress, failAddress, true},
	{keyUser, "", failProperty, failProperty, false},
	{keyPassword, "", failProperty, failProperty, false},
	{keyAccept, "application/scim+json", failUnreadable, failUnreadable, false},
	{keyService, "/ipsproxy/service/api/v1/scim/", failAddress, failAddress, false},
	{keyUsers, "/Users", failOneSided, failOneSided, false},
	{keyGroups, "/Groups", failOneSided, failOneSided, false},
}

// fault is one property of the stored destination that cannot work.
type fault struct {
	key, code string
	// message says what stands there and what ought to; remedy what to do.
	message, remedy string
	// stops says that no call can be made because of it: at all, or for the
	// one collection whose path is missing.
	stops bool
	// seen are the calls that failed for this reason.
	seen []string
}

// lint lists what is wrong with the stored properties, in the order of the form.
func lint(stored map[string]string, identity *url.URL) []*fault {
	var faults []*fault
	for _, r := range rules {
		if f := r.check(stored, identity); f != nil {
			f.key, f.message = r.key, secret.Veil(f.message)
			f.remedy = cmp.Or(f.remedy, fmt.Sprintf("set the property %s of the destination to %q", r.key, r.want))
			faults = append(faults, f)
		}
	}
	return faults
}

func (r rule) check(stored map[string]string, identity *url.URL) *fault {
	value, ok := stored[r.key]
	switch {
	case r.unused(stored):
		return nil
	case !ok || value == "":
		return r.absent(stored)
	case value != strings.TrimSpace(value):
		return r.fault(r.stops, "%s begins or ends with a blank, which counts as part of it", r.key).
			advise("type %s again without the blank", r.key)
	case r.key == keyURL:
		return r.address(value, identity)
	case r.want == "" || value == r.want || r.key == keyAuthentication && otherLogin(value):
		return nil
	default:
		return r.fault(r.stops, "%s is %q and must be %q%s", r.key, value, r.want, hint(value, r.want))
	}
}

// unused reports whether the stored kind of login does without the property.
func (r rule) unused(stored map[string]string) bool {
	login := r.key == keyUser || r.key == keyPassword
	return login && otherLogin(stored[keyAuthentication])
}

// otherLogin reports whether a value of Authentication stands for another way
// to log in, such as a certificate, and is no misspelling.
func otherLogin(value string) bool {
	return value != "" && value != noAuthentication && !strings.EqualFold(strings.TrimSpace(value), basicAuthentication)
}

// absent says which key is missing, and which one was meant to be it.
func (r rule) absent(stored map[string]string) *fault {
	for _, key := range slices.Sorted(maps.Keys(stored)) {
		if key != r.key && strings.EqualFold(strings.TrimSpace(key), r.key) {
			f := r.fault(true, "the property is named %q and must be named %q: names are case-sensitive", key, r.key)
			f.code = failProperty
			return f.advise("rename the property %s of the destination to %s", key, r.key)
		}
	}
	f := r.fault(true, "the property %s is missing", r.key)
	if r.want == "" {
		f.advise("set the property %s of the destination", r.key)
	}
	f.code = r.missing
	return f
}

// address checks the tenant's URL.
func (r rule) address(value string, identity *url.URL) *fault {
	u, err := url.Parse(value)
	want := identity.Scheme + "://" + host(identity)
	var f *fault
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		f = r.fault(true, "URL is not the address of a tenant")
	case u.Scheme != identity.Scheme || host(u) != host(identity):
		f = r.fault(true, "URL leads to %s://%s and the manifest names %s: the stored credentials are not sent there", u.Scheme, u.Host, want)
	case strings.HasPrefix(u.Path+"/", "/ips/"):
		f = r.fault(false, "URL is %q and must be %q: /ips belongs to the console", bare(value), want)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		f = r.fault(false, "URL is %q and must be %q, without anything after the host", bare(value), want)
	default:
		return nil
	}
	return f.advise("set the property URL of the destination to %q", want)
}

// bare is an address without its query, which may hold anything.
func bare(address string) string {
	end := strings.IndexAny(address, "?#")
	if end < 0 {
		return address
	}
	return address[:end] + "?…"
}

func (r rule) fault(stops bool, format string, args ...any) *fault {
	return &fault{code: r.wrong, stops: stops, message: fmt.Sprintf(format, args...)}
}

func (f *fault) advise(format string, args ...any) *fault {
	f.remedy = fmt.Sprintf(format, args...)
	return f
}

// hint says in a few words how two values differ.
func hint(value, want string) string {
	switch {
	case strings.EqualFold(value, want):
		return ": values are case-sensitive"
	case strings.EqualFold(strings.Trim(value, "/"), strings.Trim(want, "/")):
		return ": the slashes count, because IAG puts the parts together as they are"
	default:
		return ""
	}
}

// blocks reports whether the fault keeps IAG from making its call for a
// collection.
func (f *fault) blocks(e entity) bool {
	ofOther := (f.key == keyUsers || f.key == keyGroups) && f.key != e.path
	return f.stops && !ofOther && f.key != keyAccept
}

// explains reports whether the fault is the reason for what a call showed.
func (f *fault) explains(e entity, v verdict) bool {
	switch f.key {
	case keyURL, keyService:
		return v == notFound
	case keyUsers, keyGroups:
		return v == notFound && f.key == e.path
	case keyAuthentication, keyUser, keyPassword:
		return v == loginPage || v == loginRefused
	case keyAccept:
		return v == unreadable
	default:
		return false
	}
}

// host is the host of u in one spelling.
func host(u *url.URL) string {
	name := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		name = strings.TrimSuffix(name, ":443")
	}
	return name
}
