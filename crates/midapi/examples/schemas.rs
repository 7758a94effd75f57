//! The JSON Schemas of the public types, for editors and other languages: one JSON object on standard output, from file names to
//! schemas. `cargo xtask regenerate` runs it, and writes them to spec/schemas.

#[path = "schemas/all.rs"]
mod all;

fn main() {
    println!("{}", serde_json::Value::from(all::schemas()));
}
