// Package simulator is a small SAP landscape in one process: XSUAA, the Destination service, two Identity Authentication
// tenants with Identity Provisioning proxies, the job engine of Identity Access Governance, the audit log, and the
// adapter contract of this project, all behind one [net/http.Handler]
//
// It hides where those services live: a request is told apart by its host and path only, as it would be in reality,
// and the simulated services reach each other by the same hosts. It promises to enforce what SAP documents, to be
// stricter than SAP where the documents are silent, and to answer as SAP's services answer when something is wrong.
// Every route names the fact it rests on; what nobody knows is a field of [Behaviour]; [Coverage] lists what is there
// and what is left out.
//
// It imports the standard library only and nothing of the product it is used to test, and keeps its own tables: a
// struct shared with the product would share its mistakes.
package simulator
