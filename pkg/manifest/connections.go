package manifest

import (
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
