//! Doc comments of the generated code: code blocks of the spec become text, which rustdoc does not run as a test.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};

/// Marks the code blocks in all doc comments as text.
pub fn mark_code_blocks(tokens: TokenStream) -> TokenStream {
    let trees = tokens.into_iter().map(|tree| match tree {
        TokenTree::Group(group) => {
            let tokens = match (group.delimiter(), doc_comment(&group)) {
                (Delimiter::Bracket, Some(text)) => {
                    let text = Literal::string(&with_text_blocks(&text));
                    quote::quote!(doc = #text)
                }
                _ => mark_code_blocks(group.stream()),
            };
            Group::new(group.delimiter(), tokens).into()
        }
        tree => tree,
    });
    trees.collect()
}

/// The text of `doc = "…"`.
fn doc_comment(group: &Group) -> Option<String> {
    let pair: syn::MetaNameValue = syn::parse2(group.stream()).ok().filter(|_| starts_with_doc(group))?;
    match pair.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

fn starts_with_doc(group: &Group) -> bool {
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
}

/// The Markdown text with `text` after the fence of each code block, and with fences around indented code blocks.
///
/// A carriage return becomes a line feed, and control characters for the direction of text are removed: rustc rejects them.
fn with_text_blocks(text: &str) -> String {
    let is_direction = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace(is_direction, "");
    let mut lines: Vec<String> = Vec::new();
    // The fence that ends the current block.
    let mut fence: Option<String> = None;
    let (mut is_indented, mut is_after_blank, mut is_in_list) = (false, true, false);
    for line in text.split('\n') {
        let is_blank = line.trim().is_empty();
        let is_code = line.starts_with("    ") || line.trim_start_matches(' ').starts_with('\t');
        if is_indented && !is_code && !is_blank {
            lines.push("```".into());
            is_indented = false;
        }
        let content = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '-' | '*' | '+'));
        let content = content.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['.', ')', ' ']);
        let marks = content.len() - content.trim_start_matches(content.get(..1).unwrap_or(" ")).len();
        let is_fence = marks >= 3 && content.starts_with(['`', '~']);
        match &fence {
            Some(end) if is_fence && content.trim_end() == content[..marks] && content.starts_with(end.as_str()) => {
                lines.push(line.to_owned());
                fence = None;
            }
            Some(_) => lines.push(line.to_owned()),
            None if is_indented => lines.push(line.strip_prefix("    ").unwrap_or(line.trim_start()).to_owned()),
            None if is_fence && !content[marks..].contains('`') => {
                let (mark, before) = (&content[..marks], &line[..line.len() - content.len()]);
                let language = if content[marks..].trim() == "json" { "json" } else { "text" };
                lines.push(format!("{before}{mark}{language}"));
                fence = Some(mark.to_owned());
            }
            None if is_code && is_after_blank && !is_in_list => {
                lines.extend(["```text".into(), line.strip_prefix("    ").unwrap_or(line.trim_start()).to_owned()]);
                is_indented = true;
            }
            // Within an item of a list, or a quotation, code is indented by more than that.
            None if is_code => lines.push(format!("    {}", line.trim_start())),
            None => {
                let quoted = line.trim_start().strip_prefix('>').map(|rest| format!("> {}", rest.trim_start()));
                lines.push(quoted.unwrap_or_else(|| line.to_owned()));
                is_in_list = !is_blank && content.len() < line.trim_start().len() || is_blank && is_in_list;
            }
        }
        is_after_blank = is_blank;
    }
    lines.extend(is_indented.then(|| "```".to_owned()));
    lines.extend(fence);
    lines.join("\n")
}
