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

// TestSchemaIsFresh holds that the committed JSON Schema is the one that the
// types make.
func TestSchemaIsFresh(t *testing.T) {
	var out, story bytes.Buffer
	code := cli.Main(context.Background(), []string{"schema"}, cli.IO{
		In: strings.NewReader(""), Out: &out, Err: &story, LookupEnv: func(string) (string, bool) { return "", false }, Now: time.Now,
	})
	if code != 0 {
		t.Fatalf("exit %d: %s", code, story.String())
	}
	have, err := os.ReadFile("../manifests/schema/integration.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, out.Bytes()) {
		t.Error("manifests/schema/integration.schema.json is not what the types make: run make generate")
	}
}
