//! Differences between responses and the spec.

use std::fmt;

use crate::document::Place;
use crate::severity::Effect::{self, Breaking, Risky, Safe};

/// A kind of difference.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The id of the kind, such as `type-mismatch`.
    pub check: &'static str,
    /// The effect on programs.
    pub effect: Effect,
}

const fn kind(check: &'static str, effect: Effect) -> Kind {
    Kind { check, effect }
}

/// All kinds of findings: first those about responses that differ from the spec, then those about parts of the spec
/// that no response contains.
pub const KINDS: &[Kind] = &[
    kind("type-mismatch", Breaking),
    kind("required-field-missing", Breaking),
    kind("unexpected-null", Breaking),
    kind("unexpected-null-of-optional", Risky),
    kind("invalid-embedded-json", Risky),
    kind("format-mismatch", Risky),
    kind("limit-exceeded", Risky),
    kind("unknown-value", Risky),
    kind("unknown-value-of-open-list", Safe),
    kind("unknown-field", Risky),
    kind("unknown-field-kept", Safe),
    kind("field-not-observed", Safe),
    kind("value-not-observed", Safe),
    kind("alternative-not-observed", Safe),
    kind("null-not-observed", Safe),
    kind("status-not-observed", Safe),
];

/// A difference between responses and the spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The id of the [`Kind`] of difference, such as `type-mismatch`.
    pub check: &'static str,
    /// The effect on programs that use the types of the spec.
    pub effect: Effect,
    /// The part of the response, such as `data.createTime`.
    pub part: String,
    /// The value in the response and the expected value.
    pub message: String,
    /// The number of responses with this difference. 0 for a part that no response contains.
    pub responses: usize,
    /// The line in the first response with this difference, or in the spec for a part that no response contains.
    pub place: Place,
    /// The line in the spec.
    pub spec: Place,
}

impl Finding {
    /// A finding about a part of the spec that no response contains.
    pub(super) fn not_observed(check: &'static str, part: String, message: String, spec: Place) -> Self {
        Self { check, effect: effect_of(check), part, message, responses: 0, place: spec.clone(), spec }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} [{}] {}: {}: {}", self.effect, self.check, self.place, self.part, self.message)?;
        if self.responses > 0 {
            let noun = if self.responses == 1 { "response" } else { "responses" };
            write!(f, " ({} {noun}; spec: {})", self.responses, self.spec)?;
        }
        Ok(())
    }
}

/// The effect of the findings with the id `check`.
pub(super) fn effect_of(check: &str) -> Effect {
    KINDS.iter().find(|kind| kind.check == check).map_or(Breaking, |kind| kind.effect)
}
