// Package cli is the command line: flags, exit codes and the only place that
// wires manifest, connections, drivers, loop, proofs and views together.
//
// It may import every other package; only cmd/reconcile and e2e may import it.
package cli
