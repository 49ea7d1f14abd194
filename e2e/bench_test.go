package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/cli"
	"reconcile/pkg/simulator"
)

// BenchmarkPlan prints what a plan with nothing to do costs for many
// destinations, with 40 ms for every answer.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			landscape, url := served(b)
			manifest := destinations(b, n)
			quietly(b, 0, "-f", manifest, "--simulate="+url)
			landscape.SetLatency(40 * time.Millisecond)
			landscape.ClearRequests()
			for b.Loop() {
				quietly(b, 0, "plan", "-f", manifest, "--simulate="+url)
			}
			b.ReportMetric(float64(len(landscape.Requests()))/float64(b.N), "calls/op")
		})
	}
}

func served(b *testing.B) (*simulator.Landscape, string) {
	b.Helper()
	landscape, err := simulator.New(simulator.Options{})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(landscape)
	b.Cleanup(server.Close)
	if err := landscape.SetRoot(server.URL); err != nil {
		b.Fatal(err)
	}
	return landscape, server.URL
}

// destinations writes a manifest with n destinations.
func destinations(b *testing.B, n int) string {
	b.Helper()
	var text strings.Builder
	text.WriteString("apiVersion: reconcile/v1\nkind: Integration\nmetadata: {name: bench, stage: dev}\nspec:\n  destinations:\n")
	for i := range n {
		fmt.Fprintf(&text, "    - {name: D%04d, properties: {Type: HTTP, URL: \"https://host-%d.example\", ProxyType: Internet, Authentication: NoAuthentication}}\n", i, i)
	}
	path := filepath.Join(b.TempDir(), "integration.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func quietly(b *testing.B, want int, args ...string) {
	b.Helper()
	var story bytes.Buffer
	code := cli.Main(context.Background(), args, cli.IO{
		In: strings.NewReader(""), Out: io.Discard, Err: &story, LookupEnv: func(string) (string, bool) { return "", false }, Now: time.Now,
	})
	if code != want {
		b.Fatalf("exit %d, want %d: %s", code, want, story.String())
	}
}
