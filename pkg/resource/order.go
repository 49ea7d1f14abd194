package resource

import (
	"slices"
	"strings"
)

// Order is a work order: what a person has to do where no interface exists. It
// holds every value to type, and no secret: only where one is handed over.
type Order struct {
	// ID is the order's digest. It changes when what is to be done changes, and
	// stays when a blank is filled in.
	ID string `json:"id"`
	Ref
	// Action is create, update, delete or run.
	Action string `json:"action"`
	// Why says what the object is for, Reason why it is to be done now.
	Why    string `json:"why,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Right is what it takes to be allowed to.
	Right string `json:"right,omitempty"`
	// Do is what to do, in order.
	Do []Instruction `json:"do"`
	// Files are what Do asks to import, by name; they lie beside the runbook.
	Files []OrderFile `json:"files,omitempty"`
	// Keep lists what must not be touched.
	Keep []string `json:"leaveAlone,omitempty"`
	// Notes are cautions.
	Notes []string `json:"notes,omitempty"`
	// Identified says that the report has to bring the object's identifier.
	Identified bool `json:"identified,omitempty"`
	// After names the objects that have to be done first.
	After []string `json:"after,omitempty"`
	// Source says where the menu path and the fields come from, and how sure that is.
	Source string `json:"source,omitempty"`
}

// OrderFile is a file that belongs to an order. It holds no secret.
type OrderFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Doing is what one instruction asks for.
type Doing string

// What an instruction may ask for.
const (
	// Open goes to a page by its menu path.
	Open Doing = "open"
	// Look searches a list for a name before something is made.
	Look Doing = "look"
	// Press presses a button; Value says on which entry of a list, if any.
	Press Doing = "press"
	// Type types a text into a field.
	Type Doing = "type"
	// Choose picks an entry of a list.
	Choose Doing = "choose"
	// Tick and Untick switch a box.
	Tick   Doing = "tick"
	Untick Doing = "untick"
	// Property sets a standard property, Credential a secret one, Drop removes one.
	Property   Doing = "property"
	Credential Doing = "credential"
	Drop       Doing = "drop"
	// Paste replaces the text of an editor by the whole value.
	Paste Doing = "paste"
	// Import loads the file that Value names into a new form.
	Import Doing = "import"
	// Note writes down what the page shows: it is needed later.
	Note Doing = "note"
	// HandOver brings a secret that is shown once to the place that Secret names.
	HandOver Doing = "handOver"
)

// Instruction is one thing to do, as a person reads it and as a program can
// follow it.
type Instruction struct {
	Do Doing `json:"do" yaml:"do"`
	// Label is what the page calls it: field, button, or the menu path.
	Label string `json:"label,omitempty" yaml:"label,omitempty"`
	// Value is what to type or choose, letter by letter.
	Value string `json:"value,omitempty" yaml:"value,omitempty"`
	// From names the result of another order that is to be typed, as
	// "ProxySystem/NAME#id"; Value is then empty until it is known.
	From string `json:"from,omitempty" yaml:"from,omitempty"`
	// Secret names the place where a secret is handed over, as "env:NAME".
	Secret string `json:"secret,omitempty" yaml:"secret,omitempty"`
	// Have says what stands there before a change, as far as known.
	Have string `json:"have,omitempty" yaml:"have,omitempty"`
	// Hint explains.
	Hint string `json:"hint,omitempty" yaml:"hint,omitempty"`
}

// Work is one change that a kind is asked to word.
type Work[S any] struct {
	Name, Action string
	// Want is the wanted specification; outputs that are not known yet are Pending.
	Want S
	// Changes are the fields that differ; on create, all of them.
	Changes []Change
	Scope   Scope
}

// Entry words the typing of a value: the text, the blank that another order
// fills, or the place of a secret.
func Entry(do Doing, label string, v Value) Instruction {
	i := Instruction{Do: do, Label: label}
	switch v.Form() {
	case Literal:
		i.Value = v.Text()
	case Pending:
		to, output := v.From()
		i.From = to.String() + "#" + output
	case External, Secret:
		if !v.Source().IsZero() {
			i.Secret = v.Source().String()
		}
	default:
	}
	return i
}

// Before notes what stood there: the text where it is known, and else that it is not.
func (i Instruction) Before(c Change) Instruction {
	switch c.Have.Form() {
	case Literal:
		i.Have = c.Have.Text()
	case Unseen, Sealed:
		i.Have = "[not known: no value is kept]"
		if c.Origin == OriginLive {
			i.Have = "[not known; somebody changed it]"
		}
	default:
		i.Have = "[not there]"
	}
	return i
}

// Same reports whether two instructions ask for the same; blanks that were filled
// in and hints do not matter.
func (i Instruction) Same(j Instruction) bool {
	return i.Do == j.Do && i.Label == j.Label && (i.Value == j.Value || i.From != "" || j.From != "") && (i.Secret == j.Secret || i.From != "" || j.From != "")
}

// String says in a few words what to do.
func (i Instruction) String() string {
	text := string(i.Do) + " " + i.Label
	switch {
	case i.Value != "":
		text += " = " + i.Value
	case i.From != "":
		text += " = " + i.From
	case i.Secret != "":
		text += " from " + i.Secret
	}
	return text
}

// With adds a hint.
func (i Instruction) With(hint string) Instruction {
	i.Hint = hint
	return i
}

// Waiting is the error of a step that waits for a person. It is all that the
// reconcile loop knows of work orders.
type Waiting struct{ Order Order }

// Error names the object that waits, and what for.
func (w Waiting) Error() string {
	text := w.Order.String() + " waits for a person"
	if len(w.Order.Notes) > 0 {
		text += ": " + strings.Join(w.Order.Notes, "; ")
	}
	return text
}

// Guide is what is known of one page of a console: the texts of its orders that
// do not depend on the object.
type Guide struct {
	// Console names the application, Path is the menu path in it.
	Console, Path string
	// Why says what the object is for.
	Why string
	// Right is what it takes to make or change one, Deletion to delete one; the
	// latter is empty where it is the same.
	Right, Deletion string
	// Keep lists what must not be touched, Notes are cautions for every order.
	Keep, Notes []string
	// Source names public documents, with the confidence in brackets.
	Source string
}

// Order starts an order: everything but what to do on the page.
func (g Guide) Order(action string) Order {
	right := g.Right
	if action == "delete" && g.Deletion != "" {
		right = g.Deletion
	}
	return Order{
		Why: g.Why, Right: right, Keep: slices.Clone(g.Keep), Notes: slices.Clone(g.Notes), Source: g.Source,
		Do: []Instruction{{Do: Open, Label: g.Path, Hint: g.Console}},
	}
}
