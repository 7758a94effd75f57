//! The same functions, on inputs that are nearly right: a fuzzer takes long to come by them.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Any JSON, mostly of small numbers and short words.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0_i64..600).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        select(vec!["https://files.example/0.jpeg", "-o/etc/passwd", "2024-03-20T10:30:00Z", "made-up-key-5f2c"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(keys(), inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

/// The names that the wire knows, and others.
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

/// Text with one part of it gone, twice there, or another.
fn damaged(text: String, place: f64, length: usize, put: Option<String>) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place")]
    let start = (place * bytes.len() as f64) as usize;
    let end = (start + length).min(bytes.len());
    let put = put.map_or_else(|| bytes[start..end].repeat(2), String::into_bytes);
    bytes.splice(start..end, put);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_loses_a_task_or_breaks_a_promise(first: u8, code in select(vec![200, 200, 200, 422, 500, 7]), data in object()) {
        let body = json!({ "code": code, "msg": "made-up-key-5f2c", "data": data }).to_string();
        midapi_fuzz::envelope(&[&[first], body.as_bytes()].concat());
    }

    #[test]
    fn nor_does_one_that_is_damaged(first: u8, data in object(), place in 0.0..1.0, length in 0_usize..9, put: Option<String>) {
        let body = json!({ "code": 200, "msg": "success", "data": data }).to_string();
        midapi_fuzz::envelope(&[&[first], &damaged(body, place, length, put)[..]].concat());
    }

    #[test]
    fn parameters_are_kept_whatever_they_are(params in object(), place in 0.0..1.0, length in 0_usize..9, put: Option<String>) {
        midapi_fuzz::params(params.to_string().as_bytes());
        midapi_fuzz::params(&damaged(params.to_string(), place, length, put));
    }

    #[test]
    fn a_wait_is_never_asked_for_beyond_two_minutes(text in "[0-9.eE+-]{0,12}|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT|.{0,8}") {
        midapi_fuzz::retry_after(text.as_bytes());
        midapi_fuzz::retry_after(&[b"\x80", text.as_bytes()].concat());
    }

    #[test]
    fn tables_of_options_are_taken_or_refused(
        verb in 0_u8..5,
        answers: u8,
        // A name, a kind of value, and what it is made of.
        entries in vec((0_u8..16, 0_u8..8, vec(any::<u8>(), 8)), 0..4),
    ) {
        let entries = entries.into_iter().flat_map(|(name, kind, rest)| [vec![name, kind], rest].concat());
        midapi_fuzz::lua_options(&[verb, answers].into_iter().chain(entries).collect::<Vec<_>>());
    }

    #[test]
    fn scenario_files_are_read_or_refused(
        steps in vec(btree_map(select(vec![
            "state", "flag", "data", "code", "msg", "status", "html", "redirect", "raw", "reset", "huge", "gzip_bomb", "nested", "times",
            "for_duration_ms", "delay_ms", "byte_interval_ms", "http_status", "headers", "retry_after", "truncate_after", "content_encoding",
        ]).prop_map(str::to_owned), any_json(), 1..4), 0..4),
    ) {
        midapi_fuzz::scenario(json!({ "tasks": { "a": steps }, "unknown_ids": steps }).to_string().as_bytes());
    }

    #[test]
    fn specs_are_read_or_refused(place in 0.0..1.0, length in 0_usize..40, put in prop_oneof![Just(None), any_json().prop_map(|json| Some(json.to_string()))]) {
        midapi_fuzz::spec(&damaged(include_str!("../../../spec/midapi.yaml").to_owned(), place, length, put));
    }
}
