//! The closing summary of a command, and the command with which the user can continue.

use std::path::Path;

use crate::id_tracker::Counts;
use crate::output::sanitized::Sanitized;
use crate::output::terminal::print_stderr;

/// Prints the summary: `4 done, 1 failed, 4,995 pending; to continue: midapi wait - < pending.txt`.
///
/// `command` and `verb` are the start and the subcommand of the command with which the user can continue, such as
/// `midapi --mock` and `wait`.
pub(crate) fn print_summary(
    prefix: &str,
    counts: &Counts,
    pending: &[String],
    command: &str,
    verb: &str,
    saved_to: Option<&Path>,
) {
    let Counts { done, failed } = *counts;
    let [done, failed, open] = [done, failed, pending.len()].map(format_count);
    let text = format!("{prefix}{done} done, {failed} failed, {open} pending");
    let resume = match saved_to {
        _ if pending.is_empty() => return print_stderr(text),
        Some(file) => format!("{command} {verb} - < {}", shell_word(&file.display().to_string())),
        None => resume_command(command, verb, pending),
    };
    print_stderr(format_args!("{text}; to continue: {}", Sanitized(&resume)));
}

/// Formats a number with thousands separators.
pub(crate) fn format_count(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Quotes a word for a shell if it needs quotes.
pub(crate) fn shell_word(word: &str) -> String {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '=' | '@' | '%' | '+' | ',');
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Formats the command with which the user can continue with these ids.
pub(crate) fn resume_command(command: &str, verb: &str, ids: &[String]) -> String {
    /// The maximum number of ids in the command.
    const MAX_SHOWN: usize = 20;
    let options_end = if ids.iter().any(|id| id.starts_with('-')) { " --" } else { "" };
    // An id "-" is left out, because it would be read as standard input.
    let words: Vec<_> = ids.iter().filter(|id| *id != "-").take(MAX_SHOWN).map(|id| shell_word(id)).collect();
    let more = match ids.len().saturating_sub(MAX_SHOWN) {
        0 => String::new(),
        more => format!(" ... and {} more (save all with --pending-to FILE)", format_count(more)),
    };
    format!("{command} {verb}{options_end} {}{more}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resume_command_quotes_ids() {
        let table: &[(&[&str], &str)] = &[
            (&["a1", "b_2"], "midapi wait a1 b_2"),
            (&["two words"], "midapi wait 'two words'"),
            (&["$(reboot)", "it's"], r"midapi wait '$(reboot)' 'it'\''s'"),
            (&["-x"], "midapi wait -- -x"),
            (&["猫"], "midapi wait '猫'"),
        ];
        for (ids, expected) in table {
            let ids: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
            assert_eq!(resume_command("midapi", "wait", &ids), *expected);
        }
        let many: Vec<_> = (0..60).map(|number| number.to_string()).collect();
        let command = resume_command("midapi", "get", &many);
        assert!(command.ends_with("19 ... and 40 more (save all with --pending-to FILE)"), "{command}");
    }

    #[test]
    fn counts_have_thousands_separators() {
        let table = [(0, "0"), (999, "999"), (4_995, "4,995"), (1_000_000, "1,000,000")];
        for (count, expected) in table {
            assert_eq!(format_count(count), expected);
        }
    }
}
