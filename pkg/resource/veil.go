package resource

// Veil returns an object in which every literal is hidden that secret picks by JSON
// pointer. Fields that k knows to hold no secret are shown all the same.
func Veil(k Kind, o Object, secret func(path string) bool) Object {
	picked := map[string]bool{}
	for path, v := range Paths(o.Spec) {
		if v.form == Literal && secret(path) {
			picked[path] = true
		}
	}
	if len(picked) == 0 {
		return o
	}
	o.Spec = k.Normalize(o.Name, k.Map(o.Spec, func(path string, v Value) Value {
		if picked[path] {
			return v.Private()
		}
		return v
	}))
	return o
}
