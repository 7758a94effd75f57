//! Recorded bodies, read from a folder.

use crate::Scenario;
use crate::step::{Answer, Step};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What a folder says.
pub(crate) struct Recorded {
    pub(crate) tasks: HashMap<String, Scenario>,
    pub(crate) fallback: Option<Scenario>,
}

/// A body; the order is that of a sequence.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Body {
    finished: bool,
    file: PathBuf,
    bytes: Vec<u8>,
}

pub(crate) fn read(dir: &Path) -> io::Result<Recorded> {
    let mut ids: BTreeMap<Option<String>, Vec<Body>> = BTreeMap::new();
    for file in files(dir)? {
        let bytes = fs::read(&file).map_err(|error| about(&file, error.kind(), &error))?;
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|error| about(&file, io::ErrorKind::InvalidData, &error))?;
        let data = value.get("data").filter(|data| !data.is_null());
        let id = data.map(|data| data.get("taskId").and_then(Value::as_str));
        if id == Some(None) {
            return Err(about(&file, io::ErrorKind::InvalidData, &"`data` has no `taskId`, so no id asks for it"));
        }
        let finished = data.and_then(|data| data.get("successFlag")).and_then(Value::as_i64) != Some(0);
        ids.entry(id.flatten().map(str::to_owned)).or_default().push(Body { finished, file, bytes });
    }
    if ids.is_empty() {
        return Err(about(dir, io::ErrorKind::NotFound, &"there is no *.json in this folder"));
    }
    let fallback = ids.remove(&None).and_then(scenario);
    let tasks = ids.into_iter().filter_map(|(id, bodies)| Some((id?, scenario(bodies)?))).collect();
    Ok(Recorded { tasks, fallback })
}

fn scenario(mut bodies: Vec<Body>) -> Option<Scenario> {
    bodies.sort();
    Scenario::from_steps(bodies.into_iter().map(|body| Step::new(Answer::Recorded(body.bytes))))
}

fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).map_err(|error| about(dir, error.kind(), &error))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    Ok(paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "json") && path.is_file())
        .collect())
}

fn about(path: &Path, kind: io::ErrorKind, what: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(kind, format!("{}: {what}", path.display()))
}
