package e2e

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"reconcile/pkg/catalogue"
)

// TestEveryCodeIsExplained holds that the table of codes and the program agree:
// no code without a row, no row that nothing uses, no empty cell.
func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[EW][0-9]{3}$`)
	used := map[string]string{}
	sources(t, func(path string, file *ast.File, set *token.FileSet) {
		if strings.HasSuffix(path, "_test.go") || !strings.HasPrefix(path, "../pkg/") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(literal.Value); err == nil && form.MatchString(text) {
				used[text] = set.Position(literal.Pos()).String()
			}
			return true
		})
	})
	if len(used) < 80 {
		t.Fatalf("only %d codes were seen: the walk is broken", len(used))
	}
	rows := map[string]bool{}
	for _, code := range catalogue.Codes() {
		rows[code.ID] = true
		if used[code.ID] == "" {
			t.Errorf("pkg/catalogue/data/codes.csv explains %s, which nothing uses", code.ID)
		}
		if code.Title == "" || code.Means == "" || code.Remedy == "" {
			t.Errorf("%s has an empty cell: %+v", code.ID, code)
		}
	}
	for id, where := range used {
		if !rows[id] {
			t.Errorf("%s: %s has no row in pkg/catalogue/data/codes.csv", where, id)
		}
	}
}
