//! Doc comments of the generated code: code blocks of the spec are marked as text, because rustdoc would run them as
//! tests.

use syn::visit_mut::VisitMut;
use syn::{Attribute, Expr, ExprLit, File, Lit, LitStr, Meta};

/// Marks the code blocks in all doc comments of a file as text.
pub(crate) fn mark_code_blocks(file: &mut File) {
    CodeBlockMarker.visit_file_mut(file);
}

struct CodeBlockMarker;

impl VisitMut for CodeBlockMarker {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let Meta::NameValue(doc) = &mut attribute.meta
            && doc.path.is_ident("doc")
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &mut doc.value
        {
            *text = LitStr::new(&with_text_blocks(&text.value()), text.span());
        }
    }
}

/// A fenced code block that is open.
struct Fence {
    marks: String,
    /// The list item or the quotation that contains the block. The block ends where this container ends.
    inside: Inside,
}

enum Inside {
    Nothing,
    Quotation,
    /// A list item. Its lines are indented by at least this number of spaces.
    ListItem(usize),
}

impl Fence {
    /// Whether a line can belong to the block.
    fn contains(&self, line: &str) -> bool {
        let text = line.trim_start();
        match self.inside {
            Inside::Nothing => true,
            Inside::Quotation => text.starts_with('>'),
            Inside::ListItem(indent) => text.is_empty() || line.len() - text.len() >= indent,
        }
    }
}

/// Marks each fenced code block of a Markdown text as `text`, except for `json` blocks. Puts fences around indented
/// code blocks.
///
/// rustc rejects carriage returns and characters that control the direction of text in doc comments. Carriage returns
/// are replaced by line feeds, and tabs by spaces. The other characters are removed.
pub(crate) fn with_text_blocks(text: &str) -> String {
    let is_direction = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace(is_direction, "");
    let mut lines: Vec<String> = Vec::new();
    let mut fence: Option<Fence> = None;
    let (mut is_indented, mut is_after_blank, mut is_in_list) = (false, true, false);
    for line in text.split('\n').map(expand_tabs) {
        let is_blank = line.trim().is_empty();
        let is_code = line.starts_with("    ");
        if is_indented && !is_code && !is_blank {
            lines.push("```".into());
            is_indented = false;
        }
        if fence.as_ref().is_some_and(|fence| !fence.contains(&line)) {
            (fence, is_after_blank) = (None, true);
        }
        let (markers, content) = split_markers(&line);
        let mark = content.chars().next().filter(|mark| ['`', '~'].contains(mark)).unwrap_or(' ');
        let (marks, language) = content.split_at(content.len() - content.trim_start_matches(mark).len());
        let has_markers = !markers.trim().is_empty();
        // Three spaces keep a fence in the item of a numbered list.
        let indent = if is_in_list { "   " } else { "  " };
        let before = if is_code && !has_markers { indent.into() } else { without_gaps(markers) };
        let is_fence = mark != ' ' && marks.len() >= 3;
        match &fence {
            Some(open) if is_fence && language.trim().is_empty() && marks.starts_with(&open.marks) => {
                lines.push(match open.inside {
                    Inside::Nothing => format!("{before}{marks}"),
                    Inside::ListItem(indent) => format!("{}{marks}", " ".repeat(indent)),
                    Inside::Quotation => line.clone(),
                });
                fence = None;
            }
            Some(_) => lines.push(line.clone()),
            None if is_indented => lines.push(unindented(&line)),
            None if is_fence && !language.contains('`') => {
                let language = if language.trim() == "json" { "json" } else { "text" };
                let inside = match has_markers {
                    true if markers.contains('>') => Inside::Quotation,
                    true => Inside::ListItem(before.len()),
                    false if is_in_list && !before.is_empty() => Inside::ListItem(before.len()),
                    false => Inside::Nothing,
                };
                lines.push(format!("{before}{marks}{language}"));
                fence = Some(Fence { marks: marks.to_owned(), inside });
            }
            None if is_code && is_after_blank && !is_in_list => {
                lines.extend(["```text".to_owned(), unindented(&line)]);
                is_indented = true;
            }
            // Two spaces keep the line from becoming a code block.
            None if is_code => lines.push(format!("  {}", line.trim_start())),
            None => {
                lines.push(format!("{before}{content}"));
                is_in_list = has_markers || is_in_list && (is_blank || line.starts_with(' '));
            }
        }
        is_after_blank = is_blank;
    }
    lines.extend(is_indented.then(|| "```".to_owned()));
    // The end of a list item or a quotation also ends the block, without a closing fence.
    lines.extend(fence.filter(|fence| matches!(fence.inside, Inside::Nothing)).map(|fence| fence.marks));
    lines.join("\n")
}

/// Replaces each tab by the spaces up to the next multiple of four columns.
fn expand_tabs(line: &str) -> String {
    let mut expanded = String::new();
    for part in line.split_inclusive('\t') {
        expanded.push_str(part.trim_end_matches('\t'));
        if part.ends_with('\t') {
            expanded.push_str(&" ".repeat(4 - expanded.chars().count() % 4));
        }
    }
    expanded
}

/// Splits a line after the markers of quotations (`>`), list items (`-`, `1.`) and tasks (`[ ]`).
fn split_markers(line: &str) -> (&str, &str) {
    let mut rest = line.trim_start();
    loop {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let ends: &[char] = if number.len() < rest.len() { &['.', ')'] } else { &['-', '*', '+'] };
        let item = || number.strip_prefix(ends).filter(|item| item.starts_with(' '));
        let task = || ["[ ] ", "[x] ", "[X] "].into_iter().find_map(|task| rest.strip_prefix(task));
        let Some(after) = rest.strip_prefix('>').or_else(item).or_else(task) else {
            return line.split_at(line.len() - rest.len());
        };
        rest = after.trim_start();
    }
}

/// Shortens the white space after a marker if it would make the rest of the line an indented code block.
fn without_gaps(markers: &str) -> String {
    let indent = markers.len() - markers.trim_start().len();
    let (mut text, mut gap) = (markers[..indent].to_owned(), 0);
    for c in markers[indent..].chars() {
        gap = if c == ' ' { gap + 1 } else { 0 };
        text.push(c);
        if gap == 5 {
            text.truncate(text.len() - 4);
        }
        if gap > 5 {
            text.pop();
        }
    }
    text
}

fn unindented(line: &str) -> String {
    line.strip_prefix("    ").unwrap_or(line.trim_start()).to_owned()
}

/// The text of a `doc` attribute: each line begins with a space.
pub(crate) fn doc_text(markdown: &str) -> String {
    let lines: Vec<_> =
        with_text_blocks(markdown).lines().map(|line| format!(" {line}").trim_end().to_owned()).collect();
    lines.join("\n")
}
