//! Every check of `cargo xtask spec lint`: how much it weighs, and how to mend what it finds.

use crate::level::Level::{self, Error, Note, Warning};

/// A check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its name in findings.
    pub id: &'static str,
    /// How much its findings weigh.
    pub level: Level,
    /// What to do about them.
    pub mend: &'static str,
}

const fn check(id: &'static str, level: Level, mend: &'static str) -> Check {
    Check { id, level, mend }
}

/// All of them. Errors are what codegen refuses, but for those of examples.
pub const ALL: &[Check] = &[
    // The document.
    check("openapi-version", Error, "write openapi: 3.0.3"),
    check("unread-keyword", Error, "spell it as OpenAPI 3.0 does, put x- in front of it, or take it out"),
    check("security-scheme", Error, "describe the key as type: http, scheme: bearer"),
    check("unknown-security-scheme", Error, "name a scheme of components.securitySchemes"),
    // References.
    check("dangling-reference", Error, "add the component, or refer to one that is there"),
    check("reference-form", Error, "make what is referred to a component of the kind that belongs there"),
    check("endless-reference", Error, "write out what one of the references stands for"),
    check("endless-merge", Error, "write the properties of one of the schemas out, without the reference to itself"),
    check("unused-component", Warning, "take it out, or refer to it"),
    // Paths and operations.
    check("path-without-slash", Error, "begin the path with a slash"),
    check("path-reference", Error, "write the path item out"),
    check("missing-operation-id", Error, "give it an operationId, such as get_thing"),
    check("bad-operation-id", Error, "write an operationId such as get_thing"),
    check("duplicate-operation-id", Error, "give each operation an operationId of its own"),
    check("dropped-servers", Error, "move them to the servers of the document"),
    check("dropped-callbacks", Error, "take them out, and tell of them in a description"),
    check("missing-summary", Note, "say in one sentence what it does: it becomes the doc comment"),
    // Parameters.
    check("cookie-parameter", Error, "take it out; the client sends no cookies"),
    check("optional-path-parameter", Error, "write required: true"),
    check("parameter-without-schema", Error, "give it a schema"),
    check("parameter-style", Error, "leave the style out"),
    check("duplicate-parameter", Error, "leave one of them out"),
    check("path-parameters", Error, "name the same parameters in the path and in the list"),
    // Bodies.
    check("content-types", Error, "keep application/json alone"),
    check("missing-schema", Error, "give it a schema; {} takes anything"),
    check("encoding", Error, "leave the encoding out"),
    check("dropped-headers", Error, "take them out, and tell of them in a description"),
    check("dropped-links", Error, "take them out"),
    check("response-status", Error, "write a status of 2XX, 4XX or 5XX"),
    check("differing-responses", Error, "give them one schema, or list one of them alone"),
    check("missing-success", Warning, "describe the answer of a call that succeeds"),
    // Schemas.
    check("schema-name", Error, "write the name like TaskRecord, no two capitals in a row"),
    check("nameless-enum", Error, "make it a component schema with x-enum-varnames, and refer to it"),
    check(
        "named-numbers",
        Error,
        "let enum, x-enum-varnames and x-enum-descriptions be of one length, and their entries sound",
    ),
    check("colliding-enum-values", Error, "use x-extensible-enum, which leaves the field a text"),
    check("lossy-additional-properties", Error, "write additionalProperties: {}"),
    check("exclusive-without-bound", Error, "write the bound beside it"),
    check("unknown-type", Error, "use a type of OpenAPI 3.0"),
    check("empty-all-of", Error, "leave it out, or put a schema into it"),
    check("not-keyword", Error, "say in a description what is not allowed"),
    check("unknown-required", Warning, "describe the property, or take it out of required"),
    check("embedded-json-type", Warning, "x-embedded-json belongs to type: string"),
    check("missing-description", Note, "describe it: the description becomes the doc comment"),
    check("bad-schema", Error, "write it as JSON Schema has it"),
    // Examples.
    check("example-mismatch", Error, "mend the example, or the schema if the example is what the wire says"),
    check("default-mismatch", Error, "mend the default"),
    // The generator, for what no check foresees.
    check("generator-failed", Error, "write that part in another way; its message says what it cannot do"),
];

/// The check of a name.
pub fn find(id: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.id == id)
}
