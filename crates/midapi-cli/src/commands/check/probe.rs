//! `midapi check --probe`: records responses that settle open questions about the API. The API key, cookies and
//! callback URLs are removed; prompts are not.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use midapi::http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderName, SET_COOKIE};
use midapi::http::request::Request;
use midapi::{Client, RawResponse, Transport, TransportFuture, reqwest};

use crate::output::format_duration;
use crate::output::sanitized::Sanitized;
use crate::output::terminal::{OutputError, print, print_stderr};
use crate::record::redact::{Redaction, redact_body};

/// The largest recorded body, in bytes.
const MAX_BODY_BYTES: usize = 1 << 20;

/// A well-formed id that belongs to no task.
const UNKNOWN: &str = "00000000000000000000000000000000";

/// A request of the probe.
struct Case {
    /// The name of the recording.
    name: String,
    description: &'static str,
    id: String,
    /// A header that is removed from the request.
    without: Option<HeaderName>,
    has_wrong_key: bool,
}

/// Returns the requests of the probe: six with ids that no task has, and one for each of the user's tasks (`ids`).
fn cases(ids: &[String]) -> Vec<Case> {
    let case = |name: &str, description, id: &str| Case {
        name: name.to_owned(),
        description,
        id: id.to_owned(),
        without: None,
        has_wrong_key: false,
    };
    let mut cases = vec![
        case("unknown-id", "a well-formed id that belongs to no task", UNKNOWN),
        case("malformed-id", "a malformed id", "?"),
        case("long-id", "an id of 256 bytes", &"0".repeat(256)),
        Case { without: Some(CONTENT_TYPE), ..case("no-content-type", "no Content-Type header", UNKNOWN) },
        Case { without: Some(AUTHORIZATION), ..case("no-key", "no API key", UNKNOWN) },
        Case { has_wrong_key: true, ..case("wrong-key", "a wrong API key", UNKNOWN) },
    ];
    cases.extend(ids.iter().enumerate().map(|(index, id)| case(&format!("task-{}", index + 1), "a task of yours", id)));
    cases
}

/// Sends the requests one after the other, and writes each body and a summary.
pub(super) async fn run(client: &Client, dir: &Path, ids: &[String]) -> Result<u8, OutputError> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        print_stderr(format_args!("error: cannot {what}: {error}"));
        1
    };
    if let Err(error) = fs::create_dir_all(dir) {
        return Ok(failed(&format!("create {}", dir.display()), &error));
    }
    let mut summary =
        String::from("Responses recorded by midapi check --probe, without the API key, cookies and callback URLs.\n");
    for case in cases(ids) {
        let start = Instant::now();
        let response = match send(client, &case).await {
            Ok(response) => response,
            Err(error) => return Ok(failed(&format!("record {}", case.name), &error)),
        };
        let elapsed = format_duration(start.elapsed());
        let redact = |text: &str| client.redact(text);
        let body = redact_body(response.body(), Redaction { prompt: false }, &redact);
        let (file, body) = match body {
            Some(json) => (format!("{}.json", case.name), json),
            None => (format!("{}.txt", case.name), redact(&String::from_utf8_lossy(response.body())).into_bytes()),
        };
        if let Err(error) = fs::write(dir.join(&file), body) {
            return Ok(failed(&format!("write {}", dir.join(&file).display()), &error));
        }
        let status = response.http_status();
        let _ = write!(summary, "\n{file}: {}\nHTTP {status} after {elapsed}\n", case.description);
        for (name, value) in response.headers().iter().filter(|(name, _)| *name != SET_COOKIE) {
            let _ = writeln!(summary, "{name}: {}", redact(&String::from_utf8_lossy(value.as_bytes())));
        }
        print(format_args!("{file:<22}  HTTP {status}  {}", Sanitized(case.description)))?;
    }
    if let Err(error) = fs::write(dir.join("summary.txt"), summary) {
        return Ok(failed(&format!("write {}", dir.join("summary.txt").display()), &error));
    }
    print(format_args!("recorded in {}; docs/recording.md explains each recording", dir.display()))?;
    Ok(0)
}

async fn send(client: &Client, case: &Case) -> Result<RawResponse, midapi::Error> {
    let http = client.http_client_builder()?.build().map_err(|error| {
        midapi::Error::new(midapi::ErrorKind::Config, "the HTTP client cannot be built").with_source(error)
    })?;
    let builder = client.to_builder().transport(ProbeTransport { http, without: case.without.clone() });
    let builder = if case.has_wrong_key { builder.api_key("midapi-probe-wrong-key") } else { builder };
    match builder.max_retries(0).build()?.get(&case.id).await {
        Ok(task) => task.raw().cloned().ok_or_else(|| midapi::Error::new(midapi::ErrorKind::Decode, "no response")),
        Err(error) => error.raw().cloned().ok_or(error),
    }
}

/// A transport that does not follow redirects. It removes `Accept-Encoding` from each request, and also the header
/// named in the field `without`, if any.
#[derive(Debug)]
struct ProbeTransport {
    http: reqwest::Client,
    without: Option<HeaderName>,
}

impl Transport for ProbeTransport {
    fn execute(&self, mut request: Request<bytes::Bytes>) -> TransportFuture {
        let headers = request.headers_mut();
        headers.remove(ACCEPT_ENCODING);
        if let Some(name) = &self.without {
            headers.remove(name);
        }
        let http = self.http.clone();
        Box::pin(async move {
            let mut response =
                http.execute(reqwest::Request::try_from(request)?).await.map_err(reqwest::Error::without_url)?;
            let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
                body.extend_from_slice(&chunk[..chunk.len().min(MAX_BODY_BYTES - body.len())]);
                if body.len() == MAX_BODY_BYTES {
                    break;
                }
            }
            let empty = RawResponse::new(status, body);
            Ok(headers.iter().fold(empty, |response, (name, value)| response.with_header(name.clone(), value.clone())))
        })
    }
}
