//! `midapi gallery`

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use midapi_download::write_gallery;

use crate::output::sanitized::Sanitized;
use crate::output::terminal::{OutputError, print, print_stderr};
use crate::output::{ErrorContext, format_count, format_error};

/// Writes the page of the downloaded files. Opens it in the browser if `opens` is true.
pub(crate) fn run(directory: &Path, opens: bool) -> Result<u8, OutputError> {
    let gallery = match write_gallery(directory) {
        Ok(gallery) => gallery,
        Err(error) => {
            print_stderr(format_error(&error, &ErrorContext::default()));
            return Ok(error.kind().exit_code());
        }
    };
    for (path, error) in &gallery.unreadable {
        let path = path.display().to_string();
        print_stderr(format_args!("warning: the record {} cannot be read: {error}", Sanitized(&path)));
    }
    let path = gallery.path.display().to_string();
    let [files, tasks] = [gallery.files, gallery.tasks].map(format_count);
    print(format_args!("{}  {files} files of {tasks} tasks", Sanitized(&path)))?;
    if opens && let Err(error) = open_in_browser(gallery.path.as_os_str()) {
        print_stderr(format_args!("error: cannot open {}: {error}", Sanitized(&path)));
        return Ok(1);
    }
    Ok(u8::from(!gallery.unreadable.is_empty()))
}

/// Opens a file with the default program of the system.
fn open_in_browser(path: &OsStr) -> std::io::Result<()> {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let mut command = Command::new(program);
    command.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(drop)
}
