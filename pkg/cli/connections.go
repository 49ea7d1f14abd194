package cli

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"reconcile/pkg/auditlog"
	"reconcile/pkg/connect"
	"reconcile/pkg/custody"
	"reconcile/pkg/kinds"
	"reconcile/pkg/manifest"
	"reconcile/pkg/memory"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// wiring is what one run on one integration talks to.
type wiring struct {
	app         *app
	integration manifest.Integration
	landscape   *landscape
	source      secret.Source
	session     *connect.Session
	// destination is nil where no destination service is configured.
	destination *connect.Client
	adapter     *connect.Client
	// auditLog is nil where none is configured.
	auditLog *connect.Client
	identity *url.URL
	// tenant is the subaccount and subdomain its name in addresses.
	tenant, subdomain string
	// snapshot is the one that stands for all connections; nil for real ones.
	snapshot *snapshot
	// faults stop the run before a call, warnings do not.
	faults, warnings []resource.Fault
	// strange is why no call may be made: a newer version left something.
	strange error
	// memory is what runs before left, logins which of them were refused.
	memory *memory.Memory
	logins *memory.Logins
}

// Fact: limits of requests by service, kept well below the documented ones where
// they are: IPS slows down from 150 a minute; the destination service documents
// none. Source: SAP-docs/btp-cloud-identity-services "Handle rate limits", read
// 2026-11-23. [documented]
const destinationRate = rate.Limit(50)

// callBudget is the most that one call may take with all its attempts. A call
// through a proxy system takes minutes while IPS itself repeats what its backend
// throttled. Source: SAP-docs/btp-cloud-identity-services "Handle rate limits",
// read 2026-11-23. [inferred]
const callBudget = 200 * time.Second

// wire prepares connections without making a call. Everything that is missing or
// contradicts the manifest is a fault.
func (a *app) wire(in manifest.Integration, l *landscape, mode connect.Mode) *wiring {
	if len(a.live) > 0 {
		return a.wireSnapshot(in)
	}
	w := &wiring{app: a, integration: in, landscape: l, source: secret.Outside{LookupEnv: a.LookupEnv}}
	options := connect.Options{
		Base: a.Base, Mode: mode, Log: a.logger(), UserAgent: "reconcile/" + version(), Budget: callBudget,
		LedgerPrefixes: []string{reconcile.LedgerName(in.ID()), reconcile.LockName(in.ID())}, Observe: a.sentTo(a.observer()), Shared: a.shared,
	}
	if l != nil {
		options.Base, w.source = l.base, l.source(w.source)
	} else if a.Base == nil {
		options.Base = w.network()
	}
	w.session = connect.New(options)
	w.connectIdentity()
	w.connectDestination()
	w.connectAdapter()
	w.connectAuditLog()
	w.findMemory()
	if file := w.memory.File(); file != "" {
		w.warnings = append(w.warnings, custody.Private("ledger", file)...)
	}
	w.strange = w.logins.ReadHere()
	return w
}

// network is the way to the services on a real run.
func (w *wiring) network() http.RoundTripper {
	o := connect.NetworkOptions{LookupEnv: w.app.LookupEnv}
	var err error
	if w.app.caFile != "" {
		o.CA, err = os.ReadFile(w.app.caFile)
	}
	t, bad := connect.Network(o)
	if errors.Is(bad, connect.ErrProxy) {
		w.faults = append(w.faults, resource.Fault{
			Severity: resource.Error, Code: "E236", Message: bad.Error(), Remedy: "write http://HOST:PORT, or remove the variable",
		})
	} else if err = cmp.Or(err, bad); err != nil {
		w.faults = append(w.faults, resource.Fault{
			Severity: resource.Error, Code: "E235", Message: fmt.Sprintf("--ca-file %s: %s", w.app.caFile, err),
			Remedy: "name a readable PEM file with the certificates of the authority",
		})
	}
	if t == nil {
		t, _ = connect.Network(connect.NetworkOptions{})
	}
	return t
}

func (w *wiring) fault(code, path, message, remedy string) {
	w.faults = append(w.faults, resource.Fault{
		Severity: resource.Error, Code: code, Path: path, Position: w.integration.At(path), Message: message, Remedy: remedy,
	})
}

// connectIdentity takes the address of the identity tenant, which the manifest's
// loader has checked.
func (w *wiring) connectIdentity() {
	if c := w.integration.Connections.IdentityServices; c != nil {
		w.identity, _ = url.Parse(c.URL)
	}
}

// scope is what kinds may know of the surroundings.
func (w *wiring) scope() resource.Scope {
	if w.identity == nil {
		return resource.Scope{}
	}
	return resource.Scope{IdentityHost: w.identity.Host}
}

func (w *wiring) connectDestination() {
	const path = "/spec/connections/destinationService"
	c := w.integration.Connections.DestinationService
	if c == nil && w.landscape == nil {
		if w.has("destinations") {
			w.fault("E171", "/spec/destinations", "there are destinations, but connections.destinationService is missing",
				"say where its service key is: destinationService: {serviceKey: {file: keys/destination.json}}")
		}
		return
	}
	var ref secret.Ref
	if c != nil {
		ref = c.ServiceKey
	}
	key, ok := w.key("destination", path+"/serviceKey", ref)
	if !ok {
		return
	}
	if _, err := key.Address(""); err != nil || key.TenantID == "" {
		w.fault("E175", path+"/serviceKey", fmt.Sprintf("%s: this is not the service key of a Destination service: it needs uri and tenantid", ref),
			"use the complete service key as the service issued it")
		return
	}
	w.tenant, w.subdomain = key.TenantID, key.Subdomain
	if c != nil && w.landscape == nil && c.Subaccount != "" && c.Subaccount != key.TenantID {
		w.fault("E172", path+"/subaccount", fmt.Sprintf("the manifest is for subaccount %q, but the service key belongs to %q", c.Subaccount, key.TenantID),
			"use the service key of the subaccount that the manifest names")
		return
	}
	w.destination = w.client(connect.Service{Name: "destination", Auth: key.Auth(), Rate: destinationRate, Burst: 20}, path, key.URI+"/destination-configuration")
}

func (w *wiring) connectAdapter() {
	const path = "/spec/connections/adapter"
	c := w.integration.Connections.Adapter
	if c == nil && w.landscape == nil {
		return
	}
	var ref secret.Ref
	address := ""
	if c != nil {
		ref, address = c.ServiceKey, c.URL
	}
	key, ok := w.key("adapter", path+"/serviceKey", ref)
	if !ok {
		return
	}
	if w.landscape != nil || address == "" {
		address = key.URI
	}
	address = strings.TrimSuffix(address, "/")
	w.adapter = w.client(connect.Service{Name: "adapter", Auth: key.Auth()}, path, address+"/v1")
}

// connectAuditLog is the way to the subaccount's audit log, where the manifest names
// one: the simulated landscape has it too, but shows only what a real run would.
func (w *wiring) connectAuditLog() {
	const path = "/spec/connections/auditLog"
	c := w.integration.Connections.AuditLog
	if c == nil {
		return
	}
	key, ok := w.key("auditLog", path+"/serviceKey", c.ServiceKey)
	if !ok {
		return
	}
	if key.URI == "" {
		w.fault("E175", path+"/serviceKey", fmt.Sprintf("%s: this is not the service key of an audit log: it needs url beside uaa", c.ServiceKey),
			"use the complete service key of the service auditlog-management as it was issued")
		return
	}
	w.auditLog = w.client(connect.Service{Name: "auditlog", Auth: key.Auth(), Rate: auditlog.Rate, Burst: 1}, path, key.URI)
}

// reach is what the kinds of the integration are reached through.
func (w *wiring) reach() kinds.Reach {
	r := kinds.Reach{
		Connections: w.integration.Connections, Simulated: w.landscape != nil,
		Online: w.snapshot == nil, Destination: w.destination, Adapter: w.adapter,
	}
	if w.snapshot != nil {
		r.Snapshot = w.snapshot.Ways
	}
	return r
}

// has reports whether the manifest lists objects in a section.
func (w *wiring) has(section string) bool {
	return slices.ContainsFunc(w.integration.Objects, func(o manifest.Object) bool { return kinds.Sections()[o.Ref.Kind] == section })
}

// key reads a service key: the landscape's under --simulate, else the one that
// the manifest refers to.
func (w *wiring) key(name, path string, ref secret.Ref) (connect.Key, bool) {
	document, err := w.document(name, ref)
	if err != nil {
		w.fault("E174", path, fmt.Sprintf("the service key cannot be read: %s", err), "give a readable service key as JSON: a file, a variable, a VCAP service or a binding folder")
		return connect.Key{}, false
	}
	key, err := connect.ParseKey(document)
	if err != nil {
		w.fault("E175", path, fmt.Sprintf("%s: %s", ref, err), "use the complete service key as the service issued it")
		return connect.Key{}, false
	}
	at := resource.Fault{Path: path, Position: w.integration.At(path)}
	w.warnings = append(w.warnings, w.app.horizon().Key(at, key.Certificate)...)
	if w.landscape == nil && ref.File != "" {
		for _, f := range custody.Private("service key", ref.File) {
			f.Path, f.Position = path, w.integration.At(path)
			w.warnings = append(w.warnings, f)
		}
	}
	return key, true
}

func (w *wiring) document(name string, ref secret.Ref) ([]byte, error) {
	if w.landscape != nil {
		return w.landscape.key(name)
	}
	if ref.IsZero() {
		return nil, errors.New("serviceKey is missing")
	}
	value, err := w.source.Document(ref)
	return []byte(value.Reveal()), err //nolint:forbidigo // a service key is read, not shown
}

func (w *wiring) client(service connect.Service, path, address string) *connect.Client {
	base, err := url.Parse(address)
	if err == nil {
		service.Base = base
		var client *connect.Client
		if client, err = w.session.Client(service); err == nil {
			return client
		}
	}
	w.fault("E176", path, fmt.Sprintf("the connection cannot be made: %s", err), "check the addresses in the service key")
	return nil
}
