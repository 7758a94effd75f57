//! From the start of the command to its end, beside curl.

use std::process::{Command, Stdio};
use std::time::Instant;

use super::process::{CLIENT, Server, pinned};
use super::programs::{self, Programs};
use super::spread::Spread;
use super::{Measured, Wanted};

const RUNS: usize = 61;
const ID: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

pub(super) fn measure(wanted: &Wanted<'_>) -> Result<Vec<Measured>, String> {
    let midapi = programs::midapi(wanted.root)?;
    let programs = Programs::build(wanted.root)?;
    let (_server, base_url) = Server::start(programs.get("serve")?)?;
    let url = format!("{base_url}/api/v1/mj/record-info?taskId={ID}");
    let get: &[&str] = &["--base-url", &base_url, "get", ID];
    let headers = ["-H", "Authorization: Bearer made-up", "-H", "Content-Type: application/json"];
    let curl: &[&str] = &[&["-s", "-f", &url], &headers[..]].concat();
    let mut measured = Vec::new();
    for (key, own, peer) in [("version", &["--version"][..], &["--version"][..]), ("get", get, curl)] {
        let key = format!("start-up/{key}");
        if !wanted.row(&key) {
            continue;
        }
        let (mut own_times, mut ratios) = (Vec::new(), Vec::new());
        let mut curl_is_here = true;
        for run in 0..=wanted.rounds(RUNS) {
            let mut command = pinned(CLIENT, &midapi);
            let own = milliseconds(command.args(own).env("MIDAPI_API_KEY", "made-up"))?;
            let peer = milliseconds(pinned(CLIENT, "curl").args(peer));
            // The first fills caches.
            if run == 0 {
                continue;
            }
            own_times.push(own);
            match peer {
                Ok(peer) => ratios.push(own / peer),
                Err(_) => curl_is_here = false,
            }
        }
        let own = Spread::of(own_times);
        let beside = if curl_is_here { Spread::of(ratios).to_string() } else { String::new() };
        measured.push(Measured::new(key, format!("{own} ms")).beside(beside, Some(own.median)));
    }
    Ok(measured)
}

fn milliseconds(command: &mut Command) -> Result<f64, String> {
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let took = start.elapsed().as_secs_f64() * 1e3;
    match status {
        Ok(status) if status.success() => Ok(took),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?} cannot be run: {error}")),
    }
}
