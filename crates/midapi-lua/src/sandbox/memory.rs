//! The accounting of Rust memory that a script in a sandbox uses.

use std::sync::Arc;

use mlua::{Lua, LuaString, Result};

use crate::runtime::limits;

/// The maximum number of pending bytes, which are counted but not reserved yet. When there are more, they are reserved
/// together: a separate reservation for each id would take more memory than the id.
const MAX_PENDING_BYTES: usize = 64 << 10;

/// A block of Lua memory as large as some Rust values, so that Lua counts their memory.
///
/// The memory limit and the garbage collector count the reserved memory. Outside of sandboxes, no memory is reserved.
pub(crate) struct MemoryReservation {
    pending: usize,
    strings: Vec<LuaString>,
    /// A clone of the client's counter. It counts toward the maximum number of clients as long as the connections of
    /// the client may be in use.
    _client: Option<Arc<()>>,
}

impl MemoryReservation {
    /// Creates an empty reservation. `client` is the counter of the client that the memory is used for.
    pub(crate) fn new(client: Option<Arc<()>>) -> Self {
        Self { pending: 0, strings: Vec::new(), _client: client }
    }

    /// Adds bytes to the reservation. Must be called before the bytes are used.
    ///
    /// # Errors
    /// If the memory limit does not allow the added bytes.
    pub(crate) fn add(&mut self, lua: &Lua, bytes: usize) -> Result<()> {
        self.pending = self.pending.saturating_add(bytes);
        if self.pending > MAX_PENDING_BYTES { self.flush(lua) } else { Ok(()) }
    }

    /// Reserves the pending bytes.
    ///
    /// # Errors
    /// The errors of [`Self::add`].
    pub(crate) fn flush(&mut self, lua: &Lua) -> Result<()> {
        if limits::remaining_time(lua).is_some() {
            self.strings.push(lua.create_string(vec![0; self.pending])?);
        }
        self.pending = 0;
        Ok(())
    }
}
