// Package conformance holds what the real services are documented to do, as tests that can be aimed at any target:
// the simulated landscape always, a real tenant with the build tag "live".
//
// [Run] covers the Destination service. Beside it, the tests of this folder hold the landscape against programs of
// others (clients from npm, unmodified) and against our published documents (the adapter contract as OpenAPI, the
// SCIM specification).
package conformance
