//! Recording of response bodies to a directory, one file per response, for `midapi mock --replay`.

pub(crate) mod redact;

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use midapi::{Client, Error, RawResponse, Task};

use crate::args::RecordArgs;
use crate::output::sanitized::Sanitized;
use crate::record::redact::{Redaction, redact_body};

/// Saves response bodies.
pub(crate) struct Recorder {
    dir: PathBuf,
    redaction: Redaction,
}

impl Recorder {
    /// Creates the recorder and its directory. Returns None without `--record`.
    ///
    /// # Errors
    /// A message if the directory cannot be created.
    pub(crate) fn new(args: RecordArgs) -> Result<Option<Self>, String> {
        let Some(dir) = args.record else { return Ok(None) };
        fs::create_dir_all(&dir).map_err(|error| format_error(&dir, &error))?;
        Ok(Some(Self { dir, redaction: Redaction { prompt: args.redact_prompt } }))
    }

    /// Saves the last response about an id, if there was one, to a new file.
    ///
    /// # Errors
    /// A message if the file cannot be written, or if the body is not JSON: only JSON can be redacted reliably.
    pub(crate) fn record(&self, client: &Client, result: &Result<Task, Error>) -> Result<(), String> {
        let (id, response) = match result {
            Ok(task) => (task.id(), task.raw()),
            Err(error) => (error.task_id().unwrap_or_default(), error.raw()),
        };
        let Some(body) = response.map(RawResponse::body).filter(|body| !body.is_empty()) else { return Ok(()) };
        let body = redact_body(body, self.redaction, &|text| client.redact(text))
            .ok_or_else(|| format!("{}: the response is not recorded because it is not JSON", Sanitized(id)))?;
        self.write(&file_name(id), &body)
    }

    fn write(&self, name: &str, body: &[u8]) -> Result<(), String> {
        const MAX_FILES: u32 = 9999;
        for number in 1..=MAX_FILES {
            let path = self.dir.join(format!("{name}-{number:04}.json"));
            match File::create_new(&path).and_then(|mut file| file.write_all(body)) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(format_error(&path, &error)),
                Ok(()) => return Ok(()),
            }
        }
        Err(format!("cannot record to {}: the directory already has {MAX_FILES} files for {name}", self.dir.display()))
    }
}

fn format_error(path: &Path, error: &std::io::Error) -> String {
    format!("cannot record to {}: {error}", path.display())
}

/// Converts an id to a file name that is valid on every system: at most 64 ASCII letters, digits and underscores.
fn file_name(id: &str) -> String {
    const MAX_CHARS: usize = 64;
    id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_on_every_system() {
        let table = [
            ("recorded id", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
            ("documented id", "mj_task_abc", "mj_task_abc"),
            ("path", "../../etc/passwd", "______etc_passwd"),
            ("Windows path", r"C:\con", "C__con"),
            ("option", "-rf *", "_rf__"),
            ("hidden file", ".bashrc", "_bashrc"),
            ("control characters", "a\u{0}b\nc", "a_b_c"),
            ("other script", "猫", "_"),
        ];
        for (why, id, name) in table {
            assert_eq!(file_name(id), name, "{why}");
        }
        assert_eq!(file_name(&"x".repeat(5000)).len(), 64, "long id");
    }
}
