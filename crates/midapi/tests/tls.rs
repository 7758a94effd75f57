//! HTTPS with a private CA, and proxies. `.ci/run` runs the tests with both TLS libraries.
#![cfg(any(feature = "rustls", feature = "native-tls"))]

#[path = "support/tls.rs"]
mod tls;

use std::error::Error as _;
use std::net::SocketAddr;

use midapi::{Client, ClientBuilder, Error, ErrorKind};
use midapi_mock::{MockServer, success};
use midapi_testkit::{ID, KEY, server};
use tls::{Ca, https, proxy, rejecting_proxy};

fn builder(base_url: &str) -> ClientBuilder {
    Client::builder().api_key(KEY).base_url(base_url).max_retries(0).no_proxy()
}

fn https_url(address: SocketAddr) -> String {
    format!("https://localhost:{}", address.port())
}

async fn expect_rejection(builder: ClientBuilder, server: &MockServer, why: &str) -> Error {
    let error = builder.build().unwrap().get(ID).await.expect_err(why);
    assert_eq!(error.kind(), ErrorKind::Transport, "{why}: {error}");
    assert_eq!(server.requests().len(), 0, "{why}: the key was sent");
    error
}

/// The messages of all causes of an error.
fn causes(error: &Error) -> String {
    let mut messages = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        messages = format!("{messages}{error}; ");
        cause = error.source();
    }
    messages
}

#[tokio::test]
async fn trusts_configured_certificates() {
    let (ca, server) = (Ca::new(), server(success()));
    let base_url = https_url(https(&ca, "localhost", &server));
    let bundle = format!("text outside of certificates is ignored\n{}{}", Ca::new().pem(), ca.pem());
    let file = std::env::temp_dir().join(format!("midapi-ca-{}.pem", std::process::id()));
    std::fs::write(&file, ca.pem()).unwrap();
    for builder in [
        builder(&base_url).root_certificates_pem(ca.pem()),
        builder(&base_url).root_certificates_pem(bundle),
        builder(&base_url).root_certificates_pem(Ca::new().pem()).root_certificates_pem(ca.pem()),
        builder(&base_url).root_certificates_file(&file),
    ] {
        assert_eq!(builder.build().unwrap().get(ID).await.unwrap().result_urls().len(), 4);
    }
    std::fs::remove_file(file).unwrap();
    assert_eq!(server.requests()[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
}

#[tokio::test]
async fn unknown_ca_receives_no_key() {
    let (ca, server) = (Ca::new(), server(success()));
    let base_url = https_url(https(&ca, "localhost", &server));
    for builder in [builder(&base_url), builder(&base_url).root_certificates_pem(Ca::new().pem())] {
        let error = expect_rejection(builder, &server, "an unknown CA").await;
        assert!(error.message().contains("is not trusted"), "{error}");
        assert_eq!(error.reason(), Some(midapi::Reason::UntrustedCertificate), "{error}");
        assert!(causes(&error).contains("certificate"), "{}", causes(&error));
    }
}

#[tokio::test]
async fn rejects_certificates_for_other_names() {
    let (ca, server) = (Ca::new(), server(success()));
    let base_url = https_url(https(&ca, "elsewhere.example", &server));
    let error =
        expect_rejection(builder(&base_url).root_certificates_pem(ca.pem()), &server, "a certificate for another name")
            .await;
    assert!(
        error.message().contains(if cfg!(feature = "rustls") { "another name" } else { "is not trusted" }),
        "{error}; {}",
        causes(&error)
    );
}

#[tokio::test]
async fn rejects_plain_http_at_https_url() {
    let server = server(success());
    let error = expect_rejection(builder(&https_url(server.addr())), &server, "no TLS").await;
    assert!(error.message().starts_with("no connection"), "{error}");
}

#[tokio::test]
async fn proxy_does_not_see_the_key() {
    let (ca, server) = (Ca::new(), server(success()));
    let (address, recorded) = proxy(https(&ca, "api.example", &server));
    let client = builder("https://api.example").root_certificates_pem(ca.pem());
    let client = client.proxy(format!("http://user:hunter2@{address}")).build().unwrap();
    client.get(ID).await.unwrap();
    let recorded = recorded.text();
    assert!(recorded.starts_with("CONNECT api.example:443 HTTP/1.1\r\n"), "{recorded}");
    assert!(recorded.to_lowercase().contains("proxy-authorization: basic dxnlcjpodw50zxiy"), "{recorded}");
    for secret in [KEY, "authorization: Bearer", ID] {
        assert!(!recorded.contains(secret), "{secret}: {recorded}");
    }
    assert_eq!(server.request_count(ID), 1);
}

#[tokio::test]
async fn error_names_the_rejecting_proxy() {
    let server = server(success());
    let client = builder("https://api.example").proxy(format!("http://user:hunter2@{}", rejecting_proxy()));
    let error = expect_rejection(client, &server, "407").await;
    assert!(error.message().contains("proxy"), "{error}; {}", causes(&error));
    let printed = format!("{error:?} {}", causes(&error));
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[tokio::test]
async fn loopback_proxy_forwards_plain_http() {
    let server = server(success());
    let (address, recorded) = proxy(server.addr());
    let client = builder(&server.base_url()).proxy(format!("http://{address}")).build().unwrap();
    client.get(ID).await.unwrap();
    assert!(
        recorded.text().starts_with(&format!("GET {}/api/v1/mj/record-info", server.base_url())),
        "{}",
        recorded.text()
    );
}

#[test]
fn rejects_invalid_certificates_and_proxies() {
    let https = "https://api.example";
    let table: [(&str, ClientBuilder, &str); 10] = [
        ("text that is not PEM", builder(https).root_certificates_pem("hello"), "PEM"),
        ("no PEM", builder(https).root_certificates_pem(""), "PEM"),
        (
            "an empty certificate",
            builder(https).root_certificates_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "",
        ),
        ("a missing file", builder(https).root_certificates_file("/no/such/file"), "/no/such/file"),
        ("not a URL", builder(https).proxy("hunter2@:"), "must start with http://"),
        ("no scheme", builder(https).proxy("proxy.example:3128"), "must start with http://"),
        ("another scheme", builder(https).proxy("socks5://user:hunter2@proxy.example"), "must start with http://"),
        (
            "loopback through a remote proxy",
            builder("http://127.0.0.1:1").proxy("http://proxy.example"),
            "another machine",
        ),
        (
            "loopback with TLS through a remote proxy",
            builder("https://localhost:1").proxy("http://proxy.example"),
            "another machine",
        ),
        (
            "plain http through a remote proxy",
            builder("http://gateway.internal").allow_insecure_http("gateway.internal").proxy("http://proxy.example"),
            "would see the API key",
        ),
    ];
    for (why, builder, expected) in table {
        let error = builder.build().expect_err(why);
        assert_eq!(error.kind(), ErrorKind::Config, "{why}: {error}");
        let printed = format!("{error} {error:?} {}", causes(&error));
        assert!(error.message().contains(expected) && !printed.contains("hunter2"), "{why}: {printed}");
    }
    let allowed = builder("http://gateway.internal").allow_insecure_http("gateway.internal");
    assert!(
        allowed.allow_insecure_http("proxy.example").proxy("http://proxy.example").build().is_ok(),
        "the hosts are allowed by name"
    );
}
