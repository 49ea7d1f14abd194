package manifest

// SchemaFile is where generated manifests look for the schema, relative to them; a folder
// of its own keeps it from being loaded as a manifest.
const SchemaFile = "schema/integration.schema.json"

// Modeline tells editors where the schema is.
const Modeline = "yaml-language-server: $schema=" + SchemaFile
