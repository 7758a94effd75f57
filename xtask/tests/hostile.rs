//! Invalid documents: xtask never panics, and every error has a place.

mod support;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use support::path as here;
use xtask::conform::conform;
use xtask::diff::{compare, compare_structures};
use xtask::document::Document;
use xtask::downgrade::downgrade;
use xtask::lint::lint;
use xtask::{codegen, positions};

fn read(path: &str) -> Document {
    Document::read(&here(path)).unwrap_or_else(|error| panic!("{error}"))
}

/// The pointers to all parts of a document.
fn parts(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| parts(value, &positions::below(at, key), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| parts(value, &positions::below(at, &index.to_string()), found));
        }
        _ => {}
    }
}

/// A replacement of a part: scalars, schemas, references, or another part.
fn odd(choice: usize, pointers: &[String], document: &Value) -> Value {
    let somewhere = &pointers[choice % pointers.len()];
    match choice % 13 {
        0 => Value::Null,
        1 => json!([]),
        2 => json!({}),
        3 => json!(-1),
        4 => json!(1e300),
        5 => json!(""),
        6 => json!({ "$ref": format!("#{somewhere}") }),
        7 => json!({ "$ref": "#/components/schemas/TaskRecord" }),
        8 => {
            json!({ "allOf": [{ "$ref": "#/components/schemas/TaskRecord" }, { "$ref": "#/components/schemas/TaskRecord" }] })
        }
        9 => {
            json!({ "oneOf": [{ "type": "object", "properties": { "a": { "enum": ["a b", "a-b", null, 5] } } }, { "type": "null" }] })
        }
        10 => {
            json!({ "type": ["string", "null", 5], "const": [], "exclusiveMinimum": "x", "pattern": "(", "maxLength": -5 })
        }
        11 => json!("\u{1f}é\u{202e}\n"),
        _ => document.pointer(somewhere).cloned().unwrap_or_default(),
    }
}

/// Runs all functions of xtask on a document.
fn try_all(text: &str, spec: &Document, response: &Document) -> Result<(), TestCaseError> {
    let document = match Document::parse("odd.yaml", text) {
        Ok(document) => document,
        Err(message) => {
            prop_assert!(message.starts_with("odd.yaml:"), "no place in {message}");
            return Ok(());
        }
    };
    for finding in lint(&document) {
        prop_assert!(finding.place.file == "odd.yaml" && finding.place.line > 0, "{finding}");
    }
    if let Err(error) = codegen::generate_from(&document) {
        prop_assert!(error.to_string().contains("odd.yaml:"), "no place in {error}");
    }
    let (_, _) = (compare(spec, &document).json(), compare(&document, spec).markdown());
    for held in
        [conform(&document, None, std::slice::from_ref(response)), conform(spec, None, std::slice::from_ref(&document))]
    {
        if let Err(message) = held {
            prop_assert!(message.starts_with("odd.yaml"), "no place in {message}");
        }
    }
    for compared in [compare_structures(&document, spec), compare_structures(spec, &document)] {
        if let Err(errors) = compared {
            prop_assert!(errors.iter().all(|error| error.place.line > 0 && !error.message.is_empty()));
        }
    }
    if let Err(errors) = downgrade(&document) {
        prop_assert!(errors.iter().all(|error| error.place.file == "odd.yaml"));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Valid documents in which some parts are replaced.
    #[test]
    fn changed_documents_never_panic(of_spec in any::<bool>(), changes in prop::collection::vec((any::<usize>(), any::<usize>()), 1..6)) {
        let (spec, vendor) = (read("tests/frozen/midapi.yaml"), read("tests/frozen/vendor-3.1.yaml"));
        let response = read("tests/responses/finished.json");
        let original = if of_spec { &spec } else { &vendor };
        let mut value = original.value.clone();
        for (place, choice) in changes {
            let mut pointers = Vec::new();
            parts(&value, "", &mut pointers);
            let new = odd(choice, &pointers, &value);
            if let Some(part) = value.pointer_mut(&pointers[place % pointers.len()]) {
                *part = new;
            }
        }
        let text = serde_json::to_string_pretty(&value).expect("JSON");
        try_all(&text, &spec, &response)?;
    }

    /// Texts with a part removed and another inserted.
    #[test]
    fn cut_texts_never_panic(from in any::<usize>(), length in 0_usize..40, more in "[ -~\\n\\t{}\\[\\]:&*é]{0,12}") {
        let spec = read("tests/frozen/midapi.yaml");
        let response = read("tests/responses/finished.json");
        let text: Vec<char> = std::fs::read_to_string(here("tests/frozen/midapi.yaml")).expect("the spec").chars().collect();
        let from = from % text.len();
        let (before, after) = (&text[..from], &text[(from + length).min(text.len())..]);
        let text: String = before.iter().copied().chain(more.chars()).chain(after.iter().copied()).collect();
        try_all(&text, &spec, &response)?;
    }
}

#[test]
fn commands_read_any_file_quickly() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let head = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n";
    let link = |n: usize| {
        let next = format!("{{$ref: '#/components/schemas/S{}'}}", n + 1);
        format!("    S{n}: {{type: object, properties: {{a: {next}, b: {next}}}}}\n")
    };
    let chain = (0..400).map(link).collect::<Vec<_>>().concat();
    let steps = (0..3000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<Vec<_>>().concat();
    let files = [
        file("empty.yaml", b""),
        file("binary.yaml", b"\x00\xff\xfe\x00\x01"),
        file("page.yaml", b"<!doctype html>\n<title>404</title>"),
        file("deep.yaml", format!("openapi: 3.0.3\npaths: {}{}", "[".repeat(50_000), "]".repeat(50_000)).as_bytes()),
        file("deep.json", format!("{}1{}", "{\"a\":".repeat(50_000), "}".repeat(50_000)).as_bytes()),
        file("dashes.yaml", format!("openapi: 3.0.3\npaths:\n{}1\n", "- ".repeat(300_000)).as_bytes()),
        file("indented.yaml", steps.as_bytes()),
        file("round.yaml", format!("{head}    A: {{oneOf: [{{$ref: '#/components/schemas/A'}}]}}\n").as_bytes()),
        file(
            "merged.yaml",
            format!(
                "{head}    A: {{properties: {{x: {{$ref: '#/components/schemas/A'}}}}}}\n    B: {{properties: {{x: {{$ref: '#/components/schemas/B'}}}}}}\n    C: {{allOf: [{{$ref: '#/components/schemas/A'}}, {{$ref: '#/components/schemas/B'}}]}}\n"
            )
            .as_bytes(),
        ),
        file("chain.yaml", format!("{head}{chain}    S400: {{type: string}}\n").as_bytes()),
        folder.path().join("nowhere.yaml"),
        folder.path().to_path_buf(),
    ];
    for path in &files {
        let path = path.to_str().expect("UTF-8");
        let response = here("tests/responses/finished.json");
        let commands: [Vec<&str>; 6] = [
            vec!["spec", "lint", path],
            vec!["spec", "diff", path],
            vec!["spec", "diff", "git:HEAD", path],
            vec!["spec", "conform", path],
            vec!["spec", "conform", "--spec", path, response.to_str().expect("UTF-8")],
            vec!["codegen", "--check", "--spec", path, "--out", "no/such/folder"],
        ];
        for command in commands {
            let begun = Instant::now();
            let (status, _, err) = support::run(&command);
            assert!(matches!(status, Some(0 | 1 | 4)), "{command:?} ended with {status:?}: {err}");
            assert!(!err.contains("panicked"), "{command:?}: {err}");
            assert!(
                !err.starts_with("error: ") || err.contains(path) || err.contains("git:"),
                "{command:?}: no place in {err}"
            );
            assert!(begun.elapsed() < Duration::from_secs(20), "{command:?} took {:?}", begun.elapsed());
        }
    }
}
