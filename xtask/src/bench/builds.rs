//! What the SDK costs those who depend on it: a tiny program built from nothing, beside the same with reqwest alone.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::{Measured, Wanted};
use crate::bench::programs::cargo;

/// A set of features.
pub(super) struct Set {
    pub(super) key: &'static str,
    pub(super) what: &'static str,
    /// The set that it is held against, by its name.
    peer: &'static str,
    dependencies: &'static str,
    main: &'static str,
}

const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt\"] }";
const BY_REQWEST: &str = "#[tokio::main(flavor = \"current_thread\")]
async fn main() {
    let answer = reqwest::Client::new().get(\"https://api.midapi.ai\").bearer_auth(\"k\").send().await;
    println!(\"{:?}\", answer.unwrap().json::<serde_json::Value>().await);
}
";
const BY_SDK: &str = "#[tokio::main(flavor = \"current_thread\")]
async fn main() {
    println!(\"{:?}\", midapi::Client::from_env().unwrap().get(\"an-id\").await);
}
";
const BLOCKING: &str = "fn main() {
    println!(\"{:?}\", midapi::blocking::Client::from_env().unwrap().get(\"an-id\").call());
}
";

pub(super) const SETS: [Set; 5] = [
    Set {
        key: "builds/reqwest",
        what: "clean build, crates, stripped binary: reqwest with rustls and json",
        peer: "builds/reqwest",
        dependencies: "reqwest = { version = \"0.13\", default-features = false, features = [\"json\", \"rustls\"] }\nserde_json = \"1\"",
        main: BY_REQWEST,
    },
    Set {
        key: "builds/default",
        what: "the SDK with defaults",
        peer: "builds/reqwest",
        dependencies: "midapi = { path = \"ROOT/crates/midapi\" }",
        main: BY_SDK,
    },
    Set {
        key: "builds/blocking",
        what: "the SDK with defaults and blocking",
        peer: "builds/reqwest",
        dependencies: "midapi = { path = \"ROOT/crates/midapi\", features = [\"blocking\"] }",
        main: BLOCKING,
    },
    Set {
        key: "builds/reqwest-no-tls",
        what: "reqwest with json, without TLS",
        peer: "builds/reqwest-no-tls",
        dependencies: "reqwest = { version = \"0.13\", default-features = false, features = [\"json\"] }\nserde_json = \"1\"",
        main: BY_REQWEST,
    },
    Set {
        key: "builds/no-tls",
        what: "the SDK without TLS",
        peer: "builds/reqwest-no-tls",
        dependencies: "midapi = { path = \"ROOT/crates/midapi\", default-features = false }",
        main: BY_SDK,
    },
];

/// What a build came to.
struct Built {
    key: &'static str,
    seconds: f64,
    crates: usize,
    mebibytes: f64,
}

pub(super) fn measure(wanted: &Wanted<'_>) -> Result<Vec<Measured>, String> {
    let is_peer = |key| SETS.iter().any(|set| set.peer == key && wanted.row(set.key));
    let mut built: Vec<Built> = Vec::new();
    let mut measured = Vec::new();
    for set in SETS.iter().filter(|set| wanted.row(set.key) || is_peer(set.key)) {
        built.push(build(wanted.root, set)?);
    }
    // The peers too, whoever asked for them: only builds of one run can be compared.
    for set in &SETS {
        let of = |key| built.iter().find(|built| built.key == key);
        let (Some(own), Some(peer)) = (of(set.key), of(set.peer)) else { continue };
        let figure = format!("{:.0} s, {} crates, {:.1} MiB", own.seconds, own.crates, own.mebibytes);
        let beside = format!(
            "{:.2}, {:+}, {:.2}",
            own.seconds / peer.seconds,
            own.crates.cast_signed() - peer.crates.cast_signed(),
            own.mebibytes / peer.mebibytes
        );
        measured.push(Measured::new(set.key, figure).beside(beside, None));
    }
    Ok(measured)
}

fn build(root: &Path, set: &Set) -> Result<Built, String> {
    let folder = root.join("target/bench").join(set.key);
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::create_dir_all(folder.join("src")).map_err(failed)?;
    let dependencies = set.dependencies.replace("ROOT", &root.display().to_string());
    let manifest = format!(
        "[package]\nname = \"tiny\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n{TOKIO}\n\n\
         [profile.release]\nstrip = true\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).map_err(failed)?;
    fs::write(folder.join("src/main.rs"), set.main).map_err(failed)?;
    // The same versions, which are here already.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).map_err(failed)?;
    let start = Instant::now();
    let mut command = cargo(&folder);
    command.args(["build", "--release", "--offline", "--target-dir", "target"]);
    let output = command.env_remove("RUSTFLAGS").output().map_err(failed)?;
    let seconds = start.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{} does not build:\n{said}", set.key));
    }
    // All but the tiny one.
    let crates = said.lines().filter(|line| line.trim_start().starts_with("Compiling")).count() - 1;
    let program = format!("target/release/tiny{}", std::env::consts::EXE_SUFFIX);
    let bytes = fs::metadata(folder.join(program)).map_err(failed)?.len();
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    Ok(Built { key: set.key, seconds, crates, mebibytes })
}
