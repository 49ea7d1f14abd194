package custody

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/destination"
	"reconcile/pkg/ias"
	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
)

// Horizon is how far ahead to look for what ends.
type Horizon struct {
	Now  time.Time
	Days int
}

// Expiring warns of what ends soon, as far as the manifest says it.
func (h Horizon) Expiring(in manifest.Integration) []resource.Fault {
	var faults []resource.Fault
	for _, o := range in.Objects {
		switch spec := o.Spec.(type) {
		case ias.Spec:
			faults = append(faults, h.expiringSecrets(o, spec)...)
		case destination.Spec:
			faults = append(faults, h.expiringProperties(o, spec)...)
		}
	}
	return faults
}

// expiringSecrets needs to know when a secret was made.
func (h Horizon) expiringSecrets(o manifest.Object, s ias.Spec) []resource.Fault {
	var faults []resource.Fault
	for i, label := range s.Secrets.Labels() {
		ends, ok := s.Secrets[label].Ends()
		if !ok {
			continue
		}
		f := resource.Fault{
			Ref: &o.Ref, Path: fmt.Sprintf("/secrets/%d/expireIn", i),
			Remedy: fmt.Sprintf("make a new one in the other slot; reconcile rotate -f MANIFEST %q says the steps", o.Ref.String()),
			Source: "SAP-docs/btp-cloud-identity-services, add-administrators-bbbdbdd.md [documented]",
		}
		f.Position = o.At(f.Path)
		faults = append(faults, h.ends(f, "W230", fmt.Sprintf("%s: secret %q", o.Ref, label), ends)...)
	}
	return faults
}

// expiringProperties looks into certificates that a destination carries in clear.
func (h Horizon) expiringProperties(o manifest.Object, s destination.Spec) []resource.Fault {
	var faults []resource.Fault
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		f := resource.Fault{Ref: &o.Ref, Path: "/properties/" + resource.EscapePointer(name), Remedy: "put the certificate that follows it into the manifest"}
		f.Position = o.At(f.Path)
		if ends, ok := certificateEnds(s.Properties[name].Text()); ok {
			faults = append(faults, h.ends(f, "W231", fmt.Sprintf("%s: the certificate in %s", o.Ref, name), ends)...)
		}
	}
	return faults
}

// ends makes a warning of f when the time is near or over.
func (h Horizon) ends(f resource.Fault, code, what string, ends time.Time) []resource.Fault {
	left := ends.Sub(h.Now)
	if left > time.Duration(h.Days)*24*time.Hour {
		return nil
	}
	f.Severity, f.Code = resource.Warning, code
	f.Message = fmt.Sprintf("%s expires on %s, in %d days", what, ends.UTC().Format(time.DateOnly), int(left.Hours()/24))
	if left <= 0 {
		f.Message = fmt.Sprintf("%s expired on %s", what, ends.UTC().Format(time.DateOnly))
	}
	return []resource.Fault{f}
}

// certificateEnds returns when the first certificate of a PEM text ends: the one
// that the login is made with.
func certificateEnds(text string) (time.Time, bool) {
	if !strings.Contains(text, "-----BEGIN") {
		return time.Time{}, false
	}
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			return c.NotAfter, true
		}
	}
	return time.Time{}, false
}

// Key warns of a service key whose certificate ends; f says where the manifest refers to
// the key.
func (h Horizon) Key(f resource.Fault, certificate string) []resource.Fault {
	ends, ok := certificateEnds(certificate)
	if !ok {
		return nil
	}
	f.Remedy = "create a new service key or binding, put it in place, then delete the old one"
	return h.ends(f, "W232", "the certificate of the service key", ends)
}
