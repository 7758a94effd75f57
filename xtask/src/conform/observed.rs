//! The state of one comparison: the differences, and the parts of the spec that occur in responses.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Place};

/// A spec, the differences found so far, and the parts of the spec that some response contains.
pub(super) struct Observed<'a> {
    pub(super) spec: &'a Document,
    /// The differences, by check, part and message.
    pub(super) differences: BTreeMap<(&'static str, String, String), Difference>,
    /// Pointers of the spec, some with a [`NULL`] or [`VALUE`] mark.
    pub(super) seen: BTreeSet<String>,
}

pub(super) struct Difference {
    /// The numbers of the responses that contain this difference.
    pub(super) responses: BTreeSet<usize>,
    /// The place in the first response.
    pub(super) place: Place,
    /// The pointer in the spec.
    pub(super) pointer: String,
}

/// Appended to the pointer of a schema for which null was observed.
pub(super) const NULL: &str = " null";
/// Stands between the pointer of a schema and a value that was observed for it.
pub(super) const VALUE: &str = " value ";
