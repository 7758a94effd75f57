//! The names of saved files.

use std::collections::HashSet;
use std::sync::LazyLock;

use midapi::{Client, Task};
use midapi_download::{Downloader, Template};
use midapi_testkit::check_path;
use serde_json::json;

/// Shared by all inputs, because a new client reads the certificates of the system.
static CLIENT: LazyLock<Client> = LazyLock::new(|| Client::new("example-key").expect("the key is valid"));

/// Checks the file names for the results of a task. The first line is the template, the second the id, the rest the
/// prompt.
///
/// # Panics
/// If a path leaves the directory or is invalid on some file system, or if two results have the same path.
pub fn check_names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.splitn(3, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (template, id, prompt) = (next(), next(), next());
    let Ok(template) = template.parse::<Template>() else { return };
    assert_eq!(template.to_string().parse().ok(), Some(template.clone()));
    let urls: Vec<_> = (0..4).map(|n| format!("https://files.example/{n}.jpeg")).collect();
    let task: Result<Task, _> = serde_json::from_value(json!({
        "id": id, "task_type": prompt, "status": "success", "success_flag": 1, "result_urls": urls,
        "param_json": json!({ "prompt": prompt, "speed": id, "version": prompt }).to_string(),
    }));
    let Ok(task) = task else { return };
    let outcome = Downloader::new(&CLIENT, "pictures").name(template).preview(&task);
    let paths: Vec<_> = outcome.files.iter().filter_map(|file| file.path.as_deref()).collect();
    for path in &paths {
        check_path(path);
    }
    let different: HashSet<_> = paths.iter().map(|path| path.to_lowercase()).collect();
    assert_eq!(different.len(), paths.len(), "{paths:?}");
}
