package view

import (
	"io"
	"maps"
)

// Paper writes the JSON of a command whose result is a text or a table: the
// command, exit code, warnings and errors of r as in every document, and the
// fields of body beside them. It is complete under every exit code.
func Paper(w io.Writer, r Result, body map[string]any) error {
	document := map[string]any{
		"formatVersion": formatVersion, "command": r.Command, "exitCode": r.ExitCode, "complete": r.Complete,
		"warnings": each(r.Warnings, newFault), "errors": each(r.Errors, newFault),
	}
	if r.Integration != "" {
		document["integration"], document["stage"] = r.Integration, r.Stage
	}
	maps.Copy(document, body)
	return encode(w, document)
}
