// Holds XML files against a schema: SCHEMA FILE…
import { readFileSync } from "node:fs";
import { validateXML } from "xmllint-wasm";

const [schema, ...reports] = process.argv.slice(2).map((name) => readFileSync(name, "utf8"));
for (const report of reports) {
  const { valid, errors } = await validateXML({ xml: { fileName: "report", contents: report }, schema });
  if (!valid) {
    console.error(errors.map((e) => e.rawMessage).join("\n") + "\nin\n" + report);
    process.exitCode = 1;
  }
}
