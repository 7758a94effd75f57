//! The index of the gallery: the tasks in a compact form, for the script of the page.

use std::cmp::Ordering;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::directory::resolve;
use crate::record::Record;

/// The parameters in the caption of a picture, in the order of the caption. Each entry is the key of a parameter and
/// the text before the value.
const SETTINGS: &[(&str, &str)] = &[
    ("speed", ""),
    ("version", "version "),
    ("aspectRatio", ""),
    ("stylization", "stylization "),
    ("weirdness", "weirdness "),
    ("variety", "variety "),
    ("ow", "ow "),
];

/// A task in the index. Serializes to an array, which takes half the space of an object.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Entry(
    /// The id of the task.
    String,
    /// The completion time in seconds since the epoch, or the creation time if the completion time is unknown. None if
    /// both are unknown.
    Option<i64>,
    /// The prompt of the task. Empty if the task has no prompt.
    String,
    /// The type and the settings of the task, as text for the caption.
    String,
    /// The common prefix of the paths of the files.
    String,
    /// The rest of the path of each file, after the common prefix.
    Vec<String>,
);

impl Entry {
    /// Creates the entry of a task from its record. Returns None if no file of the record is inside the directory.
    pub(super) fn new(directory: &Path, record: &Record) -> Option<Self> {
        // Records are not trusted: a path outside of the directory is left out.
        let files = record.files.iter().filter(|file| resolve(directory, &file.path).is_some());
        let paths: Vec<&str> = files.map(|file| &*file.path).collect();
        let start = common_start(&paths)?;
        let task = &record.task;
        let params = task.params_value();
        let settings = SETTINGS.iter().filter_map(|(key, label)| match params.get(key)? {
            Value::Null => None,
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(format!("{label}{text}")),
            value => Some(format!("{label}{value}")),
        });
        let settings: Vec<_> = task.task_type().map(str::to_owned).into_iter().chain(settings).collect();
        Some(Self(
            task.id().to_owned(),
            task.complete_time().or(task.create_time()).map(jiff::Timestamp::as_second),
            params.get("prompt").and_then(Value::as_str).unwrap_or_default().to_owned(),
            settings.join(" · "),
            start.to_owned(),
            paths.iter().map(|path| path[start.len()..].to_owned()).collect(),
        ))
    }

    /// Compares two tasks for the order of the page: the latest task is first, and tasks without a time are last.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        other.1.cmp(&self.1).then_with(|| self.0.cmp(&other.0))
    }

    pub(super) fn file_count(&self) -> usize {
        self.5.len()
    }
}

/// The longest common prefix of the texts. None if there are no texts.
fn common_start<'a>(texts: &[&'a str]) -> Option<&'a str> {
    let (first, rest) = texts.split_first()?;
    let common = |text: &&str| first.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
    let length = rest.iter().map(common).min().unwrap_or(first.len());
    Some(&first[..first.floor_char_boundary(length)])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(task: &Value, paths: &[&str]) -> Record {
        let file = |(index, path): (usize, &&str)| json!({ "n": index + 1, "path": path, "bytes": 1, "sha256": "", "url": "", "modified": "2026-03-01T12:00:00Z" });
        let files: Vec<_> = paths.iter().enumerate().map(file).collect();
        serde_json::from_value(json!({ "task": task, "files": files })).expect("the record is valid")
    }

    #[test]
    fn entry_is_compact_json() {
        let params =
            r#"{"prompt":"A \"cat\"","speed":"fast","version":"7","aspectRatio":"","stylization":300,"motion":"high"}"#;
        let task = json!({
            "id": "a", "task_type": "mj_txt2img", "param_json": params, "create_time": "2026-03-01T11:00:00Z",
            "complete_time": "2026-03-01T12:00:00.437Z", "success_flag": 1,
        });
        let entry = Entry::new(Path::new("pictures"), &record(&task, &["2026/cat-1.jpeg", "2026/cat-2.png"])).unwrap();
        let expected = json!([
            "a",
            1_772_366_400,
            "A \"cat\"",
            "mj_txt2img · fast · version 7 · stylization 300",
            "2026/cat-",
            ["1.jpeg", "2.png"],
        ]);
        assert_eq!(serde_json::to_value(&entry).unwrap(), expected);
    }

    #[test]
    fn paths_outside_are_left_out() {
        let task = json!({ "id": "a", "success_flag": 1 });
        let paths = ["/etc/passwd", "../x.png", "a/../../x.png", ".midapi/x.png", "C:x.png", "a//b.png"];
        assert_eq!(Entry::new(Path::new("pictures"), &record(&task, &paths)), None);
        let entry = Entry::new(Path::new("pictures"), &record(&task, &["../x.png", "fine.png"])).unwrap();
        assert_eq!((entry.4.as_str(), entry.5.as_slice()), ("fine.png", &[String::new()][..]));
    }

    #[test]
    fn common_start_ends_at_character() {
        let table: [(&[&str], Option<&str>); 5] = [
            (&[], None),
            (&["a.png"], Some("a.png")),
            (&["a-1.png", "a-2.png", "a-10.png"], Some("a-")),
            (&["b", "a"], Some("")),
            // The two characters share their first byte.
            (&["é", "è"], Some("")),
        ];
        for (texts, expected) in table {
            assert_eq!(common_start(texts), expected, "{texts:?}");
        }
    }
}
