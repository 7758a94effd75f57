//! The library behind `cargo xtask`, which generates code and documents from the spec and checks the spec.
//!
//! Codegen, in this order: [`document`] reads a document with its lines, [`unsupported`] rejects what the generator cannot
//! handle, [`relax`] removes enums and limits from responses, the generator runs, `untagged` replaces slow decoders,
//! [`named_constants`] and [`operations`] add modules, `generated_code` rejects duplicate names, and `doc_comments` marks
//! code blocks as text. [`regenerate`] runs codegen and all steps that depend on it.
//!
//! Checks: [`lint`] checks one spec, [`diff`] compares it with another document (converted by [`downgrade`] if needed), and
//! [`conform`] compares it with recorded responses.

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
pub mod positions;
pub mod regenerate;
pub mod relax;
pub mod severity;
mod shape;
pub mod spec;
pub mod unsupported;
pub mod untagged;
