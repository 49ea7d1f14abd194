package resource

import (
	"context"
	"errors"
	"time"
)

// Way is how a kind is reached.
type Way string

// The ways: an interface that SAP documents, a contract that this project
// publishes, or a person at a console.
const (
	WayAPI     Way = "api"
	WayAdapter Way = "adapter"
	WayPerson  Way = "person"
)

// Spec is a specification whose type only its own Kind knows.
type Spec any

// Object is one live object with its type erased.
type Object struct {
	Name, ID, Version, Key string
	Spec                   Spec
}

// Reference is one field that refers to an output of another object.
type Reference struct {
	Path   string
	To     Ref
	Output string
}

// ErrOffline says that a kind was bound without a driver.
var ErrOffline = errors.New("no connection for this kind")

// ErrNoExport says that the console of a kind exports no file.
var ErrNoExport = errors.New("the console exports no file of this kind")

// Kind is a definition bound to a driver, its type erased. Bind makes it; the
// reconcile loop and the manifest loader use it.
type Kind interface {
	// Name is the singular kind.
	Name() string
	// Section is the list in the manifest.
	Section() string
	// Doc is one sentence about the kind.
	Doc() string
	// Way says how the kind is reached.
	Way() Way
	// Bulk reports whether CreateAll and UpdateAll save calls.
	Bulk() bool
	// Zero is an empty specification, for the JSON Schema.
	Zero() Spec
	// Outputs are the names that references may use, the default first.
	Outputs() []string
	// Protected is the default of protect.
	Protected() bool
	// Renames says that the name of an object can be changed.
	Renames() bool
	// SecretsAppear says that references to secrets may lead nowhere before the
	// object exists.
	SecretsAppear() bool
	// Fields is the table of special fields.
	Fields() []Field

	// Decode reads one element of the manifest list and returns its identity.
	Decode(raw []byte) (Meta, Spec, error)
	// Identity derives the object's name from its element.
	Identity(name string, s Spec) string
	// Normalize returns the canonical form.
	Normalize(name string, s Spec) Spec
	// Validate lists what is wrong with a normalised specification.
	Validate(name string, s Spec, scope Scope) []Fault
	// Mentions names, by JSON pointer, what plain text refers to.
	Mentions(s Spec) map[string]Ref
	// Implied names soft dependencies.
	Implied(s Spec) []Ref
	// Map returns a copy with every Value replaced.
	Map(s Spec, visit func(path string, v Value) Value) Spec
	// Keep copies what is not ours from the live object into want.
	Keep(have Object, want Spec, own Ownership) Spec
	// Output returns an output of the object; have or want may be nil.
	Output(output string, have *Object, want Spec) Value
	// Logins returns the logins that a specification holds, as far as its fields tell.
	Logins(s Spec, scope Scope) []Login
	// Resends reports whether a change sends all stored secrets again.
	Resends(diff []Change) bool
	// RunsAfterChange reports whether the object is a job to run after a change.
	RunsAfterChange(s Spec) bool
	// NextRun returns by when a job that comes round by itself has run again after a
	// time; zero for everything else.
	NextRun(s Spec, after time.Time) time.Time
	// Identify returns want with what a reported identifier tells.
	Identify(want Spec, id string) Spec
	// Order words the work order of one change.
	Order(name, action string, want Spec, changes []Change, scope Scope) Order
	// Export reads a file that the console exported; ErrNoExport where it has none.
	Export(data []byte) (Object, error)

	// List returns all live objects of the kind, normalised.
	List(ctx context.Context) ([]Object, error)
	// Create makes an object; key recognises the attempt. It answers with what the
	// service then holds.
	Create(ctx context.Context, name string, want Spec, key string) (Object, error)
	// CreateAll makes many in one call where Bulk says so. Objects and errors are in the
	// order of what was asked for.
	CreateAll(ctx context.Context, names []string, wants []Spec) ([]Object, []error)
	// UpdateAll changes many in one call, as CreateAll makes them.
	UpdateAll(ctx context.Context, haves []Object, wants []Spec) ([]Object, []error)
	// Update changes have, as it was read, into want; connect.ErrPrecondition says
	// that somebody changed it since.
	Update(ctx context.Context, have Object, want Spec, diff []Change) (Object, error)
	// Delete removes have, as it was read.
	Delete(ctx context.Context, have Object) error
	// Start begins a run; kinds that do not run answer ErrOffline.
	Start(ctx context.Context, have Object, key string) (Run, error)
	// Runs lists the runs that are known; kinds that do not run answer ErrOffline.
	Runs(ctx context.Context, have Object) ([]Run, error)
}
