//! Calls the functions of this crate with nearly valid inputs, which a fuzzer takes long to find.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Any JSON, mostly small numbers and short strings.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0_i64..600).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        select(vec!["https://files.example/0.jpeg", "-o/etc/passwd", "2024-03-20T10:30:00Z", "example-key-5f2c"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(keys(), inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

/// Mostly keys of the API.
fn keys() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 28] = [
        "code",
        "msg",
        "data",
        "taskId",
        "taskType",
        "paramJson",
        "completeTime",
        "resultInfoJson",
        "resultUrls",
        "resultUrl",
        "successFlag",
        "createTime",
        "errorCode",
        "errorMessage",
        "aspectRatio",
        "enableTranslation",
        "fileUrls",
        "motion",
        "ow",
        "prompt",
        "speed",
        "stylization",
        "variety",
        "version",
        "videoBatchSize",
        "weirdness",
        "waterMark",
        "extra",
    ];
    prop_oneof![6 => select(KNOWN.to_vec()).prop_map(str::to_owned), 1 => "[a-zA-Z]{0,4}"]
}

fn object() -> impl Strategy<Value = Value> {
    btree_map(keys(), any_json(), 0..10).prop_map(Value::from_iter)
}

/// The text with one part removed, repeated or replaced.
fn damage(text: String, position: f64, length: usize, replacement: Option<String>) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a position in a short text"
    )]
    let start = (position * bytes.len() as f64) as usize;
    let end = (start + length).min(bytes.len());
    let replacement = replacement.map_or_else(|| bytes[start..end].repeat(2), String::into_bytes);
    bytes.splice(start..end, replacement);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_response_keeps_every_promise(first: u8, code in select(vec![200, 200, 200, 422, 500, 7]), data in object()) {
        let body = json!({ "code": code, "msg": "example-key-5f2c", "data": data }).to_string();
        midapi_fuzz::check_envelope(&[&[first], body.as_bytes()].concat());
    }

    #[test]
    fn damaged_responses_keep_every_promise(first: u8, data in object(), position in 0.0..1.0, length in 0_usize..9, replacement: Option<String>) {
        let body = json!({ "code": 200, "msg": "success", "data": data }).to_string();
        midapi_fuzz::check_envelope(&[&[first], &damage(body, position, length, replacement)[..]].concat());
    }

    #[test]
    fn any_parameters_are_kept(params in object(), position in 0.0..1.0, length in 0_usize..9, replacement: Option<String>) {
        midapi_fuzz::check_params(params.to_string().as_bytes());
        midapi_fuzz::check_params(&damage(params.to_string(), position, length, replacement));
    }

    #[test]
    fn names_are_valid_and_unique(
        template in vec(select(vec!["{id}", "{n}", "{ext}", "{type}", "{speed}", "{version}", "{prompt}", "/", ".", "-", " ", "{{", "CON", ".."]), 1..8),
        id in "[a-zA-Z0-9./ ~-]{1,64}",
        prompt in vec(prop_oneof![select(vec!["..", "/", "CON", ".", " ", "~", "\u{202e}", "\u{130}", "e\u{301}", "\0", "LPT9"]).prop_map(str::to_owned), ".{0,4}"], 0..60),
    ) {
        midapi_fuzz::check_names(format!("{}\n{id}\n{}", template.concat(), prompt.concat()).as_bytes());
    }

    #[test]
    fn retry_after_is_at_most_two_minutes(text in "[0-9.eE+-]{0,12}|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT|.{0,8}") {
        midapi_fuzz::check_retry_after(text.as_bytes());
        midapi_fuzz::check_retry_after(&[b"\x80", text.as_bytes()].concat());
    }

    #[test]
    fn lua_options_are_accepted_or_rejected(
        verb in 0_u8..5,
        server: u8,
        // A name, a kind of value, and the bytes of the value.
        entries in vec((0_u8..16, 0_u8..8, vec(any::<u8>(), 8)), 0..4),
    ) {
        let entries = entries.into_iter().flat_map(|(name, kind, rest)| [vec![name, kind], rest].concat());
        midapi_fuzz::check_lua_options(&[verb, server].into_iter().chain(entries).collect::<Vec<_>>());
    }

    #[test]
    fn scenario_files_are_accepted_or_rejected(
        steps in vec(btree_map(select(vec![
            "state", "flag", "data", "code", "msg", "status", "html", "redirect", "raw", "reset", "huge", "gzip_bomb", "nested", "times",
            "for_duration_ms", "delay_ms", "byte_interval_ms", "http_status", "headers", "retry_after", "truncate_after", "content_encoding",
        ]).prop_map(str::to_owned), any_json(), 1..4), 0..4),
    ) {
        midapi_fuzz::check_scenario(json!({ "tasks": { "a": steps }, "unknown_ids": steps }).to_string().as_bytes());
    }

    #[test]
    fn specs_are_accepted_or_rejected(position in 0.0..1.0, length in 0_usize..40, replacement in prop_oneof![Just(None), any_json().prop_map(|json| Some(json.to_string()))]) {
        midapi_fuzz::check_spec(&damage(include_str!("../../spec/midapi.yaml").to_owned(), position, length, replacement));
    }
}
