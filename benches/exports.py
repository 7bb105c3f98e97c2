#!/usr/bin/env python3
"""Measures the peak memory of exports of 30 thousand and of 3 million rows, and its ratio.

README.md says what is measured and how to read it.
"""

import argparse
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from pathlib import Path

from imports import Failure, psql
from imports import start as start_takar

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / "target" / "exports-bench-venv"
OPENPYXL = "openpyxl==3.1.5"
# How long a program may take to become ready.
READY_SECONDS = 120
REGIONS = 514
# Figures of a scorecard by the ministry's instrument: 4 of the whole, 12 of pillars, 5 of components.
FIGURES = 21
# Cycles of all regions: 32,382 and 3,000,732 rows, besides the 42 of the sample.
CYCLES = {"30 thousand": 3, "3 million": 278}
FORMATS = ["csv", "jsonl", "sdmx-json", "sdmx-json-1", "xlsx"]
WIRE = {"csv": "CSV", "jsonl": "JSON_LINES", "sdmx-json": "SDMX_JSON", "sdmx-json-1": "SDMX_JSON_1", "xlsx": "XLSX"}
# How much a slow reader takes a second, and for how long it is watched.
SLOW_RATE = "500k"
SLOW_SECONDS = 30
# After how long a client goes away while its workbook is made.
CUT_OFF_SECONDS = 10
# What Excel has, the header among them.
SHEET_ROWS = 1_048_576
SAMPLE_SECONDS = 0.1

# Cycles {first} to {last} with the figures of a simulated one. Triggers are off, which would keep the
# figures of each publication again: exports read those of `publication_figures`, never a scorecard.
FILL = """
    set session_replication_role = replica;
    create temp table new_cycle as
        select 'bench-' || lpad(number::text, 3, '0') as cycle_id
        from generate_series({first}, {last}) number;
    insert into cycle (cycle_id, display_name, instrument_id)
        select new.cycle_id, new.cycle_id, instrument_id
        from cycle, new_cycle new where cycle.cycle_id = '{simulated}';
    insert into evaluation (region_id, cycle_id, state)
        select region_id, new.cycle_id, 'published'
        from evaluation, new_cycle new where evaluation.cycle_id = '{simulated}';
    insert into publication (evaluation_id, revision, publish_time, source, scorecard)
        select evaluation_id, 1, clock_timestamp(), 'a benchmark', '{{}}'
        from evaluation join new_cycle using (cycle_id);
    insert into publication_figures
        (evaluation_id, revision, cycle_id, publish_time, exact, null_reason, improvement_is_break,
         running, planned)
        select evaluation.evaluation_id, 1, evaluation.cycle_id, publication.publish_time, exact,
               null_reason, improvement_is_break, running, planned
        from evaluation
        join new_cycle using (cycle_id)
        join publication using (evaluation_id)
        join evaluation simulated
            on simulated.region_id = evaluation.region_id and simulated.cycle_id = '{simulated}'
        join publication_figures on publication_figures.evaluation_id = simulated.evaluation_id;
    analyze;
"""


class Database:
    """The database of a `takar up`, which is otherwise idle."""

    def __init__(self, arguments, work, stack):
        self.takar = arguments.takar
        self.data = work / "data"
        log = stack.enter_context((work / "takar.log").open("w"))
        server, self.address = start_takar(self.takar, self.data, log)
        stack.callback(stop, server)
        self.cycles = 0
        server_options = ["--server", self.address, "--token-file", self.data / "development-key"]
        run([self.takar, "simulate", "--regions", str(REGIONS), "--cycles", "1", "--seed", "1",
             *server_options], stdout=subprocess.DEVNULL)

    def url(self):
        return f"postgres://postgres@localhost/postgres?host={self.data}/socket"

    def psql(self, statements):
        return psql(self.data, statements).strip()

    def fill(self, cycles):
        """So many cycles of all regions; how many rows an export of all real cycles has."""
        simulated = self.psql("select cycle_id from cycle where simulated;")
        if cycles > self.cycles:
            self.psql(FILL.format(first=self.cycles + 1, last=cycles, simulated=simulated))
            self.cycles = cycles
        count = "select count(*) from publication_figures where cycle_id not like 'simulation-%';"
        return int(self.psql(count)) * FIGURES


class Stack:
    """A server and a gateway that have made nothing yet."""

    def __init__(self, arguments, database, work, stack):
        ports = [free_port(), free_port()]
        self.grpc, self.http = [f"127.0.0.1:{port}" for port in ports]
        self.temporary = work / "temporary"
        self.temporary.mkdir(exist_ok=True)
        environment = {**os.environ, "TMPDIR": str(self.temporary), "TAKARD_DATABASE_URL": database.url()}
        self.server = start(work / "server.log", stack, environment, [
            arguments.server, "serve", "--listen", self.grpc, "--api-keys-only",
            "--objects-url", f"file://{work}/objects"])
        wait_for(self.server, ports[0])
        self.gateway = start(work / "gateway.log", stack, environment, [
            arguments.gateway, "serve", "--listen", self.http, "--upstream", f"http://{self.grpc}",
            "--requests-per-second", "0"])
        wait_for(self.gateway, ports[1])
        wait_until_ready(f"http://{self.http}/readyz")

    def peaks(self):
        return [peak_mb(process.pid) for process in (self.server, self.gateway)]


class Disk:
    """The most that the server's temporary files take, which have no name."""

    def __init__(self, pid, directory):
        self.pid, self.directory = pid, str(directory)
        self.most_bytes = 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def watch(self):
        while not self.is_over.wait(SAMPLE_SECONDS):
            self.most_bytes = max(self.most_bytes, self.now())

    def now(self):
        total = 0
        for file in Path(f"/proc/{self.pid}/fd").iterdir():
            # A file may be closed at any time.
            with contextlib.suppress(OSError):
                if os.readlink(file).startswith(self.directory):
                    total += file.stat().st_blocks * 512
        return total


def measure(arguments, database, work, way, form):
    """Exports all real cycles by fresh programs; the rows read, and the peaks of memory."""
    with contextlib.ExitStack() as stack:
        takar = Stack(arguments, database, work, stack)
        before = takar.peaks()
        with Disk(takar.server.pid, takar.temporary) as disk:
            begin = time.perf_counter()
            rows, size = READERS[way](arguments, takar, work, form)
            seconds = time.perf_counter() - begin
        return {"before": before, "after": takar.peaks(), "rows": rows, "bytes": size,
                "seconds": seconds, "disk": disk.most_bytes}


def url_of(takar, form):
    return f"http://{takar.http}/v1/cycles/-/scorecards:export?format=EXPORT_FORMAT_{WIRE[form]}"


def read_rest(_arguments, takar, work, form):
    return read(["curl", "--silent", "--show-error", "--fail", url_of(takar, form)], work, form)


def read_grpc(arguments, takar, work, form):
    return read([arguments.takar, "export", "scorecards", "-", "--format", form, "--file", "-",
                 "--server", f"http://{takar.grpc}"], work, form)


READERS = {"REST, curl": read_rest, "gRPC, takar": read_grpc}


def read(command, work, form):
    """Reads a file to its end as it comes, and counts its rows."""
    client = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE)
    book = (work / "export.xlsx").open("wb") if form == "xlsx" else None
    rows = size = 0
    # What an observation begins with, in the forms that have a line for each.
    mark = {"csv": b"\ndataflow,", "jsonl": b"\n{", "sdmx-json": b'\n"', "sdmx-json-1": b'\n"'}.get(form)
    kept = b"\n"
    while piece := client.stdout.read1(1 << 20):
        size += len(piece)
        if book:
            book.write(piece)
            continue
        text = kept + piece
        rows += text.count(mark)
        kept = text[-(len(mark) - 1):]
    if client.wait() != 0:
        raise Failure(f"{command[0]} failed")
    if book:
        book.close()
        rows = rows_of_workbook(work / "export.xlsx")
    return rows, size


def rows_of_workbook(path):
    """The rows of the sheets of data, without their headers."""
    rows = 0
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        for name in names:
            if name == "xl/worksheets/sheet2.xml":
                continue
            with archive.open(name) as sheet:
                kept = b""
                while piece := sheet.read(1 << 20):
                    text = kept + piece
                    rows += text.count(b"<row ")
                    kept = text[-4:]
            rows -= 1
    return rows


def read_slowly(arguments, database, work):
    """The peaks while a reader takes little of the large file; it is cut off at the end."""
    with contextlib.ExitStack() as stack:
        takar = Stack(arguments, database, work, stack)
        command = ["curl", "--silent", "--limit-rate", SLOW_RATE, "--max-time", str(SLOW_SECONDS),
                   "--output", "/dev/null", "--write-out", "%{size_download}", url_of(takar, "csv")]
        taken = int(subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout)
        return takar.peaks(), taken


def cut_off(arguments, database, work):
    """What a client that goes away while its workbook is made leaves on the disk, and for how long."""
    with contextlib.ExitStack() as stack:
        takar = Stack(arguments, database, work, stack)
        disk = Disk(takar.server.pid, takar.temporary)
        command = ["curl", "--silent", "--max-time", str(CUT_OFF_SECONDS), "--output", "/dev/null", url_of(takar, "xlsx")]
        client = subprocess.Popen(command)
        held = 0
        while client.poll() is None:
            held = max(held, disk.now())
            time.sleep(SAMPLE_SECONDS)
        begin = time.monotonic()
        while disk.now() > 0:
            if time.monotonic() > begin + READY_SECONDS:
                raise Failure(f"{disk.now()} bytes of temporary files are left")
            time.sleep(0.01)
        return held, time.monotonic() - begin


def open_workbook(path, expected):
    """Has openpyxl read the workbook, sheet by sheet."""
    if not (VENV / "bin" / "python").exists():
        run([sys.executable, "-m", "venv", VENV])
    run([VENV / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", OPENPYXL])
    script = (
        "import openpyxl, sys\n"
        "book = openpyxl.load_workbook(sys.argv[1], read_only=True)\n"
        "for sheet in book:\n"
        "    rows = sum(1 for _ in sheet.iter_rows(values_only=True))\n"
        "    print(f'{sheet.title}: {rows}', flush=True)\n")
    begin = time.perf_counter()
    answer = run([VENV / "bin" / "python", "-c", script, path], stdout=subprocess.PIPE, text=True)
    sheets = dict(line.rsplit(": ", 1) for line in answer.stdout.splitlines())
    rows = sum(int(count) - 1 for name, count in sheets.items() if name.startswith("Data"))
    if rows != expected or int(sheets["Data"]) > SHEET_ROWS:
        raise Failure(f"openpyxl reads {sheets}, not {expected} rows")
    shown = ", ".join(f"{name} {int(count):,}" for name, count in sheets.items())
    print(f"\n{OPENPYXL} reads the workbook of 3 million in {time.perf_counter() - begin:.0f} s: {shown} rows")


def measure_all(arguments, work, stack):
    database = Database(arguments, work, stack)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; VmHWM in MB: at rest, after the export")
    found = {}
    for size in arguments.sizes:
        expected = database.fill(CYCLES[size])
        for form in arguments.formats:
            for way in READERS:
                figures = found[size, form, way] = measure(arguments, database, work, way, form)
                if figures["rows"] != expected:
                    raise Failure(f"{form} over {way}: {figures['rows']} rows, not {expected}")
                show(size, form, way, figures)
    if "csv" in arguments.formats and arguments.sizes[-1] == "3 million":
        peaks, taken = read_slowly(arguments, database, work)
        print(f"slow reader, CSV of 3 million over REST, {SLOW_RATE} a second for {SLOW_SECONDS} s "
              f"({taken / 1e6:.0f} MB taken): server {peaks[0]:.1f} MB, gateway {peaks[1]:.1f} MB")
    if "xlsx" in arguments.formats and arguments.sizes[-1] == "3 million":
        held, seconds = cut_off(arguments, database, work)
        print(f"client gone after {CUT_OFF_SECONDS} s of a workbook of 3 million: {held / 1e6:,.0f} MB of "
              f"temporary files, none {seconds:.2f} s later")
    if len(arguments.sizes) == 2:
        print(f"\n{'3 million / 30 thousand':<28} {'server':>7} {'gateway':>8}")
        for form in arguments.formats:
            for way in READERS:
                small, large = [found[size, form, way]["after"] for size in arguments.sizes]
                server, gateway = [more / less for more, less in zip(large, small)]
                print(f"{form + ', ' + way:<28} {server:>7.2f} {gateway:>8.2f}")
    if "xlsx" in arguments.formats and arguments.sizes[-1] == "3 million" and not arguments.unopened:
        open_workbook(work / "export.xlsx", expected)


def show(size, form, way, figures):
    (server_rest, gateway_rest), (server, gateway) = figures["before"], figures["after"]
    disk = f", temporary files {figures['disk'] / 1e6:,.0f} MB" if form == "xlsx" else ""
    print(f"{size:<12} {form:<12} {way:<12} {figures['rows']:>9,} rows, {figures['bytes'] / 1e6:>8,.1f} MB, "
          f"{figures['seconds']:>6.1f} s; server {server_rest:.1f}, {server:.1f}; "
          f"gateway {gateway_rest:.1f}, {gateway:.1f}{disk}", flush=True)


def peak_mb(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024 / 1e6


def start(log, stack, environment, command):
    output = stack.enter_context(log.open("wb"))
    process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output, env=environment)
    process.log = log
    stack.callback(stop, process)
    return process


def wait_for(process, port):
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise Failure(f"{process.args[0]} does not listen: {process.log.read_text()[-2000:]}")


def wait_until_ready(url):
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.05)
    raise Failure(f"{url} is not ready")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def stop(process):
    process.terminate()
    process.wait()


def run(command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def build(arguments):
    if not all((arguments.takar, arguments.server, arguments.gateway)):
        packages = ["--package", "takar", "--package", "takar-server", "--package", "takar-gateway"]
        run(["cargo", "build", "--release", "--locked", *packages], cwd=ROOT)
    binaries = ROOT / "target" / "release"
    arguments.takar = arguments.takar or binaries / "takar"
    arguments.server = arguments.server or binaries / "takard"
    arguments.gateway = arguments.gateway or binaries / "takar-gateway"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=FORMATS)
    parser.add_argument("--sizes", nargs="+", choices=list(CYCLES), default=list(CYCLES))
    parser.add_argument("--unopened", action="store_true", help="spare openpyxl the large workbook")
    parser.add_argument("--takar", type=Path, help="use this binary instead of building it")
    parser.add_argument("--server", type=Path, help="measure this binary instead of building it")
    parser.add_argument("--gateway", type=Path, help="measure this binary instead of building it")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    build(arguments)
    with tempfile.TemporaryDirectory(prefix="takar-exports-") as directory, contextlib.ExitStack() as stack:
        # `takar up` starts Postgres as another user, who must get through.
        os.chmod(directory, 0o755)
        try:
            measure_all(arguments, Path(directory), stack)
        except (Failure, OSError, subprocess.CalledProcessError) as failure:
            sys.exit(f"benches/exports.py: {failure}")


if __name__ == "__main__":
    main()
