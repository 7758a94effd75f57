//! All kinds of changes and their effect on programs that read responses and send requests with the generated types.
//!
//! The effect follows from codegen. A field of a response is an `Option` unless it is required and not nullable. Enums
//! and limits of responses are documentation only, because codegen relaxes them. Structs and unions of responses are
//! `#[non_exhaustive]`. In requests, enums and limits become types. Programs build requests with struct literals and
//! pass parameters in order, so a new field, limit or parameter breaks existing code.

use crate::severity::Effect::{self, Breaking, Risky, Safe};

/// A kind of change.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The id in reports.
    pub check: &'static str,
    /// The effect of a change in the schema of a response. Also the effect of a change that is not in a schema.
    pub responses: Effect,
    /// The effect of a change in the schema of a request, or in a schema that no operation uses.
    pub requests: Effect,
    /// The reason for the effect.
    pub why: &'static str,
}

const fn rule(check: &'static str, responses: Effect, requests: Effect, why: &'static str) -> Rule {
    Rule { check, responses, requests, why }
}

const fn same(check: &'static str, effect: Effect, why: &'static str) -> Rule {
    rule(check, effect, effect, why)
}

/// All rules.
pub const ALL: &[Rule] = &[
    // The document.
    same("title-changed", Safe, "documentation only"),
    same("version-changed", Safe, "documentation only"),
    same("description-changed", Safe, "documentation only"),
    same("examples-changed", Safe, "documentation only"),
    same("extension-changed", Safe, "codegen does not read the extension"),
    same("server-added", Safe, "the caller chooses the base URL"),
    same("server-removed", Risky, "requests to the server may fail"),
    same("security-changed", Breaking, "calls require different credentials than before"),
    same("security-loosened", Safe, "the old credentials still work"),
    same("security-scheme-added", Safe, "only operations that refer to the scheme need it"),
    same("keyword-changed", Risky, "no other rule covers this key of the document"),
    // Operations.
    same("operation-added", Safe, "a method is added"),
    same("operation-removed", Breaking, "a method is removed"),
    same("operation-renamed", Breaking, "the method of the generated client is renamed"),
    same("operation-deprecated", Risky, "the operation may be removed later"),
    same("operation-undeprecated", Safe, "the operation stays"),
    same("part-deprecated", Risky, "the part may be removed later"),
    same("part-undeprecated", Safe, "the part stays"),
    same("operation-uncovered", Safe, "the spec does not describe this operation of the vendor"),
    same("summary-changed", Safe, "documentation only"),
    // Parameters.
    same("required-parameter-added", Breaking, "calls without the parameter are rejected"),
    same("optional-parameter-added", Breaking, "the method takes one more argument"),
    same("parameter-removed", Breaking, "the method takes one fewer argument"),
    same("path-parameter-renamed", Safe, "the URLs stay the same, and arguments are positional"),
    same("parameter-became-required", Breaking, "calls without the parameter are rejected"),
    same("parameter-became-optional", Breaking, "the argument becomes an Option"),
    // Bodies and statuses.
    same("request-body-added", Breaking, "the method takes one more argument"),
    same("request-body-removed", Breaking, "the method takes one fewer argument"),
    same("content-type-changed", Breaking, "the body gets another content type"),
    same("status-added", Risky, "the client decodes such responses instead of returning UnexpectedResponse"),
    same("status-removed", Risky, "the client returns UnexpectedResponse instead of decoding such responses"),
    same(
        "success-status-changed",
        Breaking,
        "the client expects the old status and reports an error for each successful call",
    ),
    same("error-body-added", Breaking, "the error type of the method changes"),
    same("error-body-removed", Breaking, "the error type of the method changes"),
    same("body-added", Breaking, "the return type of the method changes"),
    same("body-removed", Breaking, "the return type of the method changes"),
    // Schemas.
    same("schema-added", Safe, "a type is added"),
    same("schema-removed", Breaking, "a type is removed"),
    same("component-changed", Safe, "changes are also listed at the operations that refer to the component"),
    same("type-changed", Breaking, "the Rust type changes"),
    same("reference-changed", Breaking, "the Rust type changes"),
    rule(
        "format-changed",
        Risky,
        Breaking,
        "responses: only the documentation changes; requests: the Rust type changes, or the API accepts other values",
    ),
    same("required-became-nullable", Breaking, "the field becomes an Option"),
    rule("optional-became-nullable", Risky, Safe, "the field is already an Option; null is decoded as None"),
    same("required-became-non-nullable", Breaking, "the field is no longer an Option"),
    rule("optional-became-non-nullable", Safe, Breaking, "the field stays an Option; requests with null are rejected"),
    rule(
        "property-added",
        Safe,
        Breaking,
        "structs of responses are non-exhaustive, so code compiles; struct literals of requests need the field",
    ),
    same("required-property-added", Breaking, "a body without the property is rejected; the type loses Default"),
    same("property-removed", Breaking, "a field is removed"),
    same("property-became-required", Breaking, "the field is no longer an Option"),
    same(
        "nullable-property-became-required",
        Breaking,
        "a body without the property is rejected; the type loses Default",
    ),
    same("property-became-optional", Breaking, "the field becomes an Option"),
    same("nullable-property-became-optional", Safe, "the field stays an Option"),
    same("additional-properties-added", Breaking, "a field for unknown keys is added; the type loses Default"),
    same("additional-properties-removed", Breaking, "the field for unknown keys is removed"),
    // Values.
    rule(
        "enum-value-added",
        Safe,
        Risky,
        "responses: the client accepts unknown values; requests: the enum gets a variant, so an exhaustive match fails to compile",
    ),
    rule(
        "enum-value-removed",
        Risky,
        Breaking,
        "responses: only the documentation changes; requests: a variant is removed",
    ),
    same("named-constant-removed", Breaking, "a constant is removed"),
    same("named-constant-renamed", Breaking, "a constant is renamed"),
    same("known-value-added", Safe, "x-extensible-enum is documentation"),
    rule(
        "known-value-removed",
        Safe,
        Risky,
        "the API may reject the removed value in requests; for responses, only the documentation changes",
    ),
    rule("limit-added", Safe, Breaking, "responses: only the documentation changes; requests: the Rust type changes"),
    rule("limit-removed", Safe, Breaking, "responses: only the documentation changes; requests: the Rust type changes"),
    rule("limit-tightened", Safe, Breaking, "requests that were valid are rejected"),
    same("limit-loosened", Safe, "values that were valid stay valid"),
    same("default-added", Breaking, "the field is no longer an Option"),
    same("default-removed", Breaking, "the field becomes an Option"),
    same("default-changed", Risky, "an absent value means something else than before"),
    same("embedded-json-changed", Risky, "the JSON in the string has a different schema"),
    // Unions.
    same("alternative-added", Risky, "existing code handles the new variant only in the wildcard arm of a match"),
    same("alternative-removed", Breaking, "a variant is removed"),
    same(
        "alternative-renamed",
        Breaking,
        "the variant of the enum is renamed: its name is the title, or else the name of the referenced schema",
    ),
    same("alternatives-reordered", Risky, "a value is decoded as the first alternative that matches"),
];

/// Returns the rule with the given id.
///
/// # Panics
/// If no rule has the id.
pub(super) fn find(check: &str) -> &'static Rule {
    ALL.iter().find(|rule| rule.check == check).unwrap_or_else(|| panic!("no rule {check}"))
}
