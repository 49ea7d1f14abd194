package resource

// NamePath is where a change of the object's own name stands among its changes.
const NamePath = "/name"

// NewName returns the name that an object has after a change.
func NewName(old string, diff []Change) string {
	for _, c := range diff {
		if c.Path == NamePath && c.Want.Form() == Literal {
			return c.Want.Text()
		}
	}
	return old
}
