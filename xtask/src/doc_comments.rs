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

/// Marks each fenced code block of a Markdown text as `text`, except for `json` blocks. Puts fences around indented
/// code blocks.
///
/// rustc rejects carriage returns and characters that control the direction of text in doc comments. Carriage returns
/// are replaced by line feeds. Direction characters are removed.
fn with_text_blocks(text: &str) -> String {
    let is_direction = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace(is_direction, "");
    let mut lines: Vec<String> = Vec::new();
    // The fence of the current code block, and whether the block is in a list or a quotation.
    let mut fence: Option<(String, bool)> = None;
    let (mut is_indented, mut is_after_blank, mut is_in_list) = (false, true, false);
    for line in text.split('\n') {
        let is_blank = line.trim().is_empty();
        let is_code = line.starts_with("    ") || line.trim_start_matches(' ').starts_with('\t');
        if is_indented && !is_code && !is_blank {
            lines.push("```".into());
            is_indented = false;
        }
        // A code block in a list or a quotation ends with the list or the quotation.
        if !is_blank && !line.starts_with([' ', '\t', '>']) {
            fence = fence.filter(|(_, is_nested)| !is_nested);
        }
        let content = content(line);
        let mark = content.chars().next().filter(|mark| ['`', '~'].contains(mark)).unwrap_or(' ');
        let (marks, language) = content.split_at(content.len() - content.trim_start_matches(mark).len());
        let before = if is_code { "  " } else { &line[..line.len() - content.len()] };
        let is_fence = mark != ' ' && marks.len() >= 3;
        match &fence {
            Some((end, _)) if is_fence && language.trim().is_empty() && marks.starts_with(end.as_str()) => {
                lines.push(format!("{before}{marks}"));
                fence = None;
            }
            Some(_) => lines.push(line.to_owned()),
            None if is_indented => lines.push(unindented(line)),
            None if is_fence && !language.contains('`') => {
                let language = if language.trim() == "json" { "json" } else { "text" };
                lines.push(format!("{before}{marks}{language}"));
                fence = Some((marks.to_owned(), !before.trim().is_empty()));
            }
            None if is_code && is_after_blank && !is_in_list => {
                lines.extend(["```text".to_owned(), unindented(line)]);
                is_indented = true;
            }
            // Two spaces keep the line from becoming a code block.
            None if is_code => lines.push(format!("  {}", line.trim_start())),
            None => {
                let quoted = line.trim_start().strip_prefix('>').map(|rest| format!("> {}", rest.trim_start()));
                lines.push(quoted.unwrap_or_else(|| line.to_owned()));
                let is_item = content.len() < line.trim_start().len();
                is_in_list = is_item || (is_blank && is_in_list);
            }
        }
        is_after_blank = is_blank;
    }
    lines.extend(is_indented.then(|| "```".to_owned()));
    lines.extend(fence.map(|(marks, _)| marks));
    lines.join("\n")
}

/// The rest of a line after the markers of quotations (`>`) and of a list item (`-`, `1.`).
fn content(line: &str) -> &str {
    let rest = line.trim_start_matches(|c: char| c.is_whitespace() || c == '>');
    let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let ends: &[char] = if number.len() < rest.len() { &['.', ')'] } else { &['-', '*', '+'] };
    number.strip_prefix(ends).and_then(|item| item.strip_prefix([' ', '\t'])).map_or(rest, str::trim_start)
}

fn unindented(line: &str) -> String {
    line.strip_prefix("    ").unwrap_or(line.trim_start()).to_owned()
}
