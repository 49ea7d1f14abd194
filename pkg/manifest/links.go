package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// kindOf finds the kind behind a manifest word; a kind's own name is one too.
func (l *loader) kindOf(word string) resource.Kind {
	for _, k := range l.kinds {
		if word == k.Name() || word == resource.Word(k.Name()) {
			return k
		}
	}
	return nil
}

// spell rewrites a reference from the words of manifests to the names of kinds
// and fills in the default output. Everything else is returned as it is.
func (l *loader) spell(_ string, v resource.Value) resource.Value {
	if v.Form() != resource.Pending {
		return v
	}
	to, output := v.From()
	k := l.kindOf(to.Kind)
	if k == nil {
		return v
	}
	if outputs := k.Outputs(); output == "" && len(outputs) > 0 {
		output = outputs[0]
	}
	return resource.Output(resource.Ref{Kind: k.Name(), Name: to.Name}, output).WithLabel(v.Label())
}

// edge is one reference from one object to another.
type edge struct {
	from   Object
	path   string
	to     resource.Ref
	output string
}

// at is where the name of the target stands.
func (e edge) at() resource.Position { return e.from.At(e.path + "/" + resource.Word(e.to.Kind)) }

// graph holds the objects of one integration and what refers to what.
type graph struct {
	*loader
	objects map[resource.Ref]Object
	// names lists by kind what may be referred to, also objects that could not be
	// decoded: their own fault is enough.
	names map[string][]string
	edges map[resource.Ref][]edge
}

// link spells and checks all references between objects, in place. What is to
// be deleted may refer to what is gone already.
func (l *loader) link(objects []Object, spec *node) {
	g := graph{l, map[resource.Ref]Object{}, map[string][]string{}, map[resource.Ref][]edge{}}
	for _, o := range objects {
		g.objects[o.Ref] = o
		g.names[o.Ref.Kind] = append(g.names[o.Ref.Kind], o.Ref.Name)
	}
	for _, k := range l.kinds {
		for _, element := range spec.elements(k) {
			g.names[k.Name()] = append(g.names[k.Name()], element.scalar("name"))
		}
	}
	for i, o := range objects {
		objects[i].Spec = g.connect(o)
		for _, e := range g.edges[o.Ref] {
			g.check(e)
		}
	}
	s := search{graph: g, seen: map[resource.Ref]bool{}, open: map[resource.Ref]int{}}
	for _, o := range objects {
		s.descend(o.Ref)
	}
}

// connect notes the references of one object, sorted by path, and returns its
// specification with all of them spelled out. Normalize may have made new ones.
func (g graph) connect(o Object) resource.Spec {
	var edges []edge
	spec := o.kind.Map(o.Spec, func(path string, v resource.Value) resource.Value {
		v = g.spell(path, v)
		if v.Form() == resource.Pending && !o.absent() {
			to, output := v.From()
			edges = append(edges, edge{o, path, to, output})
		}
		return v
	})
	if !o.absent() {
		for path, to := range o.kind.Mentions(spec) {
			edges = append(edges, edge{o, path, to, "name"})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.path, b.path) })
	g.edges[o.Ref] = edges
	return spec
}

// check complains about a reference that leads nowhere.
func (g graph) check(e edge) {
	if k := g.kindOf(e.to.Kind); k != nil && !slices.Contains(k.Outputs(), e.output) {
		g.checkOutput(e, k)
	}
	target, held := g.objects[e.to]
	switch {
	case held && target.absent():
		g.report(codeDangling, e, e.at(), fmt.Sprintf("%s is to be deleted (state: absent at %s), but this refers to it", e.to, target.At("/state")),
			"refer to another object, or keep that one")
	case !held && !g.incomplete && !slices.Contains(g.names[e.to.Kind], e.to.Name):
		remedy := suggest(e.to.Name, g.names[e.to.Kind])
		if remedy == "" {
			remedy = fmt.Sprintf("add a %s of that name, or refer to an existing one", e.to.Kind)
		}
		g.report(codeDangling, e, e.at(), fmt.Sprintf("there is no %s %s", e.to.Kind, quote(e.to.Name)), remedy)
	case held && e.output == "secret" && slices.Contains(target.kind.Outputs(), e.output) && !target.kind.Output(e.output, nil, target.Spec).IsSet():
		g.report(codeOutput, e, e.at(), fmt.Sprintf("%s lists no secret to refer to", e.to), "list one below its secrets, as a reference")
	}
}

// checkOutput complains about an output that the kind does not have.
func (g graph) checkOutput(e edge, k resource.Kind) {
	if len(k.Outputs()) == 0 {
		g.report(codeOutput, e, e.at(), fmt.Sprintf("a %s has no outputs to refer to", k.Name()), "write the value itself")
		return
	}
	remedy := suggest(e.output, k.Outputs())
	if remedy == "" {
		remedy = "use one of " + enumerate(k.Outputs())
	}
	g.report(codeOutput, e, e.from.At(e.path+"/output"), fmt.Sprintf("a %s has no output %s", k.Name(), quote(e.output)), remedy)
}

func (g graph) report(code string, e edge, at resource.Position, message, remedy string) {
	fault := newFault(code, at, message, remedy)
	fault.Ref, fault.Path = &e.from.Ref, e.path
	g.faults.add(fault)
}

// search looks for circles, depth first.
type search struct {
	graph
	// trail is the way from the start; open says where on it an object is.
	trail []edge
	open  map[resource.Ref]int
	seen  map[resource.Ref]bool
}

// descend follows the references of an object. Each circle is met once.
func (s *search) descend(ref resource.Ref) {
	if i, ok := s.open[ref]; ok {
		s.circle(s.trail[i:])
		return
	}
	if s.seen[ref] {
		return
	}
	s.seen[ref], s.open[ref] = true, len(s.trail)
	for _, e := range s.edges[ref] {
		s.trail = append(s.trail, e)
		s.descend(e.to)
		s.trail = s.trail[:len(s.trail)-1]
	}
	delete(s.open, ref)
}

func (g graph) circle(trail []edge) {
	var names []string
	for _, e := range trail {
		names = append(names, e.from.Ref.String())
	}
	names = append(names, names[0])
	g.report(codeCycle, trail[0], trail[0].at(), "objects refer to each other in a circle: "+strings.Join(names, " → "),
		"take one of these references out")
}
