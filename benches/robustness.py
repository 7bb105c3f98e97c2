#!/usr/bin/env python3
"""Measures the kernel of the robustness analysis against numpy, on the same draws, as ratios.

README.md says what is compared and how to read it.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHES = ROOT / "benches"
VENV = ROOT / "target" / "robustness-venv"
COMPONENTS = 5
SHARES = [0.10, 0.20, 0.30, 0.20, 0.20]
CONCENTRATION = 100
TOP = 10
# Rounds of the kernel in one process: the first one touches its memory for the first time.
ROUNDS_A_PROCESS = 3


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--regions", type=int, default=514)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def enter_venv():
    """Runs this script again by the interpreter that has numpy."""
    python = VENV / "bin" / "python"
    if Path(sys.prefix) == VENV:
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--require-hashes", "--only-binary", ":all:"]
    subprocess.run([*pip, "--requirement", BENCHES / "robustness-requirements.txt"], check=True)
    # numpy's BLAS is told to use as many threads as the machine has, as it would by itself.
    os.execv(python, [python, *sys.argv])


def reference(numpy, scores, weights):
    """Ranks in each draw, equal scores sharing the better rank; quantiles and shares by region."""
    indexes = weights @ scores
    indexes /= weights.sum(axis=1, keepdims=True)
    # Scores nearer than floating-point sums are off by are equal, as in the kernel.
    keys = numpy.rint(indexes * (2.0**40 / 4.0)).astype(numpy.int64)
    order = numpy.argsort(-keys, axis=1)
    ordered = numpy.take_along_axis(keys, order, axis=1)
    places = numpy.arange(1, ordered.shape[1] + 1, dtype=numpy.int32)
    begins = numpy.ones(ordered.shape, dtype=bool)
    numpy.not_equal(ordered[:, 1:], ordered[:, :-1], out=begins[:, 1:])
    shared = numpy.maximum.accumulate(numpy.where(begins, places, 0), axis=1)
    ranks = numpy.empty_like(shared)
    numpy.put_along_axis(ranks, order, shared, axis=1)
    quantiles = numpy.quantile(ranks, [0.5, 0.05, 0.95], axis=0)
    top = (ranks <= TOP).mean(axis=0)
    return numpy.column_stack([*quantiles, top])


def build():
    command = ["cargo", "bench", "--quiet", "--locked", "-p", "takar-domain", "--bench", "robustness"]
    command += ["--no-run", "--message-format", "json"]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in output.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "robustness":
            return message["executable"]
    raise SystemExit("cargo built no bench")


def kernel(executable, directory, regions, draws, threads):
    """The seconds of a round of the kernel, and the processor's seconds, with its start and all that
    it reads. The result is in the directory."""
    command = [executable, directory, regions, COMPONENTS, draws, threads, ROUNDS_A_PROCESS]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        [str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seconds = statistics.median(float(line) for line in run.stdout.splitlines())
    return seconds, spent / ROUNDS_A_PROCESS


def shown(ratios):
    return f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"


def main():
    given = arguments()
    enter_venv()
    import time

    import numpy

    executable = build()
    random = numpy.random.default_rng(1)
    # Scores of two decimals, as the instrument shows them.
    scores = numpy.round(random.uniform(1.5, 4.0, (COMPONENTS, given.regions)), 2)
    weights = random.dirichlet(CONCENTRATION * numpy.array(SHARES), given.draws)
    print(f"numpy {numpy.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{given.draws} draws x {given.regions} regions x {COMPONENTS} components")
    with tempfile.TemporaryDirectory() as directory:
        scores.astype("<f8").tofile(Path(directory) / "scores.f64")
        weights.astype("<f8").tofile(Path(directory) / "weights.f64")
        times = {"numpy": [], 1: [], 2: []}
        spent = {"numpy": [], 1: [], 2: []}
        reference(numpy, scores, weights)
        for _ in range(given.rounds):
            begin, began = time.perf_counter(), time.process_time()
            expected = reference(numpy, scores, weights)
            times["numpy"].append(time.perf_counter() - begin)
            spent["numpy"].append(time.process_time() - began)
            for threads in (1, 2):
                seconds, cpu = kernel(executable, directory, given.regions, given.draws, threads)
                times[threads].append(seconds)
                spent[threads].append(cpu)
                found = numpy.fromfile(Path(directory) / "spreads.f64", "<f8").reshape(-1, 4)
                if not numpy.allclose(found, expected, rtol=0, atol=1e-9):
                    raise SystemExit("the results differ")
        print("equal results: median, 5th and 95th percentile of rank, share of the best ten")
        print(f"numpy: {statistics.median(times['numpy']):.3f} s")
        for threads in (1, 2):
            ratios = [base / own for base, own in zip(times["numpy"], times[threads], strict=True)]
            median = statistics.median(times[threads])
            print(f"kernel, {threads} threads: {median:.4f} s, {shown(ratios)} x as fast")
        ratios = [base / own for base, own in zip(spent["numpy"], spent[1], strict=True)]
        print(f"processor time, 1 thread: {shown(ratios)} x as little")

        weights = random.dirichlet(CONCENTRATION * numpy.array(SHARES), given.draws * 10)
        weights.astype("<f8").tofile(Path(directory) / "weights.f64")
        tenfold = [
            kernel(executable, directory, given.regions, given.draws * 10, 1)[1]
            for _ in range(given.rounds)
        ]
        ratios = [ten / one for ten, one in zip(tenfold, spent[1], strict=True)]
        print(f"10 x the draws, 1 thread: {shown(ratios)} x the processor time")


if __name__ == "__main__":
    main()
