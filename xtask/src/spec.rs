//! Reading the spec, and finding things in it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// The HTTP methods that a path item may have.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Reads a YAML (or JSON, its subset) document.
///
/// # Errors
/// In words, with the file and the place in it.
pub fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    serde_yaml::from_str(&text).map_err(|error| format!("{} is not a YAML document: {error}", path.display()))
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
    /// All operations, in the order of paths and methods.
    pub fn all(spec: &'a Value) -> impl Iterator<Item = Operation<'a>> {
        object(&spec["paths"]).flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| {
                let body = item.get(method)?;
                Some(Operation { path, method, body, item })
            })
        })
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

/// What a local reference (`#/…`) points to; the value itself if it is none or points nowhere.
pub fn follow<'a>(spec: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| resolve(spec, reference));
    target.unwrap_or(value)
}

/// What a local reference points to.
pub fn resolve<'a>(spec: &'a Value, reference: &str) -> Option<&'a Value> {
    spec.pointer(reference.strip_prefix('#')?)
}

/// All references below a value, embedded JSON included.
pub fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            for (key, entry) in entries {
                match entry {
                    Value::String(target) if key == "$ref" || key == "x-embedded-json" => {
                        found.insert(target.clone());
                    }
                    _ => references(entry, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// The names of the component schemas that answers are made of.
pub fn answer_schemas(spec: &Value) -> BTreeSet<String> {
    let mut pending = BTreeSet::new();
    for operation in Operation::all(spec) {
        references(&operation.body["responses"], &mut pending);
    }
    let mut seen = BTreeSet::new();
    while let Some(reference) = pending.pop_first() {
        if let (true, Some(target)) = (seen.insert(reference.clone()), resolve(spec, &reference)) {
            references(target, &mut pending);
            pending.retain(|found| !seen.contains(found));
        }
    }
    let prefix = "#/components/schemas/";
    seen.iter().filter_map(|reference| Some(reference.strip_prefix(prefix)?.to_owned())).collect()
}
