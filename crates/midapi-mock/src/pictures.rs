//! The results: four small pictures.

use crate::render::Rendered;
use std::sync::Arc;

/// The four pictures, ready to be sent.
pub(crate) struct Pictures([Arc<Rendered>; 4]);

impl Pictures {
    pub(crate) fn new() -> Self {
        let jpegs: [&'static [u8]; 4] = [
            include_bytes!("../pictures/0.jpeg"),
            include_bytes!("../pictures/1.jpeg"),
            include_bytes!("../pictures/2.jpeg"),
            include_bytes!("../pictures/3.jpeg"),
        ];
        Self(jpegs.map(|jpeg| Arc::new(Rendered::picture(jpeg))))
    }

    /// The picture of a file name like `<id>_0_<n>.jpeg`. Any id has them: the server need not have shown it.
    pub(crate) fn named(&self, file: &str) -> Option<Arc<Rendered>> {
        let (id, n) = file.strip_suffix(".jpeg")?.rsplit_once("_0_")?;
        let n: usize = n.parse().ok()?;
        if id.is_empty() || id.contains('/') { None } else { self.0.get(n).cloned() }
    }
}
