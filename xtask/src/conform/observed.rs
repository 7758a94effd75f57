//! The state of one comparison: the differences, and the parts of the spec that occur in responses.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Place};

/// A spec, the differences found so far, and the parts of the spec that at least one response contains.
pub(super) struct Observed<'a> {
    pub(super) spec: &'a Document,
    /// The differences. The key consists of the check, the part and the message.
    pub(super) differences: BTreeMap<(&'static str, String, String), Difference>,
    /// The JSON pointers to the schemas that describe a value in at least one response. For an observed null, also the
    /// pointer followed by [`NULL`]. For an observed value of an `enum` or an `x-extensible-enum`, also the pointer
    /// followed by [`VALUE`] and the value.
    pub(super) seen: BTreeSet<String>,
}

pub(super) struct Difference {
    /// The numbers of the responses that contain this difference, counted from 0.
    pub(super) responses: BTreeSet<usize>,
    /// The place of the difference. If several responses have it, the place in the first of them.
    pub(super) place: Place,
    /// The JSON pointer to the schema in the spec with which the value was compared.
    pub(super) pointer: String,
}

/// The suffix of a pointer in [`Observed::seen`] to a schema for which null was observed.
pub(super) const NULL: &str = " null";
/// The separator in [`Observed::seen`] between the pointer to a schema and a value that was observed for the schema.
pub(super) const VALUE: &str = " value ";
