//! Callbacks of scripts.

use midapi::Task;
use mlua::{Function, Lua, Value};

use crate::convert::task;
use crate::runtime::error::ScriptError;
use crate::runtime::state;

/// The maximum depth of nested callbacks. Callbacks are nested if a callback calls the client and that call runs
/// another callback. Each level uses part of the thread's stack.
const MAX_DEPTH: u8 = 16;

/// Calls `on_update` with a task. An error of the callback is passed on unchanged.
pub(crate) fn notify(lua: &Lua, on_update: Option<&Function>, update: &Task) -> Result<(), ScriptError> {
    let Some(on_update) = on_update else { return Ok(()) };
    let _guard = DepthGuard::enter(lua)?;
    let pcall = state::get(lua)?.pcall.clone();
    to_result(pcall.call((on_update, task::to_table(lua, update)?))?)
}

/// Like [`notify`], but for a callback that may yield.
#[cfg(feature = "async")]
pub(crate) async fn notify_async(lua: &Lua, on_update: Option<&Function>, update: &Task) -> Result<(), ScriptError> {
    let Some(on_update) = on_update else { return Ok(()) };
    let pcall = state::get(lua)?.pcall.clone();
    to_result(pcall.call_async((on_update, task::to_table(lua, update)?)).await?)
}

fn to_result((succeeded, error): (bool, Value)) -> Result<(), ScriptError> {
    if succeeded { Ok(()) } else { Err(ScriptError::Value(error)) }
}

/// Counts a running callback until the guard is dropped.
struct DepthGuard<'a>(&'a Lua);

impl<'a> DepthGuard<'a> {
    fn enter(lua: &'a Lua) -> Result<Self, ScriptError> {
        let state = state::get(lua)?;
        if state.callback_depth.get() == MAX_DEPTH {
            return Err(ScriptError::message(lua, &format!("more than {MAX_DEPTH} nested callbacks")));
        }
        state.callback_depth.set(state.callback_depth.get() + 1);
        Ok(Self(lua))
    }
}

impl Drop for DepthGuard<'_> {
    fn drop(&mut self) {
        if let Ok(state) = state::get(self.0) {
            state.callback_depth.set(state.callback_depth.get() - 1);
        }
    }
}
