//! Inlining of references and combinations, so that documents with different schema names can be compared.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::positions::below;
use crate::shape::{Shape, follow_with_pointer};
use crate::spec::{Operation, array, object};

use super::path_template::without_names;

/// Keywords that are copied into an inlined schema. If several combined schemas have a keyword, the value of the first
/// schema is used. Formats of numbers are not copied, because the generated code uses 64 bits for all numbers.
const COPIED: [&str; 16] = [
    "default",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "type",
    "uniqueItems",
];

/// Returns a document that contains only the given operations and has all schemas inlined.
///
/// `operations` has the path template, without the names of parameters, and the method of each operation. Prose, examples
/// and extensions are dropped. The remaining parts keep their line numbers in the original document.
pub(super) fn inline(document: &Document, operations: &[(String, String)]) -> Document {
    let mut inliner = Inliner { document, lines: HashMap::new(), active: Vec::new() };
    let spec = &document.value;
    let mut paths = Map::new();
    for operation in Operation::all(spec) {
        let (path, method) = (operation.path.to_owned(), operation.method.to_owned());
        if operations.contains(&(without_names(&path), method.clone())) {
            let content = inliner.operation(&operation);
            let item = paths.entry(path).or_insert_with(|| json!({}));
            item[method] = content;
        }
    }
    let urls: Vec<_> = array(&spec["servers"]).map(|server| json!({ "url": server["url"] })).collect();
    inliner.keep_line("/servers", "/servers");
    let lines = inliner.lines;
    Document::with_lines(&document.name, json!({ "openapi": "3.0.3", "servers": urls, "paths": paths }), lines)
}

struct Inliner<'a> {
    document: &'a Document,
    /// The line of each inlined part, by JSON pointer.
    lines: HashMap<String, usize>,
    /// The JSON pointers to the schemas that contain the current schema. They are used to detect recursion.
    active: Vec<String>,
}

impl<'a> Inliner<'a> {
    fn keep_line(&mut self, target: &str, source: &str) {
        self.lines.insert(target.to_owned(), self.document.place(source).line);
    }

    fn operation(&mut self, operation: &Operation<'a>) -> Value {
        let (at, body) = (operation.pointer(), operation.body);
        let spec = &self.document.value;
        for key in ["", "/operationId", "/parameters", "/requestBody", "/responses", "/security", "/deprecated"] {
            self.keep_line(&format!("{at}{key}"), &format!("{at}{key}"));
        }
        let mut inlined = Map::new();
        for key in ["operationId", "deprecated"] {
            inlined.extend(body.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        let parameters = operation.parameters(spec).map(|parameter| self.parameter(&at, parameter));
        inlined.insert("parameters".into(), parameters.collect());
        let (pointer, request) = follow_with_pointer(spec, below(&at, "requestBody"), &body["requestBody"]);
        if request.is_object() {
            let content = self.content(&below(&at, "requestBody"), &pointer, request);
            inlined.insert("requestBody".into(), json!({ "required": request["required"], "content": content }));
        }
        let mut responses = Map::new();
        for (status, response) in object(&body["responses"]) {
            let target = below(&below(&at, "responses"), status);
            let (pointer, response) = follow_with_pointer(spec, target.clone(), response);
            self.keep_line(&target, &pointer);
            responses.insert(status.clone(), json!({ "content": self.content(&target, &pointer, response) }));
        }
        inlined.insert("responses".into(), Value::Object(responses));
        inlined.insert("security".into(), self.security(body));
        Value::Object(inlined)
    }

    fn parameter(&mut self, at: &str, parameter: &'a Value) -> Value {
        // The schema has the pointer of the list of parameters. So changes of a parameter get the line of the list.
        let target = below(at, "parameters");
        let schema = self.schema(&target, &[(target.clone(), &parameter["schema"])]);
        let required = parameter["required"] == true;
        json!({ "name": parameter["name"], "in": parameter["in"], "required": required, "schema": schema })
    }

    fn content(&mut self, target: &str, source: &str, body: &'a Value) -> Value {
        let mut content = Map::new();
        for (content_type, media) in object(&body["content"]) {
            let key = |at: &str| below(&below(at, "content"), content_type);
            let (target, source) = (key(target), key(source));
            self.keep_line(&target, &source);
            let schema = self.schema(&below(&target, "schema"), &[(below(&source, "schema"), &media["schema"])]);
            content.insert(content_type.clone(), json!({ "schema": schema }));
        }
        Value::Object(content)
    }

    /// The security requirements of an operation. Each scheme is named by its kind, such as `http bearer`.
    fn security(&self, operation: &Value) -> Value {
        let spec = &self.document.value;
        let requirements = operation.get("security").unwrap_or(&spec["security"]);
        let kinds = array(requirements).map(|requirement| {
            let schemes = object(requirement).map(|(name, _)| {
                let scheme = &spec["components"]["securitySchemes"][name];
                let words = ["type", "scheme", "in", "name"].into_iter().filter_map(|key| scheme[key].as_str());
                (words.collect::<Vec<_>>().join(" "), json!([]))
            });
            Value::Object(schemes.collect())
        });
        kinds.collect()
    }

    /// Merges all schemas that describe a value into one inlined schema.
    fn schema(&mut self, target: &str, schemas: &[(String, &'a Value)]) -> Value {
        let shape = Shape::of_all(&self.document.value, schemas);
        let is_recursive = shape.parts.iter().any(|(pointer, _)| self.active.contains(pointer));
        if is_recursive {
            return json!({ "type": "recursive" });
        }
        if let Some((pointer, _)) = schemas.first() {
            self.keep_line(target, pointer);
        }
        let depth = self.active.len();
        self.active.extend(shape.parts.iter().map(|(pointer, _)| pointer.clone()));
        let mut keywords = Map::new();
        for (_, part) in shape.parts.iter().rev() {
            for key in COPIED {
                keywords.extend(part.get(key).map(|value| (key.to_owned(), value.clone())));
            }
            // The values of open and of closed lists are compared in the same way.
            keywords.extend(part.get("x-extensible-enum").map(|values| ("enum".to_owned(), values.clone())));
            let format = part.get("format").filter(|_| part["type"] == "string");
            keywords.extend(format.map(|format| ("format".to_owned(), format.clone())));
        }
        if shape.nullable {
            keywords.insert("nullable".into(), json!(true));
        }
        self.object_keywords(target, &shape, &mut keywords);
        let items = shape.under("items");
        if !items.is_empty() {
            keywords.insert("items".into(), self.schema(&below(target, "items"), &items));
        }
        let alternatives = shape.alternatives();
        if !alternatives.is_empty() {
            let members = alternatives.into_iter().enumerate().map(|(index, member)| {
                let at = below(&below(target, "oneOf"), &index.to_string());
                let mut inlined = self.schema(&at, &[member]);
                inlined["title"] = inlined["type"].clone();
                inlined
            });
            keywords.insert("oneOf".into(), members.collect());
        }
        self.active.truncate(depth);
        Value::Object(keywords)
    }

    fn object_keywords(&mut self, target: &str, shape: &Shape<'a>, keywords: &mut Map<String, Value>) {
        let names: BTreeSet<_> = shape.properties().into_iter().map(|(name, ..)| name).collect();
        if !names.is_empty() {
            keywords.entry("type").or_insert_with(|| json!("object"));
            let properties = names.into_iter().map(|name| {
                let at = below(&below(target, "properties"), name);
                (name.clone(), self.schema(&at, &shape.property(name)))
            });
            keywords.insert("properties".into(), Value::Object(properties.collect()));
        }
        let required: BTreeSet<_> = shape.required().collect();
        if !required.is_empty() {
            keywords.insert("required".into(), json!(required));
        }
        let additional: Vec<_> = shape.under("additionalProperties");
        let additional: Vec<_> = additional.into_iter().filter(|(_, schema)| schema.is_object()).collect();
        if !additional.is_empty() {
            let schema = self.schema(&below(target, "additionalProperties"), &additional);
            keywords.insert("additionalProperties".into(), schema);
        }
    }
}
