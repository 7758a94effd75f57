//! JSON as Lua values. JSON null becomes nil. mlua's own conversion turns null into a userdata, which counts as true in
//! Lua.

use std::fmt;

use mlua::{IntoLua, Lua, Value};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Converts a JSON text to a Lua value. Returns nil if the text is not JSON.
pub(crate) fn from_text(lua: &Lua, text: &str) -> Value {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Reader(lua).deserialize(&mut deserializer);
    value.and_then(|value| deserializer.end().map(|()| value)).unwrap_or(Value::Nil)
}

/// Converts a JSON tree to a Lua value.
///
/// # Errors
/// An error of Lua, for example if there is not enough memory.
pub(crate) fn from_tree(lua: &Lua, tree: &serde_json::Value) -> mlua::Result<Value> {
    Reader(lua).deserialize(tree).map_err(mlua::Error::external)
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a Lua);

impl Reader<'_> {
    fn value<E: Error>(self, value: impl IntoLua) -> Result<Value, E> {
        value.into_lua(self.0).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Nil)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Boolean(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        self.value(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        self.value(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        self.value(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.value(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let list = self.0.create_table().map_err(A::Error::custom)?;
        let mut index = 1;
        while let Some(item) = items.next_element_seed(self)? {
            list.raw_set(index, item).map_err(A::Error::custom)?;
            index += 1;
        }
        Ok(Value::Table(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let table =
            self.0.create_table_with_capacity(0, entries.size_hint().unwrap_or(16)).map_err(A::Error::custom)?;
        while let Some(key) = entries.next_key_seed(self)? {
            let value = entries.next_value_seed(self)?;
            table.raw_set(key, value).map_err(A::Error::custom)?;
        }
        Ok(Value::Table(table))
    }
}
