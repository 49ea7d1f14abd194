'use strict';
// SAP Cloud SDK for JavaScript, as its users call it.
const sdk = require('@sap-cloud-sdk/connectivity');

require('./steps')({
  version: () => require('@sap-cloud-sdk/connectivity/package.json').version,
  token: async jwt => sdk.decodeJwt(await sdk.serviceToken('destination', { jwt, useCache: false })),
  find: name => sdk.getDestination({ destinationName: name, useCache: false }),
  headers: async name => sdk.buildHeadersForDestination(await sdk.getDestination({ destinationName: name, useCache: false })),
  list: () => sdk.getAllDestinationsFromDestinationService(),
});
