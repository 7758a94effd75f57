//! The default result files: small files of every kind, four per id.

use std::sync::{Arc, OnceLock};

use crate::media::FileKind;
use crate::response::PreparedResponse;

/// The number of files per id.
const COUNT: usize = 4;

/// The responses for the files of each kind, prepared at the first request for each file.
pub(crate) struct ResultFiles {
    size: usize,
    prepared: [[OnceLock<Arc<PreparedResponse>>; COUNT]; FileKind::ALL.len()],
}

impl ResultFiles {
    /// Creates files of `size` bytes, or of the smallest possible size if that is larger.
    pub(crate) fn new(size: usize) -> Self {
        Self { size, prepared: Default::default() }
    }

    /// Returns the file for a name such as `<id>_0_<n>.jpeg`. Every id has files, even an unknown id.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<PreparedResponse>> {
        let (stem, extension) = name.rsplit_once('.')?;
        let (kind, prepared) =
            FileKind::ALL.iter().zip(&self.prepared).find(|(kind, _)| kind.extension() == extension)?;
        let (id, n) = stem.rsplit_once("_0_")?;
        let n: u8 = n.parse().ok()?;
        if id.is_empty() || id.contains('/') {
            return None;
        }
        let prepare = || Arc::new(PreparedResponse::file(*kind, self.size, n.into()));
        prepared.get(usize::from(n)).map(|prepared| Arc::clone(prepared.get_or_init(prepare)))
    }
}
