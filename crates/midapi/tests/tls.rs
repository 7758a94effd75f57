//! HTTPS with a CA of our own, and proxies. The same for both TLS libraries: see `.ci/run`.
#![cfg(any(feature = "rustls", feature = "native-tls"))]

#[path = "support/tls.rs"]
mod tls;

use std::error::Error as _;
use std::net::SocketAddr;

use midapi::{Client, ClientBuilder, Error, ErrorKind};
use midapi_mock::{MockServer, success};
use midapi_testkit::{ID, KEY, server};
use tls::{Ca, closed_proxy, https, proxy};

fn builder(base_url: &str) -> ClientBuilder {
    Client::builder().api_key(KEY).base_url(base_url).max_retries(0).no_proxy()
}

fn at(address: SocketAddr) -> String {
    format!("https://localhost:{}", address.port())
}

async fn refused(builder: ClientBuilder, server: &MockServer, why: &str) -> Error {
    let error = builder.build().unwrap().get(ID).await.expect_err(why);
    assert_eq!(error.kind(), ErrorKind::Transport, "{why}: {error}");
    assert_eq!(server.requests().len(), 0, "{why}: the key was sent");
    error
}

/// All causes of an error, in words.
fn causes(error: &Error) -> String {
    let mut words = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}{error}; ");
        cause = error.source();
    }
    words
}

#[tokio::test]
async fn a_ca_that_was_named_is_trusted() {
    let (ca, server) = (Ca::new(), server(success()));
    let base_url = at(https(&ca, "localhost", &server));
    let bundle = format!("what stands around is no matter\n{}{}", Ca::new().pem(), ca.pem());
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
async fn an_unknown_ca_is_not_and_the_key_stays_here() {
    let (ca, server) = (Ca::new(), server(success()));
    let base_url = at(https(&ca, "localhost", &server));
    for builder in [builder(&base_url), builder(&base_url).root_certificates_pem(Ca::new().pem())] {
        let error = refused(builder, &server, "another CA").await;
        assert!(error.message().contains("is not trusted"), "{error}");
        assert_eq!(error.reason(), Some(midapi::Reason::UntrustedCertificate), "{error}");
        assert!(causes(&error).contains("certificate"), "{}", causes(&error));
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let (ca, server) = (Ca::new(), server(success()));
    let base_url = at(https(&ca, "elsewhere.example", &server));
    let error = refused(builder(&base_url).root_certificates_pem(ca.pem()), &server, "another name").await;
    assert!(
        error.message().contains(if cfg!(feature = "rustls") { "another name" } else { "is not trusted" }),
        "{error}; {}",
        causes(&error)
    );
}

#[tokio::test]
async fn plain_http_behind_an_https_url_is_no_way_around() {
    let server = server(success());
    let error = refused(builder(&at(server.addr())), &server, "no TLS").await;
    assert!(error.message().starts_with("no connection"), "{error}");
}

#[tokio::test]
async fn a_proxy_leads_to_the_server_and_does_not_see_the_key() {
    let (ca, server) = (Ca::new(), server(success()));
    let (address, heard) = proxy(https(&ca, "api.example", &server));
    let client = builder("https://api.example").root_certificates_pem(ca.pem());
    let client = client.proxy(format!("http://somebody:hunter2@{address}")).build().unwrap();
    client.get(ID).await.unwrap();
    let heard = heard.text();
    assert!(heard.starts_with("CONNECT api.example:443 HTTP/1.1\r\n"), "{heard}");
    assert!(heard.to_lowercase().contains("proxy-authorization: basic c29tzwjvzhk6ahvudgvymg=="), "{heard}");
    for secret in [KEY, "authorization: Bearer", ID] {
        assert!(!heard.contains(secret), "{secret}: {heard}");
    }
    assert_eq!(server.request_count(ID), 1);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_as_the_reason() {
    let server = server(success());
    let client = builder("https://api.example").proxy(format!("http://somebody:hunter2@{}", closed_proxy()));
    let error = refused(client, &server, "407").await;
    assert!(error.message().contains("proxy"), "{error}; {}", causes(&error));
    let printed = format!("{error:?} {}", causes(&error));
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[tokio::test]
async fn on_this_machine_a_proxy_that_was_named_is_used_for_plain_http() {
    let server = server(success());
    let (address, heard) = proxy(server.addr());
    let client = builder(&server.base_url()).proxy(format!("http://{address}")).build().unwrap();
    client.get(ID).await.unwrap();
    assert!(heard.text().starts_with(&format!("GET {}/api/v1/mj/record-info", server.base_url())), "{}", heard.text());
}

#[test]
fn what_cannot_be_trusted_or_asked_through_is_refused() {
    let https = "https://api.example";
    let table: [(&str, ClientBuilder, &str); 10] = [
        ("no PEM", builder(https).root_certificates_pem("hello"), "PEM"),
        ("nothing", builder(https).root_certificates_pem(""), "PEM"),
        (
            "PEM of nothing",
            builder(https).root_certificates_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "",
        ),
        ("no file", builder(https).root_certificates_file("/no/such/file"), "/no/such/file"),
        ("not a URL", builder(https).proxy("hunter2@:"), "must start with http://"),
        ("no scheme", builder(https).proxy("proxy.example:3128"), "must start with http://"),
        ("another scheme", builder(https).proxy("socks5://somebody:hunter2@proxy.example"), "must start with http://"),
        (
            "this machine through another",
            builder("http://127.0.0.1:1").proxy("http://proxy.example"),
            "another machine",
        ),
        ("the same with TLS", builder("https://localhost:1").proxy("http://proxy.example"), "another machine"),
        (
            "plain http through another",
            builder("http://gateway.internal").allow_insecure_http("gateway.internal").proxy("http://proxy.example"),
            "would see the API key",
        ),
    ];
    for (why, builder, words) in table {
        let error = builder.build().expect_err(why);
        assert_eq!(error.kind(), ErrorKind::Config, "{why}: {error}");
        let printed = format!("{error} {error:?} {}", causes(&error));
        assert!(error.message().contains(words) && !printed.contains("hunter2"), "{why}: {printed}");
    }
    let both = builder("http://gateway.internal").allow_insecure_http("gateway.internal");
    assert!(both.allow_insecure_http("proxy.example").proxy("http://proxy.example").build().is_ok(), "allowed by name");
}
