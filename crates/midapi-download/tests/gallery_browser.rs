//! The gallery in Chromium, opened from the file system.

mod browser;

use std::fs;
use std::path::Path;

use midapi_download::write_gallery;
use midapi_mock::FileKind;
use serde_json::{Value, json};
use tempfile::TempDir;

use browser::Browser;

const HOSTILE_PROMPTS: [&str; 7] = [
    "<img src=x onerror=\"document.title='changed'\">",
    "</script><script>document.title='changed'</script>",
    "<!-- <script>",
    "line\u{2028}separator\u{2029}s, a null \0 and \u{1b}[31m",
    "override \u{202e}gpj.exe\u{202c} and isolate \u{2066}",
    "\"'`${1}&lt;b&gt; {{index}} \\u003c",
    "猫 🐈 قط",
];

/// Creates a directory with a record for each task, from its prompt and the paths of its files. The first task is the
/// latest.
fn directory<'a>(tasks: impl IntoIterator<Item = (&'a str, Vec<String>)>) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".midapi")).unwrap();
    for (index, (prompt, paths)) in tasks.into_iter().enumerate() {
        let time = jiff::Timestamp::from_second(1_772_366_400 - i64::try_from(index).unwrap()).unwrap();
        let params = json!({ "prompt": prompt, "speed": "fast", "version": "7", "aspectRatio": "3:4" });
        let file = |(n, path)| json!({ "n": n, "path": path, "bytes": 1, "sha256": "", "url": "https://example.com/x", "modified": time });
        let record = json!({
            "task": {
                "id": format!("4edb3c5f75e3f0aa5cc{index:013x}"), "task_type": "mj_txt2img", "success_flag": 1,
                "param_json": params.to_string(), "complete_time": time,
            },
            "files": (1..).zip(&paths).map(file).collect::<Vec<_>>(),
        });
        fs::write(directory.path().join(format!(".midapi/{index}.json")), record.to_string()).unwrap();
    }
    directory
}

/// Writes a picture or video to each path. The extension determines the type.
fn write_files(directory: &Path, paths: impl IntoIterator<Item = impl AsRef<str>>) {
    for path in paths {
        let kind = FileKind::ALL.into_iter().find(|kind| path.as_ref().ends_with(kind.extension())).unwrap();
        let path = directory.join(path.as_ref());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, kind.bytes(1_000, 0)).unwrap();
    }
}

/// A directory with one task per prompt, each with one picture.
fn directory_of(prompts: &[&str]) -> TempDir {
    let path = |index| format!("2026/{index}.jpeg");
    let directory = directory(prompts.iter().enumerate().map(|(index, prompt)| (*prompt, vec![path(index)])));
    write_files(directory.path(), (0..prompts.len()).map(path));
    directory
}

fn open(browser: &mut Browser, directory: &TempDir) {
    let gallery = write_gallery(directory.path()).unwrap();
    browser.open(&gallery.path);
}

/// Checks that the page has requested only local files and data URLs, and that the browser has reported no message or
/// error.
fn assert_quiet(browser: &mut Browser) {
    // After this round trip, all earlier events have arrived.
    browser.eval("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
    let foreign: Vec<_> =
        browser.requests.iter().filter(|url| !url.starts_with("file://") && !url.starts_with("data:")).collect();
    assert_eq!(foreign, Vec::<&String>::new());
    assert_eq!(browser.complaints, Vec::<String>::new());
}

/// True if the pictures in the window are loaded. Others may load later.
const ALL_LOADED: &str = "[...document.images].filter((image) => image.getBoundingClientRect().top < innerHeight)
    .every((image) => image.complete && image.naturalWidth > 0)";

#[test]
fn hostile_prompts_are_text() {
    let Some(mut browser) = Browser::start() else { return };
    let directory = directory_of(&HOSTILE_PROMPTS);
    open(&mut browser, &directory);
    browser.wait_for(ALL_LOADED);
    // JSON in a page keeps every character, U+0000 included.
    let prompts = browser.eval("[...document.querySelectorAll('.prompt')].map((element) => element.textContent)");
    assert_eq!(prompts, json!(HOSTILE_PROMPTS));
    assert_eq!(browser.eval("[...document.images].map((image) => image.alt)"), json!(HOSTILE_PROMPTS));
    for (index, prompt) in HOSTILE_PROMPTS.iter().enumerate() {
        browser.eval(&format!("document.querySelectorAll('#grid a')[{index}].click()"));
        assert_eq!(browser.eval("document.querySelector('#view-prompt').textContent"), *prompt);
        browser.press("Escape");
    }
    assert_eq!(browser.eval("[document.title, document.scripts.length]"), json!(["Gallery", 2]));
    assert_eq!(browser.eval("getComputedStyle(document.querySelector('.prompt')).unicodeBidi"), "isolate");
    assert_quiet(&mut browser);
}

#[test]
fn names_with_special_characters_load() {
    let Some(mut browser) = Browser::start() else { return };
    let names =
        ["a #1/100%25 sure? yes!.jpeg", "a #1/é 猫 'q' \"d\" &amp;.png", "javascript~alert(1)/x y+z.webp", "n.gif"];
    let directory = directory([("Names", names.map(str::to_owned).to_vec())]);
    write_files(directory.path(), names);
    open(&mut browser, &directory);
    browser.wait_for("document.images.length === 4");
    browser.wait_for(ALL_LOADED);
    assert_quiet(&mut browser);
}

#[test]
fn filter_matches_all_words() {
    let Some(mut browser) = Browser::start() else { return };
    let directory = directory_of(&["A Cat at dawn", "A dog at dawn", "ＣＡＴ in full width", "<b>cat</b>"]);
    open(&mut browser, &directory);
    assert_eq!(browser.eval("document.querySelector('#count').value"), "4 results");
    let table = [
        ("cat", 3, "3 of 4 results"),
        ("DAWN cat", 1, "1 of 4 results"),
        ("version 7 3:4 dog", 1, "1 of 4 results"),
        ("2026-03-01", 4, "4 of 4 results"),
        ("4edb3c5f75e3f0aa5cc0000000000002", 1, "1 of 4 results"),
        ("<b>", 1, "1 of 4 results"),
        ("bird", 0, "0 of 4 results"),
        ("", 4, "4 results"),
    ];
    for (text, shown, count) in table {
        let text = Value::from(text);
        browser.eval(&format!("filter.value = {text}; filter.dispatchEvent(new Event('input'))"));
        let state = "[document.querySelectorAll('#grid li').length, document.querySelector('#count').value]";
        assert_eq!(browser.eval(state), json!([shown, count]), "{text}");
        assert_eq!(browser.eval("document.querySelector('#empty').hidden"), shown > 0, "{text}");
    }
    assert_quiet(&mut browser);
}

#[test]
fn keyboard_moves_opens_and_closes() {
    let Some(mut browser) = Browser::start() else { return };
    let prompt = |index| if index % 10 == 5 { format!("Quartz {index}") } else { format!("Granite {index}") };
    let prompts: Vec<_> = (0..60).map(prompt).collect();
    let directory = directory_of(&prompts.iter().map(String::as_str).collect::<Vec<_>>());
    open(&mut browser, &directory);
    browser.wait_for(ALL_LOADED);
    // The window has four columns.
    let state = "(() => { const active = document.activeElement; const view = document.querySelector('#view');
        return active.id === 'filter' ? 'filter' : view.open ? 'view ' + document.querySelector('#view-prompt').textContent
            : active.querySelector?.('.prompt')?.textContent ?? 'body'; })()";
    let is_visible = "(() => { const box = document.activeElement.getBoundingClientRect();
        return box.top >= document.querySelector('header').offsetHeight && box.bottom <= innerHeight; })()";
    let table = [
        ("/", "filter"),
        ("q", "filter"),
        ("ArrowDown", "Quartz 5"),
        ("ArrowRight", "Quartz 15"),
        ("Enter", "view Quartz 15"),
        ("ArrowRight", "view Quartz 25"),
        ("ArrowLeft", "view Quartz 15"),
        ("Escape", "Quartz 15"),
        ("/", "filter"),
        ("~", "filter"),
        ("ArrowDown", "filter"),
    ];
    for (key, expected) in table {
        browser.press(key);
        browser.wait_for(&format!("{state} === {} /* {key} */", json!(expected)));
    }
    // The close event fires after the dialog has closed. It must leave the focus in the filter.
    browser.eval("filter.value = ''; filter.dispatchEvent(new Event('input'))");
    let focus_before_event = "(async () => { const view = document.querySelector('#view');
        const closed = new Promise((done) => view.addEventListener('close', done));
        view.showModal(); view.close(); filter.focus(); await closed; return document.activeElement.id; })()";
    assert_eq!(browser.eval(focus_before_event), "filter");
    browser.eval("document.activeElement.blur()");
    let moves = [
        ("ArrowRight", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 5),
        ("ArrowDown", 9),
        ("ArrowUp", 5),
        ("End", 59),
        ("ArrowRight", 59),
        ("ArrowUp", 55),
        ("Home", 0),
        ("ArrowLeft", 0),
    ];
    for (key, expected) in moves {
        browser.press(key);
        assert_eq!(browser.eval(state), prompt(expected), "{key}");
        assert_eq!(browser.eval(is_visible), true, "{key}: {expected}");
    }
    let focus = browser.eval("getComputedStyle(document.activeElement).outlineStyle");
    assert_eq!(focus, "solid", "the focus is visible");
    assert_quiet(&mut browser);
}

#[test]
fn videos_have_controls() {
    let Some(mut browser) = Browser::start() else { return };
    let names = ["a.mp4", "b.webm"];
    let directory = directory([("A sea", names.map(str::to_owned).to_vec())]);
    write_files(directory.path(), names);
    open(&mut browser, &directory);
    let state = "[...document.querySelectorAll('#grid video')].map((video) =>
        [decodeURI(video.src).split('/').pop(), video.getAttribute('aria-label'), video.controls])";
    assert_eq!(browser.eval(state), json!([["a.mp4", "A sea", false], ["b.webm", "A sea", false]]));
    browser.eval("document.querySelector('#grid a').click()");
    assert_eq!(browser.eval("document.querySelector('#stage video').controls"), true);
    assert_quiet(&mut browser);
}

#[test]
fn missing_file_is_marked() {
    let Some(mut browser) = Browser::start() else { return };
    let directory = directory_of(&["Gone", "There"]);
    fs::remove_file(directory.path().join("2026/0.jpeg")).unwrap();
    open(&mut browser, &directory);
    browser.wait_for("document.querySelectorAll('.missing').length === 1");
    assert_eq!(browser.eval("document.querySelector('#count').value"), "2 results");
    assert_eq!(browser.eval("document.querySelector('.missing img').alt"), "Gone");
}

#[test]
fn gallery_without_tasks_opens() {
    let Some(mut browser) = Browser::start() else { return };
    let directory = directory_of(&[]);
    open(&mut browser, &directory);
    let state = "[document.querySelector('#empty').textContent, document.querySelector('#count').value]";
    assert_eq!(browser.eval(state), json!(["No results yet.", "0 results"]));
    for key in ["ArrowDown", "Enter", "End", "/", "x"] {
        browser.press(key);
    }
    assert_eq!(browser.eval("document.querySelector('#view').open"), false);
    assert_quiet(&mut browser);
}

#[test]
fn policy_blocks_injected_content() {
    let Some(mut browser) = Browser::start() else { return };
    let directory = directory_of(&["A cat"]);
    open(&mut browser, &directory);
    browser.wait_for(ALL_LOADED);
    assert_quiet(&mut browser);
    let table = [
        (
            "script",
            "const s = document.createElement('script'); s.textContent = 'document.title = 1'; document.body.append(s)",
        ),
        ("handler", "document.body.setAttribute('onclick', 'document.title = 1'); document.body.click()"),
        (
            "style",
            "const s = document.createElement('style'); s.textContent = '* { color: red }'; document.body.append(s)",
        ),
        ("picture", "new Image().src = 'https://example.com/x.png'"),
        ("fetch", "fetch('https://example.com/').catch(() => {})"),
        (
            "frame",
            "const f = document.createElement('iframe'); f.src = 'https://example.com/'; document.body.append(f)",
        ),
    ];
    for (what, code) in table {
        browser.complaints.clear();
        browser.eval(&format!("(() => {{ {code} }})()"));
        browser.eval("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
        let complaints = std::mem::take(&mut browser.complaints).join("\n");
        assert!(complaints.contains("Content Security Policy"), "{what}: {complaints}");
        assert_eq!(browser.eval("document.title"), "Gallery", "{what}");
    }
}

#[test]
fn page_is_accessible_in_both_color_schemes() {
    let Some(mut browser) = Browser::start() else { return };
    let directory = directory_of(&["A cat", ""]);
    open(&mut browser, &directory);
    for scheme in ["light", "dark"] {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        browser.call("Emulation.setEmulatedMedia", &features);
        for (selector, background) in [
            (".prompt", "#grid a"),
            (".settings", "#grid a"),
            ("h1", "header"),
            ("#count", "header"),
            ("#filter", "#filter"),
            ("#view-prompt", "#view"),
            (".details", "#view"),
        ] {
            let text = color(&mut browser, selector, "color");
            let background = color(&mut browser, background, "backgroundColor");
            let contrast = contrast(text, background);
            assert!(contrast >= 4.5, "{scheme}: {selector} has a contrast of {contrast:.2}");
            assert_eq!(luminance(background) > 0.5, scheme == "light", "{scheme}: {selector}");
        }
    }
    let tree = browser.call("Accessibility.getFullAXTree", &json!({}));
    let nodes = tree["nodes"].as_array().unwrap();
    let has = |role: &str, name: &str| {
        nodes.iter().any(|node| node["role"]["value"] == role && node["name"]["value"] == name)
    };
    for (role, name) in [
        ("searchbox", "Filter"),
        ("list", "Results"),
        ("image", "A cat"),
        ("image", "No prompt"),
        ("heading", "Gallery"),
    ] {
        assert!(has(role, name), "no {role} {name:?} in {}", tree["nodes"]);
    }
    assert_quiet(&mut browser);
}

fn color(browser: &mut Browser, selector: &str, property: &str) -> [f64; 3] {
    let text = browser.eval(&format!("getComputedStyle(document.querySelector('{selector}')).{property}"));
    let numbers = text.as_str().unwrap().trim_start_matches("rgb(").trim_end_matches(')').split(", ");
    let numbers: Vec<f64> = numbers.map(|number| number.parse().unwrap()).collect();
    numbers.try_into().expect("an opaque color")
}

/// The relative luminance as defined by WCAG.
fn luminance(color: [f64; 3]) -> f64 {
    let linear = |value: f64| {
        let value = value / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = color.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    a.max(b) / a.min(b)
}

#[test]
fn ten_thousand_tasks_open_in_one_second() {
    let Some(mut browser) = Browser::start() else { return };
    let prompts: Vec<_> = (0..10_000)
        .map(|index| format!("A lighthouse {index} on a basalt cliff at dawn, long exposure, soft mist over the water, film grain, 35 mm"))
        .collect();
    let paths = |index: usize| {
        let name = prompts[index].replace([',', ' '], "-");
        (1..=4).map(|n| format!("2026-03-01/{name}-4edb3c5f-{index}-{n}.jpeg")).collect::<Vec<_>>()
    };
    let directory = directory(prompts.iter().enumerate().map(|(index, prompt)| (prompt.as_str(), paths(index))));
    write_files(directory.path(), (0..20).flat_map(paths));
    let gallery = write_gallery(directory.path()).unwrap();
    let size = fs::metadata(&gallery.path).unwrap().len();
    assert!(size <= 5 << 20, "{size} bytes");
    let loads = "performance.getEntriesByType('navigation')[0].loadEventEnd";
    let times = [(); 3].map(|()| {
        browser.open(&gallery.path);
        browser.wait_for(ALL_LOADED);
        browser.wait_for(&format!("{loads} > 0"));
        browser.eval(loads).as_f64().unwrap()
    });
    eprintln!("10,000 tasks: {size} bytes, opened in {times:.0?} ms");
    assert!(times.iter().any(|time| *time <= 1_000.0), "{times:?} ms");
    assert_eq!(browser.eval("document.querySelector('#count').value"), "40,000 results");
    assert_eq!(browser.eval("document.images[0].loading"), "lazy");
    let shown = browser.eval("document.querySelectorAll('#grid li').length").as_u64().unwrap();
    assert!((4..100).contains(&shown), "{shown} elements");
    // Positions stay in the order of the page while rows come and go.
    let order = "[...document.querySelectorAll('#grid li')].map((item) => Number(item.getAttribute('aria-posinset')))";
    for top in [0, 5_000, 4_500, 3_000_000, 0] {
        browser
            .eval(&format!("scrollTo(0, {top}); new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"));
        let positions = browser.eval(order);
        let positions: Vec<_> = positions.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
        assert!(positions.windows(2).all(|pair| pair[1] == pair[0] + 1), "{top}: {positions:?}");
        assert!((4..100).contains(&positions.len()), "{top}: {} elements", positions.len());
    }
    // Only the first 20 tasks have files in this test.
    browser.complaints.retain(|complaint| !complaint.contains("ERR_FILE_NOT_FOUND"));
    assert_quiet(&mut browser);
}
