//! How much a finding weighs, and what a change does to those who use the API.

use std::fmt;

/// How much a finding of `spec lint` weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Works, and is probably not what was meant.
    Warning,
    /// No code can be made of it, or code that is wrong.
    Error,
}

/// What a change of the spec, or a difference between it and the wire, does to a program that uses the SDK's types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing that it has to know.
    Safe,
    /// It goes on compiling and reading answers; what they mean may differ.
    Risky,
    /// It does not compile any more, or its calls and answers fail.
    Breaking,
}

impl Level {
    /// The name, as it is printed and given on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Effect {
    /// The name, as it is printed and given on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Risky => "risky",
            Self::Breaking => "breaking",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
