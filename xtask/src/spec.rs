//! Access to the parts of a spec: operations, schemas, references.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::document::Document;
use crate::positions::{below, dotted, push_key};

/// Reads a YAML or JSON document.
///
/// # Errors
/// If the file cannot be read or parsed. The message names the file and, for an invalid text, the line.
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
    /// The path item that contains the operation.
    pub item: &'a Value,
}

impl<'a> Operation<'a> {
    /// The HTTP methods that a path item may have.
    pub const METHODS: [&'static str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

    /// All operations, sorted by path. The operations of one path are in the order of [`Self::METHODS`].
    pub fn all(spec: &'a Value) -> impl Iterator<Item = Operation<'a>> {
        object(&spec["paths"]).filter(|(path, _)| !path.starts_with("x-")).flat_map(|(path, item)| {
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

    /// The parameters of the operation, then those of its path item, with references resolved.
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

/// Follows a local reference (`#/…`) to its target, and further references from there.
///
/// Stops at the first value that is not a reference, or whose target does not exist.
pub fn follow<'a>(spec: &'a Value, mut value: &'a Value) -> &'a Value {
    // No real document needs more steps. Cycles are rejected elsewhere.
    for _ in 0..16 {
        let Some(target) = value["$ref"].as_str().and_then(|reference| resolve(spec, reference)) else { break };
        value = target;
    }
    value
}

/// The direct target of a local reference (`#/…`). None if the target does not exist.
pub fn resolve<'a>(spec: &'a Value, reference: &str) -> Option<&'a Value> {
    spec.pointer(reference.strip_prefix('#')?)
}

/// All keyword objects (see [`Object`]) in a value, at any depth.
pub fn objects_below(value: &Value) -> impl Iterator<Item = &Value> {
    let mut objects = Vec::new();
    Object::visit(&mut String::new(), "", false, value, &mut |object| objects.push(object.keywords));
    objects.into_iter()
}

/// All references in a value, at any depth: `$ref` and `x-embedded-json`. Examples, defaults, enum values, security
/// schemes and extensions are not searched: a `$ref` in them is no reference.
pub fn references(value: &Value) -> Vec<&str> {
    objects_below(value).flat_map(references_in).collect()
}

/// Keywords whose values are maps. The document chooses the keys of these maps, so the keys are not keywords.
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

/// Keywords whose values are not searched. The values are data, or contain no references and no schemas.
const DATA: [&str; 5] = ["default", "enum", "example", "examples", "securitySchemes"];

/// A JSON object whose keys are OpenAPI keywords, as opposed to data, extensions and maps.
#[derive(Debug)]
pub struct Object<'a, P = String> {
    /// The JSON pointer to the object.
    pub pointer: P,
    /// The innermost keyword whose value contains the object. Map keys and array indices do not count. Empty for the
    /// document itself.
    pub under: &'a str,
    /// The object itself.
    pub keywords: &'a Value,
}

impl<'a> Object<'a> {
    /// All objects of a document.
    pub fn all(document: &'a Value) -> Vec<Self> {
        let mut found = Vec::new();
        Object::visit(&mut String::new(), "", false, document, &mut |Object { pointer, under, keywords }| {
            found.push(Self { pointer: pointer.to_owned(), under, keywords });
        });
        found
    }

    /// The path of the object in dotted form.
    pub fn place(&self) -> String {
        dotted(&self.pointer)
    }

    /// The references of the object itself (not of objects inside it): `$ref` and `x-embedded-json`.
    pub fn references(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        references_in(self.keywords)
    }
}

impl<'a> Object<'a, &str> {
    /// Visits the objects of a value, inner objects first.
    ///
    /// `map` is true if the keys of the value are names, not keywords.
    fn visit(
        pointer: &mut String,
        under: &'a str,
        map: bool,
        value: &'a Value,
        visit: &mut impl FnMut(Object<'a, &str>),
    ) {
        let length = pointer.len();
        for (key, value) in object(value) {
            let is_skipped = !map && (DATA.contains(&key.as_str()) || key.starts_with("x-"));
            if is_skipped || !(value.is_object() || value.is_array()) {
                continue;
            }
            push_key(pointer, key);
            let (under, map) = if map { (under, false) } else { (key.as_str(), MAPS.contains(&key.as_str())) };
            Self::visit(pointer, under, map, value, visit);
            pointer.truncate(length);
        }
        for (index, value) in array(value).enumerate() {
            push_key(pointer, &index.to_string());
            Self::visit(pointer, under, false, value, visit);
            pointer.truncate(length);
        }
        if value.is_object() && !map {
            visit(Object { pointer, under, keywords: value });
        }
    }
}

fn references_in(keywords: &Value) -> impl Iterator<Item = &str> {
    ["$ref", "x-embedded-json"].into_iter().filter_map(|key| keywords[key].as_str())
}

/// The names of the component schemas that responses use, directly or indirectly.
pub fn response_schemas(spec: &Value) -> BTreeSet<String> {
    let responses = Operation::all(spec).map(|operation| ("responses", true, &operation.body["responses"]));
    reachable_schemas(spec, responses)
}

/// Returns the parts of a JSON pointer after `responses`, or after the name of a component schema that responses use.
/// None for any other pointer. `named` is the result of [`response_schemas`].
pub fn path_in_response<'a>(pointer: &'a str, named: &BTreeSet<String>) -> Option<Vec<&'a str>> {
    let parts: Vec<_> = pointer.split('/').skip(1).collect();
    match parts[..] {
        ["components", "schemas", name, ref rest @ ..] if named.contains(name) => Some(rest.to_vec()),
        ["components", "responses", ref rest @ ..] | ["paths", _, _, "responses", ref rest @ ..] => Some(rest.to_vec()),
        _ => None,
    }
}

/// The names of the component schemas that requests use, directly or indirectly.
pub fn request_schemas(spec: &Value) -> BTreeSet<String> {
    let parts = Operation::all(spec).flat_map(|operation| {
        let own = [("requestBody", false, &operation.body["requestBody"]), ("", false, &operation.body["parameters"])];
        own.into_iter().chain([("", false, &operation.item["parameters"])])
    });
    reachable_schemas(spec, parts)
}

/// The names of the component schemas to which parts of a spec refer, directly or indirectly.
///
/// A part is a tuple of the keyword that contains a value, a flag, and the value. The flag is true if the keys of the
/// value are names.
fn reachable_schemas<'a>(spec: &'a Value, parts: impl Iterator<Item = (&'a str, bool, &'a Value)>) -> BTreeSet<String> {
    let within = |(under, map, value)| {
        let mut objects = Vec::new();
        Object::visit(&mut String::new(), under, map, value, &mut |object| objects.push(object.keywords));
        objects.into_iter().flat_map(references_in).collect::<Vec<_>>()
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
