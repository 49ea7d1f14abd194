package kinds

import (
	"sync"

	"reconcile/pkg/adapter"
	"reconcile/pkg/connect"
	"reconcile/pkg/destination"
	"reconcile/pkg/iag"
	"reconcile/pkg/ias"
	"reconcile/pkg/ips"
	"reconcile/pkg/manifest"
	"reconcile/pkg/person"
	"reconcile/pkg/resource"
)

// list is every kind there is: one line a kind.
var list = []struct {
	section string
	// host is the connection that says the way in its `via`.
	host string
	bind func(resource.Way, Reach) resource.Kind
}{
	{"systemUsers", "identityServices", func(way resource.Way, r Reach) resource.Kind {
		return bindAdapter(ias.Definition(), ias.Codec(), way, r)
	}},
	{"destinations", "destinationService", bindDestination},
	{"proxySystems", "identityServices", func(way resource.Way, r Reach) resource.Kind {
		return bindAdapter(ips.Definition(), ips.Codec(), way, r)
	}},
	{"iagSystems", "accessGovernance", func(way resource.Way, r Reach) resource.Kind {
		return bindAdapter(iag.SystemDefinition(), iag.SystemCodec(), way, r)
	}},
	{"parameters", "accessGovernance", func(way resource.Way, r Reach) resource.Kind {
		return bindAdapter(iag.ParameterDefinition(), iag.ParameterCodec(), way, r)
	}},
	{"jobs", "accessGovernance", func(way resource.Way, r Reach) resource.Kind {
		return bindAdapter(iag.JobDefinition(), iag.JobCodec(), way, r)
	}},
}

// Reach is what kinds are reached through. The zero one reaches nothing: its kinds
// serve for loading, schemas and explanations.
type Reach struct {
	// Connections say the way where somebody wrote it down.
	Connections manifest.Connections
	// Simulated makes the adapter the way that nobody has to write down.
	Simulated bool
	// Snapshot are the ways, by section, of a snapshot that is compared with.
	Snapshot map[string]resource.Way
	// Online lets kinds make calls, through the clients below; either may be nil.
	Online               bool
	Destination, Adapter *connect.Client
}

// All are all kinds without connections.
func All() []resource.Kind { return Reach{}.Kinds() }

// Kinds are all kinds, each bound to its way.
func (r Reach) Kinds() []resource.Kind {
	kinds := make([]resource.Kind, len(list))
	for i, k := range list {
		kinds[i] = k.bind(r.way(k.section, k.host), r)
	}
	return kinds
}

// Language is what manifests may say. A schema that cannot be made is a mistake in
// the program that every test meets.
var Language = sync.OnceValue(func() *manifest.Language {
	l, err := manifest.NewLanguage(All())
	if err != nil {
		panic(err)
	}
	return l
})

// Sections maps the name of each kind to its list in the manifest.
var Sections = sync.OnceValue(func() map[string]string {
	byKind := map[string]string{}
	for _, k := range All() {
		byKind[k.Name()] = k.Section()
	}
	return byKind
})

// way decides how a kind is reached: what the manifest says, else the adapter of a
// simulated landscape, else a person; destinations have an interface.
func (r Reach) way(section, host string) resource.Way {
	if section == "destinations" {
		return resource.WayAPI
	}
	via := map[string]resource.Way{}
	if c := r.Connections.IdentityServices; c != nil && host == "identityServices" {
		via = c.Via
	}
	if c := r.Connections.AccessGovernance; c != nil && host == "accessGovernance" {
		via = c.Via
	}
	switch {
	case via[section] != "":
		return via[section]
	case r.Simulated:
		return resource.WayAdapter
	case r.Snapshot[section] != "":
		return r.Snapshot[section]
	default:
		return resource.WayPerson
	}
}

func bindDestination(way resource.Way, r Reach) resource.Kind {
	if !r.Online || r.Destination == nil {
		return resource.Bind(destination.Definition(), way, nil)
	}
	return resource.Bind[destination.Spec](destination.Definition(), way, destination.NewDriver(r.Destination))
}

func bindAdapter[S any](d resource.Definition[S], c adapter.Codec[S], way resource.Way, r Reach) resource.Kind {
	switch {
	case !r.Online:
		return resource.Bind(d, way, nil)
	case way == resource.WayPerson:
		return resource.Bind[S](d, way, person.New[S](d.Kind))
	default:
		return resource.Bind[S](d, way, adapterDriver(r.Adapter, c))
	}
}

func adapterDriver[S any](client *connect.Client, c adapter.Codec[S]) resource.Driver[S] {
	if c.Collection == "jobs" {
		return adapter.NewJobs(client, c)
	}
	return adapter.New(client, c)
}
