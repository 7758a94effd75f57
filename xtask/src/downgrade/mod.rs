//! Conversion of OpenAPI 3.1 documents and Apidog exports to OpenAPI 3.0, for `cargo xtask spec diff`.

mod diagnostics;
mod schemas;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::positions::below;
use crate::spec::object;

use self::diagnostics::Diagnostics;

/// Dialects of JSON Schema that equal the default dialect of OpenAPI 3.1.
const DIALECTS: [&str; 2] =
    ["https://json-schema.org/draft/2020-12/schema", "https://spec.openapis.org/oas/3.1/dialect/base"];
/// Keywords whose values are data. The values are not converted.
const DATA: [&str; 4] = ["default", "example", "examples", "enum"];
/// Keywords whose values are maps. The document chooses the keys of these maps, so the keys are not keywords.
const MAPS: [&str; 6] = ["callbacks", "content", "headers", "parameters", "requestBodies", "responses"];

/// A converted document.
#[derive(Debug, Clone)]
pub struct Downgraded {
    /// The document in OpenAPI 3.0. Each part keeps its line number in the original document.
    pub document: Document,
    /// Keywords that were removed without a replacement.
    pub notes: Vec<Diagnostic>,
}

/// Whether a document needs conversion: it is OpenAPI 3.1 or an Apidog export.
pub fn is_needed(document: &Document) -> bool {
    let bearer = |scheme: &Value| scheme["type"] == "bearer";
    version(&document.value).starts_with("3.1")
        || has_apidog_keyword(&document.value)
        || object(&document.value["components"]["securitySchemes"]).any(|(_, scheme)| bearer(scheme))
}

/// Converts a document to OpenAPI 3.0.
///
/// Keywords of OpenAPI 3.1 are converted even if the version of the document is 3.0. A valid document of 3.0 stays
/// unchanged.
///
/// # Errors
/// One diagnostic for each part that OpenAPI 3.0 cannot express.
pub fn downgrade(document: &Document) -> Result<Downgraded, Vec<Diagnostic>> {
    let mut diagnostics = Diagnostics::new(document);
    let mut value = document.value.clone();
    match version(&value).as_str() {
        version if version.starts_with("3.0.") => {}
        version if version.starts_with("3.1") || version == "3.0" => value["openapi"] = json!("3.0.3"),
        version => {
            diagnostics.error("/openapi", format!("version {version:?} is not supported; use OpenAPI 3.0 or 3.1"));
            return Err(diagnostics.errors);
        }
    }
    remove_apidog_keywords(&mut value);
    convert_root(&mut value, &mut diagnostics);
    let moved = move_definitions(&mut value, &mut diagnostics);
    convert_schemas(&mut value, "", "", &mut diagnostics);
    rename_references(&mut value, &moved);
    let Diagnostics { mut errors, mut notes, .. } = diagnostics;
    errors.sort();
    notes.sort();
    if errors.is_empty() { Ok(Downgraded { document: document.with_value(value), notes }) } else { Err(errors) }
}

/// The OpenAPI version as a string. YAML reads an unquoted `3.1` as a number.
fn version(value: &Value) -> String {
    match &value["openapi"] {
        Value::String(version) => version.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn is_apidog_keyword(key: &str) -> bool {
    key.starts_with("x-apidog") || key.starts_with("x-run-in-apidog")
}

fn has_apidog_keyword(value: &Value) -> bool {
    match value {
        Value::Object(entries) => {
            entries.iter().any(|(key, value)| is_apidog_keyword(key) || has_apidog_keyword(value))
        }
        Value::Array(items) => items.iter().any(has_apidog_keyword),
        _ => false,
    }
}

/// Removes the keywords of Apidog, and empty `callbacks` and `headers`. Replaces the security scheme type `bearer`,
/// which is invalid, by `http`.
fn remove_apidog_keywords(value: &mut Value) {
    if let Some(schemes) = value.pointer_mut("/components/securitySchemes").and_then(Value::as_object_mut) {
        for scheme in schemes.values_mut().filter(|scheme| scheme["type"] == "bearer") {
            scheme["type"] = json!("http");
        }
    }
    for_each_object(value, "", &mut |entries, under| {
        if !MAPS.contains(&under) && under != "properties" {
            let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
            entries.retain(|key, value| {
                !(is_apidog_keyword(key) || ["callbacks", "headers"].contains(&key.as_str()) && is_empty(value))
            });
        }
    });
}

/// Calls `change` with each object of a value and with the key under which the object was found, outer objects first.
/// The key is empty for an item of a list. Examples, defaults and enum values are left out.
fn for_each_object(value: &mut Value, under: &str, change: &mut impl FnMut(&mut Map<String, Value>, &str)) {
    match value {
        Value::Object(entries) => {
            change(entries, under);
            let is_map = MAPS.contains(&under) || ["properties", "schemas"].contains(&under);
            for (key, value) in entries.iter_mut().filter(|(key, _)| is_map || !DATA.contains(&key.as_str())) {
                for_each_object(value, if is_map { "" } else { key }, change);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| for_each_object(item, "", change)),
        _ => {}
    }
}

fn convert_root(value: &mut Value, diagnostics: &mut Diagnostics<'_>) {
    let Some(keywords) = value.as_object_mut() else { return };
    if let Some(dialect) = keywords.remove("jsonSchemaDialect")
        && !dialect.as_str().is_some_and(|dialect| DIALECTS.contains(&dialect))
    {
        diagnostics.error("/jsonSchemaDialect", format!("unknown dialect of JSON Schema: {dialect}"));
    }
    if keywords.get("webhooks").and_then(Value::as_object).is_some_and(|webhooks| !webhooks.is_empty()) {
        diagnostics.error("/webhooks", "OpenAPI 3.0 has no webhooks; remove them and describe them in text");
    }
    keywords.remove("webhooks");
    if keywords.get("components").and_then(|components| components.get("pathItems")).is_some() {
        diagnostics.error("/components/pathItems", "OpenAPI 3.0 has no reusable path items; inline them");
    }
    for (holder, key) in [("/info", "summary"), ("/info/license", "identifier")] {
        if value.pointer_mut(holder).and_then(Value::as_object_mut).is_some_and(|info| info.remove(key).is_some()) {
            diagnostics.note(&below(holder, key), "removed: OpenAPI 3.0 lacks this keyword");
        }
    }
}

/// Moves the schemas in `$defs` of component schemas to `components.schemas`. Returns the new reference of each moved
/// schema, by the old reference.
fn move_definitions(value: &mut Value, diagnostics: &mut Diagnostics<'_>) -> BTreeMap<String, String> {
    let mut moved = BTreeMap::new();
    let mut found = Vec::new();
    for (owner, schema) in object(&value["components"]["schemas"]) {
        for (name, definition) in object(&schema["$defs"]) {
            found.push((owner.clone(), name.clone(), definition.clone()));
        }
    }
    for (owner, inner, schema) in found {
        let pointer = below(&below(&below("/components/schemas", &owner), "$defs"), &inner);
        let components = &mut value["components"]["schemas"];
        let is_taken = |name: &str| components.get(name).is_some_and(|other| *other != schema);
        let name = if is_taken(&inner) { format!("{owner}{inner}") } else { inner };
        if is_taken(&name) {
            diagnostics.error(&pointer, format!("another schema is already named {name:?}"));
            continue;
        }
        if let Some(definitions) = components[&owner].as_object_mut() {
            definitions.remove("$defs");
        }
        moved.insert(format!("#{pointer}"), format!("#{}", below("/components/schemas", &name)));
        components[name] = schema;
    }
    moved
}

fn rename_references(value: &mut Value, moved: &BTreeMap<String, String>) {
    for_each_object(value, "", &mut |entries, _| {
        for key in ["$ref", "x-embedded-json"] {
            if let Some(target) = entries.get(key).and_then(Value::as_str).and_then(|reference| moved.get(reference)) {
                entries.insert(key.to_owned(), json!(target));
            }
        }
    });
}

/// Converts all schemas inside a part of the document. The part itself is not a schema.
///
/// `under` is the key of the part in the object that contains it. It is empty for the document itself, for an entry of
/// a map and for an item of a list.
fn convert_schemas(value: &mut Value, pointer: &str, under: &str, diagnostics: &mut Diagnostics<'_>) {
    match value {
        Value::Object(entries) => {
            let is_map = MAPS.contains(&under);
            for (key, value) in entries {
                let at = below(pointer, key);
                if !is_map && (DATA.contains(&key.as_str()) || key.starts_with("x-")) {
                    continue;
                }
                if under == "schemas" || (key == "schema" && !is_map) {
                    schemas::convert(value, &at, diagnostics);
                } else {
                    convert_schemas(value, &at, if is_map { "" } else { key }, diagnostics);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                convert_schemas(item, &below(pointer, &index.to_string()), "", diagnostics);
            }
        }
        _ => {}
    }
}
