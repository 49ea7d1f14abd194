package conformance

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// fragmentBehaviours are those of fragments.
var fragmentBehaviours = []behaviour{
	{"fragment is created once and read back", fragmentLife},
	{"fragment must not have the name or type of a destination", func(p *probe) {
		for _, name := range []string{"Name", "Type"} {
			f := p.fragment("A", object{name: "HTTP"})
			p.clean(p.fragments(), object{"FragmentName": f["FragmentName"]})
			p.want(400, "POST", p.fragments(), f)
		}
	}},
	{"a missing fragment is named in JSON", func(p *probe) {
		a := p.want(404, "GET", one(p.fragments(), p.name("NONE")), nil)
		want := "The fragment with the specified name '" + p.name("NONE") + "' was not found"
		p.equal("error", p.object(a), object{"ErrorMessage": want})
		p.want(404, "PUT", p.fragments(), p.fragment("NONE", nil))
	}},
}

func (p *probe) fragment(suffix string, more object) object {
	f := object{"FragmentName": p.name(suffix), "URL": "https://fragment.example.com", "extra": "of the fragment"}
	maps.Copy(f, more)
	return f
}

func fragmentLife(p *probe) {
	f := p.fragment("A", nil)
	p.create(p.fragments(), f)
	p.want(409, "POST", p.fragments(), f)
	address := one(p.fragments(), p.name("A"))
	a := p.want(200, "GET", address, nil)
	p.equal("read back", p.object(a), f)
	p.want(304, "GET", address, nil, "If-None-Match", a.header.Get("ETag"))
	next := p.fragment("A", object{"extra": "changed"})
	if n := p.object(p.want(200, "PUT", p.fragments(), next))["Count"]; n != 1.0 {
		p.Errorf("Count %v, want 1", n)
	}
	p.equal("overwritten", p.object(p.want(200, "GET", address, nil)), next)
	found := false
	for _, one := range p.list(p.want(200, "GET", p.fragments(), nil)) {
		found = found || maps.Equal(one, next)
	}
	if !found {
		p.Error("the list does not have it")
	}
	if n := p.object(p.want(200, "DELETE", address, nil))["Count"]; n != 1.0 {
		p.Errorf("Count %v, want 1", n)
	}
	p.want(404, "GET", address, nil)
}

// labelBehaviours are those of labels and certificates.
var labelBehaviours = []behaviour{
	{"labels are put, added, deleted and filtered", labels},
	{"a certificate is uploaded, read back and deleted", certificates},
}

func labels(p *probe) {
	p.two()
	address := one(p.destinations(), p.name("A")) + "/labels"
	a := p.call("PUT", address, []object{{"key": "probe", "values": []string{p.name("x")}}})
	p.optional(a)
	p.labelled(address, p.name("x"))
	p.want(204, "PATCH", address, object{"action": "ADD", "labels": []object{{"key": "probe", "values": []string{p.name("y")}}}})
	p.labelled(address, p.name("x"), p.name("y"))
	filter := "Label['probe'] HAS ('" + p.name("y") + "')"
	found := p.own(p.list(p.want(200, "GET", p.destinations()+"?"+query("$filter", filter), nil)))
	if len(found) != 1 || found["A"] == nil {
		p.Errorf("by label: %q", keysOf(found))
	}
	p.want(204, "PATCH", address, object{"action": "DELETE", "labels": []object{{"key": "probe", "values": []string{p.name("x")}}}})
	p.labelled(address, p.name("y"))
	// Labels are not part of the object: an overwrite leaves them.
	p.want(200, "PUT", p.destinations(), p.destination("A", object{"Description": "changed"}))
	p.labelled(address, p.name("y"))
}

// labelled holds the values of the label "probe".
func (p *probe) labelled(address string, want ...string) {
	p.Helper()
	var got []string
	for _, l := range p.list(p.want(200, "GET", address, nil)) {
		values, _ := l["values"].([]any)
		for _, v := range values {
			got = append(got, v.(string))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		p.Errorf("labels %q, want %q", got, want)
	}
}

// probeCertificate is a self-signed certificate without a private key; it says CN=reconcile-probe and protects nothing.
const probeCertificate = `-----BEGIN CERTIFICATE-----
MIIBiDCCAS+gAwIBAgIUCCl3EZe+/Xq3xTqwwvV8t4k45QgwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPcmVjb25jaWxlLXByb2JlMB4XDTI2MTEyMzEyMDI0M1oXDTQ2
MTExODEyMDI0M1owGjEYMBYGA1UEAwwPcmVjb25jaWxlLXByb2JlMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEhhoAVmdtoXTxiFmDiOY2G97cEKHnjLPMqttGoH0l
D1r5Dgz4z1H4Ig7qQMZiyvs6Ik4yuDRX8PuTwPGdmFM7jKNTMFEwHQYDVR0OBBYE
FGixWBZRaiC3GgC5PzT5/09LmIrdMB8GA1UdIwQYMBaAFGixWBZRaiC3GgC5PzT5
/09LmIrdMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgNfhozR7B
cWrktz9ksM3QriN0UsR6+G1cEtW5z7WIoN4CIAey6vHh5z61Bo/d8O5qkUoEFp+C
hVIpdee+XCs68Jaf
-----END CERTIFICATE-----
`

func certificates(p *probe) {
	c := object{
		"Name": p.name("cert.pem"), "Type": "CERTIFICATE",
		"Content": base64.StdEncoding.EncodeToString([]byte(probeCertificate)),
	}
	p.create(p.certificates(), c)
	p.want(409, "POST", p.certificates(), c)
	got := p.object(p.want(200, "GET", one(p.certificates(), p.name("cert.pem")), nil))
	if got["Content"] != c["Content"] || got["Name"] != c["Name"] {
		p.Error("the certificate is not read back as it was uploaded")
	}
	p.want(200, "DELETE", one(p.certificates(), p.name("cert.pem")), nil)
	p.want(404, "GET", one(p.certificates(), p.name("cert.pem")), nil)
}

// findBehaviours are those of the consumer's view.
var findBehaviours = []behaviour{
	{"find answers owner, configuration and token", finds},
	{"find does not find with the exact words", func(p *probe) {
		a := p.want(404, "GET", p.API+"/v1/destinations/"+p.name("NONE"), nil)
		p.equal("error", p.object(a), object{"ErrorMessage": "Configuration with the specified name was not found"})
	}},
	{"find merges fragments over the destination", findsWithFragment},
	{"consume looks on the level it is told", consumes},
}

func finds(p *probe) {
	d := p.destination("A", nil)
	p.create(p.destinations(), d)
	out := p.object(p.want(200, "GET", p.API+"/v1/destinations/"+p.name("A"), nil))
	configuration, _ := out["destinationConfiguration"].(object)
	p.equal("configuration", configuration, d)
	owner, _ := out["owner"].(object)
	if id, ok := owner["SubaccountId"].(string); !ok || id == "" || (owner["InstanceId"] != nil) != (p.level == "instance") {
		p.Errorf("owner %v", owner)
	}
	tokens, _ := out["authTokens"].([]any)
	if len(tokens) != 1 {
		p.Fatalf("%d tokens, want 1", len(tokens))
	}
	token, _ := tokens[0].(object)
	value := base64.StdEncoding.EncodeToString([]byte("probe:p$ss=w_rd"))
	header, _ := token["http_header"].(object)
	if token["type"] != "Basic" || token["value"] != value || header["key"] != "Authorization" || header["value"] != "Basic "+value {
		p.Error("the Basic token is not that of user and password")
	}
	out = p.object(p.want(200, "GET", p.API+"/v1/destinations/"+p.name("A")+"?$skipTokenRetrieval=true", nil))
	if configuration, _ = out["destinationConfiguration"].(object); configuration["Name"] != d["Name"] {
		p.Error("not found with $skipTokenRetrieval")
	}
}

func findsWithFragment(p *probe) {
	p.create(p.destinations(), p.destination("A", nil))
	p.create(p.fragments(), p.fragment("F", nil))
	address := p.API + "/v1/destinations/" + p.name("A")
	out := p.object(p.want(200, "GET", address, nil, "X-fragment-name", p.name("F")))
	c, _ := out["destinationConfiguration"].(object)
	if c["URL"] != "https://fragment.example.com" || c["extra"] != "of the fragment" || c["User"] != "probe" || c["Name"] != p.name("A") {
		p.Errorf("merged: %q", keysOf(c))
	}
	if a := p.call("GET", address, nil, "X-fragment-name", p.name("NONE")); a.status < 400 || a.status >= 500 {
		p.Errorf("with a fragment that is not there: status %d", a.status)
	}
	p.want(200, "GET", address, nil, "X-fragment-name", p.name("NONE"), "X-fragment-optional", "true")
	plain := p.object(p.want(200, "GET", one(p.destinations(), p.name("A")), nil))
	p.equal("the stored one is untouched", plain, p.destination("A", nil))
}

func consumes(p *probe) {
	p.create(p.destinations(), p.destination("A", nil))
	address := p.API + "/v2/destinations/" + p.name("A") + "@"
	a := p.call("GET", address+p.level, nil)
	if a.status != http.StatusOK {
		p.Fatalf("status %d, want 200", a.status)
	}
	out := p.object(a)
	if c, _ := out["destinationConfiguration"].(object); c["Name"] != p.name("A") || out["owner"] != nil {
		p.Errorf("answers %q", keysOf(out))
	}
	other := strings.Join(slices.DeleteFunc(slices.Clone(levels), func(l string) bool { return l == p.level }), "")
	p.want(404, "GET", address+other, nil)
}
