// Package starter holds complete manifests to start from, one folder for each template,
// and puts the schema and the workflow of pipelines beside them.
package starter
