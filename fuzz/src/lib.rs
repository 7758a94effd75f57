//! Properties that hold for any input bytes.
//!
//! Each function takes bytes and panics if a property does not hold. The fuzz targets call the functions with generated
//! bytes. The tests call them with the files in `corpus` and with inputs of proptest. See CONTRIBUTING.md, "Fuzzing".

mod envelope;
mod lua_options;
mod names;
mod params;
mod retry_after;
mod scenario;
mod simulated;
mod spec;

pub use envelope::check_envelope;
pub use lua_options::check_lua_options;
pub use names::check_names;
pub use params::check_params;
pub use retry_after::check_retry_after;
pub use scenario::check_scenario;
pub use spec::check_spec;

/// A function of this crate.
pub type Target = fn(&[u8]);

/// All functions, with the names of their fuzz targets and corpora.
pub const TARGETS: &[(&str, Target)] = &[
    ("envelope", check_envelope),
    ("lua_options", check_lua_options),
    ("names", check_names),
    ("params", check_params),
    ("retry_after", check_retry_after),
    ("scenario", check_scenario),
    ("spec", check_spec),
];
