//! The gallery: one static page with the saved files of all tasks.

mod index;
mod page;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use midapi::Error;

use crate::directory::{TEMPORARY, io_error, sync_directory};
use crate::gallery::index::Entry;
use crate::gallery::page::{GENERATOR, render_page};
use crate::lock::TaskLock;
use crate::record::{RECORDS, read_records};

/// The name of the page in the directory.
const PAGE: &str = "index.html";

/// The name of the page's lock, and the prefix of its temporary files. A task's lock never has this name, because no
/// encoded id starts with `+`.
const LOCK: &str = "+index";

/// The result of [`write_gallery`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Gallery {
    /// The path of the page.
    pub path: PathBuf,
    /// The number of tasks with saved files.
    pub tasks: usize,
    /// The number of files in the page.
    pub files: usize,
    /// The records that cannot be read, with their errors. Their tasks are not in the page.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

/// Writes `index.html` with the saved files of all records, the latest task first. Blocks the thread; sends no request.
///
/// The page can be opened from the file system and sends no request to other hosts. Pictures are loaded when they are
/// scrolled into view. A page of an earlier call is replaced atomically.
///
/// # Errors
/// [`ErrorKind::Io`](midapi::ErrorKind::Io) if the directory `.midapi` of the records does not exist or cannot be
/// listed, if there is an `index.html` of another program, or if the page cannot be written.
///
/// # Examples
/// ```no_run
/// let gallery = midapi_download::write_gallery("pictures".as_ref())?;
/// println!("{} files in {}", gallery.files, gallery.path.display());
/// # Ok::<(), midapi::Error>(())
/// ```
pub fn write_gallery(directory: &Path) -> Result<Gallery, Error> {
    let records = read_records(directory).map_err(|error| io_error("read the records of", directory, error))?;
    let (mut entries, mut unreadable) = (Vec::new(), Vec::new());
    for (path, record) in records {
        match record {
            Ok(record) => entries.extend(Entry::new(directory, &record)),
            Err(error) => unreadable.push((path, error)),
        }
    }
    entries.sort_by(Entry::compare);
    let path = directory.join(PAGE);
    replace_page(directory, &path, &render_page(&entries)).map_err(|error| io_error("write", &path, error))?;
    Ok(Gallery { path, tasks: entries.len(), files: entries.iter().map(Entry::file_count).sum(), unreadable })
}

/// Writes the page to a temporary file and renames it.
fn replace_page(directory: &Path, path: &Path, page: &str) -> io::Result<()> {
    // A download removes temporary files that are not locked, because they belong to killed processes.
    let _lock = TaskLock::try_acquire(directory, LOCK)?
        .ok_or_else(|| io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing the page"))?;
    if !is_replaceable(path)? {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the path exists and is not a gallery page"));
    }
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let prefix = format!("{LOCK}.");
    let mut file = builder.prefix(&prefix).suffix(TEMPORARY).tempfile_in(directory.join(RECORDS))?;
    file.write_all(page.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_directory(directory);
    Ok(())
}

/// Whether the path does not exist, or is a page that an earlier call has written.
fn is_replaceable(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Ok(false),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    }
    let mut head = Vec::new();
    File::open(path)?.take(1_024).read_to_end(&mut head)?;
    Ok(head.windows(GENERATOR.len()).any(|bytes| bytes == GENERATOR.as_bytes()))
}
