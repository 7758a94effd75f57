//! progenitor, kept from taking xtask down with it.

use std::any::Any;
use std::panic;
use std::sync::Once;
use std::thread;

use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, TypePatch};
use quote::quote;
use serde_json::Value;

use crate::positions::below;
use crate::{named, spec};

/// The thread that the generator runs on; the panics of threads of this name are told by [`Failure`] alone.
const THREAD: &str = "generator";
/// It goes down into schemas by calling itself; serde's limit of 128 levels fits into this many bytes with ease.
const STACK: usize = 256 << 20;

/// Why the generator made nothing.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The pointer to the part at fault, where it is known.
    pub(crate) pointer: Option<String>,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { pointer: None, message: message.into() }
    }
}

/// The generator's own support for schemars writes code for schemars 0.8.
const SCHEMA: &str = "#[cfg_attr(feature = \"schemars\", derive(schemars::JsonSchema))]";

/// The source text of the client of a document whose answers have been opened.
pub(crate) fn client(mut document: Value, named: &[named::Named]) -> Result<TokenStream, Failure> {
    // The generator copies the description into a doc comment of `Client`, next to sentences of its own.
    if let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) {
        info.remove("termsOfService");
    }
    let answers = spec::answer_schemas(&document);
    let named: Vec<_> = named.iter().map(|number| number.name.clone()).collect();
    let api = read(document)?;
    on_its_own_thread(move || {
        let tokens = Generator::new(&settings(answers, named)).generate_tokens(&api);
        // Tokens cannot leave their thread.
        tokens.map(|tokens| tokens.to_string()).map_err(|error| Failure::new(error.to_string()))
    })?
    .parse()
    .map_err(|error| Failure::new(format!("the generated code does not parse: {error}")))
}

fn settings(answers: impl IntoIterator<Item = String>, named: Vec<String>) -> GenerationSettings {
    // Answers may grow fields: a struct that nobody outside can build or match whole can grow with them.
    let answer = TypePatch::default().with_attr("#[non_exhaustive]").with_attr(SCHEMA).clone();
    let mut settings = GenerationSettings::new();
    settings.with_derive("PartialEq");
    // Whoever judges answers has to see them before the generated code does: crates/midapi-client/src/courier.rs.
    settings.with_inner_type(quote!(crate::Executor)).with_hooks(HooksMode::Expected);
    for name in answers {
        settings.with_patch(name, &answer);
    }
    for name in named {
        let path = format!("crate::{name}");
        settings.with_replacement(name, path, std::iter::empty());
    }
    settings
}

/// The document as the generator takes it.
fn read(document: Value) -> Result<openapiv3::OpenAPI, Failure> {
    serde_path_to_error::deserialize(document).map_err(|error| {
        let parts = error.path().iter().filter_map(|segment| match segment {
            serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
            serde_path_to_error::Segment::Map { key } => Some(key.clone()),
            _ => None,
        });
        let pointer = parts.fold(String::new(), |pointer, part| below(&pointer, &part));
        Failure { pointer: Some(pointer), message: format!("not an OpenAPI document: {}", error.inner()) }
    })
}

fn on_its_own_thread<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some(THREAD) {
                others(panic);
            }
        }));
    });
    let spawned = thread::Builder::new().name(THREAD.into()).stack_size(STACK).spawn(run);
    let running = spawned.map_err(|error| Failure::new(format!("no thread can be started: {error}")))?;
    running.join().unwrap_or_else(|panic| Err(Failure::new(format!("it panicked: {}", words(&*panic)))))
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(without a word)")
}
