//! `cargo xtask spec conform`: comparison of recorded responses with a spec, in both directions.

mod finding;
mod observed;
mod unobserved;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Document;
use crate::positions::below;
use crate::shape::follow_with_pointer;
use crate::spec::{Operation, object};
use crate::unsupported;

use self::finding::effect_of;
use self::observed::Observed;
use self::walk::Walk;

pub use self::finding::{Finding, KINDS, Kind};

/// The id of the operation that [`conform`] selects by default if a spec has several operations. `midapi get --record`
/// records the responses of this operation.
const DEFAULT_OPERATION: &str = "get_record_info";

/// Compares response bodies with the schema of the first documented 2XX response of an operation.
///
/// A 2XX response without a schema is skipped. All bodies are treated as bodies of the selected response.
///
/// `operation` is an operation id. None selects the only operation of the spec, or `get_record_info` if the spec has
/// several operations.
///
/// # Errors
/// If a reference in the spec cannot be resolved, the spec does not have the operation, or the operation has no 2XX
/// response with a schema.
pub fn conform(spec: &Document, operation: Option<&str>, responses: &[Document]) -> Result<Vec<Finding>, String> {
    if let Some(found) = unsupported::find(&spec.value).into_iter().find(unsupported::Unsupported::is_unresolvable) {
        return Err(format!("{}: {found}", spec.place(&found.pointer)));
    }
    let operation = select_operation(spec, operation)?;
    let at = below(&operation.pointer(), "responses");
    let documented: Vec<_> = object(&operation.body["responses"]).collect();
    let success = documented.iter().find_map(|(status, response)| {
        let (pointer, response) = follow_with_pointer(&spec.value, below(&at, status), response);
        let (content_type, media) = object(&response["content"]).next().filter(|_| status.starts_with('2'))?;
        let schema = media.get("schema")?;
        Some((*status, below(&below(&below(&pointer, "content"), content_type), "schema"), schema))
    });
    let (status, pointer, schema) = success
        .ok_or_else(|| format!("{}: {}: no successful response has a schema", spec.place(&at), operation.name()))?;
    let mut observed = Observed { spec, differences: BTreeMap::new(), seen: BTreeSet::new() };
    for (number, response) in responses.iter().enumerate() {
        Walk::new(&mut observed, response, number).check(&pointer, schema);
    }
    let differences = observed.differences.iter().map(|((check, part, message), difference)| Finding {
        check,
        effect: effect_of(check),
        part: part.clone(),
        message: message.clone(),
        responses: difference.responses.len(),
        place: difference.place.clone(),
        spec: spec.place(&difference.pointer),
    });
    let mut findings: Vec<_> = differences.collect();
    unobserved::find(&observed, &pointer, schema, &mut findings);
    for (other, _) in documented.iter().filter(|(other, _)| *other != status) {
        let message = format!("HTTP {other} is documented, but all bodies are treated as HTTP {status}");
        let place = spec.place(&below(&at, other));
        findings.push(Finding::not_observed("status-not-observed", "the response".into(), message, place));
    }
    findings.sort_by(|one, other| (other.effect, &one.part, one.check).cmp(&(one.effect, &other.part, other.check)));
    Ok(findings)
}

fn select_operation<'a>(spec: &'a Document, id: Option<&str>) -> Result<Operation<'a>, String> {
    let all: Vec<_> = Operation::all(&spec.value).collect();
    let find = |id: &str| all.iter().find(|operation| operation.name() == id).copied();
    let known = || all.iter().map(Operation::name).collect::<Vec<_>>().join(", ");
    match (id, &all[..]) {
        (Some(id), _) => find(id).ok_or_else(|| format!("{}: no operation {id:?}; known: {}", spec.name, known())),
        (None, [only]) => Ok(*only),
        (None, _) => {
            find(DEFAULT_OPERATION).ok_or_else(|| format!("{}: specify an operation; known: {}", spec.name, known()))
        }
    }
}
