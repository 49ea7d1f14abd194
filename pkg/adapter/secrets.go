package adapter

import (
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// secrets are those that a change has to send: the ones that differ, or all of
// them when the service voids what it stores. Nil removes one.
func (d *Driver[S]) secrets(name string, want S, diff []resource.Change) (map[string]*string, error) {
	send := map[string]*string{}
	if d.codec.SecretName == nil {
		return send, nil
	}
	_, values := d.codec.Encode(name, want)
	names := d.changed(diff, values, send)
	if d.codec.AllSecrets != nil && d.codec.AllSecrets(diff) {
		if err := d.unreadable(want, diff); err != nil {
			return nil, err
		}
		for wire := range values {
			names = append(names, wire)
		}
	}
	for _, wire := range names {
		if err := d.put(send, wire, values[wire]); err != nil {
			return nil, err
		}
	}
	return send, nil
}

// changed lists the secrets of values that differ, and notes in send the ones
// that want does not have any more.
func (d *Driver[S]) changed(diff []resource.Change, values map[string]resource.Value, send map[string]*string) []string {
	var names []string
	for _, c := range diff {
		wire := d.codec.SecretName(c.Path)
		_, stays := values[wire]
		switch {
		case wire == "":
		case stays:
			names = append(names, wire)
		case c.Have.Sensitive():
			send[wire] = nil
		}
	}
	return names
}

// unreadable refuses a change that would void a secret which nobody can send
// again: it is stored at the service and not in the manifest.
func (d *Driver[S]) unreadable(want S, diff []resource.Change) error {
	var lost []string
	for path, value := range resource.Paths(want) {
		if wire := d.codec.SecretName(path); wire != "" && value.Form() == resource.Sealed {
			lost = append(lost, wire)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	slices.Sort(lost)
	return fmt.Errorf("%s: changing %s voids stored secrets that cannot be read back; list %s in the manifest, or null to give them up",
		d.codec.Collection, paths(diff), strings.Join(lost, ", "))
}

// paths names what differs, for errors.
func paths(diff []resource.Change) string {
	var all []string
	for _, c := range diff {
		all = append(all, c.Path)
	}
	return strings.Join(all, ", ")
}
