//! A million waits in one process: memory, time, and whether every id is answered once and in time.
//!
//! `cargo bench -p midapi --bench million`. The server is simulated: what it answers follows from the id and the time, and the
//! time jumps. Each case is a process of its own, so that its peak of resident memory is its own.
//!
//! - `wait_all`: through the public stream, at a rate. Ids are made as they are asked for, and answers are dropped; a bitmap
//!   keeps which ids have ended.
//! - `a task per id`: a spawned `client.wait(id)` for each id, with a semaphore for the looks, on tokio's timers with its
//!   clock paused, so that it jumps too.
//! - decisions: the scheduler alone, with outcomes made beforehand.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench, not an API")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::hint::black_box;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures_util::stream::StreamExt;
use midapi::bench_support::Waits;
use midapi::clock::{Clock, Sleep};
use midapi::poll::FixedInterval;
use midapi::{Client, RawResponse, Task, Transport, TransportFuture};
use tokio::sync::Semaphore;

const MILLION: u32 = 1_000_000;
/// More than a million, and what the ledgers hold in every case, so that they are no part of the difference.
const MOST: u32 = 1_100_000;
const FEW: u32 = 1_000;
const IDS_OF_TASKS_EACH: u32 = MILLION;

const ID_BYTES: u32 = 32;
/// Looks a second: all ids have been looked at once before the first is due again.
const RATE: u32 = 10_000;
/// The time between two looks at that rate. Ids fall due as far apart, so it is all that the rate explains of a late look.
const SPACING: Duration = Duration::from_micros(100);
/// tokio's timers have no finer grain.
const TICK: Duration = Duration::from_millis(1);
const INTERVAL: Duration = Duration::from_mins(2);
/// No task ends before all have been seen, so that all are waited for at once.
const SHORTEST: u64 = 200;
const LONGEST: u64 = 400;
const IN_FLIGHT: usize = 32;
const TIMEOUT: Duration = Duration::from_hours(1);

const GENERATING: &str = r#"{"code":200,"msg":"success","data":{"taskType":"mj_txt2img","successFlag":0}}"#;
const DONE: &str = r#"{"code":200,"msg":"success","data":{"taskType":"mj_txt2img","successFlag":1}}"#;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let Some([_, case, ids]) = arguments.iter().position(|it| it == "--case").map(|at| &arguments[at..at + 3]) {
        let ids = ids.parse().unwrap();
        let (figures, extra) = match case.as_str() {
            "wait_all" => wait_all(ids),
            "a-task-per-id" => task_per_id(ids),
            _ => decisions(ids),
        };
        println!(
            "{} {} {} {} {extra}",
            peak_kib(),
            figures.looks,
            figures.wall.as_secs_f64(),
            figures.cpu.as_secs_f64()
        );
        return;
    }
    println!(
        "simulated: a look every {} s, tasks of {SHORTEST} to {LONGEST} s, {RATE} looks a second",
        INTERVAL.as_secs()
    );
    println!("case                  ids     peak MiB      looks    wall s     CPU s  µs/look  checked");
    let few = run("wait_all", FEW);
    let million = run("wait_all", MILLION);
    run("wait_all", MOST);
    let few_each = run("a-task-per-id", FEW);
    let each = run("a-task-per-id", IDS_OF_TASKS_EACH);
    println!();
    let bytes = million.bytes_an_id(&few, MILLION);
    println!(
        "bytes an id beyond its {ID_BYTES} of text, (peak at {MILLION} - peak at {FEW}) / {} - {ID_BYTES}:",
        MILLION - FEW
    );
    println!("  wait_all       {bytes:>8.1}  (goal 128, stretch 64)");
    let bytes_each = each.bytes_an_id(&few_each, IDS_OF_TASKS_EACH);
    println!("  a task per id  {bytes_each:>8.1}  ({:.1} times as many)", bytes_each / bytes);
    println!("CPU a look, end to end, answer judged and read:");
    println!("  wait_all       {:>8.2} µs", million.cpu / million.looks * 1e6);
    println!("  a task per id  {:>8.2} µs", each.cpu / each.looks * 1e6);
    let alone = run_case("decisions", MILLION);
    println!("scheduler alone, {} decisions over {MILLION} ids:", alone.looks);
    println!(
        "  {:.3} µs a decision: pop, hand out, take the answer, re-arm or hand over (goal 1 µs)",
        alone.wall / alone.looks * 1e6
    );
    println!("  {}", alone.extra);
}

/// What a case found, as told to the parent.
struct Told {
    peak_kib: f64,
    looks: f64,
    wall: f64,
    cpu: f64,
    extra: String,
}

impl Told {
    fn bytes_an_id(&self, few: &Self, ids: u32) -> f64 {
        (self.peak_kib - few.peak_kib) * 1024.0 / f64::from(ids - FEW) - f64::from(ID_BYTES)
    }
}

fn run(case: &str, ids: u32) -> Told {
    let told = run_case(case, ids);
    println!(
        "{case:<14} {ids:>10}  {:>11.1} {:>10} {:>9.2} {:>9.2} {:>8.2}  {}",
        told.peak_kib / 1024.0,
        told.looks,
        told.wall,
        told.cpu,
        told.wall / told.looks * 1e6,
        told.extra,
    );
    told
}

fn run_case(case: &str, ids: u32) -> Told {
    let child =
        Command::new(std::env::current_exe().unwrap()).args(["--case", case, &ids.to_string()]).output().unwrap();
    assert!(child.status.success(), "{case} {ids}: {}", String::from_utf8_lossy(&child.stderr));
    let line = String::from_utf8(child.stdout).unwrap();
    let mut words = line.trim().splitn(5, ' ');
    let mut number = || words.next().unwrap().parse().unwrap();
    let (peak_kib, looks, wall, cpu) = (number(), number(), number(), number());
    Told { peak_kib, looks, wall, cpu, extra: words.next().unwrap_or_default().to_owned() }
}

struct Figures {
    looks: u64,
    wall: Duration,
    cpu: Duration,
}

/// Measures what is done, on one thread.
fn measured(server: &Simulated, done: impl Future<Output = ()>) -> Figures {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (start, cpu) = (Instant::now(), cpu_time());
    runtime.block_on(done);
    Figures { looks: server.0.looks.load(Relaxed), wall: start.elapsed(), cpu: cpu_time().saturating_sub(cpu) }
}

fn wait_all(count: u32) -> (Figures, String) {
    let clock = JumpingClock::new();
    let server = Simulated::new(clock.clone(), Semaphore::MAX_PERMITS);
    let client = server.client(clock);
    let mut bitmap = Bitmap::new();
    let figures = measured(&server, async {
        let waits = client.wait_all((0..count).map(id_of)).interval(INTERVAL).timeout(TIMEOUT);
        let mut ended = waits.rate(f64::from(RATE)).max_in_flight(IN_FLIGHT).stream();
        while let Some((id, outcome)) = ended.next().await {
            bitmap.ended(number_of(&id), outcome.is_ok());
        }
    });
    (figures, checked(&bitmap, count, &server, SPACING))
}

fn task_per_id(count: u32) -> (Figures, String) {
    let clock = PausedClock;
    let server = Simulated::new(clock, IN_FLIGHT);
    let mut bitmap = Bitmap::new();
    let figures = measured(&server, async {
        server.0.begin_at(clock.now());
        let client = server.client(clock);
        let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
        for n in 0..count {
            let (client, send) = (client.clone(), send.clone());
            tokio::spawn(async move {
                let outcome = client.wait(id_of(n)).interval(INTERVAL).timeout(TIMEOUT).await;
                send.send((n, outcome.is_ok())).unwrap();
            });
            // As many a second, in steps that the timers can make.
            if n % (RATE / 100) == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        drop(send);
        while let Some((n, well)) = receive.recv().await {
            bitmap.ended(n, well);
        }
    });
    (figures, checked(&bitmap, count, &server, TICK))
}

/// Checks what the ledgers say, and puts it into words.
fn checked(bitmap: &Bitmap, count: u32, server: &Simulated, explained: Duration) -> String {
    assert_eq!(bitmap.count, count, "every id ends, and none twice");
    let (most, late) = (server.0.most_waiting.load(Relaxed), Duration::from_nanos(server.0.latest.load(Relaxed)));
    assert_eq!(most, u64::from(count), "all were waited for at once");
    assert!(late <= explained, "{late:?} late");
    format!("all ended once, {most} at once, none more than {late:?} late")
}

/// The scheduler by itself. Time goes by the due times; outcomes are made between the measured stretches. Dropping
/// the outcomes of tasks that go on is part of it.
fn decisions(count: u32) -> (Figures, String) {
    const STRETCH: usize = 64;
    /// When all tasks end: an id is looked at four times, or five if jitter has it so.
    const ENDS: Duration = INTERVAL.saturating_mul(3);
    let clock = JumpingClock::new();
    let server = Simulated::new(clock.clone(), Semaphore::MAX_PERMITS);
    let random = AtomicU64::new(0);
    let random = move || mixed(random.fetch_add(1, Relaxed)) as f64 / u64::MAX as f64;
    let client = Client::builder().api_key("k").clock(clock.clone()).rng(random).transport(server.clone());
    let client = client.build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let generating = runtime.block_on(client.get(id_of(0)).into_future()).unwrap();
    clock.advance(Duration::from_secs(LONGEST));
    let done = runtime.block_on(client.get(id_of(0)).into_future()).unwrap();
    let mut waits = Waits::new(client, TIMEOUT, FixedInterval(INTERVAL));
    let joined = Instant::now();
    for n in 0..count {
        let due = INTERVAL.mul_f64(mixed(u64::from(n)) as f64 / u64::MAX as f64);
        waits.join(&id_of(n), due).unwrap();
    }
    let joining = joined.elapsed();
    let outcomes = |task: &Task| -> Vec<Task> { std::iter::repeat_n(task.clone(), STRETCH).collect() };
    let (mut spent, mut cost, mut looks) = (Duration::ZERO, Duration::ZERO, 0);
    let mut stretches = Vec::new();
    while !waits.is_empty() {
        let (mut more, mut ends) = (outcomes(&generating), outcomes(&done));
        let mut handed_over = Vec::with_capacity(STRETCH);
        let begun = Instant::now();
        for _ in 0..STRETCH {
            let Some(now) = waits.next_due() else { break };
            let Some(handed) = waits.hand_out(now) else { break };
            black_box(handed.id());
            let outcomes = if now < ENDS { &mut more } else { &mut ends };
            let Some(task) = outcomes.pop() else { break };
            handed_over.extend(waits.answer(&handed, Ok(task), now));
            looks += 1;
        }
        stretches.push(begun.elapsed());
        spent += begun.elapsed();
        let begun = Instant::now();
        drop((handed_over, more, ends));
        cost += begun.elapsed();
    }
    assert!(looks >= u64::from(count) * 4, "{looks} decisions");
    stretches.sort_unstable();
    let median = stretches[stretches.len() / 2].as_secs_f64() / STRETCH as f64 * 1e6;
    let extra = format!(
        "median of stretches of {STRETCH}: {median:.3} µs; joining took {:.3} µs an id; \
         dropping what was handed over is not counted ({:.3} µs a look)",
        joining.as_secs_f64() / f64::from(count) * 1e6,
        cost.as_secs_f64() / looks as f64 * 1e6
    );
    (Figures { looks, wall: spent, cpu: spent }, extra)
}

/// An id as the server makes them: 32 hexadecimal digits. Its number can be read from it.
fn id_of(n: u32) -> String {
    format!("{:016x}{n:016x}", mixed(u64::from(n)))
}

fn number_of(id: &str) -> u32 {
    u32::from_str_radix(&id[24..], 16).unwrap()
}

/// How long a task takes: a pure function of its id.
fn done_after(n: u32) -> Duration {
    Duration::from_millis(SHORTEST * 1000 + mixed(u64::from(n)) % ((LONGEST - SHORTEST) * 1000))
}

/// A number that looks random (splitmix64).
const fn mixed(n: u64) -> u64 {
    let n = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// Which ids have ended.
struct Bitmap {
    bits: Vec<u64>,
    count: u32,
}

impl Bitmap {
    fn new() -> Self {
        Self { bits: vec![0; MOST as usize / 64 + 1], count: 0 }
    }

    fn ended(&mut self, n: u32, well: bool) {
        assert!(well, "id {n} failed");
        let (word, bit) = (&mut self.bits[n as usize / 64], 1 << (n % 64));
        assert_eq!(*word & bit, 0, "id {n} ended twice");
        *word |= bit;
        self.count += 1;
    }
}

/// The server. It answers at once.
#[derive(Debug, Clone)]
struct Simulated(Arc<Server>);

#[derive(Debug)]
struct Server {
    clock: Box<dyn Clock>,
    start: std::sync::RwLock<Instant>,
    /// When each id was looked at last, in units of 10 µs. None of it is zero, so that its pages are there from the start.
    looked: Vec<AtomicU32>,
    looks: AtomicU64,
    waiting: AtomicU64,
    most_waiting: AtomicU64,
    /// The longest time that a look came after its due time, in nanoseconds.
    latest: AtomicU64,
    in_flight: Semaphore,
}

const NEVER: u32 = u32::MAX;
const UNIT: Duration = Duration::from_micros(10);

impl Simulated {
    fn new(clock: impl Clock, in_flight: usize) -> Self {
        Self(Arc::new(Server {
            start: clock.now().into(),
            clock: Box::new(clock),
            looked: (0..MOST).map(|_| NEVER.into()).collect(),
            looks: 0.into(),
            waiting: 0.into(),
            most_waiting: 0.into(),
            latest: 0.into(),
            in_flight: Semaphore::new(in_flight),
        }))
    }

    /// A client without jitter: half of ±10 % is none.
    fn client(&self, clock: impl Clock) -> Client {
        Client::builder().api_key("k").clock(clock).rng(|| 0.5).transport(self.clone()).build().unwrap()
    }
}

impl Server {
    fn begin_at(&self, start: Instant) {
        *self.start.write().unwrap() = start;
    }

    fn answer(&self, n: u32) -> RawResponse {
        let now = self.clock.now() - *self.start.read().unwrap();
        self.looks.fetch_add(1, Relaxed);
        let units = u32::try_from(now.as_nanos() / UNIT.as_nanos()).unwrap();
        let before = self.looked[n as usize].swap(units, Relaxed);
        if before == NEVER {
            let waiting = self.waiting.fetch_add(1, Relaxed) + 1;
            self.most_waiting.fetch_max(waiting, Relaxed);
        } else {
            let late = (UNIT * units).saturating_sub(UNIT * before + INTERVAL);
            self.latest.fetch_max(u64::try_from(late.as_nanos()).unwrap(), Relaxed);
        }
        if now < done_after(n) {
            return RawResponse::new(200, GENERATING);
        }
        self.waiting.fetch_sub(1, Relaxed);
        RawResponse::new(200, DONE)
    }
}

impl Transport for Simulated {
    fn look_up(&self, id: &str, _: Duration) -> TransportFuture {
        let (server, n) = (Arc::clone(&self.0), number_of(id));
        Box::pin(async move {
            let _permit = server.in_flight.acquire().await.unwrap();
            Ok(server.answer(n))
        })
    }
}

/// A clock that jumps to the end of each sleep, and keeps nothing of it.
#[derive(Debug, Clone)]
struct JumpingClock {
    start: Instant,
    nanos: Arc<AtomicU64>,
}

impl JumpingClock {
    fn new() -> Self {
        Self { start: Instant::now(), nanos: Arc::default() }
    }

    fn advance(&self, time: Duration) {
        self.nanos.fetch_add(u64::try_from(time.as_nanos()).unwrap(), Relaxed);
    }
}

impl Clock for JumpingClock {
    fn now(&self) -> Instant {
        self.start + Duration::from_nanos(self.nanos.load(Relaxed))
    }

    fn timestamp(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH + Duration::from_nanos(self.nanos.load(Relaxed))
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        let end = clock.nanos.load(Relaxed).saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
        let sleep: Pin<Box<_>> = Box::pin(async move {
            clock.nanos.fetch_max(end, Relaxed);
        });
        sleep
    }

    fn is_virtual(&self) -> bool {
        true
    }
}

/// Tokio's timers with its clock paused: it jumps when every task sleeps.
#[derive(Debug, Clone, Copy)]
struct PausedClock;

impl Clock for PausedClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn timestamp(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The peak of this process's resident memory.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The time that this thread has had a core for.
fn cpu_time() -> Duration {
    let nanos = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(nanos.split(' ').next().unwrap().parse().unwrap())
}
