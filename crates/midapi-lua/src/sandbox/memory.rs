//! The accounting of Rust memory that a script in a sandbox uses.

use std::sync::Arc;

use mlua::{Lua, LuaString, Result};

use crate::runtime::limits;

/// The maximum number of bytes that are added before they are reserved together. Reserving each id separately would
/// take more memory than the id.
const MAX_PENDING_BYTES: usize = 64 << 10;

/// A reservation of Lua memory, as large as the Rust values that it stands for.
///
/// The memory limit counts it, and the garbage collector considers it. Outside of sandboxes nothing is reserved.
pub(crate) struct MemoryReservation {
    pending: usize,
    strings: Vec<LuaString>,
    /// Counts the client as long as its connections may be in use.
    _client: Option<Arc<()>>,
}

impl MemoryReservation {
    /// Creates an empty reservation. `client` is the counter of the client that the memory is used for.
    pub(crate) fn new(client: Option<Arc<()>>) -> Self {
        Self { pending: 0, strings: Vec::new(), _client: client }
    }

    /// Adds bytes to the reservation. Must be called before they are used.
    ///
    /// # Errors
    /// If the memory limit does not allow them.
    pub(crate) fn add(&mut self, lua: &Lua, bytes: usize) -> Result<()> {
        self.pending = self.pending.saturating_add(bytes);
        if self.pending > MAX_PENDING_BYTES { self.flush(lua) } else { Ok(()) }
    }

    /// Reserves the pending bytes.
    ///
    /// # Errors
    /// Those of [`Self::add`].
    pub(crate) fn flush(&mut self, lua: &Lua) -> Result<()> {
        if limits::remaining_time(lua).is_some() {
            self.strings.push(lua.create_string(vec![0; self.pending])?);
        }
        self.pending = 0;
        Ok(())
    }
}
