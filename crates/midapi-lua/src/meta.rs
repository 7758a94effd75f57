//! The definitions for editors: `LuaCATS` annotations, made of the SDK's schemas and the bridge's own registry.

use std::collections::BTreeSet;

use midapi::{Error, ErrorKind, Params, Status, Task};
use schemars::schema_for;
use serde_json::Value;

use crate::registry::{self, Entry, Kind, Takes};

/// Fields that are times: text in JSON, seconds since the epoch in Lua.
const TIMES: [(&str, &str); 3] = [
    ("create_time", "When the task was created: seconds since the epoch."),
    ("complete_time", "When the task ended: seconds since the epoch."),
    ("results_expire_time", "When the results may be deleted: seconds since the epoch."),
];

/// The definitions, as the text of a file that language servers read.
pub fn definitions() -> String {
    let task = schema_for!(Task).to_value();
    let failure = schema_for!(Error).to_value();
    let mut text = String::from(
        "---@meta midapi\n-- Made by `cargo xtask lua-meta` from the types of the SDK and the functions of midapi-lua. Do not edit.\n",
    );
    alias(
        &mut text,
        "midapi.Status",
        "How far a task is. A missing flag, or one that nobody has documented, is unknown.",
        &statuses(),
    );
    let kinds: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
    alias(&mut text, "midapi.ErrorKind", "What went wrong. An open list.", &kinds);
    class(
        &mut text,
        "midapi.DecodeWarning",
        "Something of an answer that could not be read.",
        &task["$defs"]["DecodeWarning"],
        &[],
    );
    let any = [("[string]", "any", "Any other key of the request.")];
    class(
        &mut text,
        "midapi.Params",
        "What was asked for, with the request's own keys.",
        &schema_for!(Params).to_value(),
        &any,
    );
    class(&mut text, "midapi.Task", "A task as the server last told it. What is absent is nil.", &task, &[]);
    let more = [
        ("id", "string?", "The id that was asked for."),
        ("task", "midapi.Task?", "The failed task of `task_failed`; of `deadline` the one that the last look saw."),
    ];
    class(
        &mut text,
        "midapi.Error",
        "Why a call has no task. `tostring` gives its message.",
        &failure["$defs"]["FailureBody"],
        &more,
    );
    for entry in std::iter::once(&registry::CLIENT).chain(registry::METHODS) {
        options(&mut text, entry);
    }
    text.push_str("\n---Looks tasks up. Made by `midapi.client`.\n---@class midapi.Client\nlocal Client = {}\n");
    for entry in registry::METHODS {
        function(&mut text, "Client:", entry);
    }
    text.push_str("\n---@class midapi\n---@field version string The version of midapi.\nlocal midapi = {}\n");
    function(&mut text, "midapi.", &registry::CLIENT);
    text.push_str("\nreturn midapi\n");
    text
}

fn statuses() -> Vec<&'static str> {
    let flags = (0..).map(Some).map(Status::from_flag).take_while(|status| !matches!(status, Status::Unknown(_)));
    flags.chain([Status::Unknown(None)]).map(Status::as_str).collect()
}

fn alias(text: &mut String, name: &str, doc: &str, values: &[&str]) {
    let values: Vec<_> = values.iter().map(|value| format!("\"{value}\"")).collect();
    line(text, &format!("\n---{doc}\n---@alias {name} {}", values.join(" | ")));
}

/// A class of the fields of a schema, and more.
fn class(text: &mut String, name: &str, doc: &str, schema: &Value, more: &[(&str, &str, &str)]) {
    line(text, &format!("\n---{doc}\n---@class {name}"));
    let required: BTreeSet<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (field, property) in schema["properties"].as_object().into_iter().flatten() {
        let time = TIMES.iter().find(|(time, _)| time == field);
        let doc = time.map_or_else(|| description(property), |(_, doc)| (*doc).to_owned());
        let (kind, nullable) = if time.is_some() { ("number".into(), true) } else { lua_type(field, property) };
        let optional = if nullable || !required.contains(field.as_str()) { "?" } else { "" };
        line(text, &format!("---@field {field}{optional} {kind} {doc}"));
    }
    for (field, kind, doc) in more {
        line(text, &format!("---@field {field} {kind} {doc}"));
    }
}

fn description(property: &Value) -> String {
    let own = property["description"].as_str().unwrap_or_default();
    own.split_whitespace().map(|word| if word == "null" { "nil" } else { word }).collect::<Vec<_>>().join(" ")
}

/// The Lua type of a property, and whether it may be absent.
fn lua_type(field: &str, property: &Value) -> (String, bool) {
    match field {
        "status" => return ("midapi.Status".into(), false),
        "last_status" => return ("midapi.Status".into(), true),
        "kind" => return ("midapi.ErrorKind".into(), false),
        "params" => return ("midapi.Params".into(), true),
        "warnings" => return ("midapi.DecodeWarning[]".into(), false),
        // A number or a name.
        "error_code" => return ("integer|string".into(), true),
        _ => {}
    }
    let kinds: Vec<_> = match &property["type"] {
        Value::String(kind) => vec![kind.as_str()],
        kinds => kinds.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    let nullable = kinds.contains(&"null");
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| *kind != "null").map(|kind| plain(kind, property)).collect();
    (if kinds.is_empty() { "any".into() } else { kinds.join("|") }, nullable)
}

fn plain(kind: &str, property: &Value) -> String {
    match kind {
        "array" => format!("{}[]", lua_type("", &property["items"]).0),
        "object" => "table<string, any>".into(),
        other => other.into(),
    }
}

fn options(text: &mut String, entry: &Entry) {
    line(text, &format!("\n---Options of `{}`.\n---@class (exact) {}", entry.call, entry.class));
    for option in entry.options {
        let kind = match option.kind {
            Kind::Text => "string",
            Kind::Flag => "boolean",
            Kind::Seconds | Kind::Rate => "number",
            Kind::Count(_) => "integer",
            Kind::OnTask => "fun(task: midapi.Task)",
        };
        line(text, &format!("---@field {}? {kind} {}", option.name, option.doc));
    }
}

fn function(text: &mut String, of: &str, entry: &Entry) {
    text.push('\n');
    for doc in entry.doc {
        line(text, &format!("---{doc}"));
    }
    let (subject, returns) = match entry.takes {
        Takes::Nothing => (None, &["midapi.Client? client", "midapi.Error? err"][..]),
        Takes::Id => (Some(("id", "string")), &["midapi.Task? task", "midapi.Error? err"][..]),
        Takes::Ids => (Some(("ids", "string[]")), &["fun(): string?, midapi.Task?, midapi.Error? iterator"][..]),
    };
    if let Some((name, kind)) = subject {
        line(text, &format!("---@param {name} {kind}"));
    }
    line(text, &format!("---@param options? {}", entry.class));
    for given in returns {
        line(text, &format!("---@return {given}"));
    }
    let parameters = subject.map(|(name, _)| format!("{name}, ")).unwrap_or_default();
    line(text, &format!("function {of}{}({parameters}options) end", entry.name));
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
