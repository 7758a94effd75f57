//! All checks of `cargo xtask spec lint`, with their severity and help.

use crate::severity::Severity::{self, Error, Note, Warning};

/// A check of `cargo xtask spec lint`.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// The id in findings.
    pub id: &'static str,
    /// The severity of the findings of this check.
    pub severity: Severity,
    /// How to fix a finding of this check.
    pub help: &'static str,
}

const fn check(id: &'static str, severity: Severity, help: &'static str) -> Check {
    Check { id, severity, help }
}

/// All checks.
///
/// `cargo xtask regenerate` fails if a check finds an error or a warning. `cargo xtask codegen` fails for most errors,
/// but accepts a wrong example.
pub const ALL: &[Check] = &[
    // The document.
    check("unsupported-version", Error, "write openapi: 3.0.3"),
    check("unknown-keyword", Error, "correct the spelling of the keyword, prefix it with x-, or remove it"),
    check("keyword-beside-reference", Error, "move the reference into an allOf"),
    check("unsupported-security-scheme", Error, "describe the API key as type: http, scheme: bearer"),
    check("unknown-security-scheme", Error, "use a scheme of components.securitySchemes"),
    // References.
    check("dangling-reference", Error, "add the component, or refer to an existing one"),
    check("unsupported-reference", Error, "refer to a component of the required kind"),
    check("reference-cycle", Error, "replace one of the references by the schema itself"),
    check("recursive-merge", Error, "write out the properties of one schema, without the reference to itself"),
    check("merged-unions", Error, "write out the alternatives in one oneOf"),
    check("unused-component", Warning, "remove the component, or refer to it"),
    // Paths and operations.
    check("path-without-slash", Error, "start the path with a slash"),
    check("path-reference", Error, "replace the reference by the path item"),
    check("missing-operation-id", Error, "add an operationId, such as get_thing"),
    check("invalid-operation-id", Error, "write an operationId such as get_thing"),
    check("duplicate-operation-id", Error, "give each operation its own operationId"),
    check("unsupported-method", Error, "use GET, PUT, POST, DELETE, HEAD or PATCH"),
    check("unsupported-servers", Error, "list the servers at the top level of the document"),
    check("unsupported-callbacks", Error, "remove the callbacks and describe them in text"),
    check("missing-summary", Note, "add a summary of one sentence; it becomes the doc comment"),
    // Parameters.
    check("cookie-parameter", Error, "remove the parameter; the client sends no cookies"),
    check("optional-path-parameter", Error, "write required: true"),
    check("parameter-without-schema", Error, "add a schema"),
    check("unsupported-parameter-style", Error, "remove `style` and `explode: false`"),
    check("unsupported-parameter-type", Error, "use type string, integer, number or boolean, without nullable"),
    check("invalid-parameter-name", Error, "rename the parameter"),
    check("unsupported-content-type", Error, "use application/json"),
    check("unsupported-websocket", Error, "remove the operation, or the extension"),
    check("duplicate-parameter", Error, "remove one of the parameters"),
    check("path-parameter-mismatch", Error, "use the same parameter names in the path and in the parameters list"),
    // Bodies.
    check("multiple-content-types", Error, "keep application/json only"),
    check("missing-schema", Error, "add a schema; the empty schema {} allows any value"),
    check("unsupported-encoding", Error, "remove the encoding"),
    check("unsupported-headers", Error, "remove the headers and describe them in text"),
    check("unsupported-links", Error, "remove the links"),
    check(
        "unsupported-status",
        Error,
        "use a status from 200 to 299 or from 400 to 599, or one of the ranges 2XX, 4XX and 5XX",
    ),
    check("differing-responses", Error, "use the same schema for these responses, or document only one of them"),
    check("missing-success", Warning, "document the response of a successful call"),
    // Schemas.
    check("invalid-schema-name", Error, "use a name like TaskRecord, without two capitals in a row"),
    check("unnamed-schema", Error, "make the schema a component, and refer to the component"),
    check("nullable-component", Error, "write nullable where the schema is used, beside an allOf with the $ref"),
    check("unnamed-enum", Error, "make the enum a component schema with x-enum-varnames, and refer to it"),
    check("invalid-named-constants", Error, "make enum, x-enum-varnames and x-enum-descriptions match"),
    check("colliding-enum-values", Error, "use x-extensible-enum, which keeps the field a string"),
    check("dropped-additional-properties", Error, "write additionalProperties: {}"),
    check("exclusive-without-limit", Error, "add the limit"),
    check("unknown-type", Error, "use a type of OpenAPI 3.0"),
    check("empty-all-of", Error, "remove the allOf, or add a schema to it"),
    check("unsupported-any-of", Error, "use oneOf, or one schema that allows all values"),
    check("unsupported-discriminator", Error, "remove the discriminator, and list the most specific alternative first"),
    check("unsupported-not", Error, "describe the restriction in text"),
    check("unknown-required-property", Warning, "describe the property, or remove it from required"),
    check("embedded-json-type", Warning, "use x-embedded-json only in a schema with type: string"),
    check("missing-description", Note, "add a description; it becomes the doc comment"),
    check("invalid-schema", Error, "write a valid JSON Schema"),
    // Examples.
    check("example-mismatch", Error, "correct the example, or the schema if real responses look like the example"),
    check("default-mismatch", Error, "correct the default"),
    // The generator.
    check("generator-failed", Error, "correct this part of the spec: the generator cannot process it"),
];

/// Returns the check with the given id. None if no check has the id.
pub fn find(id: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.id == id)
}
