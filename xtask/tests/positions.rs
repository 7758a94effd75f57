//! Lines of the parts of documents, and JSON pointers.

use xtask::positions::{Positions, below, dotted};

#[test]
fn parts_have_the_line_of_their_key() {
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
        ("a missing part has the line of its parent", "/paths/~1a~1b/post/summary", 4),
        ("a missing part of the document", "/nothing", 1),
    ];
    for (why, pointer, line) in table {
        assert_eq!(positions.line(pointer), line, "{why}");
    }
}

#[test]
fn reads_json_and_invalid_texts() {
    let positions = Positions::of("{\n  \"a\": {\n    \"b\": [1,\n      2]\n  }\n}");
    assert_eq!((positions.line("/a"), positions.line("/a/b"), positions.line("/a/b/1")), (2, 3, 4));
    assert_eq!(Positions::of("a: 1\nb: [").line("/b"), 2);
    assert_eq!(Positions::of("").line("/b"), 1);
}

#[test]
fn writes_pointers_in_dotted_form() {
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
