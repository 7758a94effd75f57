//! Tables of options: every one is known and of its kind, or the call raises.

use std::time::Duration;

use mlua::{Function, Table, Value};

use crate::raise::{Raise, misuse};
use crate::registry::{Entry, Kind, Opt};

type Result<T> = std::result::Result<T, Raise>;

/// The options of a call, checked when they were taken.
pub(crate) struct Options(Option<Table>);

impl Options {
    /// Takes the table of a call, which may be absent.
    pub(crate) fn new(entry: &Entry, given: &Value) -> Result<Self> {
        let table = match given {
            Value::Nil => return Ok(Self(None)),
            Value::Table(table) => table,
            other => return Err(misuse(entry.call, &format!("options have to be a table, not {}", kind(other)))),
        };
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            let Value::String(name) = &key else {
                return Err(misuse(entry.call, &format!("an option's name has to be a string, not {}", kind(&key))));
            };
            let Some(option) = entry.options.iter().find(|option| name.as_bytes() == option.name.as_bytes()) else {
                return Err(misuse(entry.call, &unknown(&name.as_bytes(), entry.options)));
            };
            if let Some(wrong) = wrong(option, &value) {
                return Err(misuse(entry.call, &format!("{} has to be {wrong}", option.name)));
            }
        }
        Ok(Self(Some(table.clone())))
    }

    fn value(&self, name: &str) -> Result<Value> {
        Ok(self.0.as_ref().map_or(Ok(Value::Nil), |table| table.raw_get(name))?)
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>> {
        Ok(self.value(name)?.as_string().map(|text| text.to_string_lossy().clone()))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>> {
        Ok(self.value(name)?.as_boolean())
    }

    pub(crate) fn function(&self, name: &str) -> Result<Option<Function>> {
        Ok(self.value(name)?.as_function().cloned())
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<f64>> {
        Ok(number(&self.value(name)?))
    }

    pub(crate) fn seconds(&self, name: &str) -> Result<Option<Duration>> {
        Ok(self.number(name)?.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked when it was taken")]
    pub(crate) fn count(&self, name: &str) -> Result<Option<u32>> {
        Ok(self.number(name)?.map(|number| number as u32))
    }
}

/// What the value would have to be, and is not.
fn wrong(option: &Opt, value: &Value) -> Option<String> {
    let number = number(value);
    let bytes = value.as_string().map_or(0, |text| text.as_bytes().len());
    if bytes > LONGEST_TEXT {
        return Some(format!("a string of at most {LONGEST_TEXT} bytes, not {bytes}"));
    }
    let (expected, fits) = match option.kind {
        Kind::Text => ("a string".into(), value.is_string()),
        Kind::Flag => ("true or false".into(), value.is_boolean()),
        Kind::OnTask => ("a function".into(), value.is_function()),
        Kind::Seconds => {
            ("a number of seconds".into(), number.is_some_and(|it| Duration::try_from_secs_f64(it).is_ok()))
        }
        Kind::Rate => ("a number above 0".into(), number.is_some_and(|it| it > 0.0 && it.is_finite())),
        Kind::Count(least) => {
            let fits = |it: f64| it.fract() == 0.0 && it >= f64::from(least) && it <= f64::from(u32::MAX);
            (format!("a whole number from {least} on"), number.is_some_and(fits))
        }
    };
    let about_size = matches!(option.kind, Kind::Seconds | Kind::Rate | Kind::Count(_));
    let shown = number.filter(|_| about_size).map_or_else(|| kind(value).to_owned(), |number| number.to_string());
    (!fits).then(|| format!("{expected}, not {shown}"))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        #[allow(clippy::cast_precision_loss, reason = "seconds and counts are far below 2^53")]
        Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

/// Of a key or a base URL, which are kept several times.
const LONGEST_TEXT: usize = 8 << 10;

/// Longer names are no slips of the pen. To compare megabytes would take longer than a sandbox allows.
const LONGEST_NAME: usize = 60;

fn unknown(name: &[u8], options: &[Opt]) -> String {
    if name.len() > LONGEST_NAME {
        return format!("there is no option {:?}…", String::from_utf8_lossy(&name[..LONGEST_NAME]));
    }
    let name = &*String::from_utf8_lossy(name);
    // How much of two names is the same, by pairs of letters: `key` is like `api_key`.
    let likeness = |option: &Opt| strsim::sorensen_dice(option.name, name);
    let nearest = options.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let hint = nearest.map(|nearest| format!("; did you mean \"{}\"?", nearest.name)).unwrap_or_default();
    format!("there is no option {name:?}{hint}")
}

/// What a value is, in Lua's words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) => "number",
        value => value.type_name(),
    }
}
