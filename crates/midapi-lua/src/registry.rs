//! What scripts can call, with which options: registered, checked and documented from here.

#![cfg_attr(not(feature = "meta"), allow(dead_code, reason = "the words are for the definitions"))]

/// A function of scripts.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// How a script calls it, for messages.
    pub(crate) call: &'static str,
    pub(crate) takes: Takes,
    /// The class of its options in the definitions.
    pub(crate) class: &'static str,
    pub(crate) options: &'static [Opt],
    pub(crate) doc: &'static [&'static str],
}

/// What a function takes before its options.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    Id,
    Ids,
}

/// An option.
#[derive(Clone, Copy)]
pub(crate) struct Opt {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) doc: &'static str,
}

/// What an option's value has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Flag,
    /// Seconds, with a fraction or not.
    Seconds,
    /// A positive number.
    Rate,
    /// A whole number from this one on.
    Count(u32),
    /// A function that is given a task.
    OnTask,
}

const fn opt(name: &'static str, kind: Kind, doc: &'static str) -> Opt {
    Opt { name, kind, doc }
}

const RETRIES: Opt = opt("retries", Kind::Count(0), "How often a failed attempt is made again; 4 unless given.");
const GET_TIMEOUT: Opt = opt("timeout", Kind::Seconds, "Seconds for all attempts at one id together; 60 unless given.");
const WAIT_TIMEOUT: Opt = opt("timeout", Kind::Seconds, "Seconds until an id's deadline; 900 unless given.");
const INTERVAL: Opt =
    opt("interval", Kind::Seconds, "Seconds between looks; unless given, 5 growing by a quarter each time up to 30.");
const FIRST_DELAY: Opt = opt("first_delay", Kind::Seconds, "Seconds before the first look; none unless given.");
const ON_UPDATE: Opt = opt("on_update", Kind::OnTask, "Called at every change of a task's state, the final one too.");
const MAX_IN_FLIGHT: Opt =
    opt("max_in_flight", Kind::Count(1), "Look-ups under way at once, at the most; 32 unless given.");
const RATE: Opt = opt("rate", Kind::Rate, "Look-ups a second, at the most; no limit unless given.");
const FAIL_FAST: Opt = opt("fail_fast", Kind::Flag, "End at the first failure; off unless given.");

/// `midapi.client`.
pub(crate) static CLIENT: Entry = Entry {
    name: "client",
    call: "midapi.client",
    takes: Takes::Nothing,
    class: "midapi.ClientOptions",
    options: &[
        opt("api_key", Kind::Text, "The key; that of MIDAPI_API_KEY, or of the host, unless given."),
        opt("base_url", Kind::Text, "Where the API is; that of MIDAPI_BASE_URL, or of the host, unless given."),
        opt(
            "timeout",
            Kind::Seconds,
            "For its `get` and `get_all`: seconds for all attempts at one id together; 60 unless given.",
        ),
        opt(
            "retries",
            Kind::Count(0),
            "For its `get` and `get_all`: how often a failed attempt is made again; 4 unless given.",
        ),
    ],
    doc: &["A client. `nil, err` if it cannot be made, for want of a key for example."],
};

/// `client:get`.
pub(crate) static GET: Entry = Entry {
    name: "get",
    call: "client:get",
    takes: Takes::Id,
    class: "midapi.GetOptions",
    options: &[GET_TIMEOUT, RETRIES],
    doc: &[
        "Looks a task up, once if all goes well, and again while that makes sense.",
        "A task that has failed is a successful look-up: see its `status`.",
    ],
};

/// `client:wait`.
pub(crate) static WAIT: Entry = Entry {
    name: "wait",
    call: "client:wait",
    takes: Takes::Id,
    class: "midapi.WaitOptions",
    options: &[WAIT_TIMEOUT, INTERVAL, FIRST_DELAY, ON_UPDATE],
    doc: &[
        "Waits until a task is done. The first look is made at once, the last one at the deadline.",
        "`nil, err` when the task has failed (`err.kind` is \"task_failed\", `err.task` the task) or the time ran out",
        "(\"deadline\": it may still finish, so wait again).",
    ],
};

/// `client:get_all`.
pub(crate) static GET_ALL: Entry = Entry {
    name: "get_all",
    call: "client:get_all",
    takes: Takes::Ids,
    class: "midapi.GetAllOptions",
    options: &[GET_TIMEOUT, RETRIES, MAX_IN_FLIGHT, RATE],
    doc: &[
        "Looks many tasks up, side by side, and hands each over as it comes: `for id, task, err in client:get_all(ids) do`.",
        "It asks only while the script is in the iterator: leaving the loop ends the traffic.",
    ],
};

/// `client:wait_all`.
pub(crate) static WAIT_ALL: Entry = Entry {
    name: "wait_all",
    call: "client:wait_all",
    takes: Takes::Ids,
    class: "midapi.WaitAllOptions",
    options: &[WAIT_TIMEOUT, INTERVAL, FIRST_DELAY, MAX_IN_FLIGHT, RATE, FAIL_FAST, ON_UPDATE],
    doc: &[
        "Waits for many tasks, side by side, and hands each over as it ends: `for id, task, err in client:wait_all(ids) do`.",
        "It asks only while the script is in the iterator: leaving the loop ends the traffic.",
    ],
};

/// The methods of a client.
pub(crate) static METHODS: [&Entry; 4] = [&GET, &WAIT, &GET_ALL, &WAIT_ALL];
