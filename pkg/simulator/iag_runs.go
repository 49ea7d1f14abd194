package simulator

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// The states of a run.
//
// Fact: these names. Source: learning.sap.com course on IAG (provisioning report), read 2026-11-23. [documented for
// provisioning, assumed for the other jobs]
const (
	runInProcess  = "In Process"
	runCompleted  = "Completed"
	runWithErrors = "Completed with Errors"
	runFailed     = "Failed"
)

// run is one run of a job.
type run struct {
	ID       string     `json:"id"`
	Status   string     `json:"status"`
	Started  time.Time  `json:"startedAt"`
	Finished *time.Time `json:"finishedAt,omitempty"`
	Users    int        `json:"users"`
	Groups   int        `json:"groups"`
	Log      []string   `json:"log"`
	Key      string     `json:"idempotencyKey,omitempty"`
}

// at is the run as it looks at a time: in process until it is finished.
func (r run) at(now time.Time) run {
	if r.Finished != nil && now.Before(*r.Finished) {
		return run{ID: r.ID, Status: runInProcess, Started: r.Started, Log: []string{}, Key: r.Key}
	}
	return r
}

// runRoutes lists the routes of job runs in the adapter contract. Starting one runs without the lock, because the job
// calls other services.
func (l *Landscape) runRoutes() []route {
	const base = "/adapter/v1/jobs/{id}/runs"
	return []route{
		free("POST", base, l.postRun),
		l.on("GET", base, l.adapter(&jobKind, l.listRuns)),
		l.on("GET", base+"/{run}", l.adapter(&jobKind, l.getRun)),
	}
}

// postRun runs a job. It is done when the answer comes, unless Behaviour.JobDelay lets it look unfinished for a while.
func (l *Landscape) postRun(c *call) *answer {
	var a *answer
	var key string
	var work job
	failed := l.update(func() {
		a = l.adapter(&jobKind, func(_ *kind, c *call) *answer { key, work, a = l.reserveRun(c); return a })(c)
	})
	if failed != nil {
		return text(http.StatusInternalServerError, "landscape: "+failed.Error())
	}
	if a != nil {
		return a
	}
	r := l.execute(context.WithoutCancel(c.r.Context()), work)
	failed = l.update(func() {
		delete(l.running, key)
		r.Key = c.header("Idempotency-Key")
		a = asJSON(http.StatusCreated, l.keepRun(c.params["id"], work, r)).
			with("Location", "/adapter/v1/jobs/"+c.params["id"]+"/runs/"+r.ID)
		l.remember(key, c, a)
	})
	if failed != nil {
		return text(http.StatusInternalServerError, "landscape: "+failed.Error())
	}
	return a
}

// reserveRun checks a start and takes its key, so that the same start at the same time does not run twice.
func (l *Landscape) reserveRun(c *call) (key string, work job, a *answer) {
	r := l.resource(jobs, c.params["id"])
	if r == nil {
		return "", work, notThere(&jobKind, c).answer()
	}
	key, first, p := l.remembered(c, "jobs/"+r.ID+"/runs")
	switch {
	case p != nil:
		return "", work, p.answer()
	case first != nil:
		return "", work, first
	case l.running[key]:
		return "", work, refuse(http.StatusConflict, "a run with this key is under way").answer()
	}
	if p := into(r.System, &work); p != nil {
		return "", work, p.answer()
	}
	l.running[key] = true
	return key, work, nil
}

// keepRun stores a run and tells how it looks now. The caller holds the lock.
func (l *Landscape) keepRun(id string, work job, r *run) run {
	finished := l.time().UTC()
	if l.behaviour.JobDelay > 0 {
		finished = r.Started.Add(l.behaviour.JobDelay)
	}
	r.Finished = &finished
	l.state.Runs[id] = append(l.state.Runs[id], r)
	if work.Category == repositorySync && r.Status == runCompleted {
		l.state.Synced[work.IAGSystem] = syncCount{r.Users, r.Groups, finished}
	}
	l.auditText("Job scheduler '"+work.Name+"' started", map[string]any{
		"objectType": jobKind.audited,
		"objectName": work.Name, "action": "started", "jobCategory": work.Category,
	})
	l.touch()
	return r.at(l.time())
}

// listRuns answers the history, newest first.
func (l *Landscape) listRuns(_ *kind, c *call) *answer {
	if l.resource(jobs, c.params["id"]) == nil {
		return notThere(&jobKind, c).answer()
	}
	items := []run{}
	for _, r := range slices.Backward(l.state.Runs[c.params["id"]]) {
		items = append(items, r.at(l.time()))
	}
	return asJSON(http.StatusOK, map[string]any{"items": items})
}

func (l *Landscape) getRun(_ *kind, c *call) *answer {
	for _, r := range l.state.Runs[c.params["id"]] {
		if r.ID == c.params["run"] {
			return asJSON(http.StatusOK, r.at(l.time()))
		}
	}
	return refuse(http.StatusNotFound, "there is no such run").answer()
}
