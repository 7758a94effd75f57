//! What holds for any bytes that come from outside.
//!
//! Each function takes bytes and panics if something does not hold. `fuzz/` calls it with what a fuzzer makes up, the tests of this
//! crate with what is kept in `fuzz/corpus`, and with what proptest makes up: see CONTRIBUTING.md.

mod asked;
mod envelope;
mod lua_options;
mod params;
mod retry_after;
mod scenario;
mod spec;

pub use envelope::envelope;
pub use lua_options::lua_options;
pub use params::params;
pub use retry_after::retry_after;
pub use scenario::scenario;
pub use spec::spec;

/// A function of this crate.
pub type Target = fn(&[u8]);

/// All of them, by the names of their corpora.
pub const TARGETS: &[(&str, Target)] = &[
    ("envelope", envelope),
    ("lua_options", lua_options),
    ("params", params),
    ("retry_after", retry_after),
    ("scenario", scenario),
    ("spec", spec),
];
