package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Desired is one object as the manifest wants it.
type Desired struct {
	resource.Ref
	Kind resource.Kind
	Meta resource.Meta
	Spec resource.Spec
	// At tells where the manifest says a path; never nil.
	At func(path string) resource.Position
}

// protected reports whether deletion is refused: as the manifest says, else as
// the kind has it.
func (d Desired) protected() bool {
	if d.Meta.Protect != nil {
		return *d.Meta.Protect
	}
	return d.Kind.Protected()
}

// guarded reports whether the manifest itself says protect: true.
func (d Desired) guarded() bool { return d.Meta.Protect != nil && *d.Meta.Protect }

// goes reports whether the manifest wants the object deleted.
func (d Desired) goes() bool { return d.Meta.State == "absent" }

// Policy holds the brakes and what lifts them.
type Policy struct {
	// Prune allows deleting owned objects that the manifest does not hold.
	Prune bool
	// Adopt allows changing objects that this integration did not make.
	Adopt bool
	// MaxDeletes and MaxDeleteShare limit deletions: in number, and as a part of
	// all owned objects from ten of them on. 0 means no limit, less than 0 none at all.
	MaxDeletes     int
	MaxDeleteShare float64
	LiveChanges    resource.LiveChanges
	// OverwriteLive names objects whose changes by hand may be undone although
	// LiveChanges says stop, and which may be made again although they get a new id.
	OverwriteLive []resource.Ref
	// Frozen says why nothing may be written now; empty when it may.
	Frozen string
	// StaleAfter is how long what was seen counts; 0 means for ever.
	StaleAfter time.Duration
}

// Request is everything a plan is made of.
type Request struct {
	// ID is the integration's name and stage, Tenant where it lives.
	ID, Tenant string
	// Kinds in the order in which equals are handled.
	Kinds   []resource.Kind
	Objects []Desired
	Ledger  *Ledger
	// Seen is what earlier looks showed.
	Seen   Sightings
	Policy Policy
	// Scope is what work orders may name of the surroundings.
	Scope resource.Scope
	// Only limits the plan to these objects and what they need; empty means all.
	Only []resource.Ref
	// Exports are what files show that the console exported, Texts what reports said
	// that fields held; both without secrets.
	Exports map[resource.Ref]Exported
	Texts   []string
	// Past is the snapshot that Kinds and Ledger come from; nil for the live world.
	Past *Past
	// LoginRefused reports whether a login is known to be refused, and since when as far
	// as that is known; nil knows of none.
	LoginRefused func(host, id string, password secret.Value) (since time.Time, refused bool)
	// Now gives the time of observations.
	Now func() time.Time
}

// Lookup replaces references to the outside by what they lead to. A reference
// that leads nowhere is a fault, except where secrets appear only after the
// object was created: there it stays, and its step waits. No call is made.
func Lookup(objects []Desired, source secret.Source) ([]Desired, []resource.Fault) {
	found := make([]Desired, len(objects))
	var faults []resource.Fault
	for i, o := range objects {
		found[i] = o
		spec := o.Kind.Map(o.Spec, func(path string, v resource.Value) resource.Value {
			if v.Form() != resource.External {
				return v
			}
			text, err := source.Secret(v.Source())
			if fault := doubt(o, path, v.Source(), text); fault != nil {
				faults = append(faults, *fault)
				return v
			}
			if err == nil {
				return resource.Hidden(text, v.Source()).WithLabel(v.Label())
			}
			if !errors.Is(err, secret.ErrUnset) || !o.Kind.SecretsAppear() {
				faults = append(faults, unset(o, path, err))
			}
			return v
		})
		found[i].Spec = o.Kind.Normalize(o.Name, spec)
	}
	return found, faults
}

func unset(o Desired, path string, err error) resource.Fault {
	return resource.Fault{
		Severity: resource.Error, Code: "E170", Ref: &o.Ref, Path: path, Position: o.At(path),
		Message: fmt.Sprintf("%s: %s needs a value, but %s", o.Ref, path, err),
		Remedy:  "set it where the command runs",
	}
}

// doubt finds what is no secret although something is there: sent, it would be
// stored, and the next login would fail.
func doubt(o Desired, path string, from secret.Ref, text secret.Value) *resource.Fault {
	fault := resource.Fault{Severity: resource.Error, Ref: &o.Ref, Path: path, Position: o.At(path)}
	switch {
	case !o.Meta.Managed():
		// It is compared with what is there, which may be as it is, and never stored.
		return nil
	case text.Masked():
		fault.Code, fault.Remedy = "E139", "put the real secret there; a mask cannot be turned back"
		fault.Message = fmt.Sprintf("%s: %s: %s holds a mask, not a secret", o.Ref, path, from)
	case text.Padded():
		fault.Code, fault.Remedy = "E133", "set it without the blank or line break at its end"
		fault.Message = fmt.Sprintf("%s: %s: what %s holds begins or ends with a blank or a line break", o.Ref, path, from)
	default:
		return nil
	}
	return &fault
}

// list reads every collection once, all at the same time.
func list(ctx context.Context, kinds []resource.Kind) (map[resource.Ref]*resource.Object, error) {
	group, ctx := errgroup.WithContext(ctx)
	lists := make([][]resource.Object, len(kinds))
	for i, kind := range kinds {
		group.Go(func() (err error) {
			if lists[i], err = kind.List(ctx); err != nil {
				return fmt.Errorf("list %s: %w", kind.Section(), err)
			}
			return nil
		})
	}
	err := group.Wait()
	live := map[resource.Ref]*resource.Object{}
	for i, kind := range kinds {
		for _, o := range lists[i] {
			live[resource.Ref{Kind: kind.Name(), Name: o.Name}] = &o
		}
	}
	return live, err
}
