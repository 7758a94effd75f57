//! The progenitor generator, with panics turned into errors.

use std::any::Any;
use std::panic;
use std::sync::Once;
use std::thread;

use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, TypePatch};
use quote::quote;
use serde_json::Value;

use crate::named_constants::NamedConstants;
use crate::parallel::STACK;
use crate::positions::below;
use crate::spec;

/// The name of the generator's thread. A panic on this thread becomes a [`Failure`] and is not printed.
const THREAD: &str = "generator";

/// An error or panic of the generator.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The pointer to the invalid part, if known.
    pub(crate) pointer: Option<String>,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { pointer: None, message: message.into() }
    }
}

/// The attribute that derives `JsonSchema` for generated types. The generator's own support for schemars is not used,
/// because it generates code for schemars 0.8.
const SCHEMA: &str = "#[cfg_attr(feature = \"schemars\", derive(schemars::JsonSchema))]";

/// Generates the code of the client. The document must already be relaxed, see [`crate::relax`]. Must
/// be called within [`run_on_thread`].
pub(crate) fn client(mut document: Value, constants: &[NamedConstants]) -> Result<TokenStream, Failure> {
    // The generator copies the terms of service into a doc comment of `Client`.
    if let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) {
        info.remove("termsOfService");
        // The client sends the version as a header.
        if let Some(version) = info.get("version").and_then(Value::as_str) {
            let plain: String = version.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
            info.insert("version".into(), plain.trim().into());
        }
    }
    let responses = spec::response_schemas(&document);
    let constants: Vec<_> = constants.iter().map(|constants| constants.name.clone()).collect();
    let api = read(document)?;
    let mut generator = Generator::new(&settings(responses, constants));
    let tokens = generator.generate_tokens(&api).map_err(|error| Failure::new(error.to_string()))?;
    let types = generator.get_type_space();
    for (is_used, name, keyword) in [
        (types.uses_chrono(), "chrono", "format"),
        (types.uses_uuid(), "uuid", "format"),
        (types.uses_regress(), "regress", "pattern"),
        (generator.uses_futures(), "futures", "x-dropshot-pagination"),
    ] {
        if is_used {
            let message = format!(
                "the generated code uses the crate {name}, which is not a dependency; remove {keyword} from the spec"
            );
            return Err(Failure::new(message));
        }
    }
    Ok(tokens)
}

fn settings(responses: impl IntoIterator<Item = String>, constants: Vec<String>) -> GenerationSettings {
    // Responses may gain fields, which a non-exhaustive struct allows without a breaking change.
    let response = TypePatch::default().with_attr("#[non_exhaustive]").with_attr(SCHEMA).clone();
    let mut settings = GenerationSettings::new();
    settings.with_derive("PartialEq");
    // The executor of midapi-client needs each response before the generated code reads it.
    settings.with_inner_type(quote!(crate::Executor)).with_hooks(HooksMode::Expected);
    for name in responses {
        settings.with_patch(name, &response);
    }
    for name in constants {
        let path = format!("crate::{name}");
        settings.with_replacement(name, path, std::iter::empty());
    }
    settings
}

/// Reads the document into the generator's types.
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

/// Runs the generator on a thread with a large stack. A panic becomes a failure.
pub(crate) fn run_on_thread<T: Send>(run: impl FnOnce() -> Result<T, Failure> + Send) -> Result<T, Failure> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some(THREAD) {
                others(panic);
            }
        }));
    });
    thread::scope(|scope| {
        let spawned = thread::Builder::new().name(THREAD.into()).stack_size(STACK).spawn_scoped(scope, run);
        let running = spawned.map_err(|error| Failure::new(format!("cannot start a thread: {error}")))?;
        running.join().unwrap_or_else(|panic| Err(Failure::new(format!("panic: {}", panic_message(&*panic)))))
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no message)")
}
