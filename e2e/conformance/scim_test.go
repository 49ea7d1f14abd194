package conformance_test

import (
	"net/http"
	"testing"

	"reconcile/e2e/conformance"
)

// callers makes the two system users of an integration and a proxy system, and returns the id of the latter.
func (l *landscape) callers() string {
	l.Helper()
	slots := []object{{"label": "a", "expireIn": "1 year"}}
	for name, authorizations := range map[string][]string{
		"IAG_CALLER": {"Access Proxy System API"}, "IPS_BACKEND": {"Manage Users", "Manage Groups"},
	} {
		l.adapter("systemUsers", object{"system": object{
			"name": name, "authorizations": authorizations,
			"clientID": l.secret(name + "_ID"), "slots": slots,
		}, "secrets": object{"a": l.secret(name + "_SECRET")}})
	}
	return l.adapter("proxySystems", object{
		"system": object{
			"name": "IAS for IAG", "accessMode": "PROXY",
			"connectorTypeString": "SAP_CLOUD_IDENTITY", "properties": object{
				"Type": "HTTP", "ProxyType": "Internet",
				"Authentication": "BasicAuthentication", "URL": l.sim.Connections().IdentityServices.URL,
				"User": l.secret("IPS_BACKEND_ID"), "ias.api.version": "2", "ias.support.patch.operation": "true",
			},
		},
		"secrets": object{"Password": l.secret("IPS_BACKEND_SECRET")},
	})
}

// scimTarget is a landscape's directory, or its proxy.
func scimTarget(t *testing.T, name string) *conformance.SCIM {
	t.Helper()
	l := inProcess(t, func(next http.RoundTripper) http.RoundTripper { return next })
	system, tenant := l.callers(), l.sim.Connections().IdentityServices.URL
	target := &conformance.SCIM{T: t, Client: l.client, Prefix: "ZZ_PROBE_SIMULATED", Disposable: true}
	target.Base, target.User, target.Password = tenant+"/scim", l.secret("IPS_BACKEND_ID"), l.secret("IPS_BACKEND_SECRET")
	if name == "proxy" {
		target.Base, target.Proxy = tenant+"/ipsproxy/service/api/v1/scim/"+system, true
		target.User, target.Password = l.secret("IAG_CALLER_ID"), l.secret("IAG_CALLER_SECRET")
	}
	return target
}

// TestSCIM points a client of the specification at the directory and at the proxy.
func TestSCIM(t *testing.T) {
	for _, name := range []string{"directory", "proxy"} {
		t.Run(name, func(t *testing.T) { conformance.RunSCIM(scimTarget(t, name)) })
	}
}
