#!/usr/bin/env python3
"""Compares downloads with other tools: handling of file host faults, speed, second runs, memory and open files.

    cargo build --release -p midapi-bench -p midapi-cli && crates/midapi-bench/download_peers.py

Faults: `midapi mock` serves a fault to each tool, which may retry and resume. The results are:
- good: the right file is saved.
- refused: the exit status is not 0, and no file has the final name.
- leftover: the exit status is not 0, and a wrong file has the final name.
- LIE: the exit status is 0, but the file is wrong or missing.
A tool passes a fault if it saves the right file, or refuses when no right file is available.

Speed: `midapi-bench serve-files` serves one file under all names. It delays each response and each connection to simulate
latency. The tools take turns. A ratio compares the rounds of two tools in the same turn; the table shows medians. Tools
that are not installed are reported and skipped. Do not run other programs at the same time.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
MIDAPI, BENCH = str(TARGET / "midapi"), str(TARGET / "midapi-bench")
ENVIRONMENT = {**os.environ, "MIDAPI_API_KEY": "example-key"}
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
SIZE, IN_FLIGHT, FILE_BYTES = 40_000, 16, 600_000
NAME = "picture.jpeg"
MIDAPI_ROW = "midapi download"


def start(command):
    """Starts a server that prints its URL. Returns the process and the URL. The server stops when the script ends."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return process, process.stdout.readline().strip()


def stop(process):
    process.terminate()
    process.wait()


def start_mock(scenarios, directory):
    file = Path(directory) / "scenarios.json"
    file.write_text(json.dumps(scenarios))
    return start([MIDAPI, "mock", "--listen", "127.0.0.1:0", "--scenarios", str(file)])


def faults(other):
    """The faults by name: the steps of the file, and whether a right file is available. With None, both results pass."""
    jpeg = {"file": "jpeg", "size": SIZE}
    variant = {"file": "jpeg", "size": SIZE, "variant": 1}
    cut = {"truncate_after": SIZE // 2}
    longer = {"file": "jpeg", "size": SIZE + 5_000, "variant": 1, "remove_headers": ["etag", "last-modified"]}
    picture = {"headers": {"content-type": "image/jpeg"}}
    wrong_range = {"http_status": 206, "headers": {"content-range": f"bytes 7-9/{SIZE}"}}
    return {
        "200 text/html error page": ([{"html": 200}], False),
        "200 image/jpeg with HTML inside": ([{"html": 200, **picture}], False),
        "200 JSON error": ([{"raw": '{"code":500,"msg":"error"}', "headers": {"content-type": "application/json"}}], False),
        "200 with length 0": ([{"raw": "", **picture}], False),
        "302 to an HTML page elsewhere": ([{"redirect": f"{other}/m/page_0_0.jpeg"}], False),
        "404": ([{"status": 404}], False),
        "chunked body that ends at half": ([{**jpeg, "remove_headers": ["content-length"], "end_after": SIZE // 2}], False),
        "cut once, honest ranges": ([{**jpeg, **cut}, jpeg], True),
        "cut always": ([{**jpeg, "truncate_after": SIZE // 20}], False),
        "replaced between cut and resume": ([{**jpeg, **cut}, variant], True),
        "the same without a validator": ([{**jpeg, **cut, "remove_headers": ["etag", "last-modified"]}, longer], True),
        # A client that does not resume may refuse a part that it did not request.
        "206 with a wrong Content-Range": ([{**jpeg, **cut}, {**jpeg, **wrong_range}, jpeg], None),
        "server ignores Range": ([{**jpeg, **cut}, {**jpeg, "remove_headers": ["accept-ranges"]}], True),
        "429 + Retry-After 1, twice": ([{"status": 429, "retry_after": "1", "times": 2}, jpeg], True),
        "redirect to another host": ([{"redirect": f"{other}/m/right_0_0.jpeg"}], True),
        "plain success": ([jpeg], True),
    }


def downloaders():
    """The tools by name, each with the command that saves URL to NAME in DIR."""
    return {
        "curl": "curl -sSfL --remove-on-error --retry 4 --retry-all-errors -o DIR/NAME URL",
        "wget": "wget -q -c -t 5 --waitretry=1 --retry-on-http-error=429 -P DIR URL",
        "aria2c": "aria2c -q -c -m 5 --retry-wait=1 --file-allocation=none -d DIR -o NAME URL",
        "rclone": "rclone copyurl --retries 5 --low-level-retries 5 URL DIR/NAME",
        "gallery-dl": "gallery-dl -q --config-ignore --retries 4 -D DIR -f NAME URL",
        MIDAPI_ROW: f"{MIDAPI} --base-url BASE download ID --to DIR --name NAME",
    }


def has_tool(name, command):
    found = shutil.which(command.split()[0]) is not None
    if not found:
        print(f"skipped: {name} (not installed)")
    return found


def save_fault(command, base, id, wanted):
    """Runs a tool on one fault. Returns the result, such as good or refused."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"{base}/m/{id}_0_0.jpeg"
        # wget chooses the file name itself.
        name = url.rsplit("/", 1)[1] if command.startswith("wget") else NAME
        values = {"URL": url, "BASE": base, "ID": id, "DIR": directory, "NAME": name}
        words = [values.get(word, word.replace("DIR/NAME", f"{directory}/{name}")) for word in command.split()]
        try:
            status = subprocess.run(words, env=ENVIRONMENT, timeout=120, **QUIET).returncode
        except subprocess.TimeoutExpired:
            status = -1
        file = Path(directory) / name
        content = file.read_bytes() if file.exists() else None
    if content in wanted and content is not None:
        return "good" if status == 0 else f"good, status {status}"
    if status == 0:
        return "LIE"
    return "refused" if content is None else "leftover"


def read(url):
    with urllib.request.urlopen(url) as response:
        return response.read()


def compare_faults():
    tools = {name: command for name, command in downloaders().items() if has_tool(name, command)}
    jpeg = lambda size, variant: [{"file": "jpeg", "size": size, "variant": variant}]
    with tempfile.TemporaryDirectory() as directory:
        files = {"/m/page_0_0.jpeg": [{"html": 200}], "/m/right_0_0.jpeg": jpeg(SIZE, 0), "/m/new_0_0.jpeg": jpeg(SIZE, 1)}
        files["/m/long_0_0.jpeg"] = jpeg(SIZE + 5_000, 1)
        other, other_url = start_mock({"files": files}, directory)
        wanted = {read(f"{other_url}/m/{name}_0_0.jpeg") for name in ("right", "new", "long")}
        cases = faults(other_url)
        ids = {name: f"fault{index}" for index, name in enumerate(cases)}
        path = {name: f"/m/{id}_0_0.jpeg" for name, id in ids.items()}
        scenarios = {
            "tasks": {ids[name]: [{"state": "success", "result_urls": [path[name]]}] for name in cases},
            "files": {path[name]: steps for name, (steps, _) in cases.items()},
        }
        results = {}
        for tool, command in tools.items():
            mock, url = start_mock(scenarios, directory)
            results[tool] = {name: save_fault(command, url, id, wanted) for name, id in ids.items()}
            stop(mock)
        stop(other)

    def passes(tool, name):
        allowed = {True: ("good",), False: ("refused",), None: ("good", "refused")}[cases[name][1]]
        return results[tool][name] in allowed

    print(f"\n| fault | {' | '.join(tools)} |\n|{'---|' * (len(tools) + 1)}")
    for name in cases:
        print(f"| {name} | {' | '.join(results[tool][name] for tool in tools)} |")
    passed = [str(sum(passes(tool, name) for name in cases)) for tool in tools]
    print(f"| **passed of {len(cases)}** | {' | '.join(passed)} |")
    if MIDAPI_ROW not in tools or passed[list(tools).index(MIDAPI_ROW)] != str(len(cases)):
        sys.exit("midapi does not pass every fault")


def open_files(pid, directory):
    """The number of files below a directory that a process has open, and the number of temporary files among them."""
    paths = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            paths.append(os.readlink(descriptor))
        except OSError:
            pass
    inside = [path for path in paths if path.startswith(directory)]
    return len(inside), sum(".part" in path for path in inside)


def run(command, directory="", input=None):
    """Runs a command. Returns seconds, peak memory in bytes, CPU seconds, and the peak results of open_files."""
    most = [(0, 0)]
    begin = time.perf_counter()
    stdin = open(input) if input else subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT)
    if directory and Path("/proc/self/fd").exists():
        def watch():
            while process.returncode is None:
                try:
                    most[0] = tuple(map(max, most[0], open_files(process.pid, directory)))
                except OSError:
                    return
                time.sleep(0.002)
        threading.Thread(target=watch, daemon=True).start()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[:4]}: status {process.returncode}: {errors.decode()[-500:]}")
    return elapsed, usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime, most[0]


def compare_speed(count, latency, turns, directory, watches):
    server, url = start([BENCH, "serve-files", str(FILE_BYTES), str(latency)])
    ids = Path(directory) / "ids"
    ids.write_text("".join(f"t{task}\n" for task in range(count // 4)))
    lists = {tool: Path(directory) / tool for tool in ("curl", "aria2c")}
    names = [f"t{task}_0_{n}.jpeg" for task in range(count // 4) for n in range(4)]
    lists["aria2c"].write_text("".join(f"{url}/m/{name}\n" for name in names))
    plain = "plain reqwest, plain write"

    def command(tool, to):
        lists["curl"].write_text("".join(f'url = "{url}/m/{name}"\noutput = "{to}/{name}"\n' for name in names))
        return {
            plain: [BENCH, "save-plainly", url, str(count), str(IN_FLIGHT), to],
            "midapi, Rust": [BENCH, "save-verified", url, str(count), str(IN_FLIGHT), to],
            MIDAPI_ROW: [MIDAPI, "--base-url", url, "download", "-", "--to", to],
            "curl -Z": ["curl", "-sSZ", "--parallel-max", str(IN_FLIGHT), "-K", str(lists["curl"])],
            "aria2c": ["aria2c", "-q", f"-j{IN_FLIGHT}", "--file-allocation=none", "-d", to, "-i", str(lists["aria2c"])],
        }[tool]

    tools = [tool for tool in (plain, "midapi, Rust", MIDAPI_ROW, "curl -Z", "aria2c")
             if tool not in ("curl -Z", "aria2c") or has_tool(tool, tool)]
    rounds = {tool: [] for tool in tools}
    for turn in range(turns):
        for step in range(len(tools)):
            tool = tools[(step + turn) % len(tools)]
            to = tempfile.mkdtemp(dir=directory)
            rounds[tool].append(run(command(tool, to), to if watches else "", ids if tool == MIDAPI_ROW else None))
            saved = sum(1 for file in Path(to).rglob("*.jpeg") if file.stat().st_size == FILE_BYTES)
            if saved != count:
                sys.exit(f"{tool}: {saved} whole files instead of {count}")
            shutil.rmtree(to)
            os.sync()
    stop(server)
    print(f"\n{count} files of {FILE_BYTES // 1000} KB, {IN_FLIGHT} in flight, {latency} ms latency, {turns} turns")
    print("| | seconds | to plain reqwest (lowest to highest) | CPU seconds | open files in the directory, being written |")
    print("|---|---|---|---|---|")
    for tool, results in rounds.items():
        ratios = [own[0] / other[0] for own, other in zip(results, rounds[plain])]
        seconds, cpu = (statistics.median(result[column] for result in results) for column in (0, 2))
        files = tuple(max(result[3][column] for result in results) for column in (0, 1))
        ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"| {tool} | {seconds:.2f} | {ratio} | {cpu:.2f} | {files[0]}, {files[1]} |" if watches
              else f"| {tool} | {seconds:.2f} | {ratio} | {cpu:.2f} | – |")


def measure_second_run(count, directory):
    """Creates the records and files of `count` saved tasks, and measures a run over them."""
    server, url = start([BENCH, "serve-files", "2000", "0"])
    to = Path(tempfile.mkdtemp(dir=directory))
    run([MIDAPI, "--base-url", url, "download", "task-00000", "--to", str(to), "--name", "{id}-{n}.{ext}"])
    record = (to / ".midapi/task-00000.json").read_text()
    for task in range(1, count):
        id = f"task-{task:05}"
        # Hard links keep the modification time that is in the record.
        for n in range(1, 5):
            os.link(to / f"task-00000-{n}.jpeg", to / f"{id}-{n}.jpeg")
        (to / f".midapi/{id}.json").write_text(record.replace("task-00000", id))
    ids = Path(directory) / "recorded"
    ids.write_text("".join(f"task-{task:05}\n" for task in range(count)))
    before = int(read(f"{url}/count"))
    seconds = [run([MIDAPI, "--base-url", url, "download", "-", "--to", str(to)], input=ids)[0] for _ in range(3)]
    requests = int(read(f"{url}/count")) - before
    stop(server)
    print(f"\nsecond run over {count} recorded tasks with {4 * count} files: {requests} requests, {statistics.median(seconds):.2f} s")


def measure_memory(tasks, directory):
    """Measures the growth of the peak memory per result, from few tasks to many."""
    server, url = start([BENCH, "serve-files", "1000", "0"])
    peaks = []
    for count in (500, tasks):
        to = tempfile.mkdtemp(dir=directory)
        ids = Path(directory) / f"ids-{count}"
        ids.write_text("".join(f"t{task}\n" for task in range(count)))
        command = [MIDAPI, "--base-url", url, "download", "-", "--to", to]
        peaks.append(run(command, input=ids)[1])
        shutil.rmtree(to)
    stop(server)
    bytes = (peaks[1] - peaks[0]) / (4 * (tasks - 500))
    print(f"\nmemory: {peaks[1] / 1e6:.1f} MB for {4 * tasks} results, {bytes:.0f} bytes for each beyond the first 2000")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("parts", nargs="*", choices=["faults", "speed", "second-run", "memory", []], help="parts to run (default: all)")
parser.add_argument("--turns", type=int, default=11, help="number of rounds of each tool (default: 11)")
parser.add_argument("--dir", default=tempfile.gettempdir(), help="directory to save to (default: the one for temporary files)")
options = parser.parse_args()
parts = options.parts or ["faults", "speed", "second-run", "memory"]
if not (Path(BENCH).exists() and Path(MIDAPI).exists()):
    sys.exit("first run: cargo build --release -p midapi-bench -p midapi-cli")
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
with tempfile.TemporaryDirectory(dir=options.dir) as directory:
    if "faults" in parts:
        compare_faults()
    if "speed" in parts:
        for count, latency in ((400, 0), (200, 80)):
            compare_speed(count, latency, options.turns, directory, False)
        compare_speed(400, 0, 3, directory, True)
    if "second-run" in parts:
        measure_second_run(10_000, directory)
if "memory" in parts:
    # The directory is in memory where possible, because the speed of the disk does not matter.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").exists() else options.dir) as directory:
        measure_memory(25_000, directory)
