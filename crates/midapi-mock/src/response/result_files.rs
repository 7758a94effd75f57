//! The result files of successful tasks: four small JPEG pictures.

use std::sync::Arc;

use crate::response::PreparedResponse;

/// The prepared responses of the four files.
pub(crate) struct ResultFiles([Arc<PreparedResponse>; 4]);

impl ResultFiles {
    pub(crate) fn new() -> Self {
        let files: [&'static [u8]; 4] = [
            include_bytes!("../../result_files/0.jpeg"),
            include_bytes!("../../result_files/1.jpeg"),
            include_bytes!("../../result_files/2.jpeg"),
            include_bytes!("../../result_files/3.jpeg"),
        ];
        Self(files.map(|jpeg| Arc::new(PreparedResponse::jpeg(jpeg))))
    }

    /// Returns the file of a name like `<id>_0_<n>.jpeg`. Every id has files, also an unknown one.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<PreparedResponse>> {
        let (id, n) = name.strip_suffix(".jpeg")?.rsplit_once("_0_")?;
        let n: usize = n.parse().ok()?;
        if id.is_empty() || id.contains('/') { None } else { self.0.get(n).cloned() }
    }
}
