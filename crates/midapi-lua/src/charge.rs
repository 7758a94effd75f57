//! The memory of Rust values that the script of a sandbox has caused.

use mlua::{Lua, LuaString, Result};

use crate::limits;

/// Bytes that may be owed before they are charged: a string for each id would cost more than the id.
const OWED_AT_MOST: usize = 64 << 10;

/// Holds as many bytes of Lua's as something takes of Rust's: so the limit on memory counts them, and the collector knows what an
/// iterator is worth. Holds none outside of sandboxes.
#[derive(Default)]
pub(crate) struct Charge {
    owed: usize,
    held: Vec<LuaString>,
}

impl Charge {
    /// Charges before the bytes are taken.
    ///
    /// # Errors
    /// If Lua's memory does not have them.
    pub(crate) fn add(&mut self, lua: &Lua, bytes: usize) -> Result<()> {
        self.owed = self.owed.saturating_add(bytes);
        if self.owed > OWED_AT_MOST && limits::left(lua).is_some() {
            self.held.push(lua.create_string(vec![0; self.owed])?);
            self.owed = 0;
        }
        Ok(())
    }
}
