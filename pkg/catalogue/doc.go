// Package catalogue holds SAP's known names as data: properties of provisioning
// systems and of destinations, system types, authorizations, application types,
// job categories, templates, known failures, and this product's own complaint
// codes. It hides how the data is stored (small CSV files, parsed on first use)
// and how a misspelling is recognised.
//
// It does no input or output and changes nothing. It may import pkg/resource
// and pkg/secret only.
package catalogue
