//! Access to the parts of a spec: operations, schemas, references.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::document::Document;
use crate::positions::{below, dotted};

/// Reads a YAML (or JSON, its subset) document.
///
/// # Errors
/// If the file cannot be read or parsed. The message has the file and the line.
pub fn read(path: &Path) -> Result<Value, String> {
    Ok(Document::read(path)?.value)
}

/// An operation of a spec.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    /// The path template, such as `/api/v1/mj/record-info`.
    pub path: &'a str,
    /// The method, in lower case.
    pub method: &'a str,
    /// The operation object.
    pub body: &'a Value,
    /// The path item around it.
    pub item: &'a Value,
}

impl<'a> Operation<'a> {
    /// The HTTP methods that a path item may have.
    pub const METHODS: [&'static str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

    /// All operations, in the order of paths and methods.
    pub fn all(spec: &'a Value) -> impl Iterator<Item = Operation<'a>> {
        object(&spec["paths"]).flat_map(|(path, item)| {
            Self::METHODS.iter().filter_map(move |method| {
                let body = item.get(method)?;
                Some(Operation { path, method, body, item })
            })
        })
    }

    /// The pointer to the operation object.
    pub fn pointer(&self) -> String {
        below(&below("/paths", self.path), self.method)
    }

    /// The operation id, or the method and path if it has none.
    pub fn name(&self) -> String {
        match self.body["operationId"].as_str() {
            Some(id) => id.to_owned(),
            None => self.place(),
        }
    }

    /// The method and path, such as `GET /things`.
    pub fn place(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    /// Its parameters, then those of its path, with references resolved.
    pub fn parameters(&self, spec: &'a Value) -> impl Iterator<Item = &'a Value> {
        let own = array(&self.body["parameters"]);
        own.chain(array(&self.item["parameters"])).map(|parameter| follow(spec, parameter))
    }
}

/// The entries of an object. Empty for any other value.
pub fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The items of an array. Empty for any other value.
pub fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The target of a local reference (`#/…`), through further references. The value itself if it is not a reference, or a dangling one.
pub fn follow<'a>(spec: &'a Value, mut value: &'a Value) -> &'a Value {
    // More steps than any real document has. Cycles are unsupported.
    for _ in 0..16 {
        let Some(target) = value["$ref"].as_str().and_then(|reference| resolve(spec, reference)) else { break };
        value = target;
    }
    value
}

/// The direct target of a local reference.
pub fn resolve<'a>(spec: &'a Value, reference: &str) -> Option<&'a Value> {
    spec.pointer(reference.strip_prefix('#')?)
}

/// The objects of keywords in a value, at any depth.
pub fn objects_below(value: &Value) -> impl Iterator<Item = &Value> {
    let mut objects = Vec::new();
    Object::collect(String::new(), "", false, value, &mut objects);
    objects.into_iter().map(|object| object.keywords)
}

/// The references in a value, at any depth. Includes embedded JSON, but not data.
pub fn references(value: &Value) -> Vec<&str> {
    objects_below(value).flat_map(references_in).collect()
}

/// Keywords whose entries have names chosen by the document.
const MAPS: [&str; 10] = [
    "callbacks",
    "content",
    "headers",
    "links",
    "parameters",
    "paths",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
];

/// Keywords with data, or without references and schemas.
const DATA: [&str; 5] = ["default", "enum", "example", "examples", "securitySchemes"];

/// An object of keywords, as opposed to data, extensions and maps.
#[derive(Debug)]
pub struct Object<'a> {
    /// The pointer to it.
    pub pointer: String,
    /// The keyword around it, without names and indices. Empty for the document itself.
    pub under: &'a str,
    /// Its content.
    pub keywords: &'a Value,
}

impl<'a> Object<'a> {
    /// All objects of a document.
    pub fn all(document: &'a Value) -> Vec<Self> {
        let mut found = Vec::new();
        Self::collect(String::new(), "", false, document, &mut found);
        found
    }

    /// Its path in dotted form.
    pub fn place(&self) -> String {
        dotted(&self.pointer)
    }

    /// `map`: whether the entries of the value have names.
    fn collect(pointer: String, under: &'a str, map: bool, value: &'a Value, found: &mut Vec<Self>) {
        for (key, value) in object(value) {
            let pointer = below(&pointer, key);
            if map {
                Self::collect(pointer, under, false, value, found);
            } else if !(DATA.contains(&key.as_str()) || key.starts_with("x-")) {
                Self::collect(pointer, key, MAPS.contains(&key.as_str()), value, found);
            }
        }
        for (index, value) in array(value).enumerate() {
            Self::collect(below(&pointer, &index.to_string()), under, false, value, found);
        }
        if value.is_object() && !map {
            found.push(Object { pointer, under, keywords: value });
        }
    }

    /// The references of the object itself, including embedded JSON.
    pub fn references(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        references_in(self.keywords)
    }
}

fn references_in(keywords: &Value) -> impl Iterator<Item = &str> {
    ["$ref", "x-embedded-json"].into_iter().filter_map(|key| keywords[key].as_str())
}

/// The names of the component schemas that responses use.
pub fn response_schemas(spec: &Value) -> BTreeSet<String> {
    let responses = Operation::all(spec).map(|operation| ("responses", true, &operation.body["responses"]));
    reachable_schemas(spec, responses)
}

/// The names of the component schemas that requests use.
pub fn request_schemas(spec: &Value) -> BTreeSet<String> {
    let parts = Operation::all(spec).flat_map(|operation| {
        let own = [("requestBody", false, &operation.body["requestBody"]), ("", false, &operation.body["parameters"])];
        own.into_iter().chain([("", false, &operation.item["parameters"])])
    });
    reachable_schemas(spec, parts)
}

/// The names of the component schemas that parts refer to. A part is the keyword around it, whether that is a map, and a value.
fn reachable_schemas<'a>(spec: &'a Value, parts: impl Iterator<Item = (&'a str, bool, &'a Value)>) -> BTreeSet<String> {
    let within = |(under, map, value)| {
        let mut objects = Vec::new();
        Object::collect(String::new(), under, map, value, &mut objects);
        objects.into_iter().flat_map(|object| object.references()).collect::<Vec<_>>()
    };
    let mut pending: Vec<_> = parts.flat_map(within).collect();
    let mut seen = BTreeSet::new();
    while let Some(reference) = pending.pop() {
        if let (true, Some(target)) = (seen.insert(reference), resolve(spec, reference)) {
            pending.extend(within(("", false, target)));
        }
    }
    let prefix = "#/components/schemas/";
    seen.iter().filter_map(|reference| Some(reference.strip_prefix(prefix)?.to_owned())).collect()
}
