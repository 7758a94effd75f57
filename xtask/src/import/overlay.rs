//! OpenAPI Overlay 1.0: actions that correct a document, each with the source of what it says.

use serde_json::Value;
use serde_json_path::JsonPath;

use super::{Corrected, Remark};
use crate::document::Document;
use crate::positions::{below, dotted};
use crate::spec::{array, object};

pub(super) fn apply(mut value: Value, overlay: &Document) -> Result<Corrected, Remark> {
    let remark =
        |pointer: &str, message: String| Remark { place: overlay.place(pointer), part: dotted(pointer), message };
    let version = overlay.value["overlay"].as_str().unwrap_or_default();
    if !version.starts_with("1.0.") {
        return Err(remark("/overlay", format!("is {version:?}; only overlays of 1.0.x are applied")));
    }
    if overlay.value["actions"].as_array().is_none_or(Vec::is_empty) {
        return Err(remark("/actions", "there is no action".to_owned()));
    }
    let mut problems = Vec::new();
    for (index, action) in array(&overlay.value["actions"]).enumerate() {
        if let Err(message) = act(&mut value, action) {
            problems.push(remark(&below("/actions", &index.to_string()), message));
        }
    }
    Ok(Corrected { value, problems })
}

fn act(document: &mut Value, action: &Value) -> Result<(), String> {
    const KEYS: [&str; 4] = ["description", "remove", "target", "update"];
    if let Some((key, _)) = object(action).find(|(key, _)| !KEYS.contains(&key.as_str()) && !key.starts_with("x-")) {
        return Err(format!("{key} is no keyword of an action"));
    }
    let target = action["target"].as_str().ok_or("has no target")?;
    if action["description"].as_str().is_none_or(|source| source.trim().is_empty()) {
        return Err(format!("{target}: has no description, which is to name its source"));
    }
    let path = JsonPath::parse(target).map_err(|error| format!("{target}: is no JSONPath: {error}"))?;
    let nodes = path.query_located(document);
    let mut pointers: Vec<_> = nodes.iter().map(|node| node.location().to_json_pointer()).collect();
    if pointers.is_empty() {
        return Err(format!(
            "{target}: matches nothing any more; see what became of it, and correct the action or drop it"
        ));
    }
    // Later items first, so that the places of the others stay.
    pointers.reverse();
    let before = document.clone();
    match (action["remove"] == true, action.get("update")) {
        (true, None) => pointers.iter().for_each(|pointer| remove(document, pointer)),
        (false, Some(update)) => {
            for pointer in &pointers {
                let node = document.pointer_mut(pointer).ok_or_else(|| format!("{target}: is gone"))?;
                match (&mut *node, update) {
                    (Value::Array(items), update) => items.push(update.clone()),
                    (node @ Value::Object(_), Value::Object(_)) => merge(node, update),
                    _ => {
                        return Err(format!(
                            "{target}: {} is neither an object nor a list, and takes no update",
                            dotted(pointer)
                        ));
                    }
                }
            }
        }
        _ => return Err(format!("{target}: has to have either update or remove: true")),
    }
    if *document == before {
        return Err(format!("{target}: changes nothing; the document says so already, so drop the action"));
    }
    Ok(())
}

fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    match document.pointer_mut(parent) {
        Some(Value::Object(entries)) => drop(entries.remove(&key.replace("~1", "/").replace("~0", "~"))),
        Some(Value::Array(items)) => {
            if let Some(index) = key.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

/// Objects entry by entry, lists by adding to them, anything else by taking its place.
fn merge(node: &mut Value, update: &Value) {
    match (node, update) {
        (Value::Object(entries), Value::Object(update)) => {
            for (key, value) in update {
                match entries.get_mut(key) {
                    Some(known) => merge(known, value),
                    None => drop(entries.insert(key.clone(), value.clone())),
                }
            }
        }
        (Value::Array(items), Value::Array(more)) => items.extend(more.iter().cloned()),
        (node, update) => *node = update.clone(),
    }
}
