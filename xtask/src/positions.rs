//! Where the parts of a YAML or JSON document stand in its text.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser};

/// The line of each part, by the JSON pointer that leads to it.
#[derive(Debug, Default, Clone)]
pub struct Positions(BTreeMap<String, usize>);

/// What is being read around an event.
enum Around {
    Mapping {
        pointer: String,
        /// The key that the next value belongs to, and its line.
        key: Option<(String, usize)>,
    },
    Sequence {
        pointer: String,
        next: usize,
    },
}

impl Positions {
    /// Reads the positions of a text; of one that breaks off, those before the break.
    ///
    /// Only for texts that serde has read: it has bounded how deep they go, and refused keys that are no texts.
    pub fn of(text: &str) -> Self {
        let mut lines = BTreeMap::new();
        let mut around: Vec<Around> = Vec::new();
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            match event {
                Event::Scalar(text, ..) => {
                    if let Some(Around::Mapping { key: key @ None, .. }) = around.last_mut() {
                        *key = Some((text.into_owned(), span.start.line()));
                    } else {
                        enter(&mut around, &mut lines, span.start.line());
                    }
                }
                Event::Alias(_) => drop(enter(&mut around, &mut lines, span.start.line())),
                Event::MappingStart(..) => {
                    let pointer = enter(&mut around, &mut lines, span.start.line());
                    around.push(Around::Mapping { pointer, key: None });
                }
                Event::SequenceStart(..) => {
                    let pointer = enter(&mut around, &mut lines, span.start.line());
                    around.push(Around::Sequence { pointer, next: 0 });
                }
                Event::MappingEnd | Event::SequenceEnd => drop(around.pop()),
                _ => {}
            }
        }
        Self(lines)
    }

    /// The line of a part, or of the nearest part around it that is known; lines count from 1.
    pub fn line(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.0.get(pointer) {
                return *line;
            }
            match pointer.rsplit_once('/') {
                Some((above, _)) => pointer = above,
                None => return 1,
            }
        }
    }
}

/// Notes a value, and returns its pointer.
fn enter(around: &mut [Around], lines: &mut BTreeMap<String, usize>, line: usize) -> String {
    let (pointer, line) = match around.last_mut() {
        None => (String::new(), line),
        Some(Around::Mapping { pointer, key }) => {
            let (key, line) = key.take().unwrap_or_default();
            (below(pointer, &key), line)
        }
        Some(Around::Sequence { pointer, next }) => {
            *next += 1;
            (below(pointer, &(*next - 1).to_string()), line)
        }
    };
    lines.entry(pointer.clone()).or_insert(line);
    pointer
}

/// The pointer to an entry of what a pointer leads to.
pub fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Keywords whose entries have names, which may be numbers too.
const NAMED: [&str; 5] = ["examples", "properties", "responses", "schemas", "securitySchemes"];

/// A pointer as people write it: `components.schemas.Thing.allOf[0]`.
pub fn dotted(pointer: &str) -> String {
    let mut text = String::new();
    let mut before = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match text.is_empty() {
            _ if number && !text.is_empty() && !NAMED.contains(&before.as_str()) => text = format!("{text}[{part}]"),
            true => text.clone_from(&part),
            false => text = format!("{text}.{part}"),
        }
        before = part;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_the_line_of_its_key() {
        let text = "openapi: 3.0.3\n# A comment.\npaths:\n  /a/b:\n    get: {operationId: a,\n      tags: [x,\n        y]}\nlast:\n  - one\n  - {two: 2}\n";
        let positions = Positions::of(text);
        let table = [
            ("the document", "", 1),
            ("a scalar", "/openapi", 1),
            ("a key with slashes", "/paths/~1a~1b", 4),
            ("in braces", "/paths/~1a~1b/get/operationId", 5),
            ("in brackets", "/paths/~1a~1b/get/tags/1", 7),
            ("an item", "/last/0", 9),
            ("in an item", "/last/1/two", 10),
            ("what is not there stands where it would", "/paths/~1a~1b/post/summary", 4),
            ("nor anything like it", "/nothing", 1),
        ];
        for (why, pointer, line) in table {
            assert_eq!(positions.line(pointer), line, "{why}");
        }
    }

    #[test]
    fn json_has_lines_too_and_what_breaks_off_has_those_before() {
        let positions = Positions::of("{\n  \"a\": {\n    \"b\": [1,\n      2]\n  }\n}");
        assert_eq!((positions.line("/a"), positions.line("/a/b"), positions.line("/a/b/1")), (2, 3, 4));
        assert_eq!(Positions::of("a: 1\nb: [").line("/b"), 2);
        assert_eq!(Positions::of("").line("/b"), 1);
    }

    #[test]
    fn pointers_read_as_people_write_them() {
        let table = [
            ("", ""),
            ("/components/schemas/Thing/allOf/0", "components.schemas.Thing.allOf[0]"),
            ("/paths/~1a~1{b}/get/responses/200", "paths./a/{b}.get.responses.200"),
            ("/components/schemas/9", "components.schemas.9"),
        ];
        for (pointer, text) in table {
            assert_eq!(dotted(pointer), text);
        }
        assert_eq!(below("/paths", "/a~b"), "/paths/~1a~0b");
    }
}
