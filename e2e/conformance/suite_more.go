package conformance

import (
	"net/http"
	"strings"
)

// furtherBehaviours are those of certificates that the service makes, of labels on everything, of what is in use, and
// of limits.
var furtherBehaviours = []behaviour{
	{"a certificate is generated and tells its public keys", generates},
	{"a protected keystore keeps its public keys", func(p *probe) {
		p.create(p.certificates(), object{"Name": p.name("store.p12"), "Type": "CERTIFICATE", "Content": "AAAA"})
		a := p.call("GET", one(p.certificates(), p.name("store.p12"))+"/publicKeys", nil)
		if a.status != http.StatusBadRequest {
			p.Errorf("status %d, want 400", a.status)
		}
	}},
	{"fragments and certificates have labels, too", labelsEverywhere},
	{"patch of a fragment changes what it names", patchesFragment},
	{"an assertion provider in use is not deleted", keepsProvider},
	{"find skips credentials when told", skipsCredentials},
	{"filter by the time of the change", modifiedWithin},
	{"names have at most 200 characters", limitsNames},
	{"path and query have at most 4,000 characters", limitsAddress},
}

func generates(p *probe) {
	name := p.name("made.pem")
	p.clean(p.certificates(), object{"Name": name})
	p.want(201, "POST", p.certificates(), object{"Name": name, "Attributes": object{
		"CN": "reconcile-probe", "Validity": object{"TimeUnit": "DAYS", "Value": 1},
	}})
	address := one(p.certificates(), name)
	if content, _ := p.object(p.want(200, "GET", address, nil))["Content"].(string); content == "" {
		p.Error("a generated certificate has no Content")
	}
	keys := p.list(p.want(200, "GET", address+"/publicKeys", nil))
	if len(keys) == 0 {
		p.Fatal("no public key")
	}
	content, _ := keys[0]["Content"].(string)
	subject, _ := keys[0]["SubjectDN"].(string)
	if !strings.Contains(content, "BEGIN CERTIFICATE") || strings.Contains(content, "PRIVATE KEY") || !strings.Contains(subject, "CN=reconcile-probe") {
		p.Errorf("public key of %q", subject)
	}
}

func labelsEverywhere(p *probe) {
	f, c := p.fragment("F", nil), object{"Name": p.name("cert.crt"), "Type": "CERTIFICATE", "Content": "AAAA"}
	p.create(p.fragments(), f)
	p.create(p.certificates(), c)
	for _, collection := range []struct{ address, name, member string }{
		{p.fragments(), p.name("F"), "FragmentName"}, {p.certificates(), p.name("cert.crt"), "Name"},
	} {
		address := one(collection.address, collection.name) + "/labels"
		p.optional(p.call("PUT", address, []object{{"key": "probe", "values": []string{p.name("x")}}}))
		p.labelled(address, p.name("x"))
		filter := query("$filter", "Label['probe'] HAS ('"+p.name("x")+"')")
		found := p.list(p.want(200, "GET", collection.address+"?"+filter, nil))
		if len(found) != 1 || found[0][collection.member] != collection.name {
			p.Errorf("%s: %d found by label, want 1", collection.member, len(found))
		}
	}
}

func patchesFragment(p *probe) {
	p.create(p.fragments(), p.fragment("F", nil))
	p.optional(p.call("PATCH", p.fragments(), object{"FragmentName": p.name("F"), "extra": nil, "more": "added"}))
	want := p.fragment("F", object{"more": "added"})
	delete(want, "extra")
	p.equal("patched", p.object(p.want(200, "GET", one(p.fragments(), p.name("F")), nil)), want)
}

func keepsProvider(p *probe) {
	p.create(p.destinations(), p.destination("P", nil))
	p.create(p.destinations(), p.destination("USER", object{
		"Authentication": "OAuth2ClientCredentials", "User": nil, "Password": nil, "clientId": "probe",
		"tokenServiceURL": "https://probe.example.com/token", "clientAssertion.destinationName": p.name("P"),
	}))
	a := p.call("DELETE", one(p.destinations(), p.name("P")), nil)
	if a.status != http.StatusBadRequest || !strings.Contains(string(a.body), "used as an assertion provider") {
		p.Errorf("status %d, want 400 that says what it is used as", a.status)
	}
	p.want(200, "DELETE", one(p.destinations(), p.name("USER")), nil)
	p.want(200, "DELETE", one(p.destinations(), p.name("P")), nil)
}

func skipsCredentials(p *probe) {
	p.create(p.destinations(), p.destination("A", nil))
	out := p.object(p.want(200, "GET", p.API+"/v1/destinations/"+p.name("A")+"?$skipCredentials=true", nil))
	c, _ := out["destinationConfiguration"].(object)
	if c["Name"] != p.name("A") || c["Password"] != nil {
		p.Errorf("answers %q", keysOf(c))
	}
}

func modifiedWithin(p *probe) {
	p.create(p.destinations(), p.destination("A", nil))
	list := p.destinations() + "?"
	found := p.own(p.list(p.want(200, "GET", list+query("$filter", "modifiedwithin('30', 'minutes')"), nil)))
	if found["A"] == nil {
		p.Error("what was just made is not found")
	}
	p.want(400, "GET", list+query("$filter", "modifiedwithin('1441', 'minutes')"), nil)
}

func limitsNames(p *probe) {
	long := strings.Repeat("x", 200-len(p.name("")))
	p.create(p.destinations(), p.destination(long, nil))
	d := p.destination(long+"x", nil)
	p.clean(p.destinations(), d)
	if a := p.call("POST", p.destinations(), d); a.status != http.StatusBadRequest {
		p.Errorf("a name of 201 characters: status %d, want 400", a.status)
	}
}

func limitsAddress(p *probe) {
	filter := query("$filter", "Name in ('"+strings.Repeat("x", 4000)+"')")
	if a := p.call("GET", p.destinations()+"?"+filter, nil); a.status < 400 || a.status >= 500 {
		p.Errorf("status %d, want a refusal", a.status)
	}
}
