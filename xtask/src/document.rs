//! A document that was read from a file, a revision or a test, with the place of each of its parts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::positions::Positions;

/// A YAML or JSON document.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is called in messages: the path as it was given.
    pub name: String,
    /// What it says.
    pub value: Value,
    positions: Positions,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// In words, with the file and the line in it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = shown(path);
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {name}: {error}"))?;
        Self::parse(name, &text)
    }

    /// Reads a file, or the project's spec of a revision: `git:REV`, which asks git for `REV:spec/midapi.yaml`.
    ///
    /// # Errors
    /// In words, with the file or the revision.
    pub fn read_or_show(source: &str, root: &Path) -> Result<Self, String> {
        let Some(revision) = source.strip_prefix("git:") else { return Self::read(Path::new(source)) };
        if revision.is_empty() || revision.starts_with('-') {
            return Err(format!("{source}: git:REV takes a revision, such as git:HEAD or git:v0.1.0"));
        }
        let object = format!("{revision}:spec/midapi.yaml");
        let shown = Command::new("git").arg("-C").arg(root).args(["show", &object]).output();
        let output = shown.map_err(|error| format!("{source}: git cannot be run: {error}"))?;
        if !output.status.success() {
            return Err(format!("{source}: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let text = String::from_utf8(output.stdout).map_err(|_| format!("{source}: is no text of UTF-8"))?;
        Self::parse(object, &text)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// In words, with the name and the line.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, String> {
        let name = name.into();
        if let Some(line) = too_deep(text) {
            return Err(format!("{name}:{line}: not a YAML document: brackets in brackets beyond the recursion limit"));
        }
        // Of two entries with one key serde_json's Value keeps the last, without a word; serde_yaml's refuses them.
        let read = serde_yaml::from_str::<serde_yaml::Value>(text).and_then(|_| serde_yaml::from_str::<Value>(text));
        let value = read.map_err(|error| {
            let line = error.location().map_or(1, |location| location.line().max(1));
            format!("{name}:{line}: not a YAML document: {error}")
        })?;
        let positions = Positions::of(text);
        Ok(Self { name, value, positions })
    }

    /// Reads a file of JSON, such as the body of an answer.
    ///
    /// # Errors
    /// In words, with the file and the line in it.
    pub fn read_json(path: &Path) -> Result<Self, String> {
        let name = shown(path);
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {name}: {error}"))?;
        Self::parse_json(name, &text)
    }

    /// Reads a text of JSON.
    ///
    /// # Errors
    /// In words, with the name and the line.
    pub fn parse_json(name: impl Into<String>, text: &str) -> Result<Self, String> {
        let name = name.into();
        let read = serde_json::from_str(text);
        let value = read.map_err(|error| format!("{name}:{}: not JSON: {error}", error.line().max(1)))?;
        // JSON is YAML, but for oddities that leave parts without a line of their own.
        Ok(Self { name, value, positions: Positions::of(text) })
    }

    /// The same document with another value. Parts that moved get the line of the nearest known part.
    pub(crate) fn with_value(&self, value: Value) -> Self {
        Self { name: self.name.clone(), value, positions: self.positions.clone() }
    }

    /// Where a part stands.
    pub fn place(&self, pointer: &str) -> Place {
        Place { file: self.name.clone(), line: self.positions.line(pointer) }
    }
}

/// The line where brackets go deeper than any reader here follows. The reader would say so itself, after minutes.
fn too_deep(text: &str) -> Option<usize> {
    /// Prose has unpaired brackets too, but not so many.
    const DEEPEST: usize = 512;
    let (mut depth, mut line) = (0_usize, 1);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'\n' => line += 1,
            _ => {}
        }
        if depth > DEEPEST {
            return Some(line);
        }
    }
    None
}

/// A path below the folder that the command runs in is shown from there.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    below.map_or_else(|| path.to_path_buf(), PathBuf::from).display().to_string()
}
