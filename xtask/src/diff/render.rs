//! Output of a report as text, Markdown and JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::severity::Effect;

use super::report::Report;
use super::rust_names::RustChange;

/// All effects, the most severe first.
const EFFECTS: [Effect; 3] = [Effect::Breaking, Effect::Risky, Effect::Safe];

impl Report {
    /// The report for a terminal: one line per change, then one line per changed Rust name.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for change in &self.changes {
            let (effect, check, place) = (change.effect, change.check, &change.place);
            let _ = writeln!(text, "{effect:<8} [{check}] {place}: {}: {}", change.part, change.message);
        }
        match &self.rust {
            Ok(names) => {
                for name in names {
                    let _ = writeln!(text, "{:<8} rust: {name}", name.effect);
                }
            }
            Err(why) => drop(writeln!(text, "breaking rust: {why}")),
        }
        text
    }

    /// The report for a changelog or a review: one list per effect.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for effect in EFFECTS {
            let changes: Vec<_> = self.changes.iter().filter(|change| change.effect == effect).collect();
            let names: Vec<_> = self.rust.iter().flatten().filter(|name| name.effect == effect).collect();
            if changes.is_empty() && names.is_empty() {
                continue;
            }
            let _ = writeln!(text, "- {effect}:");
            for change in changes {
                let _ = writeln!(text, "  - `{}`: {} ({})", change.part, change.message, change.check);
            }
            for RustChange { name, before, after, .. } in names {
                let change = match (before, after) {
                    (Some(before), Some(after)) => format!("changed from `{before}` to `{after}`"),
                    (Some(_), None) => "removed".to_owned(),
                    _ => "added".to_owned(),
                };
                let _ = writeln!(text, "  - Rust: `{name}` {change}");
            }
        }
        if let Err(why) = &self.rust {
            let _ = writeln!(text, "- breaking:\n  - Rust: {}", why.replace('\n', " "));
        }
        text
    }

    /// The report as JSON, for programs.
    pub fn json(&self) -> Value {
        let changes = self.changes.iter().map(|change| {
            json!({
                "check": change.check, "effect": change.effect.as_str(), "part": change.part, "message": change.message,
                "file": change.place.file, "line": change.place.line,
            })
        });
        let name = |name: &RustChange| {
            json!({
                "name": name.name, "verb": name.verb(), "before": name.before, "after": name.after,
                "effect": name.effect.as_str(),
            })
        };
        json!({
            "old": self.old, "new": self.new, "effect": self.effect().map(Effect::as_str),
            "changes": changes.collect::<Vec<_>>(),
            "rust": self.rust.iter().flatten().map(name).collect::<Vec<_>>(),
            "rust_error": self.rust.as_ref().err(),
        })
    }
}
