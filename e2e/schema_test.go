package e2e

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/cli"
)

// TestSchemaIsFresh holds that the committed JSON Schemas are those that the
// types make.
func TestSchemaIsFresh(t *testing.T) {
	for file, args := range map[string][]string{
		"integration.schema.json": {"schema"}, "result.schema.json": {"schema", "--result"},
	} {
		var out, story bytes.Buffer
		code := cli.Main(context.Background(), args, cli.IO{
			In: strings.NewReader(""), Out: &out, Err: &story, LookupEnv: func(string) (string, bool) { return "", false }, Now: time.Now,
		})
		if code != 0 {
			t.Fatalf("exit %d: %s", code, story.String())
		}
		have, err := os.ReadFile("../manifests/schema/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, out.Bytes()) {
			t.Errorf("manifests/schema/%s is not what the types make: run make generate", file)
		}
	}
}
