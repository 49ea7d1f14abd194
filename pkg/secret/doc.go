// Package secret holds values that cannot leak and finds them outside the
// manifest. It hides where a secret comes from (environment, file, service
// binding) and keeps the text inside a closure, so that no formatting,
// marshalling, logging or comparing can print it.
//
// It imports nothing of the product. Reveal may be called only by
// pkg/connect and by drivers, right before a value is sent.
package secret
