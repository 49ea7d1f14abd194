package simulator

import (
	"maps"
	"net/http"
)

// consoleRoutes lists the stand-in for the consoles: what a person would click, for tests of work orders. None of it
// exists at SAP, hence the prefix.
func (l *Landscape) consoleRoutes() []route {
	const base = "/_sim/console/"
	list := []route{
		l.on("GET", base+"destinations/{name}", l.showDestination),
		l.on("POST", base+"destinations/{name}", l.editDestination),
		l.on("DELETE", base+"destinations/{name}", l.dropDestination),
		l.on("POST", base+systemUsers, l.newSystemUser),
		l.on("PATCH", base+systemUsers+"/{id}", l.editThing(&systemUserKind)),
		l.on("POST", base+systemUsers+"/{id}/secrets", l.newSystemUserSecret),
		l.on("DELETE", base+systemUsers+"/{id}/secrets/{label}", l.dropSystemUserSecret),
		l.on("POST", base+proxySystems, l.newProxySystem),
		l.on("POST", base+proxySystems+"/import", l.importProxySystem),
		l.on("GET", base+proxySystems+"/{id}/export", l.exportProxySystem),
		l.on("PATCH", base+proxySystems+"/{id}", l.editProxySystem),
		free("POST", base+"jobs/{id}/runs", l.clickRun),
		l.on("GET", base+"accessRequests", l.listAccessRequests),
		l.on("POST", base+"accessRequests", l.newAccessRequest),
		l.on("POST", base+"accessRequests/{id}/retry", l.retryAccessRequest),
	}
	for _, k := range kinds() {
		list = append(list,
			l.on("GET", base+k.collection, l.listThings(k)),
			l.on("DELETE", base+k.collection+"/{id}", l.dropThing(k)))
	}
	for _, k := range []*kind{&parameterKind, &iagSystemKind, &jobKind} {
		list = append(list,
			l.on("POST", base+k.collection, l.newThing(k)),
			l.on("PATCH", base+k.collection+"/{id}", l.editThing(k)))
	}
	return list
}

// edit is a form that changes properties by hand.
type edit struct {
	Set    map[string]string `json:"set"`
	Remove []string          `json:"remove"`
	// Credentials are typed into a proxy system; changing its URL without typing all of them voids them.
	Credentials map[string]string `json:"credentials"`
}

// ownShelf is the destinations of the provider subaccount.
func (l *Landscape) ownShelf() shelf {
	scope := "subaccount:" + l.state.provider().ID
	if l.state.Destinations[scope] == nil {
		l.state.Destinations[scope] = shelf{}
	}
	return l.state.Destinations[scope]
}

// editDestination edits a destination as the cockpit does: nothing is checked. A new name makes a new one.
func (l *Landscape) editDestination(c *call) *answer {
	var in edit
	if err := decodeStrict(c.body, &in); err != nil {
		return refusal(err)
	}
	name := c.params["name"]
	next := &item{Properties: map[string]string{"Name": name}, Modified: l.time().UnixMilli()}
	if have := l.ownShelf()[name]; have != nil {
		next.Properties, next.Labels = maps.Clone(have.Properties), have.Labels
	}
	maps.Copy(next.Properties, in.Set)
	for _, k := range in.Remove {
		delete(next.Properties, k)
	}
	l.ownShelf()[name] = next
	l.touch()
	return asJSON(http.StatusOK, next.Properties)
}

func (l *Landscape) showDestination(c *call) *answer {
	if i := l.ownShelf()[c.params["name"]]; i != nil {
		return asJSON(http.StatusOK, i.Properties)
	}
	return text(http.StatusNotFound, "Not Found")
}

func (l *Landscape) dropDestination(c *call) *answer {
	if l.ownShelf()[c.params["name"]] == nil {
		return text(http.StatusNotFound, "Not Found")
	}
	delete(l.ownShelf(), c.params["name"])
	l.touch()
	return empty(http.StatusNoContent)
}

// thing answers a resource or the refusal to make it.
func thing(status int, r *resource, p *problem) *answer {
	if p != nil {
		return p.answer()
	}
	return r.answer(status)
}

func (l *Landscape) listThings(k *kind) handler {
	return func(*call) *answer {
		items := []any{}
		for _, r := range l.state.Collections[k.collection] {
			items = append(items, r.public())
		}
		return asJSON(http.StatusOK, items)
	}
}

// newThing creates from a plain document.
func (l *Landscape) newThing(k *kind) handler {
	return func(c *call) *answer {
		var doc document
		if err := c.decode(&doc); err != nil {
			return refusal(err)
		}
		r, p := l.put(k, nil, doc, nil, "")
		return thing(http.StatusCreated, r, p)
	}
}

// editThing merges a plain patch; a person needs no version.
func (l *Landscape) editThing(k *kind) handler {
	return func(c *call) *answer {
		have := l.resource(k.collection, c.params["id"])
		if have == nil {
			return notThere(k, c).answer()
		}
		var patch document
		if err := c.decode(&patch); err != nil {
			return refusal(err)
		}
		r, p := l.change(k, have, patch, nil)
		return thing(http.StatusOK, r, p)
	}
}

func (l *Landscape) dropThing(k *kind) handler {
	return func(c *call) *answer {
		have := l.resource(k.collection, c.params["id"])
		if have == nil {
			return notThere(k, c).answer()
		}
		if p := l.discard(k, have); p != nil {
			return p.answer()
		}
		return empty(http.StatusNoContent)
	}
}

// clickRun starts a job as the Job Scheduler's Start Immediately does.
func (l *Landscape) clickRun(c *call) *answer {
	var work job
	var found bool
	if err := l.update(func() {
		r := l.resource(jobs, c.params["id"])
		found = r != nil && into(r.System, &work) == nil
	}); err != nil || !found {
		return notThere(&jobKind, c).answer()
	}
	r := l.execute(c.r.Context(), work)
	var out run
	if err := l.update(func() { out = l.keepRun(c.params["id"], work, r) }); err != nil {
		return text(http.StatusInternalServerError, err.Error())
	}
	return asJSON(http.StatusCreated, out)
}
