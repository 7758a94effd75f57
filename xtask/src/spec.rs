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
    // Of two entries with one key serde_json's Value keeps the last, without a word; serde_yaml's refuses them.
    let read = serde_yaml::from_str::<serde_yaml::Value>(&text).and_then(|_| serde_yaml::from_str(&text));
    read.map_err(|error| format!("{} is not a YAML document: {error}", path.display()))
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
    /// Where it stands in the document.
    pub place: String,
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

    /// `map`: whether the value's entries have names.
    fn collect(place: String, under: &'a str, map: bool, value: &'a Value, found: &mut Vec<Self>) {
        for (key, below) in object(value) {
            let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            if map {
                Self::collect(place, under, false, below, found);
            } else if !(DATA.contains(&key.as_str()) || key.starts_with("x-")) {
                Self::collect(place, key, MAPS.contains(&key.as_str()), below, found);
            }
        }
        for (index, below) in array(value).enumerate() {
            Self::collect(format!("{place}[{index}]"), under, false, below, found);
        }
        if value.is_object() && !map {
            found.push(Object { place, under, keywords: value });
        }
    }

    /// The references in the object itself, embedded JSON included.
    pub fn references(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let keywords = self.keywords;
        ["$ref", "x-embedded-json"].into_iter().filter_map(|key| keywords[key].as_str())
    }
}

/// The names of the component schemas that answers are made of.
pub fn answer_schemas(spec: &Value) -> BTreeSet<String> {
    let below = |under, map, value| {
        let mut objects = Vec::new();
        Object::collect(String::new(), under, map, value, &mut objects);
        objects.into_iter().flat_map(|object| object.references()).collect::<Vec<_>>()
    };
    let responses = Operation::all(spec).map(|operation| &operation.body["responses"]);
    let mut pending: Vec<_> = responses.flat_map(|responses| below("responses", true, responses)).collect();
    let mut seen = BTreeSet::new();
    while let Some(reference) = pending.pop() {
        if let (true, Some(target)) = (seen.insert(reference), resolve(spec, reference)) {
            pending.extend(below("", false, target));
        }
    }
    let prefix = "#/components/schemas/";
    seen.iter().filter_map(|reference| Some(reference.strip_prefix(prefix)?.to_owned())).collect()
}
