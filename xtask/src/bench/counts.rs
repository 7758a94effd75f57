//! Allocations and instructions of a look-up. Both are counted for some and for more look-ups, so that setting up and warming up
//! are no part of the difference.

use std::process::Stdio;

use super::process::{Asked, CLIENT, Server, pinned, runs};
use super::programs::Programs;
use super::{Measured, Wanted};

const WAYS: [&str; 3] = ["reqwest", "generated", "sdk"];
const IN_FLIGHT: &str = "64";
/// Look-ups made before anything counts.
const FEW: u64 = 2_000;
/// Look-ups that count.
const COUNTED: u64 = 4_000;

pub(super) fn measure(wanted: &Wanted<'_>) -> Result<Vec<Measured>, String> {
    let programs = Programs::build(wanted.root)?;
    let (_server, base_url) = Server::start(programs.get("serve")?)?;
    let count = |way: &str| allocations(&programs, &base_url, way);
    let mut measured = of_all(wanted, "allocations", 1, &count)?;
    if runs("valgrind", &["--version"]) {
        let count = |way: &str| instructions(&programs, &base_url, way);
        measured.extend(of_all(wanted, "instructions", 0, &count)?);
    } else {
        let missing = WAYS.map(|way| Measured::new(format!("instructions/{way}"), "needs valgrind"));
        measured.extend(missing.into_iter().filter(|measured| wanted.row(&measured.key)));
    }
    Ok(measured)
}

/// Counts for the ways that are wanted, and for the one that they are held against.
fn of_all(
    wanted: &Wanted<'_>,
    group: &str,
    places: usize,
    count: &dyn Fn(&str) -> Result<f64, String>,
) -> Result<Vec<Measured>, String> {
    let keys = WAYS.map(|way| (way, format!("{group}/{way}")));
    if !keys.iter().any(|(_, key)| wanted.row(key)) {
        return Ok(Vec::new());
    }
    let peer = count(WAYS[0])?;
    let mut measured = Vec::new();
    for (way, key) in keys.into_iter().filter(|(_, key)| wanted.row(key)) {
        let own = if way == WAYS[0] { peer } else { count(way)? };
        let row = Measured::new(key, format!("{own:.places$}"));
        // A goal for allocations is how many more, for instructions how many times as many.
        measured.push(match (way == WAYS[0], group) {
            (true, _) => row.beside("1.00", None),
            (_, "allocations") => row.beside(format!("{:+.1}", own - peer), Some(own - peer)),
            _ => row.beside(format!("{:.3}", own / peer), Some(own / peer)),
        });
    }
    Ok(measured)
}

#[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
fn allocations(programs: &Programs, base_url: &str, way: &str) -> Result<f64, String> {
    let mut command = pinned(CLIENT, programs.get("counted")?);
    command.args([way, base_url, IN_FLIGHT]);
    let mut process = Asked::start(command)?;
    process.line()?;
    let mut counted = |looks| {
        let (_, said) = process.order(looks)?;
        said.parse::<u64>().map_err(|error| format!("{said:?}: {error}"))
    };
    let before = counted(FEW)?;
    Ok((counted(COUNTED)? - before) as f64 / COUNTED as f64)
}

#[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
fn instructions(programs: &Programs, base_url: &str, way: &str) -> Result<f64, String> {
    let counted = |looks| {
        let mut command = pinned(CLIENT, "valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(programs.get("ways")?);
        command.args([way, base_url, IN_FLIGHT]).stderr(Stdio::piped());
        let mut process = Asked::start(command)?;
        process.line()?;
        process.order(looks)?;
        let said = process.end()?;
        let collected = said.lines().find_map(|line| line.split_once("Collected :"));
        let collected = collected.and_then(|(_, number)| number.trim().parse::<u64>().ok());
        collected.ok_or_else(|| format!("valgrind told no number of instructions:\n{said}"))
    };
    let before = counted(FEW)?;
    Ok((counted(FEW + COUNTED)? - before) as f64 / COUNTED as f64)
}
