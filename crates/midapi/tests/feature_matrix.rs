//! The SDK with each set of features, in a program that also uses reqwest 0.12.
//!
//! Slow, since each row builds a program: `cargo test -p midapi --test feature_matrix -- --ignored`. `.ci/run` runs it.
#![cfg(feature = "rustls")]

#[path = "support/tls.rs"]
mod tls;

use std::path::Path;
use std::process::Command;

use midapi_mock::success;
use midapi_testkit::{ID, server};
use tls::{Ca, https};

#[test]
#[ignore = "builds a program for each row, which takes minutes; .ci/run runs it"]
fn each_set_of_features_works() {
    let (ca, server) = (Ca::new(), server(success()));
    let https = format!("https://localhost:{}", https(&ca, "localhost", &server).port());
    let http = server.base_url();
    let ca_file = std::env::temp_dir().join(format!("midapi-features-{}.pem", std::process::id()));
    std::fs::write(&ca_file, ca.pem()).unwrap();
    let found = Ok(format!("{ID} success 200 OK\n"));
    let table = [
        ("rustls", &https, found.clone()),
        ("rustls,http2,blocking", &https, found.clone()),
        ("ring", &https, found.clone()),
        ("native-tls", &https, found.clone()),
        ("rustls,native-tls", &https, found.clone()),
        ("", &http, found),
        ("", &https, Err("enable the feature rustls or native-tls")),
        ("no-provider", &https, Err("rustls has no crypto provider")),
    ];
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (features, base_url, expected) in table {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["run", "--quiet", "--features", features, "--target-dir"]);
        cargo.arg(package.join("../../target/features")).args(["--", base_url]).arg(&ca_file).arg(ID);
        let output = cargo.current_dir(package.join("tests/features")).output().unwrap();
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        match expected {
            Ok(line) => assert_eq!(stdout, line, "{features}: {stderr}"),
            Err(words) => {
                assert!(!output.status.success() && stderr.contains(words), "{features}: {stderr}");
                assert!(!stderr.contains("panicked"), "{features}: {stderr}");
            }
        }
    }
    std::fs::remove_file(ca_file).unwrap();
}
