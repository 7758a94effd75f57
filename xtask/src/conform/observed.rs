//! The state of one run: what the responses contain.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Place};

/// A spec, the differences found so far, and the parts of the spec that some response contains.
pub(super) struct Observed<'a> {
    pub(super) spec: &'a Document,
    /// By check, part and message.
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

/// Marks the pointer of a schema for which null was seen.
pub(super) const NULL: &str = " null";
/// Marks the pointer of a schema for which the value that follows was seen.
pub(super) const VALUE: &str = " value ";
