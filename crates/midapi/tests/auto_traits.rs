//! The types that can be sent to and shared with other threads: a part of the public API that no signature shows.

use midapi::poll::{AdaptiveInterval, Decision, PollState, WaitPolicy};
use midapi::{ApiKey, Backoff, Call, Client, ClientBuilder, Error, Get, GetAll, RawResponse, RequestLimit, Response};
use midapi::{ResultStream, RetryEvent, Task, TaskId, Update, UpdateStream, Wait, WaitAll};

const fn is_send<T: Send>() {}
const fn is_shared<T: Send + Sync + Unpin>() {}

#[test]
fn values_can_be_shared_between_threads() {
    is_shared::<Client>();
    is_shared::<ClientBuilder>();
    is_shared::<(ApiKey, Backoff, RequestLimit, TaskId)>();
    is_shared::<(Task, Error, Update, RawResponse, Response<Task>, RetryEvent<'_>)>();
    is_shared::<(PollState, WaitPolicy, Decision, AdaptiveInterval)>();
    #[cfg(feature = "blocking")]
    is_shared::<midapi::blocking::Client>();
}

#[test]
fn calls_can_be_sent_to_another_thread() {
    is_send::<(Get, Wait, GetAll, WaitAll, Call<'_, Task>)>();
    is_send::<(ResultStream, UpdateStream)>();
    is_send::<(<Get as IntoFuture>::IntoFuture, <Wait as IntoFuture>::IntoFuture)>();
    #[cfg(feature = "blocking")]
    is_send::<(midapi::blocking::Get, midapi::blocking::GetAll, midapi::blocking::Items<Task>)>();
}
