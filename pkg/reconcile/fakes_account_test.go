package reconcile

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"reconcile/pkg/connect"
	"reconcile/pkg/resource"
)

// An account has a sealed secret, an id made by the service, outputs, and
// creates that are recognised by their key. Names need not be unique, so that a
// create that is repeated without need shows.

type accountSpec struct {
	Role   resource.Value `json:"role"`
	Secret resource.Value `json:"secret"`
	Other  resource.Value `json:"other"`
}

func accountKind() resource.Definition[accountSpec] {
	return resource.Definition[accountSpec]{
		Kind: "Account", Section: "accounts", Doc: "An account.", Outputs: []string{"id", "secret"},
		SecretsAppear: true,
		Normalize:     func(_ string, s accountSpec) accountSpec { s.Secret = s.Secret.Private(); return s },
		Output: func(output string, have *resource.Live[accountSpec], want *accountSpec) resource.Value {
			switch {
			case output == "id" && have != nil:
				return resource.Text(have.ID)
			case output == "secret" && want != nil:
				return want.Secret
			}
			return resource.Value{}
		},
	}
}

type storedAccount struct {
	name, id, key string
	spec          accountSpec
	// version counts the changes, also those by hand.
	version int
}

type accounts struct {
	world  *world
	stored []*storedAccount
	ids    int
	// mute does not tell the key in lists; versions tells the version.
	mute, versions bool
}

func (a *accounts) find(id string) *storedAccount {
	for _, s := range a.stored {
		if s.id == id {
			return s
		}
	}
	return nil
}

// live seals the secret: the service never returns it.
func (a *accounts) live(s *storedAccount) resource.Live[accountSpec] {
	spec := s.spec
	if spec.Secret.IsSet() {
		spec.Secret = resource.Seal()
	}
	l := resource.Live[accountSpec]{Name: s.name, ID: s.id, Key: s.key, Spec: spec}
	if a.mute {
		l.Key = ""
	}
	if a.versions {
		l.Version = fmt.Sprint(s.version)
	}
	return l
}

func (a *accounts) List(context.Context) iter.Seq2[resource.Live[accountSpec], error] {
	return func(yield func(resource.Live[accountSpec], error) bool) {
		var all []resource.Live[accountSpec]
		err := a.world.read(func() {
			for _, s := range a.stored {
				all = append(all, a.live(s))
			}
		})
		yieldAll(a.world, all, err, yield)
	}
}

func (a *accounts) Create(_ context.Context, name string, want accountSpec, key string) (live resource.Live[accountSpec], err error) {
	if a.world.person {
		return live, a.waits(name, Create)
	}
	err = a.world.write("create Account/"+name, func() error {
		for _, s := range a.stored {
			if key != "" && s.key == key {
				live = a.live(s)
				return nil
			}
		}
		a.ids++
		s := &storedAccount{name: name, id: fmt.Sprint("id-", a.ids), key: key}
		a.put(s, want)
		a.stored = append(a.stored, s)
		live = a.live(s)
		return nil
	})
	return live, err
}

func (a *accounts) waits(name string, action Action) error {
	return resource.Waiting{Order: resource.Order{Ref: ref("Account", name), Action: string(action)}}
}

// put stores texts; a sealed value means that the secret stays.
func (a *accounts) put(s *storedAccount, want accountSpec) {
	old := s.spec
	s.version++
	s.spec = resource.Map(want, func(_ string, v resource.Value) resource.Value {
		if !v.IsSet() || v.Form() == resource.Absent {
			return resource.Value{}
		}
		return resource.Text(v.Reveal())
	})
	if want.Secret.Form() == resource.Sealed {
		s.spec.Secret = old.Secret
	}
}

func (a *accounts) Update(_ context.Context, have resource.Live[accountSpec], want accountSpec, _ []resource.Change) (live resource.Live[accountSpec], err error) {
	if a.world.person {
		return live, a.waits(have.Name, Update)
	}
	err = a.world.write("update Account/"+have.Name, func() error {
		s := a.find(have.ID)
		if s == nil {
			return connect.ErrNotFound
		}
		a.put(s, want)
		live = a.live(s)
		return nil
	})
	return live, err
}

func (a *accounts) Delete(_ context.Context, have resource.Live[accountSpec]) error {
	return a.world.write("delete Account/"+have.Name, func() error {
		a.stored = slices.DeleteFunc(a.stored, func(s *storedAccount) bool { return s.id == have.ID })
		return nil
	})
}
