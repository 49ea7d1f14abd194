// Package iag knows what SAP Cloud Identity Access Governance itself holds of an
// integration: application parameters, systems (its "applications") and
// scheduled jobs. It hides that SAP documents no interface for any of them: the
// codecs speak this project's own adapter contract.
//
// The files of the pure half do no input or output. The package may import
// pkg/resource, pkg/catalogue, pkg/secret, pkg/connect, pkg/manifest and
// pkg/adapter, and no other service's package.
package iag
