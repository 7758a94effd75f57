//! The rows of the table: what can be measured, and what is hoped for.

use super::spread::Spread;

/// What can be measured by its name.
#[derive(Debug)]
pub struct Row {
    /// Its name for `--only`.
    pub key: String,
    /// What it is, in words.
    pub what: String,
    /// What is hoped for.
    pub goal: Option<Goal>,
}

/// What is hoped for.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// At least so much of the peer's.
    AtLeast(f64),
    /// At most so many times the peer's.
    AtMost(f64),
    /// At most so many more than the peer's.
    Beyond(f64),
    /// At most so many milliseconds.
    Milliseconds(f64),
}

/// What was measured for a row.
#[derive(Debug)]
pub struct Measured {
    /// The row's name.
    pub key: String,
    /// The figure itself, which depends on the machine.
    pub figure: String,
    /// What it is beside the peer's.
    pub beside: String,
    /// What the goal counts.
    pub counts: Option<f64>,
}

impl Measured {
    pub(super) fn new(key: impl Into<String>, figure: impl Into<String>) -> Self {
        Self { key: key.into(), figure: figure.into(), beside: String::new(), counts: None }
    }

    pub(super) fn ratio(self, ratio: Spread) -> Self {
        Self { beside: ratio.to_string(), counts: Some(ratio.median), ..self }
    }

    pub(super) fn beside(self, beside: impl Into<String>, counts: Option<f64>) -> Self {
        Self { beside: beside.into(), counts, ..self }
    }
}

impl Goal {
    /// In words, with whether it is met.
    pub fn verdict(self, figure: f64) -> String {
        let (words, missed) = match self {
            Self::AtLeast(least) => (format!("≥ {least}"), least - figure),
            Self::AtMost(most) => (format!("≤ {most}"), figure - most),
            Self::Beyond(most) => (format!("≤ +{most}"), figure - most),
            Self::Milliseconds(most) => (format!("≤ {most} ms"), figure - most),
        };
        // As exact as the figure beside it.
        if missed < 0.005 { format!("{words}: met") } else { format!("{words}: missed by {missed:.2}") }
    }
}

/// How many look-ups are under way at once.
pub(super) const IN_FLIGHT: [usize; 3] = [1, 64, 512];

/// The ways to look up: name, words, and the numbers of look-ups under way that make sense.
pub(super) const WAYS: [(&str, &str, &[usize]); 12] = [
    ("tcp", "bytes on a tokio socket, by hand", &IN_FLIGHT),
    ("hyper", "hyper's pooled client", &IN_FLIGHT),
    ("reqwest", "hand-written reqwest with a time-out: 1.00", &IN_FLIGHT),
    ("generated", "the generated client", &IN_FLIGHT),
    ("sdk", "the SDK with defaults", &IN_FLIGHT),
    ("sdk-all-features", "the SDK with all features, a cap and a notification", &IN_FLIGHT),
    ("midapi-lua", "`midapi lua`, `get_all`", &IN_FLIGHT),
    ("lua-module", "the module in stock Lua 5.4, `get_all`", &IN_FLIGHT),
    ("luasocket", "luasocket and lua-cjson", &[1]),
    ("node", "node, its own fetch", &IN_FLIGHT),
    ("requests", "Python requests, a thread each", &[1, 64]),
    ("aiohttp", "Python aiohttp", &IN_FLIGHT),
];

/// All rows, in the order of the table.
pub fn rows() -> Vec<Row> {
    let row = |key: &str, what: &str, goal| Row { key: key.into(), what: what.into(), goal };
    let mut rows = Vec::new();
    for in_flight in IN_FLIGHT {
        for (way, what, _) in WAYS.iter().filter(|(.., makes_sense)| makes_sense.contains(&in_flight)) {
            let goal = (*way == "sdk").then_some(Goal::AtLeast(0.97));
            rows.push(row(&format!("look-ups/{in_flight}/{way}"), what, goal));
        }
    }
    rows.extend([
        row("decode/record", "one record: the generated types / hand-written structs", Some(Goal::AtMost(1.3))),
        row("decode/task", "the same, judged and made a `Task`, URLs checked", Some(Goal::AtMost(1.3))),
        row("decode/params", "`paramJson`: `Params` / hand-written struct", Some(Goal::AtMost(1.3))),
        row("allocations/reqwest", "allocations a look-up, 64 in flight: hand-written reqwest", None),
        row("allocations/generated", "the generated client", None),
        row("allocations/sdk", "the SDK", Some(Goal::Beyond(10.0))),
        row("instructions/reqwest", "instructions a look-up, 64 in flight: hand-written reqwest", None),
        row("instructions/generated", "the generated client", None),
        row("instructions/sdk", "the SDK", Some(Goal::AtMost(1.1))),
        row("start-up/version", "`midapi --version`, ms / `curl --version`", Some(Goal::Milliseconds(5.0))),
        row("start-up/get", "`midapi get` of a local server / `curl` of the same", None),
    ]);
    rows.extend(super::builds::SETS.iter().map(|set| row(set.key, set.what, None)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_at_its_own_figure() {
        let table = [
            (Goal::AtLeast(0.97), 0.97, "≥ 0.97: met"),
            (Goal::AtLeast(0.97), 0.95, "≥ 0.97: missed by 0.02"),
            (Goal::Beyond(10.0), 7.0, "≤ +10: met"),
            (Goal::Milliseconds(5.0), 6.5, "≤ 5 ms: missed by 1.50"),
            (Goal::AtMost(1.3), 1.42, "≤ 1.3: missed by 0.12"),
        ];
        for (goal, figure, verdict) in table {
            assert_eq!(goal.verdict(figure), verdict);
        }
    }

    #[test]
    fn no_two_rows_have_one_name() {
        let mut keys: Vec<_> = rows().into_iter().map(|row| row.key).collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }
}
