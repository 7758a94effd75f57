//! What `cargo xtask` does, as a library so that its tests can call it.
//!
//! The way of a spec: [`spec`] reads it, [`refuse`] turns down what the generator would panic on or drop, [`open`] opens
//! closed enums and strips the bounds of answers, [`codegen`] generates, [`named`] adds the named numbers and
//! [`operations`] the operations.

mod blame;
pub mod changelog;
pub mod checks;
pub mod codegen;
pub mod conform;
pub mod diff;
pub mod document;
mod generator;
pub mod import;
mod json_schema;
pub mod level;
pub mod lint;
pub mod named;
pub mod open;
pub mod operations;
pub mod positions;
pub mod refuse;
pub mod regenerate;
pub mod spec;
