//! A wait as a stream, and the grace for tasks that are not known yet.

use futures_util::StreamExt;
use midapi::clock::ManualClock;
use midapi::{ErrorKind, Update};
use midapi_mock::{failed, generating, html, not_found, success};
use midapi_testkit::{ID, builder, client, seconds, server};

#[tokio::test]
async fn a_stream_tells_changes_failed_looks_and_the_end() {
    let server = server(generating().then(html(502)).then(generating()).then(failed()));
    let updates = client(&server).wait(ID).stream();
    let told: Vec<_> = updates
        .map(|update| match update {
            Update::Changed(task) => format!("changed: {}", task.status()),
            Update::PollFailed(error) => format!("failed look: {}", error.kind()),
            Update::Finished(Ok(task)) => format!("ended: {}", task.status()),
            Update::Finished(Err(error)) => format!("ended: {}", error.kind()),
            _ => "else".into(),
        })
        .collect()
        .await;
    assert_eq!(told, ["changed: generating", "failed look: server", "changed: failed", "ended: task_failed"]);
}

#[tokio::test]
async fn a_change_is_handed_over_before_the_sleep() {
    let server = server(generating().then(success()));
    let clock = ManualClock::new();
    let mut updates = builder(&server, &clock).build().unwrap().wait(ID).stream();
    assert!(matches!(updates.next().await, Some(Update::Changed(_))));
    assert_eq!(clock.sleeps().len(), 0);
}

#[tokio::test]
async fn a_bad_id_ends_the_stream_at_once() {
    let server = server(success());
    let told: Vec<_> = client(&server).wait("").stream().collect().await;
    assert!(matches!(&told[..], [Update::Finished(Err(error))] if error.kind() == ErrorKind::Usage), "{told:?}");
}

#[tokio::test]
async fn no_such_task_is_believed_at_once_unless_grace_is_asked_for() {
    let scenario = || not_found().times(2).then(success());
    let strict = server(scenario());
    assert_eq!(client(&strict).wait(ID).await.unwrap_err().kind(), ErrorKind::NotFound);

    let kind = server(scenario());
    assert!(client(&kind).wait(ID).not_found_grace(seconds(20)).await.is_ok());

    let short = server(not_found());
    let error = client(&short).wait(ID).not_found_grace(seconds(20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!((2..=5).contains(&short.request_count(ID)), "{} looks", short.request_count(ID));
}
