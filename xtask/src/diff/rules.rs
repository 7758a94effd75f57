//! Every kind of change, and what it does to a consumer: a program that reads answers and makes requests by this project's types.
//!
//! Codegen decides much of it. Fields of answers are `Option` unless required and not nullable; enums and limits of answers are
//! opened, so that they document and refuse nothing; structs and unions of answers are `#[non_exhaustive]`, so that they may
//! grow. Requests keep their enums and limits as types, are built by struct literals, and the calls take their parameters in
//! order: there a new field, limit or parameter is one that existing code does not have.

use crate::level::Effect::{self, Breaking, Risky, Safe};

/// A kind of change.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name in reports.
    pub check: &'static str,
    /// What it does where answers are read, or where it makes no difference.
    pub answers: Effect,
    /// What it does where requests are made.
    pub requests: Effect,
    /// Why.
    pub why: &'static str,
}

const fn rule(check: &'static str, answers: Effect, requests: Effect, why: &'static str) -> Rule {
    Rule { check, answers, requests, why }
}

/// All of them.
pub const ALL: &[Rule] = &[
    // The document.
    rule("title-changed", Safe, Safe, "prose"),
    rule("version-changed", Safe, Safe, "prose"),
    rule("description-changed", Safe, Safe, "prose"),
    rule("examples-changed", Safe, Safe, "prose"),
    rule("server-added", Safe, Safe, "the base URL is the caller's choice"),
    rule("server-removed", Risky, Risky, "callers of it may find it gone"),
    rule("security-changed", Breaking, Breaking, "calls are let in with another key, or without one"),
    rule("keyword-changed", Risky, Risky, "a keyword that no other rule knows"),
    // Operations.
    rule("operation-added", Safe, Safe, "a call appears"),
    rule("operation-removed", Breaking, Breaking, "a call disappears"),
    rule("operation-renamed", Breaking, Breaking, "the operationId is the method's name"),
    rule("operation-deprecated", Risky, Risky, "it may go"),
    rule("summary-changed", Safe, Safe, "prose"),
    // Parameters.
    rule("required-parameter-added", Breaking, Breaking, "calls without it are refused"),
    rule("optional-parameter-added", Breaking, Breaking, "the method takes one argument more"),
    rule("parameter-removed", Breaking, Breaking, "the method takes one argument less"),
    rule("parameter-became-required", Breaking, Breaking, "calls without it are refused"),
    rule("parameter-became-optional", Breaking, Breaking, "the argument becomes an Option"),
    // Bodies and statuses.
    rule("request-body-added", Breaking, Breaking, "the method takes one argument more"),
    rule("request-body-removed", Breaking, Breaking, "the method takes one argument less"),
    rule("content-type-changed", Breaking, Breaking, "the other side reads something else"),
    rule("status-added", Risky, Risky, "an answer that was unexpected is read by its schema"),
    rule("status-removed", Risky, Risky, "an answer that was read becomes an unexpected one"),
    rule("error-body-added", Breaking, Breaking, "the call's error type is that of the body"),
    rule("error-body-removed", Breaking, Breaking, "the call's error type has no body any more"),
    rule("body-added", Breaking, Breaking, "the call returns something"),
    rule("body-removed", Breaking, Breaking, "the call returns nothing"),
    // Schemas.
    rule("schema-added", Safe, Safe, "a type appears"),
    rule("schema-removed", Breaking, Breaking, "a type disappears"),
    rule("component-changed", Risky, Risky, "a component that operations may refer to"),
    rule("type-changed", Breaking, Breaking, "the Rust type changes"),
    rule("reference-changed", Breaking, Breaking, "the Rust type changes"),
    rule("format-changed", Risky, Breaking, "of answers it documents; of requests it is a type"),
    rule("became-nullable", Breaking, Breaking, "a required field becomes an Option"),
    rule("may-be-null-too", Risky, Safe, "the field is an Option already, and null reads as absent"),
    rule("became-not-nullable", Breaking, Breaking, "a required field is no Option any more"),
    rule("never-null", Safe, Breaking, "the field stays an Option; requests with null are refused"),
    rule("property-added", Safe, Breaking, "structs of answers may grow; literals of requests lack the field"),
    rule("required-property-added", Breaking, Breaking, "an answer or a request without it fails; Default goes"),
    rule("property-removed", Breaking, Breaking, "a field disappears"),
    rule("became-required", Breaking, Breaking, "the field is no Option any more"),
    rule(
        "nullable-became-required",
        Breaking,
        Breaking,
        "it stays an Option, but an answer without it fails; Default goes",
    ),
    rule("became-optional", Breaking, Breaking, "the field becomes an Option"),
    rule("nullable-became-optional", Safe, Safe, "it stays an Option"),
    rule(
        "additional-properties-opened",
        Breaking,
        Breaking,
        "unknown keys are kept in a field that appears; Default goes",
    ),
    rule("additional-properties-closed", Breaking, Breaking, "the field of unknown keys disappears"),
    // Values.
    rule("enum-value-added", Safe, Risky, "enums of answers are open; a match over one of requests lacks an arm"),
    rule("enum-value-removed", Risky, Breaking, "of answers it documents; of requests a variant disappears"),
    rule("named-number-removed", Breaking, Breaking, "a constant disappears"),
    rule("named-number-renamed", Breaking, Breaking, "a constant disappears, another appears"),
    rule("known-value-added", Safe, Safe, "x-extensible-enum documents"),
    rule("known-value-removed", Safe, Safe, "x-extensible-enum documents"),
    rule("limit-added", Safe, Breaking, "of answers it documents; of requests it is a type"),
    rule("limit-removed", Safe, Breaking, "of answers it documents; of requests it was a type"),
    rule("limit-tightened", Safe, Breaking, "requests that were good are refused"),
    rule("limit-loosened", Safe, Safe, "what was good stays good"),
    rule("default-added", Breaking, Breaking, "the field is no Option any more"),
    rule("default-removed", Breaking, Breaking, "the field becomes an Option"),
    rule("default-changed", Risky, Risky, "what is absent means something else"),
    rule("embedded-json-changed", Risky, Risky, "the text is read by another schema"),
    // Unions.
    rule("alternative-added", Risky, Risky, "a match has to know what to do with it"),
    rule("alternative-removed", Breaking, Breaking, "a variant disappears"),
    rule("alternative-renamed", Breaking, Breaking, "the title is the variant's name"),
];

/// The rule of a name.
///
/// # Panics
/// If there is none of that name; a test of each kind of change would show that.
pub(super) fn find(check: &str) -> &'static Rule {
    ALL.iter().find(|rule| rule.check == check).unwrap_or_else(|| panic!("{check} is no rule"))
}
