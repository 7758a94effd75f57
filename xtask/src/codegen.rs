//! From the spec to the source files of crates/midapi-client.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::{fs, io};

use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, TypePatch};
use serde_json::Value;
use similar::TextDiff;

use crate::{named, open, operations, refuse, spec};

/// Why no code was generated, or could not be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The document cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The generator would panic on the document, or drop parts of it without a word.
    #[error("{} cannot be generated from:\n{}", spec.display(), list(refusals))]
    Refused {
        /// The document.
        spec: PathBuf,
        /// What stands in the way, and why.
        refusals: Vec<refuse::Refusal>,
    },
    /// The generator turned the document down, or panicked.
    #[error("the generator failed: {0}")]
    Generator(String),
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
    let mut document = spec::read(path).map_err(Error::Unreadable)?;
    let refusals = refuse::check(&document);
    if !refusals.is_empty() {
        return Err(Error::Refused { spec: path.to_path_buf(), refusals });
    }
    let named = named::find(&document);
    let operations = operations::module(&document);
    open::answers(&mut document);
    Ok(vec![
        Generated { name: "generated.rs", text: format_source(client(document, &named)?)? },
        Generated { name: "named.rs", text: format_source(named::module(&named))? },
        Generated { name: "operations.rs", text: format_source(operations)? },
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

/// The generator's own support for schemars writes code for schemars 0.8.
const SCHEMA: &str = "#[cfg_attr(feature = \"schemars\", derive(schemars::JsonSchema))]";

fn client(mut document: Value, named: &[named::Named]) -> Result<TokenStream, Error> {
    // Answers may grow fields: a struct that nobody outside can build or match whole can grow with them.
    let answer = TypePatch::default().with_attr("#[non_exhaustive]").with_attr(SCHEMA).clone();
    let mut settings = GenerationSettings::new();
    settings.with_derive("PartialEq");
    for name in spec::answer_schemas(&document) {
        settings.with_patch(name, &answer);
    }
    for number in named {
        let path = format!("crate::{}", number.name);
        settings.with_replacement(&number.name, path, std::iter::empty());
    }
    // The generator copies the description into a doc comment of `Client`, next to sentences of its own.
    if let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) {
        info.remove("termsOfService");
    }
    let api: openapiv3::OpenAPI = serde_json::from_value(document)
        .map_err(|error| Error::Generator(format!("not an OpenAPI document: {error}")))?;
    let generated = catch_unwind(AssertUnwindSafe(|| Generator::new(&settings).generate_tokens(&api)));
    match generated {
        Ok(tokens) => tokens.map_err(|error| Error::Generator(error.to_string())),
        Err(_) => Err(Error::Generator(
            "it panicked (its message is above); the spec holds a construct it does not know".into(),
        )),
    }
}

fn format_source(tokens: TokenStream) -> Result<String, Error> {
    let file =
        syn::parse2(tokens).map_err(|error| Error::Generator(format!("the generated code does not parse: {error}")))?;
    let head =
        "// Made by `cargo xtask codegen` from spec/midapi.yaml. Do not edit: change the spec and run it again.\n\n";
    Ok(format!("{head}{}", prettyplease::unparse(&file)))
}

fn list(refusals: &[refuse::Refusal]) -> String {
    let lines: Vec<_> = refusals.iter().map(|refusal| format!("  {refusal}")).collect();
    lines.join("\n")
}
