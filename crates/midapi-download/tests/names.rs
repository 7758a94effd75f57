//! Properties of names: for any prompt and template, the path is inside the directory and valid on every file system.

mod support;

use std::collections::HashSet;
use std::sync::LazyLock;

use midapi::{Client, Task};
use midapi_download::{Downloader, Template};
use midapi_testkit::check_path;
use proptest::prelude::*;

/// A client for all tests. Each new client would read the certificates of the system again.
static CLIENT: LazyLock<Client> = LazyLock::new(|| Client::new("example-key").expect("the key is valid"));

fn task(id: &str, prompt: &str) -> Task {
    let params = serde_json::json!({ "prompt": prompt, "speed": prompt }).to_string();
    let urls: Vec<_> = (0..4).map(|n| format!("https://files.example/{n}.jpeg")).collect();
    let json = serde_json::json!({
        "id": id, "status": "success", "success_flag": 1, "param_json": params, "result_urls": urls,
    });
    serde_json::from_value(json).expect("the task is valid")
}

/// Texts that are likely to break names.
fn text() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "..",
        "/",
        "\\",
        "~",
        "-",
        ".",
        " ",
        "\n",
        "\0",
        "CON",
        "nul",
        "com1",
        "LPT9",
        "\u{202e}",
        "\u{200b}",
        "e\u{301}",
        "é",
        "猫",
        "🐈\u{200d}⬛",
        "%",
        "$",
        "`",
        "{",
        "}",
        ":",
        "a",
        "B",
        "ß",
        "\u{1b}[2J",
        "\u{e000}",
        "\u{feff}",
        "\u{ffff}",
        "\u{130}",
    ]);
    prop_oneof![
        prop::collection::vec(parts, 0..40).prop_map(|parts| parts.concat()),
        any::<String>(),
        "[a-zA-Z ]{0,400}",
    ]
}

fn template() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "{id}",
        "{id8}",
        "{n}",
        "{ext}",
        "{date}",
        "{time}",
        "{type}",
        "{speed}",
        "{prompt}",
        "{unknown}",
        "/",
        ".",
        "-",
        " ",
        "x",
        "{{",
        "}}",
        "~",
        "CON",
        "..",
    ]);
    prop::collection::vec(parts, 1..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn paths_are_valid_and_inside(id in "[a-zA-Z0-9./ ~-]{1,256}", prompt in text(), template in template()) {
        let Ok(template) = template.parse::<Template>() else { return Ok(()) };
        let outcome = Downloader::new(&CLIENT, "pictures").name(template).preview(&task(&id, &prompt));
        for path in support::paths(&outcome) {
            check_path(&path);
        }
    }

    #[test]
    fn templates_never_panic(template in any::<String>()) {
        drop(template.parse::<Template>());
    }
}

proptest! {
    // Each case writes files.
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn saved_names_are_unique(prompts in prop::collection::vec(text(), 1..4), template in template()) {
        let Ok(template) = template.parse::<Template>() else { return Ok(()) };
        let server = support::server();
        let client = support::client(&server);
        let directory = tempfile::tempdir().expect("a directory");
        let downloader = Downloader::new(&client, directory.path()).name(template);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the runtime starts");
        let mut paths = Vec::new();
        for (index, prompt) in prompts.iter().enumerate() {
            let mut json = serde_json::to_value(task(&format!("t{index}"), prompt)).expect("a task serializes");
            let urls: Vec<_> = (0..4).map(|n| format!("{}/m/a_0_{n}.jpeg", server.base_url())).collect();
            json["result_urls"] = urls.into();
            let task: Task = serde_json::from_value(json).expect("the task is valid");
            let outcome = runtime.block_on(downloader.download(&task));
            prop_assert!(outcome.first_error().is_none(), "{outcome:?}");
            paths.extend(support::paths(&outcome));
        }
        for path in &paths {
            check_path(path);
        }
        let folded: HashSet<_> = paths.iter().map(|path| path.to_uppercase().to_lowercase()).collect();
        prop_assert_eq!(folded.len(), prompts.len() * 4, "{:?}", paths);
        prop_assert_eq!(support::files(directory.path()).len(), paths.len());
    }
}
