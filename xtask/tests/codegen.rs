//! Generation of files from a spec, by the library and by the command.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use xtask::codegen;
use xtask::files::{GeneratedFile, diff, write};

fn spec() -> PathBuf {
    support::path("tests/frozen/midapi.yaml")
}

fn generated(spec: &Path) -> Vec<GeneratedFile> {
    codegen::generate(spec).unwrap_or_else(|error| panic!("{error}"))
}

/// A folder with a spec, and the path of the spec.
fn folder_with(spec: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spec.yaml");
    fs::write(&path, spec).expect("a file");
    (folder, path)
}

/// The spec with another summary of its operation.
fn changed_spec() -> String {
    let text = fs::read_to_string(spec()).expect("the spec");
    let changed = text.replace("summary: Looks up a task by its id.", "summary: Finds a task.");
    assert_ne!(changed, text, "the summary is unknown");
    changed
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the command runs")
}

fn check(spec: &Path, out: &Path) -> Output {
    run(&["codegen", "--check", "--spec", text(spec), "--out", text(out)])
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of UTF-8")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn output_is_deterministic() {
    let (_folder, copy) = folder_with(fs::read(spec()).expect("the spec"));
    let first = generated(&spec());
    assert_eq!(first, generated(&spec()), "the second time");
    assert_eq!(first, generated(&copy), "from another folder");
    let names: Vec<_> = first.iter().map(|file| file.path.as_path()).collect();
    assert_eq!(names, ["generated.rs", "named.rs", "operations.rs"].map(Path::new));
}

#[test]
fn committed_files_are_up_to_date() {
    let diff = diff(&support::path("../crates/midapi-client/src"), &generated(&support::path("../spec/midapi.yaml")))
        .expect("readable files");
    assert!(diff.is_empty(), "run cargo xtask codegen, and commit the written files:\n{diff}");
}

#[test]
fn writes_only_files_that_differ() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = generated(&spec());

    let written = write(folder.path(), &files).expect("files written");
    assert_eq!(written, ["generated.rs", "named.rs", "operations.rs"].map(PathBuf::from));
    assert_eq!(diff(folder.path(), &files).expect("readable files"), "");
    assert_eq!(write(folder.path(), &files).expect("nothing to do"), [] as [PathBuf; 0]);

    fs::write(folder.path().join("named.rs"), "// Edited by hand.\n").expect("a file");
    let written = write(folder.path(), &files).expect("a file written");
    assert_eq!(written, [PathBuf::from("named.rs")], "only files that differ");
    assert_eq!(diff(folder.path(), &files).expect("readable files"), "");
}

#[test]
fn changed_spec_gives_a_unified_diff() {
    let (folder, changed) = folder_with(changed_spec());
    write(folder.path(), &generated(&spec())).expect("files written");

    let diff = diff(folder.path(), &generated(&changed)).expect("readable files");

    let starts =
        ["--- generated.rs", "+++ generated.rs (generated)", "@@ -", "-    /**Looks up a task", "+    /**Finds a task"];
    for start in starts {
        assert!(diff.lines().any(|line| line.starts_with(start)), "no line {start:?} in\n{diff}");
    }
    assert!(!diff.contains("named.rs"), "an equal file is not in the diff:\n{diff}");
    let differing = diff.lines().filter(|line| line.starts_with(['-', '+'])).count();
    assert_eq!(differing, 8, "two files with two header lines, one removed and one added line each:\n{diff}");
}

#[test]
fn check_prints_nothing_if_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &generated(&spec())).expect("files written");
    for output in [check(&spec(), folder.path()), run(&["codegen", "--check"])] {
        assert_eq!((output.status.code(), stdout(&output), stderr(&output)), (Some(0), String::new(), String::new()));
    }
}

#[test]
fn check_prints_diff_and_writes_nothing() {
    let table: &[(&str, Damage, &str)] = &[
        ("a line edited by hand", |out| edit(out, "named.rs", "SUCCESS", "DONE"), "+    pub const SUCCESS: Self"),
        ("a file cut short", |out| fs::write(out.join("generated.rs"), "").expect("a file"), "+pub struct Client {"),
        (
            "a file that is missing",
            |out| fs::remove_file(out.join("named.rs")).expect("a file"),
            "+pub struct BodyCode",
        ),
        ("a folder that is missing", |out| fs::remove_dir_all(out).expect("a folder"), "+pub struct BodyCode"),
    ];
    for (why, change, line) in table {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("src");
        fs::create_dir(&out).expect("a folder");
        write(&out, &generated(&spec())).expect("files written");
        change(&out);
        let before = contents(&out);

        let output = check(&spec(), &out);

        assert_eq!(output.status.code(), Some(4), "{why}");
        assert!(stdout(&output).contains(line), "{why}: no {line:?} in\n{}", stdout(&output));
        assert!(stderr(&output).contains("cargo xtask codegen"), "{why}: {}", stderr(&output));
        assert_eq!(contents(&out), before, "{why}: something was written");
    }
}

/// A change of a folder of generated files.
type Damage = fn(&Path);

fn edit(folder: &Path, name: &str, from: &str, to: &str) {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).expect("a file");
    fs::write(&path, text.replace(from, to)).expect("a file");
}

/// The names and texts of the files in a folder. Empty if the folder does not exist.
fn contents(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries.map(|path| (path.clone(), fs::read_to_string(path).expect("a file"))).collect();
    files.sort();
    files
}

#[test]
fn check_ignores_a_closed_pipe() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["codegen", "--check", "--out", text(folder.path())];
    let mut child =
        command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
}

#[test]
fn command_writes_files_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["codegen", "--out", text(folder.path())];

    let output = run(&arguments);
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), String::new()));
    let wrote = ["generated.rs", "named.rs", "operations.rs"]
        .map(|name| format!("wrote {}\n", folder.path().join(name).display()))
        .concat();
    assert_eq!(stderr(&output), wrote);
    assert_eq!(diff(folder.path(), &generated(&spec())).expect("readable files"), "");

    let output = run(&arguments);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "all files are up to date");
}

#[test]
fn errors_name_file_and_cause() {
    let good = fs::read_to_string(spec()).expect("the spec");
    let (folder, nameless) = folder_with(good.replace("      operationId: get_record_info\n", ""));
    let two = folder.path().join("two.yaml");
    let text_too = "          content:\n            text/plain:\n              schema: {type: string}\n";
    fs::write(&two, good.replace("          content:\n", text_too)).expect("a file");
    let nowhere = folder.path().join("nowhere");
    let (nowhere_text, folder_text) = (text(&nowhere), text(folder.path()));
    let table: &[(&str, &[&str], &[&str])] = &[
        ("no spec", &["codegen", "--spec", nowhere_text], &["cannot read", nowhere_text]),
        ("a spec that is a folder", &["codegen", "--spec", folder_text], &["cannot read", folder_text]),
        (
            "a nameless operation",
            &["codegen", "--check", "--spec", text(&nameless)],
            &["GET /api/v1/mj/record-info", "no operationId"],
        ),
        (
            "two content types",
            &["codegen", "--spec", text(&two)],
            &["get_record_info", "2 content types", "application/json", "text/plain"],
        ),
        ("a file instead of a folder", &["codegen", "--out", text(&nameless)], &[text(&nameless), "generated.rs"]),
        ("a folder that is a file", &["codegen", "--check", "--out", text(&nameless)], &["generated.rs"]),
    ];
    for (why, arguments, words) in table {
        let output = run(arguments);
        let message = stderr(&output);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(1), ""), "{why}: {message}");
        assert!(message.starts_with("error: "), "{why}: {message}");
        for word in *words {
            assert!(message.contains(word), "{why}: no {word:?} in {message}");
        }
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    let table: &[(&str, &[&str])] = &[
        ("no command", &[]),
        ("an unknown command", &["codgen"]),
        ("an unknown option", &["codegen", "--chekc"]),
        ("an option without its value", &["codegen", "--spec"]),
        ("an unexpected argument", &["codegen", "spec/midapi.yaml"]),
        ("an option twice", &["codegen", "--check", "--check"]),
    ];
    for (why, arguments) in table {
        let output = run(arguments);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{why}");
        assert!(stderr(&output).contains("--help"), "{why}: {}", stderr(&output));
    }
}

#[test]
fn invalid_documents_are_errors() {
    let head = "openapi: 3.0.3\ninfo: {title: Things, version: '1'}\n";
    let with = |rest: &str| format!("{head}{rest}").into_bytes();
    let operation = |rest: &str| with(&format!("paths: {{/a: {{get: {{operationId: a, {rest}}}}}}}\n"));
    let schema = |rest: &str| with(&format!("paths: {{}}\ncomponents: {{schemas: {rest}}}\n"));
    let bomb = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        let (alias, before) = (format!("a{n}"), format!("*a{}, ", n - 1));
        text + &format!("{alias}: &{alias} [{}]\n", before.repeat(8))
    });
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("an empty file", vec![], "openapi"),
        ("only a comment", b"# Nothing yet.\n".to_vec(), "openapi"),
        ("a text", b"just some words".to_vec(), "openapi"),
        ("a number", b"42".to_vec(), "openapi"),
        ("a list", b"- openapi: 3.0.3\n".to_vec(), "openapi"),
        ("no YAML", b"openapi: [3.0.3\n".to_vec(), "not a YAML document"),
        ("a tab", b"openapi:\n\tinfo: 1\n".to_vec(), "not a YAML document"),
        ("a page instead of a document", b"<!doctype html>\n<p>Not found: 404</p>".to_vec(), "not a YAML document"),
        (
            "two documents",
            [with("paths: {}\n"), b"---\n".to_vec(), with("paths: {}\n")].concat(),
            "not a YAML document",
        ),
        ("bytes that are no text", vec![0xff, 0xfe, 0x00], "cannot read"),
        ("a key twice", with("paths: {}\npaths: {}\n"), "duplicate"),
        ("an operationId twice", operation("operationId: b, responses: {}"), "duplicate"),
        ("a key that is a list", with("paths: {? [a] : b}\n"), "not a YAML document"),
        ("a tag", with("paths: !mine {}\n"), "not a YAML document"),
        ("an alias of what it stands in", with("paths: &all [*all]\n"), "recursion limit"),
        ("an alias of nothing", with("paths: *all\n"), "unknown anchor"),
        ("aliases of aliases of aliases", with(&bomb), "repetition limit"),
        (
            "lists in lists in lists",
            with(&format!("paths: {}{}\n", "[".repeat(5000), "]".repeat(5000))),
            "recursion limit",
        ),
        ("another version", b"swagger: '2.0'\npaths: {}\n".to_vec(), "3.0.x only"),
        ("nothing but a version", b"openapi: 3.0.3\n".to_vec(), "missing field `info`"),
        ("paths that are a list", with("paths: []\n"), "expected struct Paths"),
        ("a path that is null", with("paths: {/a: }\n"), "expected struct PathItem"),
        ("an operation that is a text", with("paths: {/a: {get: soon}}\n"), "GET /a: no operationId"),
        ("no responses", operation("tags: []"), "missing field `responses`"),
        ("responses that are a list", operation("responses: [200]"), "expected struct Responses"),
        ("a response that is a text", operation("responses: {200: fine}"), "expected struct Response"),
        ("a status of many digits", operation("responses: {99999999999: {description: x}}"), "response 99999999999"),
        ("parameters that are an object", operation("parameters: {a: 1}, responses: {}"), "expected a sequence"),
        ("a parameter that is null", operation("parameters: [null], responses: {}"), "parameter without a name"),
        ("a body that is a number", operation("requestBody: 5, responses: {}"), "expected struct RequestBody"),
        (
            "a path with an open brace",
            with("paths: {'/a/{b': {get: {operationId: a, responses: {}}}}\n"),
            "unterminated",
        ),
        ("schemas that are a list", schema("[1]"), "expected a map"),
        ("a schema that is null", schema("{A: }"), "expected struct Schema"),
        ("a schema of many types", schema("{A: {type: [string, 'null']}}"), "expected a string"),
        ("a reference that is a number", schema("{A: {$ref: 5}}"), "components.schemas.A.$ref"),
        ("a reference to itself", schema("{A: {$ref: '#/components/schemas/A'}}"), "never ends"),
        (
            "a name of dashes",
            schema("{'---': {type: integer, enum: [1], x-enum-varnames: [ONE]}}"),
            "components.schemas.---",
        ),
        ("a pattern that is none", schema("{A: {type: string, pattern: '('}}"), "invalid pattern"),
        (
            "a default of another type",
            schema("{A: {type: object, properties: {b: {type: integer, default: no number}}}}"),
            "does not conform",
        ),
        ("a length below nothing", schema("{A: {type: string, minLength: -1}}"), "expected usize"),
        (
            "bounds that are no numbers",
            schema("{A: {type: integer, minimum: .nan, exclusiveMinimum: yes please}}"),
            "expected a boolean",
        ),
    ];
    for (why, document, word) in table {
        let (folder, path) = folder_with(&document);
        let output = check(&path, folder.path());
        let message = stderr(&output);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(1), ""), "{why}: {message}");
        assert!(message.starts_with("error: ") && message.contains(word), "{why}: no {word:?} in {message}");
        assert!(!message.contains("panicked"), "{why}: {message}");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "{why}: something was written");
    }
}
