//! The table of the Lua functions and their options. Registration, argument checks and documentation are derived from
//! this table.

#![cfg_attr(not(feature = "meta"), allow(dead_code, reason = "the documentation is used by the definitions"))]

/// A function that scripts can call.
pub(crate) struct ApiFunction {
    pub(crate) name: &'static str,
    /// The name with the object or module before it, such as `client:get` or `midapi.client`.
    pub(crate) call: &'static str,
    pub(crate) subject: Subject,
    /// The type and the name of the result in the Lua definitions. A function for many ids returns an iterator over ids
    /// and results of this type.
    pub(crate) returns: (&'static str, &'static str),
    /// The name of the class of the options in the Lua definitions.
    pub(crate) options_class: &'static str,
    pub(crate) options: &'static [ApiOption],
    pub(crate) doc: &'static [&'static str],
}

impl ApiFunction {
    /// The position of the options among the arguments, from 1. In a method call, the client (`self`) is not
    /// counted.
    pub(crate) fn options_position(&self) -> usize {
        if self.subject == Subject::None { 1 } else { 2 }
    }
}

/// The kind of argument that a function takes before its options.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    None,
    Id,
    IdOrTask,
    Ids,
}

/// An option of a function.
#[derive(Clone, Copy)]
pub(crate) struct ApiOption {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) doc: &'static str,
}

/// The kind of an option's value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Flag,
    /// A number of seconds, or text such as `1h30m`.
    Duration,
    /// A positive number.
    Rate,
    /// An integer of at least `min`.
    Count {
        min: u32,
    },
    /// A function that takes a task.
    Callback,
}

const fn option(name: &'static str, kind: Kind, doc: &'static str) -> ApiOption {
    ApiOption { name, kind, doc }
}

const MAX_RETRIES: ApiOption =
    option("max_retries", Kind::Count { min: 0 }, "Maximum number of retries. Defaults to 4.");
const GET_TIMEOUT: ApiOption =
    option("timeout", Kind::Duration, "Total timeout for one id, including retries. Defaults to 60 s.");
const WAIT_TIMEOUT: ApiOption =
    option("timeout", Kind::Duration, "Timeout of the wait for one id, from its first poll. Defaults to 15 minutes.");
const INTERVAL: ApiOption = option(
    "interval",
    Kind::Duration,
    "Fixed time between two polls of an id. Without it, the time grows from 5 s by 25 % with each poll, up to 30 s.",
);
const FIRST_DELAY: ApiOption = option("first_delay", Kind::Duration, "Delay before the first poll. Defaults to 0 s.");
const ON_UPDATE: ApiOption = option(
    "on_update",
    Kind::Callback,
    "Called with the task whenever its status changes, including the change to the final status.",
);
const MAX_IN_FLIGHT: ApiOption =
    option("max_in_flight", Kind::Count { min: 1 }, "Maximum number of concurrent requests. Defaults to 32.");
const RATE: ApiOption = option("rate", Kind::Rate, "Maximum number of requests per second. Defaults to no limit.");
const FAIL_FAST: ApiOption = option("fail_fast", Kind::Flag, "Stop at the first failure. Defaults to false.");

/// The function `midapi.client`.
pub(crate) static CLIENT: ApiFunction = ApiFunction {
    name: "client",
    call: "midapi.client",
    subject: Subject::None,
    returns: ("midapi.Client", "client"),
    options_class: "midapi.ClientOptions",
    options: &[
        option(
            "api_key",
            Kind::Text,
            "The API key. Defaults to the API key of the host program. If the host has none, or if `base_url` is set, \
             the default is MIDAPI_API_KEY.",
        ),
        option(
            "base_url",
            Kind::Text,
            "The base URL. Defaults to the base URL of the host program. Without one, defaults to MIDAPI_BASE_URL.",
        ),
        option(
            "timeout",
            Kind::Duration,
            "Total timeout for one id in `get` and `get_all`, including retries. Defaults to 60 s.",
        ),
        option(
            "max_retries",
            Kind::Count { min: 0 },
            "Maximum number of retries in `get` and `get_all`. Defaults to 4.",
        ),
    ],
    doc: &["Creates a client. Returns `nil, err` if the API key is missing or a setting is invalid."],
};

/// The method `client:get`.
pub(crate) static GET: ApiFunction = ApiFunction {
    name: "get",
    call: "client:get",
    subject: Subject::Id,
    returns: ("midapi.Task", "task"),
    options_class: "midapi.GetOptions",
    options: &[GET_TIMEOUT, MAX_RETRIES],
    doc: &[
        "Requests a task once. Retries transient failures.",
        "Also returns a task that has failed: its `status` is then \"failed\" or \"generation_failed\".",
    ],
};

/// The method `client:wait`.
pub(crate) static WAIT: ApiFunction = ApiFunction {
    name: "wait",
    call: "client:wait",
    subject: Subject::Id,
    returns: ("midapi.Task", "task"),
    options_class: "midapi.WaitOptions",
    options: &[WAIT_TIMEOUT, INTERVAL, FIRST_DELAY, ON_UPDATE],
    doc: &[
        "Waits until a task is final. Polls immediately, then at the interval, and once more at the deadline.",
        "Returns `nil, err` if the task failed or the timeout expired. For a failed task, `err.kind` is",
        "\"task_failed\" and `err.task` is the task. After the timeout, `err.kind` is \"deadline\": the task may still",
        "finish, so wait again with the same id.",
    ],
};

/// The method `client:get_all`.
pub(crate) static GET_ALL: ApiFunction = ApiFunction {
    name: "get_all",
    call: "client:get_all",
    subject: Subject::Ids,
    returns: ("midapi.Task", "task"),
    options_class: "midapi.GetAllOptions",
    options: &[GET_TIMEOUT, MAX_RETRIES, MAX_IN_FLIGHT, RATE],
    doc: &[
        "Requests many tasks concurrently and iterates over the results as they arrive:",
        "`for id, task, err in client:get_all(ids) do`.",
        "Sends requests only while the loop waits for the next result. Leaving the loop stops them.",
    ],
};

/// The method `client:wait_all`.
pub(crate) static WAIT_ALL: ApiFunction = ApiFunction {
    name: "wait_all",
    call: "client:wait_all",
    subject: Subject::Ids,
    returns: ("midapi.Task", "task"),
    options_class: "midapi.WaitAllOptions",
    options: &[WAIT_TIMEOUT, INTERVAL, FIRST_DELAY, MAX_IN_FLIGHT, RATE, FAIL_FAST, ON_UPDATE],
    doc: &[
        "Waits for many tasks concurrently and iterates over the results as they arrive:",
        "`for id, task, err in client:wait_all(ids) do`.",
        "Sends requests only while the loop waits for the next result. Leaving the loop stops them.",
    ],
};

#[cfg(feature = "download")]
const TO: ApiOption = option(
    "to",
    Kind::Text,
    "The directory for the files. Defaults to `midapi-results`, or in a sandbox to the directory that the host allows.",
);
#[cfg(feature = "download")]
const NAME: ApiOption =
    option("name", Kind::Text, "The template of file names. Defaults to `{date}/{prompt}-{id8}-{n}.{ext}`.");
#[cfg(feature = "download")]
const WAIT_FIRST: ApiOption = option("wait", Kind::Flag, "Wait until the task is final. Defaults to false.");
#[cfg(feature = "download")]
const DOWNLOAD_TIMEOUT: ApiOption = option(
    "timeout",
    Kind::Duration,
    "Timeout of the requests for one task, not of its file downloads. Defaults to 60 s, or to 15 minutes with `wait`.",
);
#[cfg(feature = "download")]
const DOWNLOAD_MAX_RETRIES: ApiOption = option(
    "max_retries",
    Kind::Count { min: 0 },
    "Maximum number of retries of the request for a task. Cannot be combined with `wait`. Defaults to 4.",
);
#[cfg(feature = "download")]
const DOWNLOAD_INTERVAL: ApiOption = option(
    "interval",
    Kind::Duration,
    "Fixed time between two polls of an id; requires `wait`. Defaults to the intervals of `client:wait`.",
);
#[cfg(feature = "download")]
const FILES_IN_FLIGHT: ApiOption = option(
    "max_in_flight",
    Kind::Count { min: 1 },
    "Maximum number of concurrent file downloads, and of concurrent requests. Defaults to 16 files and 32 requests.",
);

/// The method `client:download`.
#[cfg(feature = "download")]
pub(crate) static DOWNLOAD: ApiFunction = ApiFunction {
    name: "download",
    call: "client:download",
    subject: Subject::IdOrTask,
    returns: ("midapi.File[]", "files"),
    options_class: "midapi.DownloadOptions",
    options: &[TO, NAME, WAIT_FIRST, DOWNLOAD_TIMEOUT, DOWNLOAD_MAX_RETRIES, DOWNLOAD_INTERVAL, FILES_IN_FLIGHT],
    doc: &[
        "Saves the result files of a task and returns them as a list. Verifies each file, gives it a safe name, and does",
        "not save a file twice.",
        "Sends no request if all files are recorded in the directory and unchanged. Otherwise it requests the task again,",
        "even if a task was passed: only the `id` of that task is used.",
        "Returns `nil, err` if a file could not be saved or the task has no files (`err.kind` is \"not_finished\" or",
        "\"task_failed\"). Saved files are kept. If at least one file was saved or existed before, `err.files` lists",
        "all files.",
    ],
};

/// The method `client:download_all`.
#[cfg(feature = "download")]
pub(crate) static DOWNLOAD_ALL: ApiFunction = ApiFunction {
    name: "download_all",
    call: "client:download_all",
    subject: Subject::Ids,
    returns: ("midapi.File[]", "files"),
    options_class: "midapi.DownloadAllOptions",
    options: &[TO, NAME, WAIT_FIRST, DOWNLOAD_TIMEOUT, DOWNLOAD_MAX_RETRIES, DOWNLOAD_INTERVAL, FILES_IN_FLIGHT, RATE],
    doc: &[
        "Saves the result files of many tasks concurrently and iterates over the results as they arrive:",
        "`for id, files, err in client:download_all(ids, { to = \"pictures\", wait = true }) do`.",
        "Sends requests only while the loop waits for the next result. Leaving the loop stops them, and unfinished files",
        "are removed. If the disk is full or read-only, `err` says so, and the loop ends early.",
    ],
};

/// The methods of a client.
pub(crate) static METHODS: &[&ApiFunction] = &[
    &GET,
    &WAIT,
    &GET_ALL,
    &WAIT_ALL,
    #[cfg(feature = "download")]
    &DOWNLOAD,
    #[cfg(feature = "download")]
    &DOWNLOAD_ALL,
];
