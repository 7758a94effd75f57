//! Placement: moves temporary files to their final names, and writes the record.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use midapi::{Error, ErrorKind, Task};
use sha2::{Digest, Sha256};

use crate::directory::{FileState, ensure_directory, hash_file, io_error, resolve, sync_directory};
use crate::name::safe::fold;
use crate::name::template::{Name, Template};
use crate::record::{RECORDS, Record, SavedFile, read_records, record_path};
use crate::transfer::ReceivedFile;

/// The maximum number of files whose names differ only in the suffix.
pub(crate) const MAX_SUFFIX: u32 = 100_000;

/// The names that are taken in the target directory. Each subdirectory is read when it is first needed.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// The names in each directory, by the path of the directory.
    directories: HashMap<PathBuf, HashMap<FoldedKey, Box<str>>>,
    /// The paths of all files that this process has placed. Their records may not be written yet.
    placed: HashSet<FoldedKey>,
    /// The paths of all recorded files. The records are read at the first name collision.
    recorded: Option<HashSet<FoldedKey>>,
}

/// A hash of the [folded](fold) form of a name or path. It takes less memory than the name. If two different names had
/// the same hash, one of them would only get a needless suffix.
type FoldedKey = u128;

fn folded_key(name: &str) -> FoldedKey {
    let hash = Sha256::digest(fold(name));
    hash.iter().take(size_of::<FoldedKey>()).fold(0, |key, byte| key << 8 | FoldedKey::from(*byte))
}

/// A downloaded file that needs a name.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) n: usize,
    pub(crate) url: String,
    pub(crate) file: ReceivedFile,
    /// The recorded file that the downloaded file replaces, and the state of the recorded file in the directory.
    pub(crate) replaces: Option<(SavedFile, FileState)>,
}

/// The target directory and the template of the names in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) root: &'a Path,
    pub(crate) template: &'a Template,
}

impl Target<'_> {
    /// Moves a file to its final name. Returns the entry for the record, and whether a file with the same bytes existed
    /// already.
    pub(crate) fn place(self, names: &mut Names, task: &Task, received: Received) -> Result<(SavedFile, bool), Error> {
        let Received { n, url, file, replaces } = received;
        let extension = file.kind.extension();
        // A file that is downloaded again gets its old name, unless its type has changed.
        let old = replaces.as_ref().map(|(saved, _)| saved.path.as_str());
        let old = old.filter(|path| path.rsplit('.').next() == Some(extension)).and_then(recorded_name);
        if let Some((saved, FileState::Changed)) = &replaces {
            self.set_aside(names, &saved.path)?;
        }
        let name = old.unwrap_or_else(|| self.template.name(task, n, extension));
        let parts = self.create_directories(names, &name.directories)?;
        let (path, existed) = self.persist(names, &parts, &name, &file)?;
        let modified = fs::symlink_metadata(self.root.join(&path))
            .and_then(|metadata| metadata.modified())
            .map_err(|error| io_error("read", Path::new(&path), error))?;
        let modified = Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok((SavedFile { n, path, bytes: file.bytes, sha256: file.sha256, url, modified }, existed))
    }

    /// Moves the file to the first free name. If a name is taken by a file with the same bytes that is not in any
    /// record, the existing file is used and no file is moved.
    fn persist(
        self,
        names: &mut Names,
        parts: &[String],
        name: &Name,
        received: &ReceivedFile,
    ) -> Result<(String, bool), Error> {
        let directory = parts.iter().fold(self.root.to_owned(), |path, part| path.join(part));
        for number in 1..=MAX_SUFFIX {
            let candidate = name.with_suffix(number);
            let target = directory.join(&candidate);
            let path = parts.iter().chain([&candidate]).cloned().collect::<Vec<_>>().join("/");
            let existing = names.find(&directory, &candidate).map_err(|error| io_error("read", &directory, error))?;
            match existing {
                None => match rename_new(&received.path, &target) {
                    Ok(()) => {
                        names.insert(&directory, candidate);
                        names.record(&path);
                        return Ok((path, false));
                    }
                    // Another process has just taken the name. Its file is compared below.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        names.insert(&directory, candidate.clone());
                    }
                    Err(error) => return Err(io_error("write", &target, error)),
                },
                Some(existing) if existing != candidate => continue,
                Some(_) => {}
            }
            let is_equal = fs::symlink_metadata(&target)
                .is_ok_and(|metadata| metadata.is_file() && metadata.len() == received.bytes)
                && hash_file(&target).is_ok_and(|sha256| sha256 == received.sha256);
            let is_free = is_equal && names.is_unrecorded(self.root, &path);
            if is_free {
                names.record(&path);
                return Ok((path, true));
            }
        }
        Err(Error::new(ErrorKind::Io, format!("no free name for {}", directory.join(name.with_suffix(1)).display())))
    }

    /// Creates the directories of a name. An existing directory is used if its name differs only in case or Unicode
    /// normalization.
    fn create_directories(self, names: &mut Names, wanted: &[String]) -> Result<Vec<String>, Error> {
        let mut path = self.root.to_owned();
        let mut parts = Vec::new();
        for part in wanted {
            let existing = names.find(&path, part).map_err(|error| io_error("read", &path, error))?;
            let part = existing.unwrap_or_else(|| part.clone());
            let parent = path.clone();
            path.push(&part);
            ensure_directory(&path).map_err(|error| io_error("create", &path, error))?;
            names.insert(&parent, part.clone());
            parts.push(part);
        }
        Ok(parts)
    }

    /// Renames a changed file to `NAME.changed`, or to `NAME.changed-2`, … if that name is taken.
    fn set_aside(self, names: &mut Names, path: &str) -> Result<(), Error> {
        let Some(old) = resolve(self.root, path) else { return Ok(()) };
        let (Some(directory), Some(name)) = (old.parent(), old.file_name().and_then(|name| name.to_str())) else {
            return Ok(());
        };
        let failed = |error| io_error("rename", &old, error);
        for number in 1..=MAX_SUFFIX {
            let aside = if number == 1 { format!("{name}.changed") } else { format!("{name}.changed-{number}") };
            if names.find(directory, &aside).map_err(failed)?.is_none() {
                fs::rename(&old, directory.join(&aside)).map_err(failed)?;
                names.remove(directory, name);
                names.insert(directory, aside);
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::Io, format!("cannot rename the changed file {}: no free name", old.display())))
    }

    /// Writes the record of a task, after flushing the names of its files to the disk.
    pub(crate) fn write_record(self, encoded_id: &str, record: &Record) -> Result<(), Error> {
        let path = record_path(self.root, encoded_id);
        let parents: HashSet<_> =
            record.files.iter().filter_map(|file| Some(self.root.join(&file.path).parent()?.to_owned())).collect();
        for parent in &parents {
            sync_directory(parent);
        }
        let records = self.root.join(RECORDS);
        let write = || -> io::Result<()> {
            let mut file =
                tempfile::Builder::new().prefix(&format!("{encoded_id}.")).suffix(".part").tempfile_in(&records)?;
            serde_json::to_writer(&mut file, record)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            sync_directory(&records);
            Ok(())
        };
        write().map_err(|error| io_error("write the record", &path, error))
    }
}

impl Names {
    /// Finds an existing name in a directory that equals `name` if case and Unicode normalization are ignored.
    fn find(&mut self, directory: &Path, name: &str) -> io::Result<Option<String>> {
        if !self.directories.contains_key(directory) {
            let mut names = HashMap::new();
            for entry in fs::read_dir(directory)? {
                let name = entry?.file_name().to_string_lossy().into_owned();
                names.insert(folded_key(&name), name.into());
            }
            self.directories.insert(directory.to_owned(), names);
        }
        Ok(self.directories[directory].get(&folded_key(name)).map(|name| String::from(&**name)))
    }

    fn insert(&mut self, directory: &Path, name: String) {
        if let Some(names) = self.directories.get_mut(directory) {
            names.insert(folded_key(&name), name.into());
        }
    }

    fn remove(&mut self, directory: &Path, name: &str) {
        if let Some(names) = self.directories.get_mut(directory) {
            names.remove(&folded_key(name));
        }
    }

    fn record(&mut self, path: &str) {
        self.placed.insert(folded_key(path));
    }

    /// Returns true if no record lists the path and this process has placed no file there.
    fn is_unrecorded(&mut self, root: &Path, path: &str) -> bool {
        let recorded = self.recorded.get_or_insert_with(|| {
            let records = read_records(root).into_iter().flatten().filter_map(|(_, record)| record.ok());
            records.flat_map(|record| record.files).map(|file| folded_key(&file.path)).collect()
        });
        let path = folded_key(path);
        !recorded.contains(&path) && !self.placed.contains(&path)
    }
}

/// Splits the path of a recorded file into directories, stem and extension. Returns None if the path is not safe or has
/// no extension.
fn recorded_name(path: &str) -> Option<Name> {
    let (directories, file) =
        path.rsplit_once('/').map_or((None, path), |(directories, file)| (Some(directories), file));
    let (stem, extension) = file.rsplit_once('.')?;
    let directories: Vec<_> = directories.into_iter().flat_map(|path| path.split('/')).map(str::to_owned).collect();
    let is_safe = directories
        .iter()
        .chain([&stem.to_owned()])
        .all(|part| !part.starts_with('.') && !part.is_empty() && !part.contains(['\\', ':', '\0']));
    is_safe.then(|| Name { directories, stem: stem.to_owned(), extension: format!(".{extension}") })
}

/// Renames a file. Fails if the target exists.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    // Creating a hard link fails if the name exists. A rename would replace the existing file.
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no hard links. There, the name is checked just before the rename.
        Err(_) => {
            fs::symlink_metadata(to).map_or_else(|_| fs::rename(from, to), |_| Err(io::ErrorKind::AlreadyExists.into()))
        }
    }
}
