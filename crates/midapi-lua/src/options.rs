//! Tables of options: every one is known and of its type, or the call raises.

use std::time::Duration;

use mlua::{Error, Function, Result, Table, Value};

/// The options of a call, taken out one by one.
pub(crate) struct Options {
    call: &'static str,
    table: Option<Table>,
}

impl Options {
    /// Takes the table of a call, which may be absent; an option that is not among `known` raises.
    pub(crate) fn new(call: &'static str, given: Value, known: &[&str]) -> Result<Self> {
        let table = match given {
            Value::Nil => return Ok(Self { call, table: None }),
            Value::Table(table) => table,
            other => return Err(misuse(call, &format!("options have to be a table, not {}", kind(&other)))),
        };
        for pair in table.pairs::<Value, Value>() {
            let (key, _) = pair?;
            let Value::String(name) = &key else {
                return Err(misuse(call, &format!("an option's name has to be a string, not {}", kind(&key))));
            };
            let name = name.to_string_lossy();
            if !known.contains(&name.as_str()) {
                let nearest = known.iter().max_by(|a, b| likeness(a, &name).total_cmp(&likeness(b, &name)));
                let hint = nearest.map(|nearest| format!("; did you mean \"{nearest}\"?")).unwrap_or_default();
                return Err(misuse(call, &format!("there is no option \"{name}\"{hint}")));
            }
        }
        Ok(Self { call, table: Some(table) })
    }

    fn value(&self, name: &str) -> Result<Value> {
        self.table.as_ref().map_or(Ok(Value::Nil), |table| table.raw_get(name))
    }

    fn wrong(&self, name: &str, expected: &str, given: &Value) -> Error {
        misuse(self.call, &format!("{name} has to be {expected}, not {}", kind(given)))
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>> {
        match self.value(name)? {
            Value::Nil => Ok(None),
            Value::String(text) => Ok(Some(text.to_str()?.to_owned())),
            other => Err(self.wrong(name, "a string", &other)),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.value(name)? {
            Value::Nil => Ok(None),
            Value::Boolean(flag) => Ok(Some(flag)),
            other => Err(self.wrong(name, "true or false", &other)),
        }
    }

    pub(crate) fn function(&self, name: &str) -> Result<Option<Function>> {
        match self.value(name)? {
            Value::Nil => Ok(None),
            Value::Function(function) => Ok(Some(function)),
            other => Err(self.wrong(name, "a function", &other)),
        }
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<f64>> {
        match self.value(name)? {
            Value::Nil => Ok(None),
            Value::Number(number) => Ok(Some(number)),
            #[allow(clippy::cast_precision_loss, reason = "seconds and counts are far below 2^53")]
            Value::Integer(number) => Ok(Some(number as f64)),
            other => Err(self.wrong(name, "a number", &other)),
        }
    }

    /// Seconds, with a fraction or not.
    pub(crate) fn seconds(&self, name: &str) -> Result<Option<Duration>> {
        let Some(seconds) = self.number(name)? else { return Ok(None) };
        let duration = Duration::try_from_secs_f64(seconds);
        duration
            .map(Some)
            .map_err(|_| misuse(self.call, &format!("{name} has to be a number of seconds, not {seconds}")))
    }

    /// A whole number from `least` on.
    pub(crate) fn count(&self, name: &str, least: u32) -> Result<Option<u32>> {
        let Some(number) = self.number(name)? else { return Ok(None) };
        if number.fract() != 0.0 || number < f64::from(least) || number > f64::from(u32::MAX) {
            return Err(misuse(self.call, &format!("{name} has to be a whole number from {least} on, not {number}")));
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        let count = number as u32;
        Ok(Some(count))
    }
}

/// An error for what the script does wrong, which raises.
pub(crate) fn misuse(call: &str, what: &str) -> Error {
    Error::runtime(format!("{call}: {what}"))
}

/// What a value is, in Lua's words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nil",
        value => value.type_name(),
    }
}

/// How much of two names is the same, by pairs of letters: `key` is like `api_key`.
fn likeness(known: &str, given: &str) -> f64 {
    strsim::sorensen_dice(known, given)
}
