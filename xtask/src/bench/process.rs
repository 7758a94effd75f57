//! Processes that do what a line says, each on the core that it is given.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// The cores: clients have one to themselves, and the server another.
pub(super) const CLIENT: usize = 0;
pub(super) const SERVER: usize = 1;

/// A command on one core, where there are two and `taskset` to choose.
pub(super) fn pinned(core: usize, program: impl AsRef<Path>) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores < 2 || !runs("taskset", &["--version"]) {
        return Command::new(program.as_ref());
    }
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &core.to_string()]).arg(program.as_ref());
    command
}

/// Whether a program is installed, and does this well.
pub(super) fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    let command = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A process that answers a line with a line. Dropping it ends it.
pub(super) struct Asked {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What one order took.
#[derive(Clone, Copy)]
pub(super) struct Took {
    pub(super) wall: Duration,
    /// All threads together; None where the system does not tell.
    pub(super) cpu: Option<Duration>,
}

impl Asked {
    pub(super) fn start(mut command: Command) -> Result<Self, String> {
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|error| format!("{command:?} cannot be run: {error}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{command:?} has no pipes"));
        };
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// The next line that it says.
    pub(super) fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => Err("a process that was to be measured has ended; it says why above".into()),
            Ok(_) => Ok(line.trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Has it do something, and waits until it is done. What it said to it comes too.
    pub(super) fn order(&mut self, order: u64) -> Result<(Took, String), String> {
        let cpu = self.cpu();
        let start = Instant::now();
        writeln!(self.input, "{order}").map_err(|error| error.to_string())?;
        let answer = self.line()?;
        let wall = start.elapsed();
        let said = answer.strip_prefix("done").ok_or_else(|| format!("a process said {answer:?} instead of done"))?;
        let cpu = cpu.and_then(|before| Some(self.cpu()?.saturating_sub(before)));
        Ok((Took { wall, cpu }, said.trim().to_owned()))
    }

    /// The time that its threads have had a core for, to the nanosecond.
    fn cpu(&self) -> Option<Duration> {
        let mut nanoseconds = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()? {
            let told = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            nanoseconds += told.split(' ').next()?.parse::<u64>().ok()?;
        }
        Some(Duration::from_nanos(nanoseconds))
    }

    /// Says that there is nothing more to do, waits for its end, and returns what it wrote to a piped standard error.
    pub(super) fn end(self) -> Result<String, String> {
        drop((self.input, self.output));
        let output = self.child.wait_with_output().map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A process of which only its end matters: it is ended with this value.
pub(super) struct Server(Asked);

impl Server {
    pub(super) fn start(program: &Path) -> Result<(Self, String), String> {
        let mut server = Asked::start(pinned(SERVER, program))?;
        let base_url = server.line()?;
        Ok((Self(server), base_url))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.child.kill();
        let _ = self.0.child.wait();
    }
}
