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

// TestPictureIsFresh holds that the picture of the example is what the program draws.
func TestPictureIsFresh(t *testing.T) {
	t.Parallel()
	var out, story bytes.Buffer
	code := cli.Main(context.Background(), []string{"graph", "-f", "../examples/ias/integration.yaml", "--format", "svg"}, cli.IO{
		In: strings.NewReader(""), Out: &out, Err: &story, LookupEnv: func(string) (string, bool) { return "", false }, Now: time.Now,
	})
	have, err := os.ReadFile("../examples/ias/integration.svg")
	if code != 0 || err != nil || !bytes.Equal(have, out.Bytes()) {
		t.Errorf("exit %d, %v: examples/ias/integration.svg is not what the program draws: run make generate\n%s", code, err, story.String())
	}
}

// TestSchemaIsFresh holds that the committed JSON Schemas are those that the
// types make.
func TestSchemaIsFresh(t *testing.T) {
	t.Parallel()
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
