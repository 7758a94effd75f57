//! Small specs that combine accepted constructs at random: each is rejected, or its client compiles.
//!
//! The slow test compiles ten clients: `cargo test -p xtask --test combined -- --ignored`. `.ci/run` runs it.

mod support;

use std::path::Path;
use std::process::Command;
use std::{fs, io};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};
use serde_json::{Map, Value, json};
use xtask::codegen;
use xtask::files::GeneratedFile;

/// Names that become equal, are keywords of Rust, or belong to the generated client.
const NAMES: [&str; 16] = [
    "id",
    "taskId",
    "task_id",
    "task-id",
    "type",
    "self",
    "body",
    "url",
    "new",
    "extra",
    "X-Key",
    "request",
    "result",
    "9a",
    "header_map",
    "encode_path",
];
const TYPE_NAMES: [&str; 15] = [
    "Thing",
    "Things",
    "String",
    "Result",
    "Vec",
    "Box",
    "Default",
    "From",
    "Error",
    "GetThing",
    "Ok",
    "A",
    "D",
    "E",
    "EnumVisitor",
];
const TEXTS: [&str; 8] = [
    "A text.",
    "```\nlet a = ;\n```",
    "Do:\n\n    b = ;\n",
    "One\rtwo */ /* three",
    "\u{202e}a",
    "",
    "- ```\n  let x = ;\n  ```",
    "-     let x = ;",
];
const IDS: [&str; 9] = ["get_thing", "addThing", "list-things", "new", "baseurl", "exec", "type", "clone", "get thing"];

fn value_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => Just(json!({ "type": "string" })),
        2 => Just(json!({ "type": "integer" })),
        1 => Just(json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": 9 })),
        1 => Just(json!({ "type": "number" })),
        1 => Just(json!({ "type": "boolean", "default": true })),
        1 => Just(json!({ "type": "string", "enum": ["a", "b c", "+1"] })),
        1 => Just(json!({ "type": "string", "enum": ["a b", "a-b"] })),
        1 => Just(json!({ "type": "string", "maxLength": 5, "default": "abc" })),
        1 => Just(json!({ "type": "string", "nullable": true })),
        1 => Just(json!({ "type": "string", "format": "date-time" })),
        1 => Just(json!({ "type": "string", "format": "uuid" })),
        1 => Just(json!({ "type": "string", "pattern": "^a" })),
        1 => Just(json!({})),
        1 => Just(json!({ "type": "object", "required": ["a"] })),
        1 => Just(json!({ "type": "array", "items": { "type": "integer" }, "minItems": 99, "maxItems": 99 })),
        4 => select(&TYPE_NAMES[..]).prop_map(|name| json!({ "$ref": format!("#/components/schemas/{name}") })),
        1 => Just(json!({ "$ref": "#/components/schemas/Code" })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|items| json!({ "type": "array", "items": items })),
            inner.clone().prop_map(|values| json!({ "type": "object", "additionalProperties": values })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|members| json!({ "allOf": members })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|members| json!({ "oneOf": members })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|members| json!({ "anyOf": members })),
            object_schema(inner),
        ]
    })
}

fn object_schema(property: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    let properties = prop::collection::vec((select(&NAMES[..]), property, any::<bool>()), 0..4);
    (properties, any::<bool>(), select(&TEXTS[..])).prop_map(|(properties, is_open, description)| {
        let required: Vec<_> = properties.iter().filter(|(_, _, required)| *required).map(|(name, ..)| *name).collect();
        let properties: Map<_, _> =
            properties.iter().map(|(name, schema, _)| ((*name).to_owned(), schema.clone())).collect();
        let mut object = json!({ "type": "object", "description": description, "properties": properties });
        object["required"] = required.into();
        if is_open {
            object["additionalProperties"] = json!({});
        }
        object
    })
}

fn parameter() -> impl Strategy<Value = Value> {
    (select(&NAMES[..]), select(&["query", "header"][..]), value_schema(), any::<bool>(), select(&TEXTS[..])).prop_map(
        |(name, place, schema, required, description)| {
            json!({ "name": name, "in": place, "required": required, "schema": schema, "description": description })
        },
    )
}

fn operation() -> impl Strategy<Value = Value> {
    let body = |schema| json!({ "application/json": { "schema": schema } });
    let responses = prop::option::of(value_schema()).prop_map(move |schema| match schema {
        Some(schema) => json!({ "200": { "description": "Done.", "content": body(schema) } }),
        None => json!({ "204": { "description": "Done." } }),
    });
    let request = prop::option::of((value_schema(), any::<bool>()));
    let parameters = prop::collection::vec(parameter(), 0..3);
    (select(&IDS[..]), parameters, request, responses, select(&TEXTS[..])).prop_map(
        move |(id, parameters, request, responses, description)| {
            let mut operation = json!({ "operationId": id, "parameters": parameters, "responses": responses });
            operation["description"] = description.into();
            if let Some((schema, required)) = request {
                operation["requestBody"] = json!({ "required": required, "content": body(schema) });
            }
            operation
        },
    )
}

/// A spec with one path, up to two operations and all schemas of [`TYPE_NAMES`] that references need.
fn document() -> impl Strategy<Value = Value> {
    let methods = select(&["get", "post", "put", "delete", "patch", "head", "options"][..]);
    let operations = prop::collection::vec((methods, operation()), 1..3);
    let schemas = prop::collection::vec(prop_oneof![object_schema(value_schema()), value_schema()], TYPE_NAMES.len());
    (operations, schemas).prop_map(|(operations, schemas)| {
        let mut document = support::document();
        let item: Map<_, _> =
            operations.into_iter().map(|(method, operation)| (method.to_owned(), operation)).collect();
        document["paths"] = json!({ "/things": item });
        let code = document["components"]["schemas"]["Code"].take();
        let all: Map<_, _> = TYPE_NAMES.into_iter().map(str::to_owned).zip(schemas).collect();
        let mut used = json!({ "Code": code });
        let mut pending: Vec<String> =
            xtask::spec::references(&document["paths"]).iter().map(ToString::to_string).collect();
        while let Some(reference) = pending.pop() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            if let (None, Some(schema)) = (used.get(name), all.get(name)) {
                pending.extend(xtask::spec::references(schema).iter().map(ToString::to_string));
                used[name] = schema.clone();
            }
        }
        document["components"]["schemas"] = used;
        document
    })
}

/// The generated files. None if the spec is rejected with a line and a help.
fn generate(value: &Value) -> Result<Option<Vec<GeneratedFile>>, TestCaseError> {
    match codegen::generate_from(&support::read(value)) {
        Ok(files) => Ok(Some(files)),
        Err(error) => {
            let text = error.to_string();
            prop_assert!(text.contains("things.json:") && text.contains("help: "), "no line or help: {text}");
            Ok(None)
        }
    }
}

fn config(cases: u32) -> Config {
    let seeds = FileFailurePersistence::Direct("tests/combined.proptest-regressions");
    Config { cases, failure_persistence: Some(Box::new(seeds)), ..Config::default() }
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn combined_specs_are_rejected_or_generated(document in document()) {
        for file in generate(&document)?.into_iter().flatten() {
            let code = file.text.unwrap_or_default();
            prop_assert!(syn::parse_file(&code).is_ok(), "{} does not parse:\n{code}", file.path.display());
        }
    }
}

/// Writes a crate with a module for each client into a workspace of its own.
fn write_crate(root: &Path, folder: &Path, clients: Vec<Vec<GeneratedFile>>) -> io::Result<()> {
    let own = |file: &str| fs::read_to_string(root.join("crates/midapi-client").join(file));
    let source = folder.join("client/src");
    let mut library =
        "#![allow(warnings)]\npub struct Operation {\n    pub id: &'static str,\n    pub method: &'static str,\n    \
                       pub path: &'static str,\n    pub query: &'static [&'static str],\n}\n"
            .to_owned();
    for (number, mut files) in clients.into_iter().enumerate() {
        let module = "mod executor;\nmod generated;\nmod named;\nmod operations;\n\
                      pub use crate::Operation;\npub use executor::*;\npub use generated::*;\npub use named::*;\n";
        files.push(GeneratedFile { path: "executor.rs".into(), text: Some(own("src/executor.rs")?) });
        let client = source.join(format!("client{number}"));
        fs::create_dir_all(&client)?;
        fs::write(client.join("mod.rs"), module)?;
        for GeneratedFile { path, text } in files {
            let text = text.unwrap_or_default().replace("crate::", &format!("crate::client{number}::"));
            fs::write(client.join(path), text)?;
        }
        library.extend(["pub mod client", &number.to_string(), ";\n"]);
    }
    fs::write(source.join("lib.rs"), library)?;
    let manifest = own("Cargo.toml")?;
    let manifest = manifest.split("\n[dev-dependencies]").next().unwrap_or_default();
    fs::write(folder.join("client/Cargo.toml"), manifest.replace("\"midapi-client\"", "\"combined-clients\""))?;
    let workspace = fs::read_to_string(root.join("Cargo.toml"))?;
    let lines = workspace.lines().filter(|line| !line.starts_with("default-members"));
    let lines = lines.map(|line| if line.starts_with("members = ") { "members = [\"client\"]" } else { line });
    fs::write(folder.join("Cargo.toml"), lines.collect::<Vec<_>>().join("\n") + "\n")?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).map(drop)
}

#[test]
// Ignored because it compiles ten clients, which takes longer than the quick test command may; `.ci/run` runs it.
#[ignore = "compiles ten clients; .ci/run runs it"]
fn ten_combined_clients_compile() {
    let root = support::path("..").canonicalize().expect("the project");
    let folder = root.join("target/combined-clients");
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(15), ..config(1) });
    let documents = (0..5000).map(|_| document().new_tree(&mut runner).expect("a document").current());
    let clients = documents.filter_map(|document| generate(&document).expect("a line and a help"));
    let clients: Vec<_> = clients.take(10).collect();
    assert_eq!(clients.len(), 10, "too few accepted specs");
    write_crate(&root, &folder, clients).expect("files");
    let mut check = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    check.args(["check", "--quiet", "--offline", "--features", "schemars"]).current_dir(&folder);
    let output = check.env("CARGO_TARGET_DIR", root.join("target")).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
