//! The document around its schemas: from OpenAPI 3.1 to 3.0.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Lowered, Remark, schemas};
use crate::document::Document;
use crate::positions::{below, dotted};
use crate::spec::object;

/// Dialects that mean what OpenAPI 3.1 means without one.
const DIALECTS: [&str; 2] =
    ["https://json-schema.org/draft/2020-12/schema", "https://spec.openapis.org/oas/3.1/dialect/base"];

/// What is told of the parts of a document on its way down.
pub(super) struct Remarks<'a> {
    document: &'a Document,
    pub(super) refusals: Vec<Remark>,
    pub(super) notes: Vec<Remark>,
}

impl Remarks<'_> {
    pub(super) fn refuse(&mut self, pointer: &str, message: impl Into<String>) {
        let remark = self.remark(pointer, message.into());
        self.refusals.push(remark);
    }

    pub(super) fn note(&mut self, pointer: &str, message: impl Into<String>) {
        let remark = self.remark(pointer, message.into());
        self.notes.push(remark);
    }

    fn remark(&self, pointer: &str, message: String) -> Remark {
        Remark { place: self.document.place(pointer), part: dotted(pointer), message }
    }
}

pub(super) fn lower(document: &Document) -> Result<Lowered, Vec<Remark>> {
    let mut remarks = Remarks { document, refusals: Vec::new(), notes: Vec::new() };
    let mut value = document.value.clone();
    match value["openapi"].as_str().unwrap_or_default() {
        version if version.starts_with("3.0.") => return Ok(Lowered { value, notes: Vec::new() }),
        version if version.starts_with("3.1.") => value["openapi"] = json!("3.0.3"),
        version => {
            remarks.refuse("/openapi", format!("is {version:?}; documents of 3.0.x and 3.1.x are taken"));
            return Err(remarks.refusals);
        }
    }
    root(&mut value, &mut remarks);
    let moved = hoist(&mut value, &mut remarks);
    visit(&mut value, "", "", &mut remarks);
    rename_references(&mut value, &moved);
    if remarks.refusals.is_empty() {
        remarks.notes.sort();
        Ok(Lowered { value, notes: remarks.notes })
    } else {
        remarks.refusals.sort();
        Err(remarks.refusals)
    }
}

fn root(value: &mut Value, remarks: &mut Remarks<'_>) {
    let Some(keywords) = value.as_object_mut() else { return };
    if let Some(dialect) = keywords.remove("jsonSchemaDialect")
        && !dialect.as_str().is_some_and(|dialect| DIALECTS.contains(&dialect))
    {
        remarks.refuse("/jsonSchemaDialect", format!("{dialect} is a dialect of JSON Schema that nobody here knows"));
    }
    if keywords.get("webhooks").and_then(Value::as_object).is_some_and(|webhooks| !webhooks.is_empty()) {
        remarks.refuse("/webhooks", "3.0 has no webhooks; take them out, and tell of them in a description");
    }
    keywords.remove("webhooks");
    if keywords.get("components").and_then(|components| components.get("pathItems")).is_some() {
        remarks.refuse("/components/pathItems", "3.0 has no path items among its components; write them out");
    }
    for (holder, key) in [("/info", "summary"), ("/info/license", "identifier")] {
        if value.pointer_mut(holder).and_then(Value::as_object_mut).is_some_and(|info| info.remove(key).is_some()) {
            remarks.note(&below(holder, key), "left out: 3.0 has no such keyword");
        }
    }
}

/// Moves the `$defs` of component schemas among the components, and returns what references to them become.
fn hoist(value: &mut Value, remarks: &mut Remarks<'_>) -> BTreeMap<String, String> {
    let mut moved = BTreeMap::new();
    let mut found = Vec::new();
    let schemas = value["components"]["schemas"].clone();
    for (name, schema) in object(&schemas) {
        let at = below("/components/schemas", name);
        found.extend(
            object(&schema["$defs"]).map(|(inner, schema)| (name.clone(), at.clone(), inner.clone(), schema.clone())),
        );
    }
    for (owner, at, inner, schema) in found {
        let defined = below(&below(&at, "$defs"), &inner);
        let components = &mut value["components"]["schemas"];
        let taken = components.get(&inner).is_some_and(|other| *other != schema);
        let name = if taken { format!("{owner}{inner}") } else { inner };
        if components.get(&name).is_some_and(|other| *other != schema) {
            remarks.refuse(&defined, format!("there is another schema {name:?} already"));
            continue;
        }
        if let Some(definitions) = components[&owner].as_object_mut() {
            definitions.remove("$defs");
        }
        moved.insert(format!("#{defined}"), format!("#{}", below("/components/schemas", &name)));
        components[name] = schema;
    }
    moved
}

fn rename_references(value: &mut Value, moved: &BTreeMap<String, String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value.as_str().and_then(|reference| moved.get(reference))) {
                    ("$ref" | "x-embedded-json", Some(target)) => *value = json!(target),
                    _ => rename_references(value, moved),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_references(item, moved)),
        _ => {}
    }
}

/// Keywords whose values are data.
const DATA: [&str; 4] = ["default", "example", "examples", "enum"];

/// Lowers the schemas below a part of the document that is none itself.
fn visit(value: &mut Value, pointer: &str, under: &str, remarks: &mut Remarks<'_>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let at = below(pointer, key);
                let names = ["content", "parameters", "responses", "headers", "requestBodies"].contains(&under);
                if !names && (DATA.contains(&key.as_str()) || key.starts_with("x-")) {
                    continue;
                }
                if under == "schemas" || (key == "schema" && !names) {
                    schemas::lower(value, &at, remarks);
                } else {
                    visit(value, &at, if names { "" } else { key }, remarks);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                visit(item, &below(pointer, &index.to_string()), "", remarks);
            }
        }
        _ => {}
    }
}
