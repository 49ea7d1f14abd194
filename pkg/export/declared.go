package export

import "reconcile/pkg/resource"

// Values are the values of a declared element by JSON pointer.
func (d Declared) Values() map[string]resource.Value {
	if d.Spec == nil {
		return nil
	}
	return resource.Paths(d.Spec)
}

// isReference reports whether a manifest says by a value that a secret stands there:
// outside of it, or the secret of a system user.
func isReference(said resource.Value) bool {
	from, output := said.From()
	return said.Form() == resource.External || said.Form() == resource.Pending && from.Kind == kindUser && output == "secret"
}

// leadsTo reports whether a manifest's reference can stand for a secret that is
// there: it leads to something, and is not known to lead to something else.
func (c *converter) leadsTo(said, live resource.Value) bool {
	if !isReference(said) {
		return false
	}
	to := outside(said, c.source)
	if from, _ := said.From(); said.Form() == resource.Pending {
		user := c.links.named(from.Name)
		if user == nil || !user.hasSecret {
			return false
		}
		to = user.secret
	}
	return to.Form() != resource.Secret || live.Form() == resource.Sealed || live.AsSecret().Equal(to.AsSecret())
}

// declaredEnvs are the variables that manifests name already: a new one must not be
// called the same.
func declaredEnvs(found []Found) map[string]bool {
	envs := map[string]bool{}
	for _, f := range found {
		for _, d := range f.Declared {
			for _, v := range d.Values() {
				envs[v.Source().Env] = true
			}
		}
	}
	return envs
}
