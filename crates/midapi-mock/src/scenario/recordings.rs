//! Scenarios from a folder of recorded bodies.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;

use crate::scenario::Scenario;
use crate::scenario::step::{Step, StepContent};

/// The scenarios of a folder.
pub(crate) struct Recordings {
    pub(crate) tasks: HashMap<String, Scenario>,
    pub(crate) fallback: Option<Scenario>,
}

/// A recorded body. The derived order is the order of the steps: first the bodies of unfinished tasks, then the other
/// bodies. Both groups are sorted by file name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Recording {
    is_finished: bool,
    file: PathBuf,
    bytes: Vec<u8>,
}

pub(crate) fn read_recordings(dir: &Path) -> io::Result<Recordings> {
    let mut ids: BTreeMap<Option<String>, Vec<Recording>> = BTreeMap::new();
    for file in list_json_files(dir)? {
        let bytes = fs::read(&file).map_err(|error| path_error(&file, error.kind(), &error))?;
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|error| path_error(&file, io::ErrorKind::InvalidData, &error))?;
        let data = value.get("data").filter(|data| !data.is_null());
        let id = data.map(|data| data.get("taskId").and_then(Value::as_str));
        if id == Some(None) {
            return Err(path_error(&file, io::ErrorKind::InvalidData, &"`data` has no `taskId`"));
        }
        let is_finished = data.and_then(|data| data.get("successFlag")).and_then(Value::as_i64) != Some(0);
        ids.entry(id.flatten().map(str::to_owned)).or_default().push(Recording { is_finished, file, bytes });
    }
    if ids.is_empty() {
        return Err(path_error(dir, io::ErrorKind::NotFound, &"no *.json files in this folder"));
    }
    let fallback = ids.remove(&None).and_then(build_scenario);
    let tasks = ids.into_iter().filter_map(|(id, recordings)| Some((id?, build_scenario(recordings)?))).collect();
    Ok(Recordings { tasks, fallback })
}

fn build_scenario(mut recordings: Vec<Recording>) -> Option<Scenario> {
    recordings.sort();
    Scenario::from_steps(recordings.into_iter().map(|recording| Step::new(StepContent::Recorded(recording.bytes))))
}

fn list_json_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).map_err(|error| path_error(dir, error.kind(), &error))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    Ok(paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "json") && path.is_file())
        .collect())
}

fn path_error(path: &Path, kind: io::ErrorKind, message: &dyn Display) -> io::Error {
    io::Error::new(kind, format!("{}: {message}", path.display()))
}
