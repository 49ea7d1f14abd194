'use strict';
// Runs the steps that the Go test wrote to the file named first and writes their results to the file named second:
// [{"ok": …} or {"error": "…"}]. Results go to a file because the clients log to standard output.
const fs = require('node:fs');

module.exports = async function run(calls) {
  const [input, output] = process.argv.slice(2);
  const results = [];
  for (const step of JSON.parse(fs.readFileSync(input, 'utf8'))) {
    try {
      const value = await calls[step.call](...(step.args || []));
      results.push({ ok: value === undefined ? null : value });
    } catch (error) {
      results.push({ error: chain(error) });
    }
  }
  fs.writeFileSync(output, JSON.stringify(results));
};

// chain joins the messages of an error and its causes.
function chain(error) {
  const messages = [];
  for (let e = error; e && messages.length < 8; e = e.cause) {
    messages.push(typeof e === 'string' ? e : e.message || String(e));
  }
  return messages.join(': ');
}
