package simulator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Services that issue keys, as their names in the keys.
const (
	serviceDestination      = "destination"
	serviceAccessGovernance = "accessGovernance"
	serviceAuditLog         = "auditLog"
	serviceAdapter          = "adapter"
)

// The two seeded tenants; the second one is there to be mistaken for the first.
const (
	homeSubdomain = "iag-demo"
	homeHost      = "iag-demo.accounts.ondemand.com"
	otherHost     = "other-demo.accounts.ondemand.com"

	subscriberSubdomain = "iag-subscriber" // a second subaccount, whose stores are its own
)

// newSeed is the landscape an administrator starts from: people and groups in Identity Authentication, a subaccount
// with service keys, and nothing configured. Keys and secrets are random, so no two landscapes share one; ids of
// people and groups are derived from their names, so that reports can be compared.
func newSeed(now time.Time) *state {
	s := &state{
		Format: stateFormat, Signing: randomToken(), Home: homeHost,
		Subaccounts: []subaccount{
			{ID: newUUID(), Subdomain: homeSubdomain, Provider: true},
			{ID: newUUID(), Subdomain: subscriberSubdomain},
		},
	}
	s.fill()
	for _, name := range []string{"IAG_CALLER", "IPS_BACKEND"} {
		s.Secrets["env:"+name+"_ID"] = newUUID()
		s.Secrets["env:"+name+"_SECRET"] = newSecret()
	}
	s.Clients = seedClients()
	s.Tenants[homeHost] = seedTenant(homeHost, now, 42, []string{
		"IAG_USER", "IAG_SUPER_ADMIN", "IAG_WF_MANAGER", "IAG_WF_ADMIN", "IAG_RAA_DEFAULT", "IAG_DEFAULT_MANAGER",
		"SALES", "FINANCE",
	})
	s.Tenants[otherHost] = seedTenant(otherHost, now, 3, []string{"IAG_USER"})
	return s
}

// seedClients makes one client for each key. The ids have the characters that real ones have, because they are what
// breaks naive clients: "!" and "|" in the id, "$", "-", "_" and "=" in the secret.
func seedClients() []client {
	list := []client{}
	for _, c := range []struct{ service, app string }{
		{serviceDestination, "destination-xsappname!b62"},
		{serviceAccessGovernance, "iagapi-iag-demo-space!b11378"},
		{serviceAuditLog, "auditlog-management!b1951"},
		{serviceAdapter, "reconcile-adapter!b7"},
	} {
		instance := newUUID()
		prefix := "clone" + strings.ReplaceAll(instance, "-", "")
		if c.service == serviceAccessGovernance {
			prefix = instance
		}
		list = append(list, client{
			Service: c.service, Instance: instance, App: prefix + "!b7|" + c.app,
			ID: "sb-" + prefix + "!b7|" + c.app, Secret: newUUID() + "$" + newSecret() + "=",
		})
	}
	return list
}

// seedTenant makes people and groups. Every person is in the first group and at most one other.
func seedTenant(host string, now time.Time, users int, groups []string) *tenant {
	t := &tenant{Users: map[string]*entity{}, Groups: map[string]*entity{}}
	var ids []string
	for i := 1; i <= users; i++ {
		id := derivedUUID(host, "user", fmt.Sprint(i))
		ids = append(ids, id)
		t.add(t.Users, id, seedUser(id, i), now)
	}
	for g, name := range groups {
		members := []any{}
		for i, id := range ids {
			if g == 0 || i%len(groups) == g {
				members = append(members, map[string]any{"value": id})
			}
		}
		id := derivedUUID(host, "group", name)
		t.add(t.Groups, id, map[string]any{
			"schemas": []any{schemaGroup, schemaGroupExt}, "displayName": name, "members": members,
			schemaGroupExt: map[string]any{"name": name, "groupId": id},
		}, now)
	}
	return t
}

// seedUser is one person in the attribute set that Identity Authentication answers with.
func seedUser(id string, n int) map[string]any {
	given := []string{"Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gül"}[n%7]
	family := []string{"Adler", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer"}[n%6]
	user := fmt.Sprintf("user%03d", n)
	return map[string]any{
		"schemas":  []any{schemaUser, schemaUserExt, schemaEnterprise},
		"userName": user, "displayName": given + " " + family, "active": true, "userType": "employee",
		"name":   map[string]any{"givenName": given, "familyName": family},
		"emails": []any{map[string]any{"value": user + "@example.com", "primary": true}},
		schemaUserExt: map[string]any{
			"userUuid": id, "userId": fmt.Sprintf("P%06d", n), "status": "active", "mailVerified": true,
		},
		schemaEnterprise: map[string]any{"employeeNumber": fmt.Sprintf("%06d", n), "department": "Sales"},
	}
}

// newUUID is a random UUID.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return formatUUID(b)
}

// derivedUUID is the same for the same words.
func derivedUUID(words ...string) string {
	return formatUUID([16]byte(sha256Sum(strings.Join(words, "\x00"))[:16]))
}

func formatUUID(b [16]byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newSecret is a secret as Identity Authentication makes them: 31 characters, not all of them letters.
func newSecret() string { return rand.Text() + "_-$.x" }

func randomToken() string { return rand.Text() + rand.Text() }

func sha256Sum(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func sha256Hex(s string) string { return hex.EncodeToString(sha256Sum(s)) }
