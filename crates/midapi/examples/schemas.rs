//! Prints the JSON Schemas of the public types, for editors and other languages, as one JSON object from file names to
//! schemas. `cargo xtask regenerate` runs this example and writes the schemas to spec/schemas.

#[path = "schemas/all.rs"]
mod all;

fn main() {
    println!("{}", serde_json::Value::from(all::schemas()));
}
