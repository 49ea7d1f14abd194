package manifest

import (
	"fmt"
	"net/url"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Connections say which services an integration talks to. A nil one is not
// configured.
type Connections struct {
	DestinationService *DestinationService `json:"destinationService,omitempty" jsonschema:"description=Destination service of the subaccount that IAG runs in"`
	IdentityServices   *IdentityServices   `json:"identityServices,omitempty" jsonschema:"description=Tenant of Identity Authentication that hosts Identity Provisioning"`
	AccessGovernance   *AccessGovernance   `json:"accessGovernance,omitempty" jsonschema:"description=Identity Access Governance"`
	Adapter            *Adapter            `json:"adapter,omitempty" jsonschema:"description=Service behind the published adapter contract; only where something says via: adapter"`
	AuditLog           *AuditLog           `json:"auditLog,omitempty" jsonschema:"description=Audit Log service\\, which proves what people did"`
}

// DestinationService is reached by its service key.
type DestinationService struct {
	ServiceKey secret.Ref `json:"serviceKey" jsonschema:"description=Where the service key is"`
	// Subaccount pins the manifest to one subaccount: the key's tenant.
	Subaccount string `json:"subaccount,omitempty" jsonschema:"minLength=1,description=Id of the subaccount; must be the tenantid of the service key"`
}

// IdentityServices is the tenant that hosts IPS.
type IdentityServices struct {
	URL string `json:"url" jsonschema:"minLength=1,description=Address of the tenant\\, such as https://TENANT.accounts.ondemand.com"`
	// Via says by section how objects are reached; what is missing has the default.
	Via map[string]resource.Way `json:"via,omitempty"`
}

// Address is the tenant's, under the rules for its address everywhere else: paths
// are appended to it, and letter case counts. The fault has no position yet.
func (c IdentityServices) Address() (*url.URL, *resource.Fault) {
	const path = "/spec/connections/identityServices/url"
	if faults := catalogue.CheckTenantURL(path, resource.Text(c.URL)); len(faults) > 0 {
		return nil, malformed(path, faults[0].Message, faults[0].Remedy)
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" {
		return nil, malformed(path, "the address is empty or begins or ends with a blank", "write https://TENANT.accounts.ondemand.com")
	}
	return u, nil
}

func malformed(path, message, remedy string) *resource.Fault {
	fault := catalogue.Complain(codeAddress, path, message, remedy)
	return &fault
}

// AccessGovernance is IAG itself.
type AccessGovernance struct {
	ServiceKey secret.Ref `json:"serviceKey,omitzero" jsonschema:"description=Where the service key is"`
	// Via says by section how objects are reached; what is missing has the default.
	Via map[string]resource.Way `json:"via,omitempty"`
}

// Adapter is a service behind the published adapter contract.
type Adapter struct {
	// URL is empty when the service key names the address.
	URL        string     `json:"url,omitempty" jsonschema:"minLength=1,description=Address of the adapter; the default is the uri of the service key"`
	ServiceKey secret.Ref `json:"serviceKey" jsonschema:"description=Where the service key is"`
}

// Address is what the manifest says; it may have a path, to which more is appended.
// The fault has no position yet.
func (a Adapter) Address() (*url.URL, *resource.Fault) {
	const path, remedy = "/spec/connections/adapter/url", "write https://HOST or https://HOST/PATH"
	u, err := url.Parse(a.URL)
	switch {
	case strings.Contains(a.URL, "@"):
		// Whatever stands there may be a password.
		return nil, malformed(path, "the address carries a login before its host", "leave it out: the login is in the service key")
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, malformed(path, fmt.Sprintf("%q is not an https address", a.URL), remedy)
	case u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(a.URL, "?#"):
		return nil, malformed(path, fmt.Sprintf("%q goes beyond the path; more is appended to it as it is", a.URL), remedy)
	}
	return u, nil
}

// AuditLog is the service that tells what people did.
type AuditLog struct {
	ServiceKey secret.Ref `json:"serviceKey" jsonschema:"description=Where the service key is"`
	// Words are those by which a record tells what kind of object it is about, where
	// the service words it otherwise than expected.
	Words Words `json:"words,omitzero" jsonschema:"description=Words by which a record tells what it is about\\, where they are others than expected"`
}

// Words lists words by section; an empty list leaves the words that are expected.
type Words struct {
	IAGSystems []string `json:"iagSystems,omitempty" jsonschema:"description=Words of records about systems"`
	Parameters []string `json:"parameters,omitempty" jsonschema:"description=Words of records about parameters"`
	Jobs       []string `json:"jobs,omitempty" jsonschema:"description=Words of records about jobs"`
}

// Of returns the words for a section.
func (w Words) Of(section string) []string {
	return map[string][]string{"iagSystems": w.IAGSystems, "parameters": w.Parameters, "jobs": w.Jobs}[section]
}

// reached lists, for each connection, the sections whose objects have no
// documented interface, so that its via decides between adapter and person.
var reached = []struct {
	connection string
	sections   []string
}{
	{"identityServices", []string{"systemUsers", "proxySystems"}},
	{"accessGovernance", []string{"iagSystems", "parameters", "jobs"}},
}
