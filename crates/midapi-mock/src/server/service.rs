//! The responses to all requests: routing, authorization, then the scenario of the id.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};

use crate::response::body::Body;
use crate::response::result_files::ResultFiles;
use crate::response::task_data::RenderContext;
use crate::response::{PreparedResponse, render_step};
use crate::scenario::by_id::ScenarioTable;
use crate::scenario::constructors::{code, status};
use crate::scenario::step::Step;
use crate::server::active_requests::ActiveRequests;
use crate::server::connection::ConnectionFault;
use crate::server::request_log::RequestLog;
use crate::server::routes::{Route, Routes};

/// The path of the lookup, relative to the prefix.
const LOOKUP_PATH: &str = "/api/v1/mj/record-info";
/// The size limit of logged request bodies. A larger body is logged as empty.
const MAX_REQUEST_BODY: usize = 1 << 20;

/// The settings of a server, except its address.
pub(crate) struct ServiceConfig {
    pub(crate) prefix: String,
    pub(crate) api_key: Option<String>,
    pub(crate) gzip: bool,
    pub(crate) log: bool,
    pub(crate) scenarios: ScenarioTable,
    pub(crate) routes: Vec<Route>,
    pub(crate) file_size: usize,
}

/// The state that all connections share.
pub(crate) struct Service {
    pub(crate) base_url: String,
    pub(crate) log: RequestLog,
    pub(crate) active: Arc<ActiveRequests>,
    pub(crate) routes: Routes,
    lookup_path: String,
    result_file_prefix: String,
    api_key: Option<String>,
    gzip: bool,
    scenarios: Mutex<ScenarioTable>,
    result_files: ResultFiles,
    unauthorized: Arc<PreparedResponse>,
    unknown_path: Arc<PreparedResponse>,
    wrong_method: Arc<PreparedResponse>,
    missing_id: Arc<PreparedResponse>,
}

/// The error that makes hyper close a connection without a response.
#[derive(Debug)]
pub(crate) struct ResetRequested;

impl fmt::Display for ResetRequested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the scenario resets the connection")
    }
}

impl Error for ResetRequested {}

impl Service {
    pub(crate) fn new(base_url: String, config: ServiceConfig) -> Self {
        let render = |step: &Step| {
            Arc::new(render_step(step, &RenderContext { id: "", base_url: "", created: 0, completed: 0 }))
        };
        let lookup_path = format!("{}{LOOKUP_PATH}", config.prefix);
        Self {
            base_url,
            log: RequestLog::new(config.log),
            active: Arc::default(),
            result_file_prefix: format!("{}/m/", config.prefix),
            api_key: config.api_key,
            gzip: config.gzip,
            scenarios: Mutex::new(config.scenarios),
            routes: Routes::new(&config.prefix, config.routes),
            result_files: ResultFiles::new(config.file_size),
            unauthorized: Arc::new(PreparedResponse::unauthorized()),
            unknown_path: render(&code(404, format!("No such path; the lookup is {lookup_path}")).http_status(404)),
            wrong_method: render(&status(405).header("allow", "GET")),
            missing_id: render(&code(422, "taskId is required")),
            lookup_path,
        }
    }

    pub(crate) fn scenarios(&self) -> MutexGuard<'_, ScenarioTable> {
        self.scenarios.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the response to a request, after the delay of its step.
    ///
    /// # Errors
    /// [`ResetRequested`] if the step resets the connection.
    pub(crate) async fn handle_request<B>(
        self: Arc<Self>,
        fault: Arc<ConnectionFault>,
        request: Request<B>,
    ) -> Result<Response<Body>, ResetRequested>
    where
        B: hyper::body::Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let active = self.active.begin();
        let (head, body) = request.into_parts();
        // A lookup has no body; a body that a client sends anyway is not read.
        let body = if self.routes.has_operation(&head.method, head.uri.path()) {
            let collected = Limited::new(body, MAX_REQUEST_BODY).collect().await;
            collected.map(|collected| collected.to_bytes().to_vec()).unwrap_or_default()
        } else {
            Vec::new()
        };
        let response = self.choose_response(&head, body);
        if !response.delay.is_zero() {
            tokio::time::sleep(response.delay).await;
        }
        if response.reset {
            fault.reset();
            return Err(ResetRequested);
        }
        Ok(response.build(&head, self.gzip, &fault, active))
    }

    /// Logs a request and chooses its response. The checks have the same order as in the real gateway: path, method,
    /// key, id.
    fn choose_response(&self, head: &Parts, body: Vec<u8>) -> Arc<PreparedResponse> {
        let id = parse_task_id(head);
        self.log.record(head, id.as_deref(), body);
        let path = head.uri.path();
        if self.routes.has_operation(&head.method, path) {
            if !self.is_authorized(&head.headers) {
                return Arc::clone(&self.unauthorized);
            }
            let response = self.routes.next_response(&head.method, path, &self.base_url);
            return response.unwrap_or_else(|| Arc::clone(&self.unknown_path));
        }
        if path != self.lookup_path {
            return self.choose_file(&head.method, path);
        }
        if head.method != Method::GET {
            return Arc::clone(&self.wrong_method);
        }
        if !self.is_authorized(&head.headers) {
            return Arc::clone(&self.unauthorized);
        }
        let Some(id) = id.filter(|id| !id.is_empty()) else { return Arc::clone(&self.missing_id) };
        self.scenarios().next_response(&id, &self.base_url).unwrap_or_else(|| Arc::clone(&self.unknown_path))
    }

    /// Chooses the response for a path that is not an operation. Result files require no key.
    fn choose_file(&self, method: &Method, path: &str) -> Arc<PreparedResponse> {
        let is_read = [Method::GET, Method::HEAD].contains(method);
        let scenario = is_read.then(|| self.routes.next_file(path, &self.base_url)).flatten();
        let default = || path.strip_prefix(&self.result_file_prefix).and_then(|name| self.result_files.find(name));
        match scenario.or_else(default) {
            Some(_) if !is_read => Arc::clone(&self.wrong_method),
            Some(file) => file,
            None => Arc::clone(&self.unknown_path),
        }
    }

    /// Whether the request has the right key and content type.
    fn is_authorized(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(AUTHORIZATION).and_then(|value| value.split_once(' '));
        let key = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map_or("", |(_, key)| key.trim());
        let is_key_right = self.api_key.as_ref().map_or(!key.is_empty(), |expected| expected == key);
        let media_type = text(CONTENT_TYPE).and_then(|value| value.split(';').next()).unwrap_or_default();
        is_key_right && media_type.trim().eq_ignore_ascii_case("application/json")
    }
}

fn parse_task_id(head: &Parts) -> Option<Cow<'_, str>> {
    let pairs = form_urlencoded::parse(head.uri.query()?.as_bytes());
    pairs.into_iter().find(|(name, _)| name == "taskId").map(|(_, value)| value)
}
