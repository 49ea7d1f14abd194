package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"reconcile/pkg/kinds"
	"reconcile/pkg/manifest"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

func (a *app) graphCommand() *cobra.Command {
	var format, out string
	c := &cobra.Command{
		Use:   "graph -f MANIFEST",
		Short: "Draw the objects of a manifest and what needs what",
		Long: "graph draws the objects of one integration; an arrow leads from an object to one that\n" +
			"it needs, with the fields that refer to it, dashed where no field does. It needs no\n" +
			"secret and no network. Mermaid is shown by GitHub and GitLab in Markdown, dot is for\n" +
			"Graphviz, svg stands by itself and follows the reader's dark or light setting.",
		Example: "  reconcile graph -f integration.yaml\n  reconcile graph -f integration.yaml --format svg --out integration.svg",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := a.checkGraph(format); err != nil {
				return err
			}
			return a.graph(format, out)
		},
	}
	c.Flags().StringVar(&format, "format", view.DiagramFormats[0], "format of the picture: "+strings.Join(view.DiagramFormats, ", "))
	c.Flags().StringVar(&out, "out", "", "file to write (default standard output)")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(view.DiagramFormats, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (a *app) checkGraph(format string) error {
	if !slices.Contains(view.DiagramFormats, format) {
		return usageError{fmt.Errorf("--format %q is not known", format), "use one of " + strings.Join(view.DiagramFormats, ", ")}
	}
	if err := a.checkPaper("graph"); err != nil {
		return err
	}
	return a.needManifest()
}

// graph draws one integration, without a call.
func (a *app) graph(format, out string) error {
	loaded, faults := a.load()
	p := paper{Result: view.Result{Command: "graph"}}
	p.Errors, p.Warnings = split(faults)
	if len(p.Errors) > 0 {
		return a.hand(p)
	}
	in, fault := a.choose(loaded)
	if fault != nil {
		p.Errors = append(p.Errors, *fault)
		return a.hand(p)
	}
	p.Integration, p.Stage = in.Name, in.Stage
	d := diagram(in)
	var picture bytes.Buffer
	if err := view.DrawDiagram(&picture, format, d); err != nil {
		return err
	}
	p.body = map[string]any{"format": format, "picture": picture.String(), "nodes": d.Nodes, "edges": append([]view.DiagramEdge{}, d.Edges...)}
	if out == "" {
		p.text = picture.Bytes()
		return a.hand(p)
	}
	p.text = fmt.Appendln(nil, out)
	if err := replaceOrCreate(out, picture.Bytes()); err != nil {
		return lateError{err}
	}
	return a.hand(p)
}

// diagram is the picture of an integration: fields of one object that refer to
// one other make one arrow.
func diagram(in manifest.Integration) view.Diagram {
	d := view.Diagram{Title: in.Name + " · " + in.Stage}
	ways := map[string]string{}
	for _, k := range (kinds.Reach{Connections: in.Connections}).Kinds() {
		ways[k.Name()] = string(k.Way())
	}
	for _, o := range in.Objects {
		d.Nodes = append(d.Nodes, view.DiagramNode{Ref: o.Ref, Note: "via " + ways[o.Ref.Kind]})
	}
	for _, link := range in.Links() {
		label := resource.UnescapePointer(link.Path[strings.LastIndexByte(link.Path, '/')+1:])
		i := slices.IndexFunc(d.Edges, func(e view.DiagramEdge) bool { return e.From == link.From && e.To == link.To })
		if i < 0 {
			d.Edges = append(d.Edges, view.DiagramEdge{From: link.From, To: link.To, Label: label, Implied: link.Path == ""})
			continue
		}
		d.Edges[i].Label, d.Edges[i].Implied = d.Edges[i].Label+", "+label, false
	}
	return d
}
