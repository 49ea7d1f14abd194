package cli

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

// kindList is every kind there is, in the order of making: one line a kind. bind
// joins it with the way that the connections offer; nil connections are offline.
var kindList = []struct {
	section string
	// host is the connection that says the way in its `via`.
	host string
	bind func(resource.Way, *wiring) resource.Kind
}{
	{"systemUsers", "identityServices", func(way resource.Way, w *wiring) resource.Kind {
		return bindAdapter(ias.Definition(), ias.Codec(), way, w)
	}},
	{"destinations", "destinationService", bindDestination},
	{"proxySystems", "identityServices", func(way resource.Way, w *wiring) resource.Kind {
		return bindAdapter(ips.Definition(), ips.Codec(), way, w)
	}},
	{"iagSystems", "accessGovernance", func(way resource.Way, w *wiring) resource.Kind {
		return bindAdapter(iag.SystemDefinition(), iag.SystemCodec(), way, w)
	}},
	{"parameters", "accessGovernance", func(way resource.Way, w *wiring) resource.Kind {
		return bindAdapter(iag.ParameterDefinition(), iag.ParameterCodec(), way, w)
	}},
	{"jobs", "accessGovernance", func(way resource.Way, w *wiring) resource.Kind {
		return bindAdapter(iag.JobDefinition(), iag.JobCodec(), way, w)
	}},
}

// offlineKinds are all kinds without connections, for loading and schemas.
func offlineKinds() []resource.Kind { return bindKinds(nil) }

// language is what manifests may say. A schema that cannot be made is a mistake in
// the program that every test meets.
var language = sync.OnceValue(func() *manifest.Language {
	l, err := manifest.NewLanguage(offlineKinds())
	if err != nil {
		panic(err)
	}
	return l
})

func bindKinds(w *wiring) []resource.Kind {
	kinds := make([]resource.Kind, len(kindList))
	for i, k := range kindList {
		kinds[i] = k.bind(w.way(k.section, k.host), w)
	}
	return kinds
}

// sections maps the name of each kind to its list in the manifest.
var sections = sync.OnceValue(func() map[string]string {
	byKind := map[string]string{}
	for _, k := range offlineKinds() {
		byKind[k.Name()] = k.Section()
	}
	return byKind
})

// way decides how a kind is reached: what the manifest says, else the adapter
// under --simulate, else a person; destinations have an interface.
func (w *wiring) way(section, host string) resource.Way {
	if section == "destinations" {
		return resource.WayAPI
	}
	if w == nil {
		return resource.WayPerson
	}
	via := map[string]resource.Way{}
	if c := w.integration.Connections.IdentityServices; c != nil && host == "identityServices" {
		via = c.Via
	}
	if c := w.integration.Connections.AccessGovernance; c != nil && host == "accessGovernance" {
		via = c.Via
	}
	switch {
	case via[section] != "":
		return via[section]
	case w.landscape != nil:
		return resource.WayAdapter
	case w.recorded != nil && w.recorded.Ways[section] != "":
		return w.recorded.Ways[section]
	default:
		return resource.WayPerson
	}
}

func bindDestination(way resource.Way, w *wiring) resource.Kind {
	if w == nil || w.destination == nil {
		return resource.Bind(destination.Definition(), way, nil)
	}
	return resource.Bind[destination.Spec](destination.Definition(), way, destination.NewDriver(w.destination))
}

func bindAdapter[S any](d resource.Definition[S], c adapter.Codec[S], way resource.Way, w *wiring) resource.Kind {
	switch {
	case w == nil || w.recorded != nil:
		return resource.Bind(d, way, nil)
	case way == resource.WayPerson:
		return resource.Bind[S](d, way, person.New[S](d.Kind))
	default:
		return resource.Bind[S](d, way, adapterDriver(w.adapter, c))
	}
}

func adapterDriver[S any](client *connect.Client, c adapter.Codec[S]) resource.Driver[S] {
	if c.Collection == "jobs" {
		return adapter.NewJobs(client, c)
	}
	return adapter.New(client, c)
}
