//! `cargo xtask spec lint`: the problems of a spec. Each finding has a line and a help text.

pub mod checks;
mod documentation;
mod examples;
mod findings;
mod usage;

use crate::codegen::{self, Error};
use crate::document::Document;
use crate::parallel;
use crate::unsupported;

use self::findings::Findings;

pub use self::findings::Finding;

/// Returns all findings of a document, in the order of their lines.
pub fn lint(document: &Document) -> Vec<Finding> {
    let mut findings = Findings { document, all: Vec::new() };
    let unsupported = unsupported::find(&document.value);
    let is_supported = unsupported.is_empty();
    let is_resolvable = !unsupported.iter().any(unsupported::Unsupported::is_unresolvable);
    for found in unsupported {
        findings.add_as(found.check, &found.pointer, found.place, found.reason);
    }
    let check = || {
        usage::check(&mut findings);
        documentation::check(&mut findings);
        if is_resolvable {
            examples::check(&mut findings);
        }
    };
    let ((), generated) = parallel::join(check, || is_supported.then(|| codegen::try_generator(document)));
    if let Some(Err(Error::Generator { place, part, message })) = generated {
        findings.push("generator-failed", place, part.unwrap_or_default(), message);
    }
    let mut all = findings.all;
    all.sort_by(|one, other| (&one.place, one.check).cmp(&(&other.place, other.check)));
    all
}
