// Command reconcile keeps an SAP Cloud Identity Access Governance integration in
// the state that its manifest describes.
package main

import (
	"os"
	_ "time/tzdata" // manifests name time zones, and containers often have none

	"reconcile/pkg/cli"
)

func main() { os.Exit(cli.Program()) }
