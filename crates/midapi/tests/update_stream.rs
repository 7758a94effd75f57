//! The update stream of a wait, and the grace period for tasks that are not visible yet.

use futures_util::StreamExt;
use midapi::clock::ManualClock;
use midapi::{ErrorKind, Update};
use midapi_mock::{failed, generating, html, not_found, success};
use midapi_testkit::{ID, builder, client, seconds, server};

#[tokio::test]
async fn stream_yields_every_kind_of_update() {
    let server = server(generating().then(html(502)).then(generating()).then(failed()));
    let updates = client(&server).wait(ID).stream();
    let received: Vec<_> = updates
        .map(|update| match update {
            Update::Changed(task) => format!("changed: {}", task.status()),
            Update::PollFailed(error) => format!("failed poll: {}", error.kind()),
            Update::Finished(Ok(task)) => format!("finished: {}", task.status()),
            Update::Finished(Err(error)) => format!("finished: {}", error.kind()),
            _ => "other".into(),
        })
        .collect()
        .await;
    assert_eq!(received, ["changed: generating", "failed poll: server", "changed: failed", "finished: task_failed"]);
}

#[tokio::test]
async fn updates_arrive_before_the_sleep() {
    let server = server(generating().then(success()));
    let clock = ManualClock::new();
    let mut updates = builder(&server, &clock).build().unwrap().wait(ID).stream();
    assert!(matches!(updates.next().await, Some(Update::Changed(_))));
    assert_eq!(clock.sleeps().len(), 0);
}

#[tokio::test]
async fn finished_streams_can_be_polled_again() {
    let server = server(success());
    let client = client(&server);
    let (mut updates, mut results) = (client.wait(ID).stream(), client.get_all([ID]).stream());
    assert_eq!((updates.by_ref().count().await, results.by_ref().count().await), (2, 1));
    for _ in 0..2 {
        assert!(updates.next().await.is_none() && results.next().await.is_none());
    }
}

#[tokio::test]
async fn invalid_id_ends_the_stream() {
    let server = server(success());
    let received: Vec<_> = client(&server).wait("").stream().collect().await;
    assert!(
        matches!(&received[..], [Update::Finished(Err(error))] if error.kind() == ErrorKind::Usage),
        "{received:?}"
    );
}

#[tokio::test]
async fn not_found_grace_delays_the_error() {
    let scenario = || not_found().times(2).then(success());
    let without_grace = server(scenario());
    assert_eq!(client(&without_grace).wait(ID).await.unwrap_err().kind(), ErrorKind::NotFound);

    let with_grace = server(scenario());
    assert!(client(&with_grace).wait(ID).not_found_grace(seconds(20)).await.is_ok());

    let unknown = server(not_found());
    let error = client(&unknown).wait(ID).not_found_grace(seconds(20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!((2..=5).contains(&unknown.request_count(ID)), "{} requests", unknown.request_count(ID));
}
