//! Reading the spec, and finding things in it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::document::Document;
use crate::positions::{below, dotted};

/// Reads a YAML (or JSON, its subset) document.
///
/// # Errors
/// In words, with the file and the place in it.
pub fn read(path: &Path) -> Result<Value, String> {
    Ok(Document::read(path)?.value)
}

/// One operation of the spec.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    /// The path template, such as `/api/v1/mj/record-info`.
    pub path: &'a str,
    /// The method, in lower case.
    pub method: &'a str,
    /// The operation object.
    pub body: &'a Value,
    /// The path item that it stands in.
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

    /// The operation's id, or its method and path while it has none.
    pub fn name(&self) -> String {
        match self.body["operationId"].as_str() {
            Some(id) => id.to_owned(),
            None => format!("{} {}", self.method.to_uppercase(), self.path),
        }
    }

    /// Its parameters and those of its path, references followed.
    pub fn parameters(&self, spec: &'a Value) -> impl Iterator<Item = &'a Value> {
        let own = array(&self.body["parameters"]);
        own.chain(array(&self.item["parameters"])).map(|parameter| follow(spec, parameter))
    }
}

/// The entries of an object; none for anything else.
pub fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The items of an array; none for anything else.
pub fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// What a local reference (`#/…`) ends at, over others if need be; the value itself if it is none or points nowhere.
pub fn follow<'a>(spec: &'a Value, mut value: &'a Value) -> &'a Value {
    // More steps than any document has; those that go round are refused.
    for _ in 0..16 {
        let Some(target) = value["$ref"].as_str().and_then(|reference| resolve(spec, reference)) else { break };
        value = target;
    }
    value
}

/// What a local reference points to.
pub fn resolve<'a>(spec: &'a Value, reference: &str) -> Option<&'a Value> {
    spec.pointer(reference.strip_prefix('#')?)
}

/// The objects of keywords anywhere below a value.
pub fn objects_below(value: &Value) -> impl Iterator<Item = &Value> {
    let mut objects = Vec::new();
    Object::collect(String::new(), "", false, value, &mut objects);
    objects.into_iter().map(|object| object.keywords)
}

/// The references anywhere below a value, data aside, embedded JSON included.
pub fn references(value: &Value) -> Vec<&str> {
    objects_below(value).flat_map(references_in).collect()
}

/// Keywords whose entries have names of the document's choosing instead of keywords.
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

/// Keywords that hold data, where nothing is a keyword, or what no reference and no schema stands in.
const DATA: [&str; 5] = ["default", "enum", "example", "examples", "securitySchemes"];

/// An object made of keywords: no data, no extension, no map of names.
#[derive(Debug)]
pub struct Object<'a> {
    /// The pointer to it.
    pub pointer: String,
    /// The keyword that it stands under, names and indices aside; empty for the document itself.
    pub under: &'a str,
    /// What it holds.
    pub keywords: &'a Value,
}

impl<'a> Object<'a> {
    /// All of a document.
    pub fn all(document: &'a Value) -> Vec<Self> {
        let mut found = Vec::new();
        Self::collect(String::new(), "", false, document, &mut found);
        found
    }

    /// Where it stands in the document, as people write it.
    pub fn place(&self) -> String {
        dotted(&self.pointer)
    }

    /// `map`: whether the value's entries have names.
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

    /// The references in the object itself, embedded JSON included.
    pub fn references(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        references_in(self.keywords)
    }
}

fn references_in(keywords: &Value) -> impl Iterator<Item = &str> {
    ["$ref", "x-embedded-json"].into_iter().filter_map(|key| keywords[key].as_str())
}

/// The names of the component schemas that answers are made of.
pub fn answer_schemas(spec: &Value) -> BTreeSet<String> {
    let responses = Operation::all(spec).map(|operation| ("responses", true, &operation.body["responses"]));
    reached(spec, responses)
}

/// The names of the component schemas that requests are made of.
pub fn request_schemas(spec: &Value) -> BTreeSet<String> {
    let parts = Operation::all(spec).flat_map(|operation| {
        let own = [("requestBody", false, &operation.body["requestBody"]), ("", false, &operation.body["parameters"])];
        own.into_iter().chain([("", false, &operation.item["parameters"])])
    });
    reached(spec, parts)
}

/// The names of the component schemas that parts lead to: what they stand under, whether that has names, and the parts.
fn reached<'a>(spec: &'a Value, parts: impl Iterator<Item = (&'a str, bool, &'a Value)>) -> BTreeSet<String> {
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
