//! Points in time on the wire.

use jiff::Timestamp;
use midapi_client::types::Instant;

/// Reads milliseconds since the epoch (what every recording has) or RFC 3339 text (what the documentation shows).
pub(crate) fn read(instant: &Instant) -> Result<Timestamp, String> {
    match instant {
        Instant::EpochMillis(milliseconds) => Timestamp::from_millisecond(*milliseconds)
            .map_err(|_| format!("{milliseconds} milliseconds since the epoch are beyond any date")),
        Instant::Text(text) => match text.parse::<i64>() {
            Ok(milliseconds) => read(&Instant::EpochMillis(milliseconds)),
            Err(_) => text.parse().map_err(|_| format!("{text:?} is no date and time of RFC 3339")),
        },
        _ => Err("has a form that this version does not know".into()),
    }
}
