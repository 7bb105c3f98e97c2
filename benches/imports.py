#!/usr/bin/env python3
"""Measures the import of a national masterplan against a bare COPY of the same rows, as ratios.

README.md says what is compared and how to read it.
"""

import argparse
import csv
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
PILLARS = ["GOVERNANCE", "BRANDING", "ECONOMY", "LIVING", "SOCIETY", "ENVIRONMENT"]
# How long `takar up` may take to make its database and become ready.
READY_SECONDS = 120
COLUMNS = (
    "region_id, program_id, pillar, display_name, owner_agency, flagship, quick_win, source, "
    "first_year, last_year, budget"
)
# What is measured: the same rows as a person's file, all at once or region by region, and as a workbook.
WAYS = {
    "file": ("programs.csv", []),
    "by region": ("programs.csv", ["--by-region"]),
    "workbook": ("programs.xlsx", []),
}
# What there was before a round, for the superuser: nothing else may empty these tables.
EMPTY = """
    delete from import_region; delete from import; delete from program where program_id like 'p-%';
    vacuum program, import, import_region, import_row, audit_entry;
"""


class Failure(Exception):
    """Why nothing can be measured; said without a traceback."""


def psql(data, statements):
    """Runs statements as the superuser, and gives what they answer."""
    program = shutil.which("psql") or sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))[-1]
    answer = subprocess.run(
        [program, "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1",
         f"--host={data}/socket", "--username=postgres", "--dbname=postgres"],
        input=statements, capture_output=True, text=True)
    if answer.returncode != 0:
        raise Failure(answer.stderr.strip())
    return answer.stdout


def start(takar, data, log):
    """Starts `takar up` with its sample's regions; its process and its gRPC address."""
    server = subprocess.Popen(
        [takar, "--lang", "en", "up", "--data-dir", data, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"],
        stdout=subprocess.PIPE, stderr=log, text=True)
    end = time.monotonic() + READY_SECONDS
    address = None
    for line in server.stdout:
        if found := re.match(r"\s*gRPC\s+(\S+)", line):
            address = f"http://{found[1]}"
        if "the data stay" in line:
            return server, address
        if time.monotonic() > end:
            break
    server.kill()
    raise Failure(f"takar up is not ready: {Path(log.name).read_text()[-2000:]}")


def write_rows(data, work, each):
    """The same programmes as a person's file and as COPY takes them, so many for each region."""
    regions = psql(data, "select code, region_id from region_code where is_current and code like '__.__'"
                         " order by region_id;")
    regions = [line.split("|") for line in regions.split()]
    file, bare = work / "programs.csv", work / "programs.copy"
    with file.open("w") as file_lines, bare.open("w") as bare_lines:
        file_lines.write("region,program,pillar,display_name,owner_agency,flagship,quick_win,"
                         "first_year,last_year,budget,source\n")
        for code, region_id in regions:
            for place in range(each):
                pillar = PILLARS[place % 6]
                name = f"Pelayanan terpadu satu pintu bagi warga desa {place}"
                agency, source = "Dinas Komunikasi dan Informatika", "Masterplan Smart City 2021"
                budget = f"{1_000_000 * (place + 1)}.00"
                file_lines.write(f"{code},p-{place},{pillar},{name},{agency},{place < 6},FALSE,2022,2026,"
                                 f"{budget},{source}\n")
                bare_lines.write("\t".join([
                    region_id, f"p-{place}", pillar.lower(), name, agency, "t" if place < 6 else "f", "f",
                    source, "2022", "2026", budget]) + "\n")
    return bare, len(regions) * each


def write_workbook(work):
    """The file's rows as a workbook of one sheet, whose texts stand in their cells."""
    office = "http://schemas.openxmlformats.org"
    sheet = [f'<worksheet xmlns="{office}/spreadsheetml/2006/main"><sheetData>']
    with (work / "programs.csv").open(newline="") as lines:
        for row in csv.reader(lines):
            cells = "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row)
            sheet.append(f"<row>{cells}</row>")
    sheet.append("</sheetData></worksheet>")
    parts = {
        "[Content_Types].xml":
            f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="xml" '
            f'ContentType="application/xml"/><Default Extension="rels" ContentType='
            f'"application/vnd.openxmlformats-package.relationships+xml"/><Override '
            f'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            f'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType='
            f'"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels":
            f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="rId1" Type='
            f'"{office}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
            f'</Relationships>',
        "xl/workbook.xml":
            f'<workbook xmlns="{office}/spreadsheetml/2006/main" xmlns:r='
            f'"{office}/officeDocument/2006/relationships"><sheets><sheet name="Program" sheetId="1" '
            f'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels":
            f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="rId1" Type='
            f'"{office}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
            f'</Relationships>',
        "xl/worksheets/sheet1.xml": "".join(sheet),
    }
    with zipfile.ZipFile(work / "programs.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)


def seconds_of(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measure(arguments, work):
    data = work / "data"
    with (work / "takar.log").open("w") as log:
        server, address = start(arguments.takar, data, log)
        try:
            compare(arguments, work, data, address)
        finally:
            server.terminate()
            server.wait()


def compare(arguments, work, data, address):
    bare, rows = write_rows(data, work, arguments.programs)
    write_workbook(work)

    def copy():
        psql(data, f"\\copy program ({COLUMNS}) from '{bare}'\n")

    def run_import(file, options):
        command = [arguments.takar, "--lang", "en", "import", "--kind", "programs", work / file,
                   "--server", address, "--token-file", data / "development-key", *options]
        told = subprocess.run(command, capture_output=True, text=True)
        if f"{rows} rows new" not in told.stdout:
            raise Failure(told.stdout + told.stderr)

    parts = [("copy", copy)]
    parts += [(name, lambda way=way: run_import(*way)) for name, way in WAYS.items()]
    print(f"{rows} rows, {arguments.rounds} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    times = {name: [] for name, _ in parts}
    # The first round warms all up.
    for number in range(arguments.rounds + 1):
        for name, part in parts[:: 1 if number % 2 else -1]:
            psql(data, EMPTY)
            times[name].append(seconds_of(part))
        if number == 0:
            times = {name: [] for name in times}
        else:
            print("  " + ", ".join(f"{name} {measured[-1]:.3f} s" for name, measured in times.items()))
    for name, measured in times.items():
        ratios = [copied / own for copied, own in zip(times["copy"], measured, strict=True)]
        print(f"{name:9} median {statistics.median(measured):.3f} s, "
              f"{rows / statistics.median(measured):,.0f} rows/s; rate / that of the copy: "
              f"{statistics.median(ratios):.3f} ({min(ratios):.3f} - {max(ratios):.3f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--programs", type=int, default=61, help="for each of the 514 regions")
    parser.add_argument("--takar", type=Path, help="measure this binary instead of building it")
    arguments = parser.parse_args()
    if arguments.takar is None:
        subprocess.run(["cargo", "build", "--release", "--locked", "--package", "takar"], cwd=ROOT, check=True)
        arguments.takar = ROOT / "target/release/takar"
    with tempfile.TemporaryDirectory(prefix="takar-imports-") as work:
        # `takar up` starts Postgres as another user, who must get through.
        os.chmod(work, 0o755)
        try:
            measure(arguments, Path(work))
        except Failure as failure:
            sys.exit(f"benches/imports.py: {failure}")


if __name__ == "__main__":
    main()
