//! The schemas by file name.

use midapi::wire::types::RecordInfoResponse;
use midapi::{Error, Params, Task};
use serde_json::{Map, Value, json};

/// All schemas, each with a comment that names its source.
pub(crate) fn schemas() -> Map<String, Value> {
    let all = [
        ("task.json", "midapi::Task", schemars::schema_for!(Task)),
        ("failure.json", "midapi::Error", schemars::schema_for!(Error)),
        ("params.json", "midapi::Params", schemars::schema_for!(Params)),
        (
            "record-info-response.json",
            "midapi_client::types::RecordInfoResponse",
            schemars::schema_for!(RecordInfoResponse),
        ),
    ];
    let commented = all.map(|(file, of, mut schema)| {
        let comment = format!("Made by `cargo xtask regenerate` from the Rust type {of}. Do not edit.");
        schema.insert("$comment".to_owned(), json!(comment));
        (file.to_owned(), schema.to_value())
    });
    commented.into_iter().collect()
}
