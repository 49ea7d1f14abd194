package cli

import (
	"io"
	"sync"
)

// takingTurns makes one write end before the next begins: log lines of calls that
// run at the same time, progress and results share the streams.
type takingTurns struct {
	turn *sync.Mutex
	to   io.Writer
}

// Write implements [io.Writer].
func (w takingTurns) Write(p []byte) (int, error) {
	w.turn.Lock()
	defer w.turn.Unlock()
	return w.to.Write(p)
}

// inTurns lets both streams share one lock, as they may be one terminal.
func (s IO) inTurns() IO {
	turn := &sync.Mutex{}
	s.Out, s.Err = takingTurns{turn, s.Out}, takingTurns{turn, s.Err}
	return s
}
