//! Timestamps of the API.

use jiff::Timestamp;
use midapi_client::types::Timestamp as WireTimestamp;

/// Parses a time: milliseconds since the epoch, as in all recorded responses, or RFC 3339 text, as in the vendor's
/// documentation.
pub(crate) fn parse(wire: &WireTimestamp) -> Result<Timestamp, String> {
    match wire {
        WireTimestamp::EpochMillis(milliseconds) => Timestamp::from_millisecond(*milliseconds)
            .map_err(|_| format!("{milliseconds} milliseconds since the epoch is out of range")),
        WireTimestamp::Text(text) => match text.parse::<i64>() {
            Ok(milliseconds) => parse(&WireTimestamp::EpochMillis(milliseconds)),
            Err(_) => text.parse().map_err(|_| format!("{text:?} is not an RFC 3339 date and time")),
        },
        _ => Err("has an unsupported type".into()),
    }
}
