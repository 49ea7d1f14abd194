package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors are the packages by height. A package may import lower floors only, and
// its own floor not at all.
var floors = [][]string{
	{"secret", "simulator"},
	{"resource"},
	{"catalogue"},
	{"connect"},
	{"manifest", "adapter", "person"},
	{"destination", "ias", "ips", "iag", "auditlog"},
	{"reconcile", "verify", "export", "kinds", "custody", "starter"},
	{"view", "provenance", "memory"},
	{"drift", "explain", "proof", "approval", "report"},
	{"cli"},
}

func floorOf(pkg string) int {
	return slices.IndexFunc(floors, func(names []string) bool { return slices.Contains(names, pkg) })
}

// sources walks the product's Go files.
func sources(t *testing.T, visit func(path string, file *ast.File, set *token.FileSet)) {
	t.Helper()
	root := filepath.Join("..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err == nil {
			visit(filepath.ToSlash(path), file, set)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFloors holds that imports go down only, and that the simulator shares
// nothing with the product.
func TestFloors(t *testing.T) {
	t.Parallel()
	seen := 0
	sources(t, func(path string, file *ast.File, _ *token.FileSet) {
		parts := strings.Split(path, "/")
		if len(parts) < 4 || parts[1] != "pkg" || strings.HasSuffix(path, "_test.go") {
			return
		}
		own := parts[2]
		if floorOf(own) < 0 {
			t.Errorf("%s: package %s has no floor", path, own)
		}
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			imported, ok := strings.CutPrefix(name, "reconcile/pkg/")
			if !ok {
				if own == "simulator" && strings.Contains(name, ".") {
					t.Errorf("%s imports %s: the simulator has the standard library only", path, name)
				}
				continue
			}
			seen++
			if floorOf(imported) >= floorOf(own) {
				t.Errorf("%s imports %s, which is not below it", path, imported)
			}
		}
	})
	if seen < 50 {
		t.Fatalf("only %d imports were seen: the walk is broken", seen)
	}
}

// TestSizes holds the limits of functions and files, those of tests too.
func TestSizes(t *testing.T) {
	t.Parallel()
	sources(t, func(path string, file *ast.File, set *token.FileSet) {
		if n := set.File(file.Pos()).LineCount(); n > 400 {
			t.Errorf("%s has %d lines, more than 400", path, n)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; n > 80 {
				t.Errorf("%s: %s has %d lines, more than 80", path, f.Name.Name, n)
			}
		}
	})
}

// TestDocumented holds that every exported name says what it promises.
func TestDocumented(t *testing.T) {
	t.Parallel()
	sources(t, func(path string, file *ast.File, set *token.FileSet) {
		if strings.HasSuffix(path, "_test.go") || !strings.HasPrefix(path, "../pkg/") {
			return
		}
		for _, decl := range file.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s: %s has no comment", set.Position(decl.Pos()), name)
			}
		}
	})
}

// undocumented lists the exported names of a declaration without a comment: functions,
// types and the methods of interfaces, constants, variables. Methods of unexported types
// are not part of any promise; the comment of a block stands for all that is in it.
func undocumented(decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		var names []string
		for _, spec := range d.Specs {
			names = append(names, undocumentedSpec(spec, d.Doc != nil)...)
		}
		return names
	}
	return nil
}

// undocumentedSpec lists the names of one type, constant or variable.
func undocumentedSpec(spec ast.Spec, block bool) []string {
	var names []string
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if !s.Name.IsExported() {
			return nil
		}
		if s.Doc == nil && !block {
			names = append(names, s.Name.Name)
		}
		if i, ok := s.Type.(*ast.InterfaceType); ok {
			names = append(names, undocumentedFields(s.Name.Name, i.Methods)...)
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() && s.Doc == nil && s.Comment == nil && !block {
				names = append(names, name.Name)
			}
		}
	}
	return names
}

// undocumentedFields lists the methods of an interface without a comment. One that is
// embedded brings its own.
func undocumentedFields(of string, methods *ast.FieldList) []string {
	var names []string
	for _, m := range methods.List {
		for _, name := range m.Names {
			if name.IsExported() && m.Doc == nil && m.Comment == nil {
				names = append(names, of+"."+name.Name)
			}
		}
	}
	return names
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}
