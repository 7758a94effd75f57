//! One response of a finished task, read in several ways without network.

use divan::{Bencher, black_box};
use midapi::{Client, Params, RawResponse, Task};
use midapi_bench::transport::SimulatedTransport;
use midapi_bench::types::{self, read_response};
use midapi_bench::{BODY, ID};
use midapi_client::types::RecordInfoResponse;

use crate::runtime;

#[divan::bench(name = "response: hand-written types")]
fn read_handwritten_types() -> types::Envelope {
    read_response(black_box(BODY).as_bytes())
}

#[divan::bench(name = "response: generated types")]
fn read_generated_types() -> RecordInfoResponse {
    serde_json::from_str(black_box(BODY)).unwrap()
}

/// One `get` through a simulated transport.
#[divan::bench(name = "response: get, classified and converted to a Task")]
fn get_without_network(bencher: Bencher<'_, '_>) {
    let transport = SimulatedTransport::new(|| RawResponse::new(200, BODY));
    let client = Client::builder().api_key("example-key").transport(transport).build().unwrap();
    let runtime = runtime();
    bencher.bench_local(|| -> Task { runtime.block_on(client.get(ID).into_future()).unwrap() });
}

#[divan::bench(name = "paramJson: hand-written types")]
fn read_handwritten_params(bencher: Bencher<'_, '_>) {
    let text = param_json();
    bencher.bench_local(|| -> types::Params { serde_json::from_str(black_box(&text)).unwrap() });
}

#[divan::bench(name = "paramJson: Params")]
fn read_params(bencher: Bencher<'_, '_>) {
    let text = param_json();
    bencher.bench_local(|| -> Params { serde_json::from_str(black_box(&text)).unwrap() });
}

fn param_json() -> String {
    read_response(BODY.as_bytes()).data.unwrap().param_json.unwrap()
}
