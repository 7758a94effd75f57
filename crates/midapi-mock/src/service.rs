//! From a request to what is answered.

use crate::body::Body;
use crate::log::Log;
use crate::pictures::Pictures;
use crate::render::{Rendered, render};
use crate::routes::Routes;
use crate::task::RenderContext;
use crate::tasks::Tasks;
use crate::wire::ConnectionFault;
use crate::{LOOK_UP, Step, answers, gzip};
use http_body_util::{BodyExt, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The largest body of a request that is kept; of a larger one nothing is.
const LARGEST_BODY: usize = 1 << 20;

/// What all connections share.
pub(crate) struct Service {
    pub(crate) base_url: String,
    pub(crate) log: Log,
    look_up: String,
    pictures_below: String,
    key: Option<String>,
    gzip: bool,
    tasks: Mutex<Tasks>,
    routes: Routes,
    pictures: Pictures,
    no_access: Arc<Rendered>,
    no_path: Arc<Rendered>,
    no_method: Arc<Rendered>,
    no_id: Arc<Rendered>,
}

/// The request is not answered: the connection is reset.
#[derive(Debug)]
pub(crate) struct Unanswered;

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is reset on purpose")
    }
}

impl std::error::Error for Unanswered {}

impl Service {
    pub(crate) fn new(
        base_url: String,
        prefix: &str,
        key: Option<String>,
        gzip: bool,
        log: bool,
        tasks: Tasks,
        routes: Routes,
    ) -> Self {
        let fixed =
            |step: &Step| Arc::new(render(step, &RenderContext { id: "", base_url: "", created: 0, completed: 0 }));
        Self {
            look_up: format!("{prefix}{LOOK_UP}"),
            pictures_below: format!("{prefix}/m/"),
            log: Log::new(log),
            tasks: Mutex::new(tasks),
            routes,
            pictures: Pictures::new(),
            no_access: Arc::new(Rendered::no_access()),
            no_path: fixed(
                &answers::code(404, format!("No such path; the look-up is {prefix}{LOOK_UP}")).http_status(404),
            ),
            no_method: fixed(&answers::status(405).header("allow", "GET")),
            no_id: fixed(&answers::code(422, "taskId is required")),
            base_url,
            key,
            gzip,
        }
    }

    pub(crate) fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request, or resets its connection.
    pub(crate) async fn serve<B>(
        self: Arc<Self>,
        fate: Arc<ConnectionFault>,
        request: Request<B>,
    ) -> Result<Response<Body>, Unanswered>
    where
        B: hyper::body::Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        // A look-up has no body; what a client sends with it all the same is not waited for.
        let sent = if self.routes.knows(&head.method, head.uri.path()) {
            let whole = Limited::new(body, LARGEST_BODY).collect().await;
            whole.map(|whole| whole.to_bytes().to_vec()).unwrap_or_default()
        } else {
            Vec::new()
        };
        let answer = self.judge(&head, sent);
        if !answer.delay.is_zero() {
            tokio::time::sleep(answer.delay).await;
        }
        if answer.reset {
            fate.reset();
            return Err(Unanswered);
        }
        Ok(answer.response(self.gzip && gzip::accepted(&head.headers), &fate))
    }

    /// In the order of the real gateway: where to, how, who, what.
    fn judge(&self, head: &Parts, sent: Vec<u8>) -> Arc<Rendered> {
        let id = task_id(head);
        self.log.note(head, id.as_deref(), sent);
        let path = head.uri.path();
        if self.routes.knows(&head.method, path) {
            if !self.is_authorized(&head.headers) {
                return Arc::clone(&self.no_access);
            }
            let answer = self.routes.answer(&head.method, path, &self.base_url);
            return answer.unwrap_or_else(|| Arc::clone(&self.no_path));
        }
        if path != self.look_up {
            let picture = path.strip_prefix(&self.pictures_below).and_then(|file| self.pictures.named(file));
            return match picture {
                Some(_) if head.method != Method::GET && head.method != Method::HEAD => Arc::clone(&self.no_method),
                Some(picture) => picture,
                None => Arc::clone(&self.no_path),
            };
        }
        if head.method != Method::GET {
            return Arc::clone(&self.no_method);
        }
        if !self.is_authorized(&head.headers) {
            return Arc::clone(&self.no_access);
        }
        let Some(id) = id.filter(|id| !id.is_empty()) else { return Arc::clone(&self.no_id) };
        self.tasks().look(&id, &self.base_url).unwrap_or_else(|| Arc::clone(&self.no_path))
    }

    fn is_authorized(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(AUTHORIZATION).and_then(|value| value.split_once(' '));
        let key = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map_or("", |(_, key)| key.trim());
        let good_key = self.key.as_ref().map_or(!key.is_empty(), |only| only == key);
        let media_type = text(CONTENT_TYPE).and_then(|value| value.split(';').next()).unwrap_or_default();
        good_key && media_type.trim().eq_ignore_ascii_case("application/json")
    }
}

fn task_id(head: &Parts) -> Option<Cow<'_, str>> {
    let pairs = form_urlencoded::parse(head.uri.query()?.as_bytes());
    pairs.into_iter().find(|(name, _)| name == "taskId").map(|(_, value)| value)
}
