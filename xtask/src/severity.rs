//! The severity of a lint finding and the effect of a change.

use std::fmt;

/// The severity of a finding of `spec lint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A suggestion, for example to add a description.
    Note,
    /// Valid, but probably a mistake.
    Warning,
    /// No code can be generated, or the code is wrong.
    Error,
}

/// The effect on programs that use the types of the SDK: of a change between two specs, or of a difference between a
/// response and the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Programs keep working.
    Safe,
    /// Programs compile and run, but values can have another meaning.
    Risky,
    /// Programs do not compile, or their calls fail.
    Breaking,
}

impl Severity {
    /// The name in output and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Effect {
    /// The name in output and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Risky => "risky",
            Self::Breaking => "breaking",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
