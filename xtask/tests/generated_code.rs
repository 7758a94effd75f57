//! Generated code compiles: specs whose code would not are rejected, and code blocks of descriptions are text.

mod support;

use serde_json::{Value, json};
use xtask::codegen;
use xtask::lint::lint;

const GET: &str = "/paths/~1things~1{id}/get";
const POST: &str = "/paths/~1things~1{id}/post";
const NEW: &str = "/components/schemas/NewThing/properties";
const SCHEMAS: &str = "/components/schemas";

fn generate(changes: &Value) -> Result<String, String> {
    let files =
        codegen::generate_from(&support::read(&support::changed(changes))).map_err(|error| error.to_string())?;
    Ok(files.into_iter().filter_map(|file| file.text).collect())
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn code_that_fails_to_compile_is_rejected() {
    let text = json!({ "type": "string" });
    let body = json!({ "name": "body", "in": "query", "schema": text });
    let object = json!({ "type": "object", "properties": { "name": text } });
    let ok = json!({ "200": { "description": "Done." } });
    let options = json!({ "operationId": "ask", "responses": ok });
    let trace = json!({ "operationId": "trace", "responses": ok });
    let path = "/other";
    let constants = json!({ "type": "integer", "enum": [1], "x-enum-varnames": ["ONE"] });
    let list = json!({ "type": "array", "items": text });
    let inline = |schema: Value| json!({ "/components/schemas/Thing/properties": { "inner": schema } });
    let id = |schema: Value| json!([{ "name": "id", "in": "path", "required": true, "schema": schema }]);
    let table = [
        (
            "two fields",
            json!({ (NEW): { "taskId": text, "task_id": text } }),
            "two fields named task_id",
            "components.schemas.NewThing",
        ),
        (
            "two fields of a response",
            json!({ "/components/schemas/Thing/properties": { "a-b": text, "a_b": text } }),
            "two fields named a_b",
            "components.schemas.Thing",
        ),
        (
            "a field and the unknown keys",
            json!({ "/components/schemas/NewThing": { "additionalProperties": {} }, (NEW): { "extra": text } }),
            "two fields named extra",
            "components.schemas.NewThing",
        ),
        (
            "an argument and the body",
            json!({ (POST): { "parameters": [body] } }),
            "two arguments named body",
            "paths./things/{id}.post",
        ),
        (
            "the constructor",
            json!({ (GET): { "operationId": "new" } }),
            "two methods named new",
            "paths./things/{id}.get",
        ),
        (
            "a second constructor",
            json!({ (GET): { "operationId": "newWithClient" } }),
            "two methods named new_with_client",
            "paths./things/{id}.get",
        ),
        (
            "a method of a trait",
            json!({ (GET): { "operationId": "baseurl" } }),
            "two methods named baseurl",
            "paths./things/{id}.get",
        ),
        ("a hook", json!({ (GET): { "operationId": "exec" } }), "two methods named exec", "paths./things/{id}.get"),
        (
            "a pattern",
            json!({ (NEW): { "new": { "type": "string", "pattern": "^a" } } }),
            "the crate regress",
            "components.schemas.NewThing",
        ),
        (
            "a header without a possible value",
            json!({ (GET): { "parameters": [
                id(text.clone())[0],
                { "name": "X-A", "in": "header", "schema": { "type": "string", "allOf": [{ "enum": ["a"] }, { "enum": ["b"] }] } },
            ] } }),
            "no variant",
            "paths./things/{id}.get",
        ),
        ("the method options", json!({ "/paths": { (path): { "options": options } } }), "OPTIONS", "ask"),
        ("the method trace", json!({ "/paths": { (path): { "trace": trace } } }), "TRACE", "trace"),
        ("an object without a name", inline(object.clone()), "no name", "components.schemas.Thing.properties.inner"),
        (
            "an item without a name",
            inline(json!({ "type": "array", "items": object })),
            "no name",
            "components.schemas.Thing.properties.inner.items",
        ),
        (
            "a union without a name",
            inline(json!({ "oneOf": [text, { "type": "integer" }] })),
            "no name",
            "components.schemas.Thing.properties.inner",
        ),
        (
            "a response without a name",
            json!({ "/paths/~1things~1{id}/get/responses/200/content/application~1json": { "schema": object } }),
            "no name",
            "paths./things/{id}.get.responses.200.content.application/json.schema",
        ),
        (
            "a name of the client",
            json!({ (SCHEMAS): { "Client": constants } }),
            "is taken",
            "components.schemas.Client",
        ),
        ("a name of the prelude", json!({ (SCHEMAS): { "Ok": object } }), "is taken", "components.schemas.Ok"),
        ("a list in a path", json!({ (GET): { "parameters": id(list.clone()) } }), "only plain values", "get_thing"),
        (
            "null in a path",
            json!({ (GET): { "parameters": id(json!({ "type": "string", "nullable": true })) } }),
            "only plain values",
            "get_thing",
        ),
        (
            "a list in a header",
            json!({ (GET): { "parameters": [id(text.clone())[0], { "name": "X-A", "in": "header", "schema": list }] } }),
            "only plain values",
            "get_thing",
        ),
        (
            "a list without repetition",
            json!({ "/paths/~1things~1{id}/get/parameters/1": { "explode": false, "schema": list } }),
            "explode: false",
            "get_thing",
        ),
    ];
    for (why, changes, words, part) in table {
        let error = generate(&changes).expect_err(why);
        assert!(error.contains(words) && error.contains(part), "{why}: {error}");
        assert!(error.contains("things.json:") && error.contains("\n  help: "), "{why}: no line or help in {error}");
        let line: usize =
            error.split("things.json:").find_map(|rest| rest.split(':').next()?.parse().ok()).unwrap_or(0);
        assert!(line > 1, "{why}: no line in {error}");
        let findings = lint(&support::read(&support::changed(&changes)));
        assert!(
            findings.iter().any(|found| found.message.contains(words) && !found.help.is_empty()),
            "{why}: {findings:#?}"
        );
    }
}

#[test]
fn unusual_names_are_accepted() {
    let text = json!({ "type": "string" });
    let scalar = json!({ "explode": false });
    for (why, changes) in [
        ("keywords of Rust", json!({ (NEW): { "type": text, "self": text, "async": text } })),
        (
            "names of locals",
            json!({ (GET): { "parameters": [
            { "name": "id", "in": "path", "required": true, "schema": text },
            { "name": "url", "in": "query", "schema": text }, { "name": "request", "in": "query", "schema": text },
            { "name": "response", "in": "header", "schema": text },
        ] } }),
        ),
        (
            "formats of text",
            json!({ (NEW): {
                "date": { "type": "string", "format": "date" },
                "time": { "type": "string", "format": "date-time", "nullable": true },
                "ids": { "type": "array", "items": { "type": "string", "format": "uuid" } },
            } }),
        ),
        ("a plain value without repetition", json!({ "/paths/~1things~1{id}/get/parameters/1": scalar })),
        (
            "an inline object of a request",
            json!({ (NEW): { "new": { "type": "object", "properties": { "a": text } } } }),
        ),
    ] {
        assert!(generate(&changes).is_ok(), "{why}: {:?}", generate(&changes));
    }
}

#[test]
fn rejected_specs_change_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (spec, out) = (folder.path().join("spec.json"), folder.path().join("src"));
    let write = |document: &Value| std::fs::write(&spec, document.to_string()).expect("a file");
    let run = || {
        let (spec, out) = (spec.to_str().expect("UTF-8"), out.to_str().expect("UTF-8"));
        support::run(&["codegen", "--spec", spec, "--out", out])
    };
    write(&support::document());
    assert_eq!(run().0, Some(0));
    let read =
        || ["generated.rs", "named.rs", "operations.rs"].map(|name| std::fs::read(out.join(name)).expect("a file"));
    let before = read();
    write(&support::changed(&json!({ (GET): { "operationId": "new", "summary": "Other." } })));
    let (status, _, err) = run();
    assert_eq!(status, Some(1), "{err}");
    assert!(err.contains("two methods named new") && err.contains("help: "), "{err}");
    assert_eq!(read(), before);
}

#[test]
fn code_blocks_of_descriptions_are_text() {
    let table = [
        ("a fence", "Do:\n```\nlet a = ;\n```\nEnd.", "```text\nlet a = ;\n```\nEnd."),
        ("a language", "```rust\na\n```", "```text\na\n```"),
        ("an attribute of rustdoc", "```should_panic\na\n```", "```text\na\n```"),
        ("JSON", "```json\n{}\n```", "```json\n{}\n```"),
        ("tildes", "~~~\n```\n~~~", "~~~text\n```\n~~~"),
        ("a longer fence", "````\n```\n````\nEnd.", "````text\n```\n````\nEnd."),
        ("an open fence", "```\na", "```text\na\n"),
        ("a fence in a list", "- ```\n  a\n  ```", "- ```text\n  a\n  ```"),
        ("a fence in a quotation", "> ```\n> a\n> ```", "> ```text"),
        ("code after the end of a quotation", "> ```\n     let x = ;", "> ```text\n```text\n let x = ;"),
        ("a fence after a tab", "-\t```\n\tlet x = ;\n\t```\nEnd.", "-   ```text\n    let x = ;\n    ```\nEnd."),
        ("an open fence in a list", "- ```\n  a\n\nEnd.", "- ```text\n  a\n\nEnd."),
        (
            "a fence in a numbered list",
            "1. Step\n\n    ```sh\n    curl x\n    ```\n\nEnd.",
            "1. Step\n\n   ```text\n    curl x\n   ```\n\nEnd.",
        ),
        ("an end of a fence in a list", "- a ```\n  b\n  ```\nEnd.", "- a ```\n  b\n  ```text\nEnd."),
        ("code after a marker", "-     let x = ;", "- let x = ;"),
        ("code after a number", "1)      let x = ;", "1) let x = ;"),
        ("code after two markers", "- >     let x = ;", "- > let x = ;"),
        ("code after a nested quotation", ">>     let x = ;", ">> let x = ;"),
        ("code after a task", "- [ ]     let x = ;", "- [ ] let x = ;"),
        ("a line of code", "```a``` is code.", "```a``` is code."),
        ("indented code", "Do:\n\n    let a = ;\n    b\n\nEnd.", "Do:\n\n```text\nlet a = ;\nb\n\n```\nEnd."),
        ("indented code at the end", "Do:\n\n\ta", "Do:\n\n```text\na\n"),
        ("indented code in a list", "- a\n\n        b", "- a\n\n  b"),
        ("indented code in a quotation", ">     a", "> a"),
        ("a second line", "One\n    two", "One\n  two"),
        ("lone carriage returns", "One\rtwo\r\nthree", "One\ntwo\nthree"),
        ("a mark for the direction", "One \u{202e}two", "One two"),
    ];
    let mut missing = Vec::new();
    for (why, description, expected) in table {
        for changes in [
            json!({ "/components/schemas/NewThing": { "description": description } }),
            json!({ (GET): { "description": description } }),
            json!({ "/components/schemas/Code": { "description": description } }),
        ] {
            let code = generate(&changes).expect(why);
            assert!(!code.contains(['\r', '\u{202e}']), "{why}");
            // Types, fields and constants have different comments: `///`, or `/**` with one space before each line.
            let comments =
                [code.replace("    ///", "///").replace("///", ""), code.replace("\n ", "\n").replace("/// ", "")];
            let is_found = code.contains(expected) || comments.iter().any(|code| code.contains(expected));
            if !is_found {
                missing.push(format!("{why}: no {expected:?} after {changes}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
