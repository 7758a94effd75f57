//! Safe file names: turns any text into a name that is valid on every file system.

use unicode_normalization::UnicodeNormalization;

/// The maximum length of one name, in bytes. Most file systems allow 255; the difference is reserved for a suffix such
/// as `.changed-2`.
pub(crate) const MAX_BYTES: usize = 228;

/// Names that Windows reserves, in lower case and without extension.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

/// Makes a text safe as a part of a name. A run of white space and forbidden characters becomes one character: a dash,
/// or an underscore if the run starts with a forbidden character. A run at the start of the text is removed.
pub(crate) fn clean_value(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(MAX_BYTES));
    for character in text.nfc() {
        let replacement = if character.is_whitespace() {
            '-'
        } else if is_forbidden(character) {
            '_'
        } else {
            clean.push(character);
            continue;
        };
        if !clean.is_empty() && !clean.ends_with(['-', '_']) {
            clean.push(replacement);
        }
    }
    clean
}

/// Makes a complete file name safe. Removes dots, dashes, tildes and spaces at the start, and dots and spaces at the
/// end. Puts `_` before a name that Windows reserves; an empty name becomes `_`.
pub(crate) fn clean_name(name: &str) -> String {
    let name = name.trim_start_matches(['.', '-', '~', ' ']).trim_end_matches(['.', ' ']);
    if name.is_empty() {
        return "_".to_owned();
    }
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_port =
        port.is_some_and(|number| matches!(number, "¹" | "²" | "³") || matches!(number.as_bytes(), [b'0'..=b'9']));
    if is_port || RESERVED.contains(&stem.as_str()) { format!("_{name}") } else { name.to_owned() }
}

/// Truncates a text to at most `bytes` bytes, without splitting a character.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Folds a name for comparison: names that are equal on a file system that ignores case or Unicode normalization have
/// the same folded form.
pub(crate) fn fold(name: &str) -> String {
    name.nfkd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

/// Whether a character is forbidden in names: a control character, a character that some file system or shell reserves,
/// or a character that is invisible or changes the text direction.
fn is_forbidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' | '`' | '$' | '%' | '\u{fffd}')
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}')
        || u32::from(character) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_become_safe_names() {
        let table = [
            ("a cat  in\tthe sun", "a-cat-in-the-sun"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("~root", "root"),
            ("-rf", "rf"),
            (".hidden", "hidden"),
            ("CON", "_CON"),
            ("com1.txt", "_com1.txt"),
            ("LPT².x", "_LPT².x"),
            ("nul.txt", "_nul.txt"),
            ("common", "common"),
            ("trailing. . .", "trailing.-.-"),
            ("dots...", "dots"),
            ("a\0b\nc", "a_b-c"),
            ("gpj.\u{202e}exe", "gpj._exe"),
            ("\u{feff}\u{200b}", "_"),
            ("", "_"),
            ("e\u{301}té", "été"),
            ("猫 🐈", "猫-🐈"),
            ("50% $HOME `x`", "50_HOME-x_"),
        ];
        for (text, expected) in table {
            assert_eq!(clean_name(&clean_value(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn folded_names_ignore_case_and_form() {
        for (a, b) in [("Cat.JPEG", "cat.jpeg"), ("e\u{301}", "\u{c9}"), ("straße", "STRASSE"), ("\u{212a}", "k")] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_ne!(fold("cat"), fold("hat"));
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!((cut("猫猫", 5), cut("cat", 5), cut("猫", 1)), ("猫", "cat", ""));
    }
}
