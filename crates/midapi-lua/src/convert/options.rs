//! Tables of options. Unknown options and values of the wrong type are errors.

use std::time::Duration;

use mlua::{Function, Value};

use crate::api::{ApiFunction, ApiOption, Kind};
use crate::convert::duration;
use crate::runtime::error::{MAX_SHOWN_BYTES, ScriptError, shorten, type_name};

/// The maximum length of a text option in bytes, because the SDK keeps several copies of a key or a base URL.
const MAX_TEXT_BYTES: usize = 8 << 10;

/// The number of letters for each allowed typing mistake: a name of six letters may have two mistakes.
const LETTERS_PER_MISTAKE: usize = 3;

/// The checked options of a call.
pub(crate) struct Options(Vec<(&'static str, OptionValue)>);

enum OptionValue {
    Text(String),
    Flag(bool),
    Function(Function),
    Duration(Duration),
    Rate(f64),
    Count(u32),
}

impl Options {
    /// Reads the options of a call, which may be nil.
    pub(crate) fn read(function: &ApiFunction, value: &Value) -> Result<Self, ScriptError> {
        let position = function.options_position();
        let table = match value {
            Value::Nil => return Ok(Self(Vec::new())),
            Value::Table(table) => table,
            other => return Err(ScriptError::argument_type(function.name, position, "table", other)),
        };
        let mut options = Vec::new();
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            let option = find_option(function, &key);
            let entry = option.and_then(|option| Ok((option.name, read_value(option, &value)?)));
            options.push(entry.map_err(|detail| ScriptError::argument(function.name, position, &detail))?);
        }
        Ok(Self(options))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.find(name, |value| if let OptionValue::Text(text) = value { Some(text.as_str()) } else { None })
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.find(name, |value| if let OptionValue::Flag(flag) = value { Some(*flag) } else { None })
    }

    pub(crate) fn function(&self, name: &str) -> Option<&Function> {
        self.find(name, |value| if let OptionValue::Function(function) = value { Some(function) } else { None })
    }

    pub(crate) fn duration(&self, name: &str) -> Option<Duration> {
        self.find(name, |value| if let OptionValue::Duration(duration) = value { Some(*duration) } else { None })
    }

    pub(crate) fn rate(&self, name: &str) -> Option<f64> {
        self.find(name, |value| if let OptionValue::Rate(rate) = value { Some(*rate) } else { None })
    }

    pub(crate) fn count(&self, name: &str) -> Option<u32> {
        self.find(name, |value| if let OptionValue::Count(count) = value { Some(*count) } else { None })
    }

    fn find<'a, T>(&'a self, name: &str, get: impl Fn(&'a OptionValue) -> Option<T>) -> Option<T> {
        self.0.iter().find(|(option, _)| *option == name).and_then(|(_, value)| get(value))
    }
}

fn find_option(function: &ApiFunction, key: &Value) -> Result<&'static ApiOption, String> {
    let Value::String(name) = key else {
        return Err(format!("option name must be a string, got {}", type_name(key)));
    };
    let known = function.options.iter().find(|option| name.as_bytes() == option.name.as_bytes());
    known.ok_or_else(|| {
        let suggestion = suggest(function.options, &String::from_utf8_lossy(&name.as_bytes()));
        let suggestion = suggestion.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default();
        format!("unknown option '{}'{suggestion}", shorten(&name.as_bytes()))
    })
}

/// Returns the name of the most similar option, or `None` if none is similar enough. Compares whole names and their
/// words: `key` is similar to `api_key`, and `tiemout` to `timeout`.
fn suggest(options: &[ApiOption], name: &str) -> Option<&'static str> {
    if name.len() > MAX_SHOWN_BYTES {
        return None;
    }
    let name = name.to_lowercase();
    let mistakes = |option: &'static str| {
        let words = option.split('_').filter(|word| word.len() >= LETTERS_PER_MISTAKE);
        words.chain([option]).map(|word| strsim::damerau_levenshtein(word, &name)).min()
    };
    let all = options.iter().filter_map(|option| Some((mistakes(option.name)?, option.name)));
    let (mistakes, option) = all.min()?;
    (mistakes <= name.len() / LETTERS_PER_MISTAKE).then_some(option)
}

fn read_value(option: &ApiOption, value: &Value) -> Result<OptionValue, String> {
    let read = match option.kind {
        Kind::Text => {
            let length = value.as_string().map_or(0, |text| text.as_bytes().len());
            if length > MAX_TEXT_BYTES {
                let name = option.name;
                return Err(format!("option '{name}': at most {MAX_TEXT_BYTES} bytes expected, got {length}"));
            }
            let text = value.as_string().map(|text| text.to_str().map(|text| OptionValue::Text(text.to_owned())));
            text.transpose().map_err(|_| format!("option '{}': text in UTF-8 expected", option.name))?
        }
        Kind::Flag => value.as_boolean().map(OptionValue::Flag),
        Kind::Callback => value.as_function().cloned().map(OptionValue::Function),
        Kind::Duration => duration::from_value(value).map(OptionValue::Duration),
        Kind::Rate => number(value).filter(|rate| *rate > 0.0 && rate.is_finite()).map(OptionValue::Rate),
        Kind::Count { min } => integer(value).filter(|count| *count >= min).map(OptionValue::Count),
    };
    read.ok_or_else(|| format!("option '{}': {} expected, got {}", option.name, expected(option.kind), shown(value)))
}

fn expected(kind: Kind) -> String {
    match kind {
        Kind::Text => "string".into(),
        Kind::Flag => "boolean".into(),
        Kind::Callback => "function".into(),
        Kind::Duration => "number of seconds or duration such as '1h30m'".into(),
        Kind::Rate => "positive number".into(),
        Kind::Count { min } => format!("integer of at least {min}"),
    }
}

/// Formats a value for a message: the value of a number or a string, the type of any other value.
fn shown(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{}'", shorten(&text.as_bytes())),
        other => type_name(other).to_owned(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        #[allow(clippy::cast_precision_loss, reason = "rates are far below 2^53")]
        Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<u32> {
    #[allow(clippy::cast_possible_truncation, reason = "the fraction is zero, and the cast saturates")]
    let number = match value {
        Value::Integer(number) => *number,
        Value::Number(number) if number.fract() == 0.0 => *number as i64,
        _ => return None,
    };
    u32::try_from(number).ok()
}
