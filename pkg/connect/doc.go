// Package connect is the only place that speaks HTTP. It hides authentication
// (tokens are fetched, shared, renewed and never hammered), retries, rate
// limits, time limits and body limits, and it turns every failure into one
// Error that says who was asked what, whether something may have happened, and
// nothing secret.
//
// It promises that a read-only Session cannot write, whatever the code above
// does; that a login which was refused once is not tried again; that no
// redirect is followed, so credentials stay with the host they are meant for;
// and that a write is repeated only when it certainly had no effect.
//
// It may import pkg/secret and pkg/resource, and knows no object of any service.
package connect
