//! From the spec to the source files of crates/midapi-client.

use std::path::{Path, PathBuf};
use std::{fs, io};

use proc_macro2::TokenStream;
use serde_json::Value;
use similar::TextDiff;

use crate::document::{Document, Place};
use crate::{blame, generator, named, open, operations, refuse, untagged};

/// Why no code was generated, or could not be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The document cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The generator would panic on the document, or drop parts of it without a word.
    #[error("{document} cannot be generated from:\n{}", list(refusals))]
    Refused {
        /// The document.
        document: String,
        /// What stands in the way, where, and why.
        refusals: Vec<(Place, refuse::Refusal)>,
    },
    /// The generator turned the document down, or panicked.
    #[error("{place}: {}the generator failed: {message}", part.as_ref().map(|part| format!("{part}: ")).unwrap_or_default())]
    Generator {
        /// The smallest part of the document that it fails on.
        place: Place,
        /// That part as people write it, if it is not the whole document.
        part: Option<String>,
        /// What the generator said.
        message: String,
    },
    /// A generated file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A file to be.
#[derive(Debug, PartialEq, Eq)]
pub struct Generated {
    /// Its name within the source folder.
    pub name: &'static str,
    /// All of its text.
    pub text: String,
}

/// Generates the files of a spec. The same document gives the same bytes on every machine.
///
/// # Errors
/// All but [`Error::File`].
pub fn generate(path: &Path) -> Result<Vec<Generated>, Error> {
    generate_from(&Document::read(path).map_err(Error::Unreadable)?)
}

/// As [`generate`], from a document that has been read.
///
/// # Errors
/// All but [`Error::Unreadable`] and [`Error::File`].
pub fn generate_from(document: &Document) -> Result<Vec<Generated>, Error> {
    let refusals = refuse::check(&document.value);
    if !refusals.is_empty() {
        let placed = refusals.into_iter().map(|refusal| (document.place(&refusal.pointer), refusal)).collect();
        return Err(Error::Refused { document: document.name.clone(), refusals: placed });
    }
    sources(&document.value).map_err(|failure| {
        let pointer = failure.pointer.or_else(|| blame::find(&document.value));
        let part = pointer.as_deref().map(crate::positions::dotted).filter(|part| !part.is_empty());
        Error::Generator { place: document.place(&pointer.unwrap_or_default()), part, message: failure.message }
    })
}

/// The files of a document in which nothing is refused.
pub(crate) fn sources(document: &Value) -> Result<Vec<Generated>, generator::Failure> {
    let mut opened = document.clone();
    let named = named::find(document);
    open::answers(&mut opened);
    let client = untagged::read_directly(generator::client(opened, &named)?)
        .map_err(|error| generator::Failure::new(format!("the generated code does not parse: {error}")))?;
    Ok(vec![
        Generated { name: "generated.rs", text: format_source(client)? },
        Generated { name: "named.rs", text: format_source(named::module(&named))? },
        Generated { name: "operations.rs", text: format_source(operations::module(document))? },
    ])
}

/// Writes the files that differ, and returns their paths.
///
/// # Errors
/// [`Error::File`].
pub fn write(files: &[Generated], folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut written = Vec::new();
    for file in files {
        let path = folder.join(file.name);
        if committed(&path)? != file.text {
            fs::write(&path, &file.text).map_err(|source| Error::File { path: path.clone(), source })?;
            written.push(path);
        }
    }
    Ok(written)
}

/// A unified diff from what is in the folder to what should be; empty when they are in step.
///
/// # Errors
/// [`Error::File`].
pub fn diff(files: &[Generated], folder: &Path) -> Result<String, Error> {
    let mut text = String::new();
    for file in files {
        let committed = committed(&folder.join(file.name))?;
        if committed != file.text {
            let diff = TextDiff::from_lines(&committed, &file.text);
            let headed = diff.unified_diff().header(file.name, &format!("{} (to be)", file.name)).to_string();
            text.push_str(&headed);
        }
    }
    Ok(text)
}

/// A missing file reads as an empty one: both differ from what should be there.
fn committed(path: &Path) -> Result<String, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(Error::File { path: path.to_path_buf(), source }),
    }
}

fn format_source(tokens: TokenStream) -> Result<String, generator::Failure> {
    let file = syn::parse2(tokens)
        .map_err(|error| generator::Failure::new(format!("the generated code does not parse: {error}")))?;
    let head =
        "// Made by `cargo xtask codegen` from spec/midapi.yaml. Do not edit: change the spec and run it again.\n\n";
    Ok(format!("{head}{}", prettyplease::unparse(&file)))
}

fn list(refusals: &[(Place, refuse::Refusal)]) -> String {
    let lines: Vec<_> = refusals.iter().map(|(place, refusal)| format!("  {place}: {refusal}")).collect();
    lines.join("\n")
}
