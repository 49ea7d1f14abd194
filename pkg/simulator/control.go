package simulator

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

// routesOfControl lists the control interface and the console stand-in. Both are ours, not SAP's, and lie under a
// prefix of their own so that no product code can come to depend on them by mistake. They take the lock themselves.
func (l *Landscape) routesOfControl() []route {
	return slices.Concat([]route{
		free("GET", "/_sim/requests", l.listRequests),
		free("DELETE", "/_sim/requests", l.clearRequests),
		free("POST", "/_sim/latency", l.setLatency),
		free("POST", "/_sim/clock", l.setClock),
		free("GET", "/_sim/clock", l.getClock),
		free("POST", "/_sim/faults", l.setFaults),
		free("DELETE", "/_sim/faults", l.clearFaults),
		free("GET", "/_sim/behaviour", l.getBehaviour),
		free("POST", "/_sim/behaviour", l.setBehaviour),
		free("GET", "/_sim/dump", l.dump),
		free("POST", "/_sim/seed", l.seed),
		free("GET", "/_sim/connections", l.connections),
	}, l.consoleRoutes())
}

// refusal is the control interface's way to say no.
func refusal(err error) *answer {
	return asJSON(http.StatusBadRequest, map[string]string{"error": err.Error()})
}

func (l *Landscape) listRequests(*call) *answer {
	list := l.Requests()
	if list == nil {
		list = []Request{}
	}
	return asJSON(http.StatusOK, list)
}

func (l *Landscape) clearRequests(*call) *answer {
	l.ClearRequests()
	return empty(http.StatusNoContent)
}

func (l *Landscape) setLatency(c *call) *answer {
	var in struct {
		MS int `json:"ms"`
	}
	if err := decodeStrict(c.body, &in); err != nil {
		return refusal(err)
	}
	if in.MS < 0 {
		return refusal(errors.New("ms: want 0 or more"))
	}
	l.SetLatency(time.Duration(in.MS) * time.Millisecond)
	return empty(http.StatusNoContent)
}

// SetLatency lets every request of a client travel this long before it has an effect.
func (l *Landscape) SetLatency(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latency = d
}

func (l *Landscape) setClock(c *call) *answer {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := decodeStrict(c.body, &in); err != nil {
		return refusal(err)
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil {
		return refusal(err)
	}
	l.Advance(d)
	return l.getClock(c)
}

func (l *Landscape) getClock(*call) *answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return asJSON(http.StatusOK, map[string]string{"now": l.time().UTC().Format(time.RFC3339Nano)})
}

func (l *Landscape) setFaults(c *call) *answer {
	var in []Fault
	if err := decodeStrict(c.body, &in); err != nil {
		return refusal(err)
	}
	for _, f := range in {
		if err := f.check(); err != nil {
			return refusal(err)
		}
	}
	l.Fail(in...)
	return empty(http.StatusNoContent)
}

func (l *Landscape) clearFaults(*call) *answer {
	l.ClearFaults()
	return empty(http.StatusNoContent)
}

func (l *Landscape) getBehaviour(*call) *answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return asJSON(http.StatusOK, l.behaviour.form())
}

// setBehaviour changes the switches that the body names and leaves the others.
func (l *Landscape) setBehaviour(c *call) *answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	form := l.behaviour.form()
	if err := decodeStrict(c.body, &form); err != nil {
		return refusal(err)
	}
	b, err := form.behaviour()
	if err != nil {
		return refusal(err)
	}
	l.behaviour = b
	return asJSON(http.StatusOK, b.form())
}

func (l *Landscape) dump(*call) *answer {
	data, err := l.Dump()
	if err != nil {
		return text(http.StatusInternalServerError, err.Error())
	}
	return typed(http.StatusOK, "application/json", data)
}

func (l *Landscape) seed(c *call) *answer {
	if err := l.Seed(c.body); err != nil {
		return refusal(err)
	}
	return empty(http.StatusNoContent)
}

func (l *Landscape) connections(*call) *answer { return asJSON(http.StatusOK, l.Connections()) }

func httpTime(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
