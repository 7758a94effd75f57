//! Look-ups a second and the processor's time for each, in turns: a round of each way, and what counts is its ratio to the round of
//! hand-written reqwest in the same turn, since a machine's speed drifts.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Asked, CLIENT, Server, Took, pinned, runs};
use super::programs::{self, Programs};
use super::row::{IN_FLIGHT, WAYS};
use super::spread::Spread;
use super::{Measured, Wanted};

/// The way that the others are held against.
const PEER: &str = "reqwest";
const TURNS: usize = 21;
/// How long a round should take.
const ROUND: f64 = 0.2;
/// The id that is asked for.
const ID: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

pub(super) fn measure(wanted: &Wanted<'_>) -> Result<Vec<Measured>, String> {
    // First, since the other build takes its file.
    let needs = |way: &str| IN_FLIGHT.iter().any(|n| wanted.row(&format!("look-ups/{n}/{way}")));
    let all_features = if needs("sdk-all-features") { programs::with_all_features(wanted.root) } else { None };
    let midapi = if needs("midapi-lua") { Some(programs::midapi(wanted.root)?) } else { None };
    let programs = Programs::build(wanted.root)?;
    let (_server, base_url) = Server::start(programs.get("serve")?)?;
    let found = Found { root: wanted.root, ways: programs.get("ways")?, all_features, midapi, base_url };
    let mut measured = Vec::new();
    for in_flight in IN_FLIGHT {
        let mut peers = Vec::new();
        for (way, ..) in WAYS.iter().filter(|(.., makes_sense)| makes_sense.contains(&in_flight)) {
            let key = format!("look-ups/{in_flight}/{way}");
            if !wanted.row(&key) && *way != PEER {
                continue;
            }
            match found.command(way, in_flight) {
                Some((command, looks)) => peers.push(Peer::start(key, command, looks)?),
                None => measured.push(Measured::new(key, "not installed")),
            }
        }
        if peers.iter().any(|peer| wanted.row(&peer.key)) {
            measured.extend(take_turns(wanted, peers)?.into_iter().filter(|measured| wanted.row(&measured.key)));
        }
    }
    Ok(measured)
}

/// What there is to run.
struct Found<'a> {
    root: &'a Path,
    ways: &'a Path,
    all_features: Option<PathBuf>,
    midapi: Option<PathBuf>,
    base_url: String,
}

impl Found<'_> {
    /// The process of a way, if what it needs is here, and how many look-ups it makes at each order, if that is its own decision.
    fn command(&self, way: &str, in_flight: usize) -> Option<(Command, Option<u64>)> {
        let (base_url, number) = (self.base_url.as_str(), in_flight.to_string());
        let scripts = self.root.join("crates/midapi-lua/benches");
        let peers = self.root.join("crates/midapi-bench/peers");
        // Scripts are told once how often they look.
        let lua = |mut command: Command, script: &str, looks: u64| {
            command.arg(scripts.join(script)).args([base_url, &looks.to_string(), &number]);
            Some((command, Some(looks)))
        };
        let by_id = |program: &str, script: &str| {
            let mut command = pinned(CLIENT, program);
            command.arg(peers.join(script)).args([base_url, ID, &number]);
            Some((command, None))
        };
        let looks = if in_flight == 1 { 2_000 } else { 4_000 };
        match way {
            "sdk-all-features" => {
                let mut command = pinned(CLIENT, self.all_features.as_ref()?);
                command.args([way, base_url, &number]);
                Some((command, None))
            }
            "midapi-lua" => {
                let mut command = pinned(CLIENT, self.midapi.as_ref()?);
                command.arg("lua");
                lua(command, "look_ups.lua", looks)
            }
            "lua-module" => {
                let module = self.root.join("target/lua/5.4");
                let there = module.join("midapi.so").exists() && runs("lua5.4", &["-v"]);
                let mut command = pinned(CLIENT, "lua5.4");
                command.env("LUA_CPATH", module.join("?.so"));
                there.then(|| lua(command, "look_ups.lua", looks)).flatten()
            }
            "luasocket" => {
                let there = runs("lua5.1", &["-e", "require 'socket.http' require 'cjson'"]);
                there.then(|| lua(pinned(CLIENT, "lua5.1"), "luasocket.lua", 500)).flatten()
            }
            "node" => runs("node", &["-e", "fetch"]).then(|| by_id("node", "node.mjs")).flatten(),
            "requests" => {
                runs("python3", &["-c", "import requests"]).then(|| by_id("python3", "requests_client.py")).flatten()
            }
            "aiohttp" => {
                runs("python3", &["-c", "import aiohttp"]).then(|| by_id("python3", "aiohttp_client.py")).flatten()
            }
            _ => {
                let mut command = pinned(CLIENT, self.ways);
                command.args([way, base_url, &number]);
                Some((command, None))
            }
        }
    }
}

/// A way under measurement.
struct Peer {
    key: String,
    process: Asked,
    looks: Option<u64>,
    rounds: Vec<Round>,
}

/// What a round came to.
#[derive(Clone, Copy)]
struct Round {
    rate: f64,
    /// Seconds a look-up.
    cpu: Option<f64>,
}

impl Peer {
    fn start(key: String, command: Command, looks: Option<u64>) -> Result<Self, String> {
        let mut process = Asked::start(command)?;
        let said = process.line().map_err(|error| format!("{key}: {error}"))?;
        if said != "ready" {
            return Err(format!("{key}: said {said:?} instead of ready"));
        }
        Ok(Self { key, process, looks, rounds: Vec::new() })
    }

    fn round(&mut self, looks: u64) -> Result<Round, String> {
        let (Took { wall, cpu }, _) = self.process.order(looks).map_err(|error| format!("{}: {error}", self.key))?;
        #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
        let looks = self.looks.unwrap_or(looks) as f64;
        Ok(Round { rate: looks / wall.as_secs_f64(), cpu: cpu.map(|cpu| cpu.as_secs_f64() / looks) })
    }
}

fn take_turns(wanted: &Wanted<'_>, mut peers: Vec<Peer>) -> Result<Vec<Measured>, String> {
    let round = if wanted.quick { ROUND / 4.0 } else { ROUND };
    // Warm, and then as many look-ups as a round has time for.
    let mut orders = Vec::new();
    for peer in &mut peers {
        peer.round(600)?;
        let rate = peer.round(600)?.rate;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number of look-ups")]
        orders.push((rate * round).max(100.0) as u64);
    }
    let all = peers.len();
    for turn in 0..wanted.rounds(TURNS) {
        // Each begins at times, so that none always runs in another's wake.
        for at in (0..all).map(|step| (step + turn) % all) {
            let round = peers[at].round(orders[at])?;
            peers[at].rounds.push(round);
        }
    }
    let reference = peers.iter().find(|peer| peer.key.ends_with(&format!("/{PEER}")));
    let reference = reference.map(|peer| peer.rounds.clone()).unwrap_or_default();
    Ok(peers.into_iter().map(|peer| beside(peer, &reference)).collect())
}

fn beside(peer: Peer, reference: &[Round]) -> Measured {
    let rate = Spread::of(peer.rounds.iter().map(|round| round.rate)).median;
    let mut figure = format!("{rate:.0}/s");
    if let Some(cpu) = peer.rounds.iter().map(|round| round.cpu).collect::<Option<Vec<_>>>() {
        let own = Spread::of(cpu.iter().copied());
        let of = Spread::of(cpu.iter().zip(reference).map(|(cpu, of)| cpu / of.cpu.unwrap_or(f64::NAN)));
        figure = format!("{figure}, CPU {:.1} µs = {:.2}", own.median * 1e6, of.median);
    }
    let ratio = Spread::of(peer.rounds.iter().zip(reference).map(|(round, of)| round.rate / of.rate));
    let _ = peer.process.end();
    Measured::new(peer.key, figure).ratio(ratio)
}
