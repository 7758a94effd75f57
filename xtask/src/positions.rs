//! Lines of the parts of a YAML or JSON document, and JSON pointers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use saphyr_parser::{Event, Parser};

/// The line of each part, by its JSON pointer.
#[derive(Debug, Default, Clone)]
pub struct Positions {
    lines: HashMap<String, usize>,
    /// The first key that a mapping contains twice, and its line. Quotes make no difference: `200` and `'200'` are
    /// equal.
    pub duplicate: Option<(String, usize)>,
}

/// A mapping or sequence that contains the current event.
enum Container {
    Mapping {
        pointer: String,
        /// The key whose value is read next, and the line of the key. None if a key is read next.
        key: Option<(String, usize)>,
    },
    Sequence {
        pointer: String,
        next: usize,
    },
}

impl Positions {
    /// Returns the line of each part of a YAML or JSON text. For an invalid or too deeply nested text, returns only the
    /// lines before the error. The result is useful only for a text that serde accepts: serde limits the depth and
    /// rejects keys that are not strings.
    pub fn of(text: &str) -> Self {
        /// One more than the maximum depth that serde accepts.
        const MAX_DEPTH: usize = 129;
        let mut positions = Self::default();
        let mut containers: Vec<Container> = Vec::new();
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            if containers.len() > MAX_DEPTH {
                break;
            }
            match event {
                Event::Scalar(text, ..) => {
                    if let Some(Container::Mapping { key: key @ None, .. }) = containers.last_mut() {
                        *key = Some((text.into_owned(), span.start.line()));
                    } else {
                        enter(&mut containers, &mut positions, span.start.line());
                    }
                }
                Event::Alias(_) => drop(enter(&mut containers, &mut positions, span.start.line())),
                Event::MappingStart(..) => {
                    let pointer = enter(&mut containers, &mut positions, span.start.line());
                    containers.push(Container::Mapping { pointer, key: None });
                }
                Event::SequenceStart(..) => {
                    let pointer = enter(&mut containers, &mut positions, span.start.line());
                    containers.push(Container::Sequence { pointer, next: 0 });
                }
                Event::MappingEnd | Event::SequenceEnd => drop(containers.pop()),
                _ => {}
            }
        }
        positions
    }

    pub(crate) fn from_lines(lines: HashMap<String, usize>) -> Self {
        Self { lines, duplicate: None }
    }

    /// The line of a part, counted from 1. For an unknown part, the line of the nearest known part around it.
    pub fn line(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.lines.get(pointer) {
                return *line;
            }
            match pointer.rsplit_once('/') {
                Some((above, _)) => pointer = above,
                None => return 1,
            }
        }
    }
}

/// Adds the line of the next value in the innermost container. Returns the pointer to the value.
fn enter(containers: &mut [Container], positions: &mut Positions, line: usize) -> String {
    let (pointer, line, key) = match containers.last_mut() {
        None => (String::new(), line, None),
        Some(Container::Mapping { pointer, key }) => {
            let (key, line) = key.take().unwrap_or_default();
            (below(pointer, &key), line, Some(key))
        }
        Some(Container::Sequence { pointer, next }) => {
            *next += 1;
            (below(pointer, &(*next - 1).to_string()), line, None)
        }
    };
    match positions.lines.entry(pointer.clone()) {
        Entry::Vacant(entry) => drop(entry.insert(line)),
        // A key that is an alias has no text.
        Entry::Occupied(_) => {
            if let Some(key) = key.filter(|key| !key.is_empty()) {
                positions.duplicate.get_or_insert((key, line));
            }
        }
    }
    pointer
}

/// The pointer to the entry `key` of the value at `pointer`.
pub fn below(pointer: &str, key: &str) -> String {
    let mut pointer = pointer.to_owned();
    push_key(&mut pointer, key);
    pointer
}

/// Appends the entry `key` to a pointer.
pub fn push_key(pointer: &mut String, key: &str) {
    pointer.push('/');
    if key.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
    } else {
        pointer.push_str(key);
    }
}

/// Keywords whose values are maps. A key of these maps that is a number is a name, not an index.
const MAPS: [&str; 5] = ["examples", "properties", "responses", "schemas", "securitySchemes"];

/// A JSON pointer in dotted form: `components.schemas.Thing.allOf[0]`.
pub fn dotted(pointer: &str) -> String {
    let mut text = String::new();
    let mut before = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match text.is_empty() {
            _ if number && !text.is_empty() && !MAPS.contains(&before.as_str()) => text = format!("{text}[{part}]"),
            true => text.clone_from(&part),
            false => text = format!("{text}.{part}"),
        }
        before = part;
    }
    text
}
