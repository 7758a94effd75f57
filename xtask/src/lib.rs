//! The library behind `cargo xtask`, which generates code and documents from the spec and checks the spec.
//!
//! The steps of codegen, in this order: [`document`] reads a document and the lines of its parts. [`unsupported`]
//! rejects parts that the generator cannot handle. [`relax`] removes enums and limits from responses, and
//! unsupported keywords from all schemas. The generator runs. `doc_comments` marks code blocks as text. `untagged`
//! replaces slow decoders. [`named_constants`] and [`operations`] generate two more modules. `generated_code` rejects
//! duplicate names. [`regenerate`] runs codegen and
//! all steps that depend on it.
//!
//! Checks: [`lint`] checks one spec. [`diff`] compares two documents, which [`downgrade`] converts if needed.
//! [`conform`] compares a spec with recorded responses.

mod bisect;
pub mod changelog;
pub mod codegen;
pub mod conform;
pub mod diagnostic;
pub mod diff;
mod doc_comments;
pub mod document;
pub mod downgrade;
pub mod files;
mod generated_code;
mod generator;
mod json_schema;
pub mod lint;
pub mod named_constants;
pub mod operations;
mod parallel;
pub mod positions;
pub mod regenerate;
pub mod relax;
pub mod severity;
mod shape;
pub mod spec;
pub mod unsupported;
pub mod untagged;
