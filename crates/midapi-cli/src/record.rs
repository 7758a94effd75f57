//! ResultStream written to a folder, a file each: what `midapi mock --replay` serves, and what is held against the spec.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use midapi::{Client, Error, RawResponse, Task};

use crate::args::Get;
use crate::redact::{Redaction, redacted};

/// Writes answers.
pub(crate) struct Recorder {
    folder: PathBuf,
    redaction: Redaction,
}

impl Recorder {
    /// The recorder that the options ask for, with its folder made.
    ///
    /// # Errors
    /// In words, if the folder cannot be made.
    pub(crate) fn new(options: &Get) -> Result<Option<Self>, String> {
        let Some(folder) = options.record.clone() else { return Ok(None) };
        fs::create_dir_all(&folder).map_err(|error| format!("cannot record to {}: {error}", folder.display()))?;
        Ok(Some(Self { folder, redaction: Redaction { prompt: options.redact_prompt } }))
    }

    /// Writes the last answer about an id, if one came, to a file that was not there before.
    ///
    /// # Errors
    /// In words, if it is no JSON, which nothing could be taken out of with certainty, or the file cannot be written.
    pub(crate) fn record(&self, client: &Client, id: &str, outcome: &Result<Task, Error>) -> Result<(), String> {
        let answer = match outcome {
            Ok(task) => task.raw(),
            Err(error) => error.raw(),
        };
        let Some(body) = answer.map(RawResponse::body).filter(|body| !body.is_empty()) else { return Ok(()) };
        let text = redacted(body, self.redaction, &|text| client.redact(text)).ok_or_else(|| {
            format!("the answer about \"{}\" is not recorded: it is no JSON", crate::print::Plain(id))
        })?;
        self.write(&file_name(id), &text)
    }

    fn write(&self, name: &str, text: &[u8]) -> Result<(), String> {
        /// A folder with more answers of one id is somebody's mistake.
        const MOST: u32 = 9999;
        for number in 1..=MOST {
            let path = self.folder.join(format!("{name}-{number:04}.json"));
            match File::create_new(&path).and_then(|mut file| file.write_all(text)) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(&path, &error)),
                Ok(()) => return Ok(()),
            }
        }
        Err(format!("cannot record to {}: {MOST} answers of {name} are there already", self.folder.display()))
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> String {
    format!("cannot record to {}: {error}", path.display())
}

/// A name that is one on every system, whatever the id is: letters, digits and underscores.
fn file_name(id: &str) -> String {
    const LONGEST: usize = 64;
    id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_names_of_files_and_of_nothing_else() {
        let table = [
            ("a real one", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
            ("a documented one", "mj_task_abc", "mj_task_abc"),
            ("a path", "../../etc/passwd", "______etc_passwd"),
            ("another system's", r"C:\con", "C__con"),
            ("an option", "-rf *", "_rf__"),
            ("a hidden one", ".bashrc", "_bashrc"),
            ("what is no text", "a\u{0}b\nc", "a_b_c"),
            ("another script", "猫", "_"),
        ];
        for (why, id, name) in table {
            assert_eq!(file_name(id), name, "{why}");
        }
        assert_eq!(file_name(&"x".repeat(5000)).len(), 64, "a long one");
    }
}
