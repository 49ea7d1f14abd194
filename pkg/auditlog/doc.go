// Package auditlog reads what SAP's services note about the clicks of people: the
// records of the subaccount's audit log, and the change log that somebody exported
// from the identity tenant. It finds the records that speak of objects of a
// manifest.
//
// A record proves that somebody clicked, when and under which name. It does not
// prove that the click had the wanted effect, and no record proves nothing: records
// come late, are kept for a time only, and their wording is not documented. So the
// matchers are data, loose, and can be replaced; the raw record stays with each hit.
//
// The package may import pkg/resource and pkg/connect, and no other service's
// package. Reading a record and matching do no input or output.
package auditlog
