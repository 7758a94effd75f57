#!/usr/bin/env python3
"""Compares the SDK with other HTTP clients in one run: throughput, CPU time, instructions and allocations per request.

    cargo build --release -p midapi-bench && crates/midapi-bench/peers.py

All clients send the same request to one server and read the response. They take turns in a rotating order. A ratio
compares the rounds of two clients in the same turn; the table shows medians. If there are two cores and taskset, the
server runs on one core and the clients on the other. Clients that are not installed are reported and skipped. Do not
run other programs at the same time.
"""
import argparse
import collections
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = Path(__file__).resolve().parent / "peers"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
REFERENCE = "hand-written reqwest"
CLIENT_CORE, SERVER_CORE = "0", "1"
# The duration of a round, in seconds. It determines the number of requests per round.
ROUND = 0.2
# Instructions and allocations are counted for two numbers of requests. Their difference does not include startup.
WARM_UP, COUNTED = 2_000, 4_000

Client = collections.namedtuple("Client", "command installed environment")


def clients():
    """The clients by name, each with its command, a command that succeeds if it is installed, and its environment."""
    own, midapi, python = str(TARGET / "midapi-bench"), str(TARGET / "midapi"), sys.executable
    module = ROOT / "target/lua/5.4"
    lua = [str(PEERS / "get_all.lua"), "URL", ID, "IN_FLIGHT"]

    def script(program, file, *check):
        return Client([program, str(PEERS / file), "URL", ID, "IN_FLIGHT"], [program, *check], {})

    return {
        "hand-written hyper": Client([own, "hyper", "URL", "IN_FLIGHT"], [own], {}),
        REFERENCE: Client([own, "reqwest", "URL", "IN_FLIGHT"], [own], {}),
        "generated client": Client([own, "generated", "URL", "IN_FLIGHT"], [own], {}),
        "SDK": Client([own, "sdk", "URL", "IN_FLIGHT"], [own], {}),
        "SDK, spans recorded": Client([own, "sdk-with-spans", "URL", "IN_FLIGHT"], [own], {}),
        "midapi lua, get_all": Client([midapi, "lua", *lua], [midapi, "--version"], {}),
        "Lua 5.4 module, get_all": Client(
            ["lua5.4", *lua], ["test", "-e", str(module / "midapi.so")], {"LUA_CPATH": f"{module}/?.so"}
        ),
        "aiohttp": script(python, "aiohttp_peer.py", "-c", "import aiohttp"),
        "node fetch": script("node", "fetch.mjs", "-e", "fetch"),
        "Python requests": script(python, "requests_peer.py", "-c", "import requests"),
    }


def is_installed(client):
    if not shutil.which(client.command[0]):
        return False
    if len(client.installed) == 1:
        return True
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.run(client.installed, **quiet).returncode == 0


def pin(core, command):
    return ["taskset", "--cpu-list", core, *command] if shutil.which("taskset") and os.cpu_count() > 1 else command


def start(command, **options):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)


class Worker:
    """A client process. It prints `ready` at its start, and `done` after each number of requests."""

    def __init__(self, client, base_url, in_flight, prefix=(), **options):
        values = {"URL": base_url, "IN_FLIGHT": str(in_flight)}
        command = pin(CLIENT_CORE, [*prefix, *(values.get(word, word) for word in client.command)])
        environment = {**os.environ, **client.environment}
        self.process = start(command, env=environment, **options)
        self.read_line("ready")

    def read_line(self, expected):
        line = self.process.stdout.readline()
        if not line.startswith(expected):
            raise SystemExit(f"{shlex.join(self.process.args)}: {line!r} instead of {expected!r}")

    def send(self, count):
        """Sends requests and returns requests per second and CPU seconds per request."""
        cpu, start = self.cpu_seconds(), time.perf_counter()
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        self.read_line("done")
        elapsed = time.perf_counter() - start
        return count / elapsed, (self.cpu_seconds() - cpu) / count

    def cpu_seconds(self):
        """The CPU time of all threads in seconds. NaN if /proc does not have it."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        if not tasks.exists():
            return float("nan")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    def close(self):
        output = self.process.communicate()
        return output[1] or ""


def compare_throughput(installed, base_url, in_flight, turns):
    workers = {name: Worker(client, base_url, in_flight) for name, client in installed.items()}
    counts = {}
    for name, worker in workers.items():
        worker.send(500)
        counts[name] = max(100, int(worker.send(500)[0] * ROUND))
    rounds = {name: [] for name in workers}
    names = list(workers)
    for turn in range(turns):
        for step in range(len(names)):
            name = names[(step + turn) % len(names)]
            rounds[name].append(workers[name].send(counts[name]))
    print(f"\n{f'{in_flight} in flight':<24} requests/s  CPU µs  to {REFERENCE} (lowest to highest of {turns})  CPU to it")
    for name, results in rounds.items():
        rate, cpu = (statistics.median(values) for values in zip(*results))
        pairs = zip(results, rounds[REFERENCE])
        rates, cpus = zip(*((own[0] / other[0], own[1] / other[1]) for own, other in pairs))
        ratio = f"{statistics.median(rates):.3f} ({min(rates):.3f} to {max(rates):.3f})"
        print(f"{name:<24} {rate:>10.0f}  {cpu * 1e6:>6.1f}  {ratio:<53}  {statistics.median(cpus):.3f}")
    for worker in workers.values():
        worker.close()


def count_per_request(client, base_url, in_flight, tool, pattern):
    """Counts with a tool of valgrind. Returns the count per request."""

    def run(count):
        worker = Worker(client, base_url, in_flight, ["valgrind", *tool], stderr=subprocess.PIPE)
        worker.send(count)
        output = worker.close()
        return int(re.search(pattern, output)[1].replace(",", ""))

    return (run(WARM_UP + COUNTED) - run(WARM_UP)) / COUNTED


def compare_counts(installed, base_url, in_flight):
    if not shutil.which("valgrind"):
        print("\nskipped: instructions and allocations per request (valgrind is not installed)")
        return
    native = {name: client for name, client in installed.items() if "midapi-bench" in client.command[0] or name in EXTRA}
    callgrind = ["--tool=callgrind", "--callgrind-out-file=/dev/null"], r"Collected : (\d+)"
    memcheck = ["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"], r"total heap usage: ([\d,]+) allocs"
    figures = {
        name: [count_per_request(client, base_url, in_flight, *tool) for tool in (callgrind, memcheck)]
        for name, client in native.items()
    }
    print(f"\n{f'{in_flight} in flight':<24} instructions  to {REFERENCE}  allocations  beyond it")
    for name, (instructions, allocations) in figures.items():
        reference = figures[REFERENCE]
        ratio, difference = instructions / reference[0], allocations - reference[1]
        print(f"{name:<24} {instructions:>12.0f}  {ratio:<23.3f}  {allocations:>11.1f}  {difference:>+9.1f}")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--in-flight", type=int, nargs="+", default=[1, 64], help="numbers of concurrent requests (default: 1 64)")
parser.add_argument("--turns", type=int, default=21, help="number of rounds of each client (default: 21)")
parser.add_argument("--only", metavar="TEXT", help="run only the reference and clients whose name contains TEXT")
parser.add_argument("--no-counts", action="store_true", help="skip instructions and allocations")
parser.add_argument("--add", action="append", default=[], metavar="NAME=COMMAND",
                    help="add a client, such as an older build; base URL and number in flight are appended to COMMAND")
options = parser.parse_args()
EXTRA = {}
for addition in options.add:
    name, _, command = addition.partition("=")
    EXTRA[name] = Client([*shlex.split(command), "URL", "IN_FLIGHT"], [command], {})
if not (TARGET / "midapi-bench").exists():
    raise SystemExit("first run: cargo build --release -p midapi-bench")
is_wanted = lambda name: not options.only or options.only in name or name == REFERENCE
wanted = {name: client for name, client in clients().items() if is_wanted(name)} | EXTRA
installed = {name: client for name, client in wanted.items() if is_installed(client)}
for name in (name for name in wanted if name not in installed):
    print(f"skipped: {name} (not installed or not built: {wanted[name].command[0]})")
server = start(pin(SERVER_CORE, [str(TARGET / "midapi-bench"), "serve"]))
try:
    url = server.stdout.readline().strip()
    for number in options.in_flight:
        compare_throughput(installed, url, number, options.turns)
    if not options.no_counts:
        compare_counts(installed, url, max(options.in_flight))
finally:
    server.stdin.close()
    server.wait()
