package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/export"
	"reconcile/pkg/kinds"
	"reconcile/pkg/manifest"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
	"reconcile/pkg/view"
)

// exporting are the flags of export.
type exporting struct {
	out, split string
	from       []string
}

func (a *app) exportCommand() *cobra.Command {
	var e exporting
	c := &cobra.Command{
		Use:   "export -f MANIFEST",
		Short: "Write what is there as a manifest; secrets become references",
		Long: "export reads what is there through the connections of a manifest, which need not\n" +
			"list any object, and writes it as a manifest. Secrets become references; stderr\n" +
			"lists each with its position and the variable to set. Ids, client ids and names\n" +
			"become references to the objects they belong to, templates are named, defaults are\n" +
			"left out. Planning the result shows nothing to do: what is there and a manifest may\n" +
			"not ask for is only watched (manage: false), with the reason. Objects that only a person\n" +
			"reaches are taken over from the manifest given, or read with --from from files: the\n" +
			"console's export of a proxy system; a destination as its interface, the btp command\n" +
			"line, Terraform or the cockpit write it. With --from nothing is called.",
		Example: "  reconcile export -f connections.yaml > integration.yaml\n" +
			"  reconcile export -f connections.yaml --split integration/\n" +
			"  reconcile export --from proxy-system.json --from destination.json",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.checkExport(e); err != nil {
				return err
			}
			return a.export(c.Context(), e)
		},
	}
	c.Flags().StringVar(&e.out, "out", "", "file to write, which must not exist yet (default standard output)")
	c.Flags().StringVar(&e.split, "split", "", "folder to write one file for each kind into; none of them may exist yet")
	c.Flags().StringArrayVar(&e.from, "from", nil, "exported file to read instead of calling; may be given several times")
	return c
}

func (a *app) checkExport(e exporting) error {
	if err := a.checkPaper("export"); err != nil {
		return err
	}
	if e.out != "" && e.split != "" {
		return usageError{errors.New("--out and --split both say where the manifest goes"), "give one of the two"}
	}
	if len(e.from) > 0 && len(a.files) == 0 {
		return nil
	}
	return a.needManifest()
}

// export collects, converts and writes.
func (a *app) export(ctx context.Context, e exporting) error {
	c := &collector{app: a, source: secret.Outside{LookupEnv: a.LookupEnv}}
	c.verdict.result = view.Result{Command: "export"}
	if err := c.collect(ctx, e.from); err != nil {
		c.verdict.err = err
	}
	if c.verdict.err != nil || len(c.verdict.result.Errors) > 0 {
		return a.noExport(c)
	}
	written := export.Convert(c.found, c.source)
	written.Notes = slices.Concat(c.notes, written.Notes)
	return a.writeExport(e, c, written)
}

// noExport ends an export that has nothing to write.
func (a *app) noExport(c *collector) error {
	v := c.verdict
	if _, ok := errors.AsType[usageError](v.err); ok && !unreachable(v.err) {
		return v.err
	}
	v.invalid = v.err == nil
	p := paper{Result: v.result}
	p.ExitCode = v.code()
	if v.err != nil {
		p.Errors = append(p.Errors, faultOf(v.err, nil))
	}
	return a.hand(p)
}

// collector gathers objects from services and files.
type collector struct {
	*app
	integration manifest.Integration
	source      secret.Source
	found       []export.Found
	notes       []string
	verdict     verdict
	// ledger tells where secrets were written; nil where nothing is called.
	ledger *reconcile.Ledger
}

// collect fills found. Faults end up in the verdict, errors of calls come back.
func (c *collector) collect(ctx context.Context, from []string) error {
	c.integration = manifest.Integration{Name: "integration", Stage: "dev"}
	if len(c.files) > 0 && !c.chooseIntegration() {
		return nil
	}
	if len(from) > 0 {
		c.fromFiles(from)
		return nil
	}
	l, err := c.openLandscape(ctx)
	if err != nil {
		return err
	}
	if l != nil {
		defer func() { _ = l.close() }()
		c.source = l.source(c.source)
	}
	ctx, cancel := c.looking(ctx)
	defer cancel()
	w := c.wire(c.integration, l, connect.ReadOnly)
	if w.strange != nil {
		return w.strange
	}
	return c.whoEnded(c.list(ctx, w), nil)
}

// chooseIntegration loads the manifest, whose objects may be missing, and reports
// whether it can be used.
func (c *collector) chooseIntegration() bool {
	opts := c.sources()
	opts.Bare = true
	loaded, faults := kinds.Language().Load(opts)
	r := &c.verdict.result
	r.Errors, r.Warnings = split(faults)
	if len(r.Errors) > 0 {
		return false
	}
	in, fault := c.choose(loaded)
	if fault != nil {
		r.Errors = append(r.Errors, *fault)
		return false
	}
	c.integration, r.Integration, r.Stage = in, in.Name, in.Stage
	return true
}

// list reads every collection that an interface can list; objects that only a
// person reaches are those of the manifest.
func (c *collector) list(ctx context.Context, w *wiring) error {
	c.verdict.result.Errors = append(c.verdict.result.Errors, w.faults...)
	if len(w.faults) > 0 {
		return nil
	}
	if err := c.openLedger(ctx, w); err != nil {
		return err
	}
	for _, k := range w.reach().Kinds() {
		switch {
		case k.Way() == resource.WayPerson:
			c.takeOver(k)
		case k.Way() == resource.WayAdapter && w.adapter == nil:
			w.fault("E177", "/spec/connections", k.Section()+" are reached via: adapter, but connections.adapter is missing",
				"add connections.adapter with url and serviceKey, or leave via out")
			c.verdict.result.Errors = w.faults
			return nil
		case k.Way() == resource.WayAPI && w.destination == nil:
			c.notes = append(c.notes, k.Section()+": connections.destinationService is missing, so none are read")
		default:
			objects, err := k.List(ctx)
			if err != nil {
				return fmt.Errorf("list %s: %w", k.Section(), err)
			}
			c.add(k, objects)
		}
	}
	return nil
}

// openLedger reads what runs remember of the secrets that they wrote. Without it one
// could be taken for text, so a ledger that cannot be used ends the export.
func (c *collector) openLedger(ctx context.Context, w *wiring) (err error) {
	if c.ledger, err = w.memory.Open(ctx); err != nil {
		return err
	}
	for _, text := range c.ledger.Unread() {
		c.notes = append(c.notes, "the ledger of another integration cannot be read: "+text+"; look for secrets of its objects before you share this")
	}
	return nil
}

// add notes the objects of a kind with what the manifest says of them beside
// their fields.
func (c *collector) add(k resource.Kind, objects []resource.Object) {
	declared := map[string]export.Declared{}
	for _, o := range c.integration.Objects {
		if o.Ref.Kind == k.Name() {
			declared[o.Ref.Name] = export.Declared{Meta: o.Meta, Spec: o.Spec}
		}
	}
	found := export.Found{Kind: k, Objects: objects, Declared: declared}
	if c.ledger != nil {
		found.Secrets = func(object string) func(string) bool {
			wrote, said := c.ledger.Secrets(resource.Ref{Kind: k.Name(), Name: object}), declared[object].Values()
			return func(path string) bool { return wrote(path, said[path]) }
		}
	}
	c.found = append(c.found, found)
}

// takeOver keeps the manifest's own objects of a kind that nothing lists.
func (c *collector) takeOver(k resource.Kind) {
	objects := c.declared(k)
	if len(objects) == 0 {
		c.notes = append(c.notes, k.Section()+": no interface lists them (via: person); write them by hand, or read exported files with --from")
	}
	c.add(k, objects)
}

// declared are the manifest's objects of a kind.
func (c *collector) declared(k resource.Kind) []resource.Object {
	var objects []resource.Object
	for _, o := range c.integration.Objects {
		if o.Ref.Kind == k.Name() && o.Meta.State != "absent" {
			objects = append(objects, resource.Object{Name: o.Ref.Name, Spec: o.Spec})
		}
	}
	return objects
}

// fromFiles reads exported files; objects of the manifest that they do not hold
// stay as they are.
func (c *collector) fromFiles(paths []string) {
	read, faults := export.ReadFiles(kinds.All(), paths)
	c.verdict.result.Errors = append(c.verdict.result.Errors, faults...)
	for _, k := range kinds.All() {
		objects := read[k.Name()]
		for _, o := range c.declared(k) {
			if !slices.ContainsFunc(objects, func(read resource.Object) bool { return read.Name == o.Name }) {
				objects = append(objects, o)
			}
		}
		c.add(k, objects)
	}
}

// writeExport writes the manifest to where the flags say and tells what the
// reader has to do with it.
func (a *app) writeExport(e exporting, c *collector, r export.Result) error {
	w := export.Writer{Kinds: kinds.All(), Language: kinds.Language(), Out: e.out, Split: e.split}
	r, files, err := w.Files(c.integration, r)
	if err != nil {
		return lateError{err}
	}
	if e.out != "" || e.split != "" {
		if err := createFiles(files); err != nil {
			return err
		}
	}
	p := paper{Result: c.verdict.result}
	if e.out == "" && e.split == "" {
		p.text = files[0].Data
	}
	for _, f := range files {
		if e.out != "" || e.split != "" {
			p.text = fmt.Appendln(p.text, f.Name)
		}
	}
	positions := w.Locate(files, r)
	for _, note := range r.Notes {
		a.tell("%s", note)
	}
	a.tellSecrets(positions)
	p.body = map[string]any{"secrets": positions, "notes": append([]string{}, r.Notes...), "manifest": export.Joined(files)}
	a.tellProblems(w.Load(files))
	if e.split == "" && e.out == "" {
		a.tell("For completion in editors, beside the file: mkdir -p %s && reconcile schema > %s", filepath.Dir(manifest.SchemaFile), manifest.SchemaFile)
	}
	return a.hand(p)
}

func (a *app) tellSecrets(secrets []export.Placed) {
	if len(secrets) > 0 {
		a.tell("Set these variables where reconcile runs:")
	}
	for _, s := range secrets {
		a.tell("  %s  %s %s  %s", s.Env, s.Ref, s.Path, s.Position)
	}
}

// tellProblems says what validate will say: what is there need not be right.
func (a *app) tellProblems(_ manifest.Manifest, faults []resource.Fault) {
	if len(faults) > 0 {
		a.tell("validate will complain of what is there:")
	}
	if !a.quiet {
		a.tellFaults(faults)
	}
}
