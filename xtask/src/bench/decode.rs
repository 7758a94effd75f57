//! Readings of one answer.

use serde_json::Value;

use super::process::{CLIENT, pinned};
use super::programs::Programs;
use super::spread::Spread;
use super::{Measured, Wanted};

pub(super) fn measure(wanted: &Wanted<'_>) -> Result<Vec<Measured>, String> {
    let programs = Programs::build(wanted.root)?;
    let mut command = pinned(CLIENT, programs.get("decode")?);
    let output = command.arg(wanted.rounds(61).to_string()).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("decode failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut measured = Vec::new();
    for line in text.lines() {
        let told: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let number = |name: &str| told[name].as_f64().unwrap_or(f64::NAN);
        let ratio = Spread { median: number("ratio"), low: number("low"), high: number("high") };
        let figure = format!("{:.0} ns / {:.0} ns", number("ns"), number("by_hand"));
        let key = format!("decode/{}", told["row"].as_str().unwrap_or_default());
        measured.push(Measured::new(key, figure).ratio(ratio));
    }
    Ok(measured.into_iter().filter(|measured| wanted.row(&measured.key)).collect())
}
