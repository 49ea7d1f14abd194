package cli

import (
	"fmt"
	"os"
	"strings"
)

// holder says to people who runs this: the CI job, or user, machine and process.
func (a *app) holder() string {
	by := a.author()
	if by.Source != localAuthor {
		return strings.TrimSpace(by.Name + " " + by.Run)
	}
	machine, err := os.Hostname()
	if err != nil {
		machine = "unknown"
	}
	return fmt.Sprintf("%s on %s, process %d", by.Name, machine, os.Getpid())
}
