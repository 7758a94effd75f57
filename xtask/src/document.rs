//! YAML and JSON documents with the lines of their parts.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::parallel;
use crate::positions::Positions;

/// A YAML or JSON document.
#[derive(Debug, Clone)]
pub struct Document {
    /// The name in messages, such as the path of the file.
    pub name: String,
    /// The content.
    pub value: Value,
    positions: Positions,
}

/// A line in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The name of the document, such as the path of the file.
    pub file: String,
    /// The line, counted from 1.
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
    /// If the file cannot be read or parsed. The message names the file and, for an invalid text, the line.
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = shown(path);
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {name}: {error}"))?;
        Self::parse(name, &text)
    }

    /// Reads a file, or `spec/midapi.yaml` at a Git revision. `source` is the path of the file, or `git:REV`.
    ///
    /// # Errors
    /// If the file or the revision cannot be read or parsed. The message names the file or the revision.
    pub fn read_or_show(source: &str, root: &Path) -> Result<Self, String> {
        let Some(revision) = source.strip_prefix("git:") else { return Self::read(Path::new(source)) };
        if revision.is_empty() || revision.starts_with('-') {
            return Err(format!("{source}: git:REV needs a revision, such as git:HEAD or git:v0.1.0"));
        }
        let object = format!("{revision}:spec/midapi.yaml");
        let output = Command::new("git").arg("-C").arg(root).args(["show", &object]).output();
        let output = output.map_err(|error| format!("{source}: cannot run git: {error}"))?;
        if !output.status.success() {
            return Err(format!("{source}: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let text = String::from_utf8(output.stdout).map_err(|_| format!("{source}: not UTF-8"))?;
        Self::parse(object, &text)
    }

    /// Parses a YAML or JSON text.
    ///
    /// # Errors
    /// If the text is invalid. The message contains the name and the line.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, String> {
        let (name, normalized): (String, _) = (name.into(), normalize(text));
        let text = &*normalized;
        if let Some(line) = find_excess_depth(text) {
            return Err(format!("{name}:{line}: not a YAML document: brackets exceed the recursion limit"));
        }
        let (positions, read) = parallel::join(|| Positions::of(text), || serde_yaml::from_str(text));
        let value = read.map_err(|error| {
            let line = error.location().map_or(1, |location| location.line().max(1));
            if has_large_integer(text.lines().nth(line - 1).unwrap_or_default()) {
                return format!("{name}:{line}: not a YAML document: an integer must fit in 64 bits");
            }
            format!("{name}:{line}: not a YAML document: {error}")
        })?;
        // serde_json::Value silently keeps the last of two equal keys.
        if let Some((key, line)) = &positions.duplicate {
            return Err(format!("{name}:{line}: not a YAML document: duplicate key {key:?}"));
        }
        Ok(Self { name, value, positions })
    }

    /// Reads a JSON file, such as the body of a response.
    ///
    /// # Errors
    /// If the file cannot be read or parsed. The message names the file and, for an invalid text, the line.
    pub fn read_json(path: &Path) -> Result<Self, String> {
        let name = shown(path);
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {name}: {error}"))?;
        Self::parse_json(name, &text)
    }

    /// Parses a JSON text.
    ///
    /// # Errors
    /// If the text is invalid. The message contains the name and the line.
    pub fn parse_json(name: impl Into<String>, text: &str) -> Result<Self, String> {
        let (name, normalized): (String, _) = (name.into(), normalize(text));
        let text = &*normalized;
        let read = serde_json::from_str(text);
        let value = read.map_err(|error| format!("{name}:{}: not JSON: {error}", error.line().max(1)))?;
        // Most JSON is YAML. Parts that the YAML parser cannot read have no line of their own.
        Ok(Self { name, value, positions: Positions::of(text) })
    }

    /// Returns this document with another value. A part that moved gets the line of the nearest known part around it.
    pub(crate) fn with_value(&self, value: Value) -> Self {
        Self { name: self.name.clone(), value, positions: self.positions.clone() }
    }

    /// Creates a document from a value and the line of each part. The keys of `lines` are JSON pointers.
    pub(crate) fn with_lines(name: &str, value: Value, lines: HashMap<String, usize>) -> Self {
        Self { name: name.to_owned(), value, positions: Positions::from_lines(lines) }
    }

    /// The file and the line of the part at a JSON pointer.
    pub fn place(&self, pointer: &str) -> Place {
        Place { file: self.name.clone(), line: self.positions.line(pointer) }
    }
}

/// Returns the first line where brackets are nested too deeply. The YAML parser would take minutes to reject the text.
fn find_excess_depth(text: &str) -> Option<usize> {
    /// The maximum number of open brackets. Descriptions can contain unpaired brackets, but fewer than this limit.
    const MAX_DEPTH: usize = 512;
    let (mut depth, mut line) = (0_usize, 1);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'\n' => line += 1,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(line);
        }
    }
    None
}

fn has_large_integer(line: &str) -> bool {
    let mut words = line.split(|c: char| !(c.is_ascii_digit() || c == '-')).filter(|word| word.len() > 18);
    words.any(|word| word.parse::<i64>().is_err() && word.parse::<u64>().is_err())
}

/// Removes a byte order mark. In JSON, also replaces each escaped surrogate pair (`\ud83d\ude00`) by its character,
/// because YAML does not support surrogate pairs.
fn normalize(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with(['{', '[']) || !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let (mut joined, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, escape)) = rest.find('\\').map(|at| rest.split_at(at)) {
        joined.push_str(before);
        let unit = |at: usize| {
            let digits = escape.get(at..at + 6)?.strip_prefix("\\u")?;
            u16::from_str_radix(digits, 16).ok()
        };
        let pair = unit(0).zip(unit(6)).map(|(high, low)| char::decode_utf16([high, low]).next());
        if let Some(Some(Ok(character))) = pair
            && character.len_utf16() == 2
        {
            joined.push(character);
            rest = &escape[12..];
        } else {
            let end = escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end);
            joined.push_str(&escape[..end]);
            rest = &escape[end..];
        }
    }
    Cow::Owned(joined + rest)
}

/// The path to show in messages: relative to the current folder if the file is below that folder.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    below.map_or_else(|| path.to_path_buf(), PathBuf::from).display().to_string()
}
