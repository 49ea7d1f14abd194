package conformance_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// simulatorFolder is where the landscape's source is.
const simulatorFolder = "../../pkg/simulator"

// TestContractRoutes holds that document and landscape have the same operations: those that the landscape's source
// registers, and those that it admits to when it is asked for a method that it does not have.
func TestContractRoutes(t *testing.T) {
	c := loadContract(t)
	documented := sortedKeys(c.operations())
	registered := readRoutes(t).adapter()
	if !slices.Equal(documented, registered) {
		t.Errorf("the document has %q\nthe landscape has %q", without(documented, registered), without(registered, documented))
	}
	l := inProcess(t, func(next http.RoundTripper) http.RoundTripper { return next })
	methods := map[string][]string{}
	for _, name := range documented {
		method, path, _ := strings.Cut(name, " ")
		methods[path] = append(methods[path], method)
	}
	for path, want := range methods {
		address := l.root() + contractBase + strings.NewReplacer("{id}", "x", "{run}", "y").Replace(path)
		a := l.want(405, "OPTIONS", address, l.bearer("adapter"), nil)
		slices.Sort(want)
		if got := a.header.Get("Allow"); got != strings.Join(want, ", ") {
			t.Errorf("%s: the landscape allows %s, the document %s", path, got, want)
		}
		if a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: 405 in %s", path, a.header.Get("Content-Type"))
		}
	}
	if a := l.want(404, "GET", l.root()+contractBase+"/nothing", l.bearer("adapter"), nil); a.object(t)["status"] != 404.0 {
		t.Errorf("404 is no problem: %s", a.body)
	}
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// routeReader finds the routes that the landscape's source registers. It understands what is there now, string
// constants joined by +, and fails on anything else that mentions the contract's paths.
type routeReader struct {
	*testing.T
	files       []*ast.File
	constants   map[string]ast.Expr
	collections []string
}

func readRoutes(t *testing.T) *routeReader {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(simulatorFolder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	r := &routeReader{T: t, constants: map[string]ast.Expr{}}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		r.files = append(r.files, file)
		for _, decl := range file.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.CONST {
				bind(r.constants, d)
			}
		}
	}
	for _, file := range r.files {
		ast.Inspect(file, func(n ast.Node) bool { r.kind(n); return true })
	}
	if len(r.collections) == 0 {
		t.Fatal("no collections found: the reader is broken")
	}
	return r
}

// bind notes the values of a declaration by name.
func bind(into map[string]ast.Expr, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		if v, ok := spec.(*ast.ValueSpec); ok && len(v.Names) == len(v.Values) {
			for i, name := range v.Names {
				into[name.Name] = v.Values[i]
			}
		}
	}
}

// kind collects the collection of a composite literal kind{collection: …}.
func (r *routeReader) kind(n ast.Node) {
	literal, ok := n.(*ast.CompositeLit)
	if !ok {
		return
	}
	if name, ok := literal.Type.(*ast.Ident); !ok || name.Name != "kind" {
		return
	}
	for _, e := range literal.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if ok && pair.Key.(*ast.Ident).Name == "collection" {
			r.collections = append(r.collections, r.values(pair.Value, r.constants)...)
		}
	}
}

// adapter lists the contract's operations that the source registers, sorted.
func (r *routeReader) adapter() []string {
	var all []string
	for _, file := range r.files {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && mentions(f, `"`+contractBase) {
				all = append(all, r.registered(f)...)
			}
		}
	}
	slices.Sort(all)
	return all
}

// registered lists the operations that a function registers.
func (r *routeReader) registered(f *ast.FuncDecl) []string {
	scope := map[string]ast.Expr{}
	maps.Copy(scope, r.constants)
	var all []string
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			bind(scope, n)
		case *ast.AssignStmt:
			if name, ok := n.Lhs[0].(*ast.Ident); ok && n.Tok == token.DEFINE && len(n.Rhs) == 1 {
				scope[name.Name] = n.Rhs[0]
			}
		case *ast.CallExpr:
			if name := called(n); (name == "on" || name == "free") && len(n.Args) >= 3 {
				for _, path := range r.values(n.Args[1], scope) {
					method := r.values(n.Args[0], scope)[0]
					all = append(all, method+" "+strings.TrimPrefix(path, contractBase))
				}
			}
		}
		return true
	})
	return all
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func mentions(f *ast.FuncDecl, prefix string) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		found = found || (ok && strings.HasPrefix(literal.Value, prefix))
		return true
	})
	return found
}

// values lists what a string expression can be; k.collection is every collection.
func (r *routeReader) values(e ast.Expr, scope map[string]ast.Expr) []string {
	r.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil {
			return []string{s}
		}
	case *ast.Ident:
		if v := scope[e.Name]; v != nil {
			return r.values(v, scope)
		}
	case *ast.SelectorExpr:
		if e.Sel.Name == "collection" {
			return r.collections
		}
	case *ast.BinaryExpr:
		var all []string
		for _, left := range r.values(e.X, scope) {
			for _, right := range r.values(e.Y, scope) {
				all = append(all, left+right)
			}
		}
		return all
	}
	r.Fatalf("a path of the contract is made in a way that this test does not understand: %T", e)
	return nil
}
