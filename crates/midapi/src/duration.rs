//! Durations as text.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::fmt::friendly::{FractionalUnit, Spacing, SpanPrinter};

const PRINTER: SpanPrinter =
    SpanPrinter::new().spacing(Spacing::BetweenUnits).fractional(Some(FractionalUnit::Second)).precision(None);

/// Formats a duration: `48.2s`, `15m`, `2h 5m`. Rounds to tenths of a second below one minute, and to seconds above.
pub(crate) fn format_duration(duration: Duration) -> String {
    let step = if duration < Duration::from_secs(60) { 100 } else { 1000 };
    let steps = (duration.as_millis() + step / 2) / step;
    let rounded = SignedDuration::from_millis(i64::try_from(steps * step).unwrap_or(i64::MAX));
    PRINTER.duration_to_string(&rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_durations_as_text() {
        let table =
            [(0, "0s"), (40, "0s"), (48_230, "48.2s"), (900_000, "15m"), (65_400, "1m 5s"), (7_500_000, "2h 5m")];
        for (milliseconds, expected) in table {
            assert_eq!(format_duration(Duration::from_millis(milliseconds)), expected);
        }
        assert!(!format_duration(Duration::MAX).is_empty());
    }
}
