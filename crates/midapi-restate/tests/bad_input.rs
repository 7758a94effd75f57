//! Wrong addresses, servers and accounts: clear errors.

mod support;

use midapi::ErrorKind;
use midapi_mock::{MockServer, success};
use midapi_restate::{AccountChange, Admin, Ingress, WaitOptions, Worker};

use support::{RestateServer, account, client, id, start_worker};

#[tokio::test(flavor = "multi_thread")]
async fn unknown_addresses_are_connection_errors() {
    let nowhere = format!("http://127.0.0.1:{}", support::free_port());
    let ingress = Ingress::new(&nowhere).unwrap();
    let (default, cat) = (account("default"), id("cat"));
    let errors = [
        ingress.submit(&default, &cat, &WaitOptions::default()).await.unwrap_err(),
        ingress.wait(&default, &cat, None).await.unwrap_err(),
        ingress.account(&default).await.unwrap_err(),
        Admin::new(&nowhere).unwrap().register("http://127.0.0.1:9080", false).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(error.message().contains(&nowhere) && error.message().contains("refused"), "{error}");
    }
    for url in ["", "127.0.0.1:8080", "ftp://example.com", "http://", "http://example.com/?a=b"] {
        assert_eq!(Ingress::new(url).err().map(|error| error.kind()), Some(ErrorKind::Config), "{url}");
    }
}

/// Older Restate servers also respond to the paths of the ingress with 404, like the mock server of this test.
#[tokio::test(flavor = "multi_thread")]
async fn other_servers_are_configuration_errors() {
    let other = MockServer::start().unwrap();
    let url = other.base_url();
    let ingress = Ingress::new(&url).unwrap();
    let (default, cat) = (account("default"), id("cat"));
    let errors = [
        ingress.submit(&default, &cat, &WaitOptions::default()).await.unwrap_err(),
        ingress.wait(&default, &cat, None).await.unwrap_err(),
        ingress.configure(&default, AccountChange { resume: true, ..AccountChange::default() }).await.unwrap_err(),
        Admin::new(&url).unwrap().register("http://127.0.0.1:9080", false).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.message().contains("Restate 1.7 or newer"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_explain_what_is_missing() {
    let Some(server) = RestateServer::start().await else { return };
    let (ingress, default, cat) = (server.ingress(), account("default"), id("cat"));
    for error in [
        ingress.submit(&default, &cat, &WaitOptions::default()).await.unwrap_err(),
        ingress.account(&default).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.message().contains("no worker is registered"), "{error}");
    }
    // The addresses of the ingress and the admin API are swapped.
    let error = Admin::new(&server.ingress_url).unwrap().register("http://127.0.0.1:9080", false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    let swapped = Ingress::new(&server.admin_url).unwrap();
    let error = swapped.submit(&default, &cat, &WaitOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    // There is no worker at the address.
    let nowhere = format!("http://127.0.0.1:{}", support::free_port());
    let error = Admin::new(&server.admin_url).unwrap().register(&nowhere, false).await.unwrap_err();
    assert!(error.message().contains(&nowhere), "{error}");

    let mock = MockServer::builder().fallback(success()).start().unwrap();
    server.register(&start_worker(Worker::new(client(&mock))).await).await;
    let error = ingress.account(&account("unknown")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().starts_with("account unknown not found"), "{error}");
    let error = ingress.wait(&account("unknown"), &cat, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let wrong = WaitOptions::default().then("no handler");
    assert_eq!(ingress.submit(&default, &cat, &wrong).await.unwrap_err().kind(), ErrorKind::Usage);
    let change = AccountChange { rate: Some(-1.0), ..AccountChange::default() };
    assert_eq!(ingress.configure(&default, change).await.unwrap_err().kind(), ErrorKind::Usage);
}
