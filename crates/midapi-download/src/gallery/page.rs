//! The page of the gallery: the template with its style, its script and the escaped index.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

const TEMPLATE: &str = include_str!("gallery.html");
const STYLE: &str = include_str!("gallery.css");
const SCRIPT: &str = include_str!("gallery.js");

/// The element that distinguishes the page from the page of another program.
pub(super) const GENERATOR: &str = r#"<meta name="generator" content="midapi gallery">"#;

/// Renders the page. The only style and script that its content security policy permits are those of the page,
/// identified by their hashes.
pub(super) fn render_page(index: &impl Serialize) -> String {
    let page = TEMPLATE
        .replace("{{style_hash}}", &csp_hash(STYLE))
        .replace("{{script_hash}}", &csp_hash(SCRIPT))
        .replace("{{style}}", STYLE)
        .replace("{{script}}", SCRIPT);
    // The index is inserted last, because a prompt may contain a placeholder. Serializing the index cannot fail.
    let index = serde_json::to_string(index).unwrap_or_default();
    page.replacen("{{index}}", &escape_json(&index), 1)
}

/// Returns the hash of an inline element as a source for a content security policy: `sha256-` and the hash in Base64.
fn csp_hash(content: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(content)))
}

/// Escapes JSON for a `script` element. Escapes characters that can end the element or start a comment, control
/// characters, line separators, and characters that control the text direction. In JSON, all these characters occur
/// only in strings, so the escapes do not change the value.
fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len() + json.len() / 16);
    for character in json.chars() {
        match character {
            '<'
            | '>'
            | '&'
            | '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(character));
            }
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_json_is_inert_and_equal() {
        let table = [
            ("</script><script>alert(1)</script>", r"\u003c/script\u003e\u003cscript\u003ealert(1)\u003c/script\u003e"),
            ("<!-- <script>", r"\u003c!-- \u003cscript\u003e"),
            ("&lt;\"'\\", "\\u0026lt;\\\"'\\\\"),
            ("\u{2028}\u{2029}\u{202e}\u{2066}", r"\u2028\u2029\u202e\u2066"),
            ("\0\u{1b}\u{7f}\n", r"\u0000\u001b\u007f\n"),
            ("猫 {{index}} 🐈", "猫 {{index}} 🐈"),
        ];
        for (text, expected) in table {
            let escaped = escape_json(&serde_json::to_string(text).unwrap());
            assert_eq!(escaped, format!("\"{expected}\""));
            assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        }
    }

    #[test]
    fn page_has_no_placeholders() {
        let page = render_page(&["{{script}} {{index}}"]);
        assert_eq!(page.matches("{{").count(), 2, "those of the index");
        assert!(page.contains(r#"["{{script}} {{index}}"]"#));
        assert!(page.find(GENERATOR).is_some_and(|position| position < 200));
    }

    #[test]
    fn policy_permits_inline_elements_by_hash() {
        // The hash of the empty text, as in the specification.
        assert_eq!(csp_hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        let page = render_page(&[(); 0]);
        let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
        for content in [STYLE, SCRIPT] {
            assert!(policy.contains(&csp_hash(content)), "{policy}");
            assert!(
                !content.contains("</") && !content.contains('\r'),
                "an end tag or a carriage return in an inline element"
            );
        }
    }
}
