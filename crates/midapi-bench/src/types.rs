//! Hand-written types of the response. They have only the documented fields, and are decoded with plain `serde_json`.

#![allow(missing_docs, reason = "the names of the API")]

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Envelope {
    pub code: i64,
    pub msg: Option<String>,
    pub data: Option<Record>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    pub task_id: Option<String>,
    pub task_type: Option<String>,
    pub success_flag: Option<i64>,
    pub param_json: Option<String>,
    pub create_time: Option<i64>,
    pub complete_time: Option<i64>,
    pub result_info_json: Option<Results>,
    pub error_code: Option<i64>,
    pub error_message: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Results {
    pub result_urls: Vec<ResultUrl>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultUrl {
    pub result_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Params {
    pub aspect_ratio: Option<String>,
    pub call_back_url: Option<String>,
    pub enable_translation: Option<bool>,
    pub file_url: Option<String>,
    pub file_urls: Option<Vec<String>>,
    pub motion: Option<String>,
    pub ow: Option<i64>,
    pub prompt: Option<String>,
    pub speed: Option<String>,
    pub stylization: Option<i64>,
    pub task_type: Option<String>,
    pub variety: Option<i64>,
    pub version: Option<String>,
    pub video_batch_size: Option<i64>,
    pub water_mark: Option<String>,
    pub weirdness: Option<i64>,
}

/// Reads a response and checks that the task has its four results.
pub fn read_response(body: &[u8]) -> Envelope {
    let envelope: Envelope = serde_json::from_slice(body).unwrap();
    let results = envelope.data.as_ref().and_then(|record| record.result_info_json.as_ref()).unwrap();
    assert_eq!((envelope.code, results.result_urls.len()), (200, 4));
    envelope
}
