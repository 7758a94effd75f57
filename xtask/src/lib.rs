//! What `cargo xtask` does, as a library so that its tests can call it.
//!
//! The way of a spec: [`document`] reads it and knows its lines, [`lint`] says what is wrong, [`refuse`] turns down what the
//! generator would panic on or drop, [`open`] opens closed enums and strips the bounds of answers, [`codegen`] generates, `untagged`
//! makes the reading of enums quick, [`named`] adds the named numbers and [`operations`] the operations, and [`regenerate`] makes all
//! that is made.
//!
//! What it is held against: another spec by [`diff`], real answers by [`conform`], [`downgrade`] converts a document of OpenAPI 3.1.

mod blame;
pub mod changelog;
pub mod checks;
pub mod codegen;
pub mod conform;
pub mod diagnostic;
pub mod diff;
pub mod document;
pub mod downgrade;
mod generator;
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
mod untagged;
