package cli

import (
	"errors"
	"fmt"
	"os"

	"reconcile/pkg/auditlog"
)

// openChangeLog reads the file of --changelog before any call is made.
func (a *app) openChangeLog() ([]auditlog.Change, error) {
	if a.changeLog == "" {
		return nil, nil
	}
	file, err := os.Open(a.changeLog)
	if err != nil {
		return nil, usageError{fmt.Errorf("--changelog: %w", err), "name the CSV file that the console of the identity tenant exported (Audit and Change Logs, Export)"}
	}
	defer func() { _ = file.Close() }()
	changes, err := auditlog.ParseChangeLog(file)
	if errors.Is(err, auditlog.ErrNotChangeLog) {
		return nil, usageError{fmt.Errorf("--changelog %s: %w", a.changeLog, err), "export it again: Audit and Change Logs, Export Change Logs; keep its first line"}
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("--changelog %s: %w", a.changeLog, err), "export it again, and do not edit it"}
	}
	return changes, nil
}
