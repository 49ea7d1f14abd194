// Package verify proves that an integration works by making the calls that its
// consumers make: the access governance service's reads through the stored
// destination IPS_PROXY, and one read for each authorization of a system user.
// It hides how those calls are put together, how their answers are told apart,
// and how far the shared rate limits and lockouts allow to go.
//
// It promises that stored credentials go to the identity tenant of the Target
// and nowhere else; that a login which was refused is not tried again; that it
// sends nothing but GET and token requests; and that no finding holds a secret
// or the body of an answer.
//
// It may import pkg/secret, pkg/resource, pkg/catalogue and pkg/connect; not
// the packages of services, not pkg/reconcile, nothing above. Whoever calls it
// hands over what it needs in a Target.
package verify
