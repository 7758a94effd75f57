//! The memory of Rust values that the script of a sandbox has caused.

use std::sync::Arc;

use mlua::{Lua, LuaString, Result};

use crate::access::Client;
use crate::limits;

/// Bytes that may be owed before they are charged: a string for each id would cost more than the id.
const OWED_AT_MOST: usize = 64 << 10;

/// Holds as many bytes of Lua's as something takes of Rust's: so the limit on memory counts them, and the collector knows what an
/// iterator is worth. Holds none outside of sandboxes.
pub(crate) struct Charge {
    owed: usize,
    held: Vec<LuaString>,
    /// Its connections are there as long as this is.
    #[allow(dead_code, reason = "counts the client while this is held")]
    client: Option<Arc<()>>,
}

impl Charge {
    /// Nothing yet, and the client that is asked.
    pub(crate) fn of(client: &Client) -> Self {
        Self { owed: 0, held: Vec::new(), client: client.counted.clone() }
    }

    /// Charges before the bytes are taken.
    ///
    /// # Errors
    /// If Lua's memory does not have them.
    pub(crate) fn add(&mut self, lua: &Lua, bytes: usize) -> Result<()> {
        self.owed = self.owed.saturating_add(bytes);
        if self.owed > OWED_AT_MOST { self.settle(lua) } else { Ok(()) }
    }

    /// Charges what is owed: once all is added.
    ///
    /// # Errors
    /// As of [`Self::add`].
    pub(crate) fn settle(&mut self, lua: &Lua) -> Result<()> {
        if limits::left(lua).is_some() {
            self.held.push(lua.create_string(vec![0; self.owed])?);
        }
        self.owed = 0;
        Ok(())
    }
}
