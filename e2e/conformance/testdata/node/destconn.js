'use strict';
// sap-cf-destconn, as its users call it.
const destconn = require('sap-cf-destconn');

require('./steps')({
  version: () => require('sap-cf-destconn/package.json').version,
  find: name => destconn.readDestination(name),
  one: name => destconn.readSubaccountDestination(name),
  list: () => destconn.readSubaccountDestinations(),
});
