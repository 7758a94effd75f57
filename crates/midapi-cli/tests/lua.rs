//! `midapi lua`

mod support;

use midapi_mock::MockServer;
use support::{Ran, asking, midapi};

fn example(name: &str) -> String {
    format!("{}/../../examples/lua/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_examples_say_what_they_should() {
    let server = MockServer::start().unwrap();
    let script = example("look_up.lua");
    let ran = Ran::of(&mut asking(&server, &["lua", &script, "4edb3c5XXXXX75e3f0aa5cc", "nobody"]));
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(
        ran.out.contains("4edb3c5XXXXX75e3f0aa5cc\tsuccess\t") && ran.out.contains("nobody\tnot_found\t"),
        "{}",
        ran.out
    );

    let script = example("wait_for_many.lua");
    let ran = Ran::of(&mut asking(&server, &["lua", &script, "4edb3c5XXXXX75e3f0aa5cc", "demo-failed"]));
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains("\tdone\t4 files") && ran.out.contains("demo-failed\ttask_failed\t"), "{}", ran.out);
}

#[test]
fn code_comes_from_an_option_or_standard_input() {
    let code = "print(midapi.client():get(arg[1]).status)";
    let ran = Ran::of(&mut midapi(&["--mock", "lua", "-e", code, "demo-failed"]));
    assert_eq!((ran.status, ran.out.as_str()), (0, "failed\n"), "{}", ran.err);
    let ran = Ran::with_input(&mut midapi(&["--mock", "lua", "-", "demo-failed"]), code.as_bytes());
    assert_eq!((ran.status, ran.out.as_str()), (0, "failed\n"), "{}", ran.err);
}

#[test]
fn a_script_that_raises_or_is_not_there_says_so() {
    let ran = Ran::of(&mut midapi(&["--mock", "lua", "-e", "error('no\u{1b}[2J luck')"]));
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("luck") && !ran.err.contains('\u{1b}'), "{:?}", ran.err);
    let ran = Ran::of(&mut midapi(&["--mock", "lua", "/no/such/script.lua"]));
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("/no/such/script.lua"), "{}", ran.err);
}

#[test]
fn without_a_key_a_client_is_nil_and_an_error() {
    let ran = Ran::of(&mut midapi(&["lua", "-e", "local client, err = midapi.client() print(client, err.kind)"]));
    assert_eq!((ran.status, ran.out.as_str()), (0, "nil\tconfig\n"), "{}", ran.err);
}
