#!/usr/bin/env python3
"""Makes regions.csv from the npm package idn-area-data, pinned by version and hash.

Needs Python 3.9 or newer and npm; run it anywhere:

    python3 crates/cli/sample/make-regions.py            # writes regions.csv beside this file
    python3 crates/cli/sample/make-regions.py --check    # fails when regions.csv is not what it would write

The same package always gives the same bytes. README.md says what the data is and its licence.
"""

import argparse
import base64
import csv
import hashlib
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = "idn-area-data"
VERSION = "4.0.1"
# The registry's own integrity value of that version: npm is not trusted to have fetched the same file.
SHA512 = "PhNSIl5T7swVwwWxJOFMtCaeHAF9TUu0HLDf+36EIWZro9j7au83AFIJiBQGL+iRsBDA2OlpJ5fjiqxNYndzOQ=="

# Of Kepmendagri 300.2.2-2138/2025. The five kota administrasi and the one kabupaten administrasi of
# Jakarta are among the 98 and the 416.
EXPECTED = {"PROVINCE": 38, "KABUPATEN": 416, "KOTA": 98}

HERE = pathlib.Path(__file__).resolve().parent


def fetch(directory):
    """Packs the pinned version into `directory` and returns the archive's path."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"],
        cwd=directory, check=True, stdout=subprocess.PIPE, text=True,
    )
    archive = pathlib.Path(directory) / packed.stdout.strip().splitlines()[-1]
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != SHA512:
        sys.exit(f"{archive.name} is not the pinned file: its sha512 is {digest}")
    return archive


def rows(archive, name):
    """The rows of one of the package's CSV files."""
    with tarfile.open(archive) as tar:
        text = tar.extractfile(f"package/data/{name}").read().decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def kind_of(regency):
    """`KABUPATEN` or `KOTA`, by the name and, independently, by the code (71 to 99 is a kota)."""
    by_name = regency["name"].split(" ", 1)[0].upper()
    by_code = "KOTA" if int(regency["code"][3:]) > 70 else "KABUPATEN"
    if by_name != by_code:
        sys.exit(f"{regency['code']} {regency['name']}: the name says {by_name}, the code {by_code}")
    return by_name


def regions(archive):
    """All regions by code, a province before its regencies; every rule of the data is checked."""
    provinces = rows(archive, "provinces.csv")
    known = {province["code"] for province in provinces}
    found = [(province["code"], "PROVINCE", province["name"]) for province in provinces]
    for regency in rows(archive, "regencies.csv"):
        code = regency["code"]
        if len(code) != 5 or code[:2] != regency["province_code"] or code[:2] not in known:
            sys.exit(f"{code} {regency['name']}: not in a known province")
        found.append((code, kind_of(regency), regency["name"]))

    for code, _, name in found:
        if name != " ".join(name.split()) or name.isupper():
            sys.exit(f"{code}: the name {name!r} is not written as people write it")
    for position, what in ((0, "code"), (2, "name")):
        values = [region[position] for region in found]
        if len(set(values)) != len(values):
            sys.exit(f"a {what} appears twice")
    counts = {kind: sum(region[1] == kind for region in found) for kind in EXPECTED}
    if counts != EXPECTED:
        sys.exit(f"counted {counts}, expected {EXPECTED}")
    return sorted(found)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="compare with regions.csv, write nothing")
    check = arguments.parse_args().check

    with tempfile.TemporaryDirectory() as directory:
        found = regions(fetch(directory))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "kind", "name"))
    writer.writerows(found)

    target = HERE / "regions.csv"
    if check:
        if not target.exists() or target.read_bytes() != text.getvalue().encode():
            sys.exit(f"{target.name} is not what {PACKAGE} {VERSION} gives; run this script without --check")
        print(f"{target.name}: {len(found)} regions, as {PACKAGE} {VERSION} gives them")
    else:
        target.write_bytes(text.getvalue().encode())
        print(f"wrote {target}: {len(found)} regions")


if __name__ == "__main__":
    main()
