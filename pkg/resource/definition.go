package resource

import (
	"context"
	"iter"
	"path"
	"time"
)

// LiveChanges says what happens to a change that somebody made by hand.
type LiveChanges string

// The policies for changes by hand.
const (
	// OverwriteChanges puts the manifest's value back.
	OverwriteChanges LiveChanges = "overwrite"
	// StopAtChanges refuses the run.
	StopAtChanges LiveChanges = "stop"
)

// Meta is what every list element of a manifest may say beside its own fields.
type Meta struct {
	// Name identifies the object within its kind.
	Name string `json:"name" jsonschema:"minLength=1,description=Name of the object; identifies it within its kind"`
	// Previously is the name that the object had before, so that it is renamed
	// instead of made again.
	Previously string `json:"previously,omitempty" jsonschema:"minLength=1,description=Name that the object had before; it is renamed instead of made again"`
	// State "absent" deletes one owned object.
	State string `json:"state,omitempty" jsonschema:"enum=present,enum=absent,description=absent deletes the object if it is owned"`
	// Manage false means: must exist, compared and verified, never written.
	Manage *bool `json:"manage,omitempty" jsonschema:"description=false compares and verifies the object and never writes it"`
	// Adopt allows taking over an object that somebody else made.
	Adopt bool `json:"adopt,omitempty" jsonschema:"description=true takes over an existing object that this integration did not make"`
	// Protect refuses deletion and replacement, whatever the flags.
	Protect *bool `json:"protect,omitempty" jsonschema:"description=true refuses deletion whatever the flags"`
	// Ignore lists differences that are not reported.
	Ignore []Ignore `json:"ignore,omitempty" jsonschema:"description=Differences that are known and not to be reported"`
}

// Managed reports whether the object may be written.
func (m Meta) Managed() bool { return m.Manage == nil || *m.Manage }

// Ignore is one difference that the user does not want to see.
type Ignore struct {
	// Path is a glob over JSON pointers, for example "/properties/ips.trace.*".
	Path string `json:"path" jsonschema:"description=Glob over JSON pointers\\, for example /properties/ips.trace.*"`
	// Reason is mandatory: somebody will ask.
	Reason string `json:"reason" jsonschema:"minLength=1,description=Why the difference does not matter"`
	// Until is the last day it holds, as 2026-12-31; empty means for ever.
	Until string `json:"until,omitempty" jsonschema:"format=date,description=Last day on which the difference is ignored"`
}

// Live is one object as an interface returned it.
type Live[S any] struct {
	Name string
	// ID is what the service calls it; opaque, may be empty.
	ID string
	// Version is an ETag or "" when the interface has none; opaque.
	Version string
	// Key is the idempotency key of the request that made it, when told.
	Key  string
	Spec S
}

// Scope is what a kind may know of its surroundings when it validates.
type Scope struct {
	// IdentityHost is the host of the identity tenant, "" when none is configured.
	IdentityHost string
}

// Class says how a special field behaves, so that it causes no noise.
type Class string

// The classes of special fields.
const (
	// ServerSet fields are filled by the service and never compared.
	ServerSet Class = "server-set"
	// WriteOnly fields are never returned.
	WriteOnly Class = "write-only"
	// Immutable fields cannot be changed on an existing object.
	Immutable Class = "immutable"
	// SelfResetting fields go back to Field.Resets by themselves after they were
	// set. What was set and went back is as wanted.
	SelfResetting Class = "self-resetting"
)

// Field is one row of a kind's table of special fields.
type Field struct {
	// Path is a glob over JSON pointers.
	Path string
	// Class is how it behaves.
	Class Class
	// Resets is the text that a SelfResetting field goes back to.
	Resets string
	// Reason says why, Source where that is written and how sure it is.
	Reason, Source string
}

// Covers reports whether the row is about the field at a JSON pointer.
func (f Field) Covers(pointer string) bool {
	ok, err := path.Match(f.Path, pointer)
	return ok && err == nil
}

// Definition is the pure half of a kind: no input or output, tested without a
// server. All functions but Normalize may be nil.
type Definition[S any] struct {
	// Kind is the singular name, such as "ProxySystem".
	Kind string
	// Section is the manifest list, such as "proxySystems".
	Section string
	// Doc says in one sentence what the object is.
	Doc string
	// Name derives the identity from the element; nil means its name alone.
	Name func(name string, s S) string
	// Normalize returns the canonical form, for desired and live alike: templates
	// expanded, secrets marked, spellings unified. Idempotent.
	Normalize func(name string, s S) S
	// Validate lists what is known to be refused, mis-stored or harmful.
	Validate func(name string, s S, scope Scope) []Fault
	// Mentions names, by JSON pointer, the objects that plain text refers to: they
	// must be in the manifest, and come first.
	Mentions func(s S) map[string]Ref
	// Implied names objects that must come first although no field refers to
	// them. Those that the manifest does not hold are ignored.
	Implied func(s S) []Ref
	// Keep copies what is not ours from have into want. Nil means Fill.
	Keep func(have, want S, own Ownership) S
	// Output returns what other objects may refer to. have is nil before the
	// object exists, want is nil for an object that is not in the manifest.
	Output func(output string, have *Live[S], want *S) Value
	// Outputs lists the names that Output knows, the default first.
	Outputs []string
	// Fields is the table of special fields.
	Fields []Field
	// Logins is the table of the logins that an object holds.
	Logins []LoginFields
	// Resends reports whether a change voids the stored secrets, so that all of them
	// are sent, or entered, again with it. Nil means never.
	Resends func(diff []Change) bool
	// RunsAfterChange reports whether the object is a job that has to run after
	// a change of something it depends on.
	RunsAfterChange func(s S) bool
	// NextRun returns by when a job that comes round without anybody starting it has
	// run again after a time; zero when it does not come round.
	NextRun func(s S, after time.Time) time.Time
	// Identify fills in what a reported identifier tells of the object.
	Identify func(want S, id string) S
	// Order words the work order of one change, field by field.
	Order func(w Work[S]) Order
	// Export reads the file that the console exports: the object as it is there.
	Export func(data []byte) (Live[S], error)
	// Renames says that the interface can change the name and keeps the object.
	Renames bool
	// Protected is the default of protect.
	Protected bool
	// SecretsAppear says that the service makes the object's secrets, so that
	// references to them may lead nowhere before the object exists.
	SecretsAppear bool
}

// Ownership is what the ledger knows about an object.
type Ownership struct {
	// Owned is true when this integration made the object. What was only taken over
	// keeps what the manifest does not mention, also in later runs.
	Owned bool
	// Wrote reports whether this integration once wrote the field at a path.
	Wrote func(path string) bool
}

// Driver is the remote half of a kind. Errors wrap those of pkg/connect.
type Driver[S any] interface {
	// List yields all objects of the collection in one walk.
	List(ctx context.Context) iter.Seq2[Live[S], error]
	// Create makes a new object. key identifies the attempt: a service that
	// supports it answers a second attempt with the first one's result.
	Create(ctx context.Context, name string, want S, key string) (Live[S], error)
	// Update changes have into want; diff is what differs.
	Update(ctx context.Context, have Live[S], want S, diff []Change) (Live[S], error)
	// Delete removes the object.
	Delete(ctx context.Context, have Live[S]) error
}

// Named is one object to create in a bulk call.
type Named[S any] struct {
	Name string
	Want S
}

// Edit is one object to change in a bulk call.
type Edit[S any] struct {
	Have Live[S]
	Want S
}

// Bulk is the optional ability to write many objects in one call. The results are
// in the order of what was asked for; Err is nil where it was done, and each result
// holds what Create or Update of the one object would have answered.
type Bulk[S any] interface {
	// CreateAll makes objects, all of which are new.
	CreateAll(ctx context.Context, wants []Named[S]) []Result[S]
	// UpdateAll changes objects, each as it was read.
	UpdateAll(ctx context.Context, edits []Edit[S]) []Result[S]
}

// Result is the outcome of one object of a bulk call.
type Result[S any] struct {
	Live Live[S]
	Err  error
}

// Run is one execution of a job.
type Run struct {
	ID  string
	Key string
	// Status is the service's own word.
	Status string
	// Done is true when the run has ended, OK when it ended well.
	Done, OK bool
	// Detail is what the log says, without secrets.
	Detail            string
	Users, Groups     int
	Started, Finished time.Time
}

// Runner is the optional ability to run a job.
type Runner[S any] interface {
	// Start starts a run. key identifies the attempt.
	Start(ctx context.Context, have Live[S], key string) (Run, error)
	// Runs lists the runs, newest first.
	Runs(ctx context.Context, have Live[S]) ([]Run, error)
}
