// Package report takes what people report of their work: files beside the manifest, a
// filled-in runbook, what Job History shows, what the console exported. It understands
// reports, says who vouches for them, and writes them into files for whoever has no key.
// Whether a report counts, calls and the ledger decide.
package report
