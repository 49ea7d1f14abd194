package simulator

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Request is one line of the request log: never a body, never a header.
type Request struct {
	// Seq counts the answered requests from 1.
	Seq int `json:"seq"`
	// Method is the HTTP method.
	Method string `json:"method"`
	// Path is the unescaped path.
	Path string `json:"path"`
	// Query is the query as it came over the wire.
	Query string `json:"query"`
	// Status is what was answered; 0 when the connection was cut without an answer.
	Status int `json:"status"`
	// Host is the tenant's host, empty for the landscape's root.
	Host string `json:"host,omitempty"`
	// Internal tells the calls of the simulated services among themselves from those of clients.
	Internal bool `json:"internal,omitempty"`
}

// Requests returns the request log. Requests to /_sim are not in it.
func (l *Landscape) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// ClearRequests empties the request log; counting starts at 1 again.
func (l *Landscape) ClearRequests() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = nil
	if l.log != nil {
		// A log that cannot be emptied shows in the next answer, when writing to it fails as well.
		_ = l.log.Truncate(0)
	}
}

// record notes an answered request, in memory and in the folder.
func (l *Landscape) record(c *call, a *answer) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := Request{
		Seq: len(l.requests) + 1, Method: c.r.Method, Path: c.r.URL.Path, Query: c.r.URL.RawQuery,
		Status: a.status, Host: c.host, Internal: c.internal,
	}
	if a.cut == "after" || a.cut == "before" {
		q.Status = 0
	}
	if a.header != nil && a.header.Get("Date") == "" {
		// The landscape's clock, not the machine's: clients measure leases by this header.
		a.with("Date", httpTime(l.time()))
	}
	l.requests = append(l.requests, q)
	if l.log == nil {
		return nil
	}
	line, err := encodeJSON(q)
	if err != nil {
		return err
	}
	_, err = l.log.Write(append(line, '\n'))
	return err
}

// openLog continues the request log of the folder. A torn last line, the trace of a killed process, is cut off.
func (l *Landscape) openLog() error {
	f, err := os.OpenFile(filepath.Join(l.dir, "requests.jsonl"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	l.log = f
	var good int64
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("request log: %w", err)
		}
		var q Request
		if json.Unmarshal(line, &q) != nil {
			break
		}
		good += int64(len(line))
		l.requests = append(l.requests, q)
	}
	return f.Truncate(good)
}
