//! Points in time on the wire.

use jiff::Timestamp;
use midapi_client::types;

/// Reads milliseconds since the epoch (what every recording has) or RFC 3339 text (what the documentation shows).
pub(crate) fn read(timestamp: &types::Timestamp) -> Result<Timestamp, String> {
    match timestamp {
        types::Timestamp::EpochMillis(milliseconds) => Timestamp::from_millisecond(*milliseconds)
            .map_err(|_| format!("{milliseconds} milliseconds since the epoch are beyond any date")),
        types::Timestamp::Text(text) => match text.parse::<i64>() {
            Ok(milliseconds) => read(&types::Timestamp::EpochMillis(milliseconds)),
            Err(_) => text.parse().map_err(|_| format!("{text:?} is no date and time of RFC 3339")),
        },
        _ => Err("has a form that this version does not know".into()),
    }
}
