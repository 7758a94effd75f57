//! The README's pictures are up to date.
//!
//! They are drawn from the output of the command and from a table. `cargo test -p midapi-cli --test pictures --
//! --ignored` compares them with the files in docs/. With `MIDAPI_WRITE=1` it writes the files.

mod support;

use std::fmt::Write as _;
use std::path::PathBuf;

use support::{Finished, midapi};

/// The steps of one request, each with a title and two lines of text.
const REQUEST_PATH: [(&str, [&str; 2]); 5] = [
    ("MidAPI", ["HTTP, gzip, JSON;", "errors in HTTP 200"]),
    ("executor", ["time limit, size limit,", "headers, API key"]),
    ("classification", ["a table of statuses", "and codes"]),
    ("retry and poll", ["decide whether and", "when to send again"]),
    ("your program", ["Rust, terminal,", "Lua"]),
];

/// The width of a character and the height of a line, in pixels.
const CHARACTER: usize = 8;
const LINE: usize = 20;

const FONT: &str = "ui-monospace, Menlo, Consolas, monospace";

#[test]
#[ignore = "waits ten seconds of real time for the demo task, which is too long for the quick tests; .ci/run runs it"]
fn pictures_are_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--mock", "wait", "demo", "--download", "pictures"];
    let ran = Finished::run(midapi(&arguments).env("CLICOLOR_FORCE", "1").current_dir(&folder));
    assert_eq!(ran.status, 0, "{}", ran.err);
    compare_or_write("terminal.svg", &terminal("midapi --mock wait demo --download pictures", &ran.out));
    compare_or_write("request-path.svg", &request_path());
}

fn compare_or_write(name: &str, picture: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("MIDAPI_WRITE").is_some() {
        std::fs::write(&path, picture).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    let write = "MIDAPI_WRITE=1 cargo test -p midapi-cli --test pictures -- --ignored";
    assert_eq!(without_numbers(&there), without_numbers(picture), "{name} is out of date: {write}");
}

/// Replaces times and ports, which differ in each run.
fn without_numbers(text: &str) -> String {
    let mut words = text.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty());
    words.next().into_iter().chain(words.flat_map(|word| ["0", word])).collect()
}

fn svg(width: usize, height: usize, content: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"{FONT}\" font-size=\"13\">\n\
         {content}</svg>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Draws a terminal with a command and its output, including colors.
fn terminal(command: &str, printed: &str) -> String {
    let lines: Vec<_> = printed.lines().map(spans).collect();
    let columns = printed.lines().map(|line| plain(line).chars().count()).max().unwrap_or_default();
    let (width, height) = ((columns + 4) * CHARACTER, (lines.len() + 3) * LINE);
    let mut content = format!("<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#1b1f24\"/>\n");
    let prompt = format!("<tspan fill=\"#8b949e\">$ </tspan>{}", escaped(command));
    for (number, line) in [prompt].iter().chain(&lines).enumerate() {
        let y = (number + 2) * LINE - LINE / 4;
        let _ = writeln!(content, "<text x=\"16\" y=\"{y}\" fill=\"#d6dbe1\" xml:space=\"preserve\">{line}</text>");
    }
    svg(width, height, &content)
}

/// A line with its escape sequences as spans.
fn spans(line: &str) -> String {
    let (mut text, mut style) = (String::new(), String::new());
    for (number, part) in line.split("\u{1b}[").enumerate() {
        let (codes, words) = if number == 0 { ("", part) } else { part.split_once('m').unwrap_or_default() };
        match codes {
            "" => {}
            "0" => style.clear(),
            "1" => style.push_str(" font-weight=\"bold\""),
            "2" => style.push_str(" fill=\"#8b949e\""),
            "32" => style.push_str(" fill=\"#57c46b\""),
            "33" => style.push_str(" fill=\"#d8b13c\""),
            other => panic!("a color without a mapping: {other}"),
        }
        if !words.is_empty() {
            let _ = write!(text, "<tspan{style}>{}</tspan>", escaped(words));
        }
    }
    text
}

fn plain(line: &str) -> String {
    line.split("\u{1b}[")
        .enumerate()
        .map(|(n, part)| part.split_once('m').filter(|_| n > 0).map_or(part, |(_, words)| words))
        .collect()
}

/// Draws the boxes of [`REQUEST_PATH`], with an arrow between neighbors.
fn request_path() -> String {
    const WIDTH: usize = 150;
    const HEIGHT: usize = 76;
    const GAP: usize = 26;
    let mut content = String::new();
    for (number, (name, words)) in REQUEST_PATH.iter().enumerate() {
        let x = number * (WIDTH + GAP) + 1;
        let middle = x + WIDTH / 2;
        let _ = writeln!(
            content,
            "<rect x=\"{x}\" y=\"1\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\" fill=\"#f3f5f7\" stroke=\"#8b949e\"/>"
        );
        let _ = writeln!(
            content,
            "<text x=\"{middle}\" y=\"24\" text-anchor=\"middle\" font-weight=\"bold\" fill=\"#1b1f24\">{name}</text>"
        );
        for (line, word) in words.iter().enumerate() {
            let y = 44 + line * 18;
            let _ = writeln!(
                content,
                "<text x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"11\" fill=\"#444c56\">{word}</text>"
            );
        }
        if number > 0 {
            let (from, to, y) = (x - GAP + 3, x - 4, HEIGHT / 2);
            let _ = writeln!(content, "<path d=\"M{from} {y}H{to}m-6 -5l6 5l-6 5\" fill=\"none\" stroke=\"#57606a\"/>");
        }
    }
    svg(REQUEST_PATH.len() * (WIDTH + GAP) - GAP + 2, HEIGHT + 2, &content)
}
