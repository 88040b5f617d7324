"""Compare the CPU time of Mien's networks with other executors, on the same networks and inputs.

    python benches/against/network_cost.py [--mien PATH] [--rounds N] [--size SIDES]

Each executor gets the network in its own format (network_files.py), converted from the committed file
(network_model.py), and runs on one thread with f32 inputs and outputs. ncnn's package has no tool that accepts ranges
of int8, and tract's times are in f32. The outputs must match ours, before and after the rounds.

Each executor has its own process. In a round every executor has a turn of several runs at every network; the first run
of a turn is not measured. Therefore other load on the machine affects all executors. The measured time is the CPU time
of the thread for Mien and tract, and of the process for the others. The others leave the outputs in place and, except
for MNN, have the input set once; Mien and tract copy their outputs to vectors in every run, and tract also copies the
input.
"""

import argparse
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benching import Worker, default_mien, processor
from network_files import write_files
from network_peers import PEERS, script_of
from network_task import Task, manifest
from same_outputs import check_same

# Maximum ratio of our time to the best other executor's, and to tract's in f32, by role, precision and side; a side of
# None stands for all other sides.
BEST_TARGETS = {
    ("identity", "int8", 160): 0.65,
    ("identity", "int8", None): 0.8,
    ("identity", "f32", None): 0.9,
    ("expression", "f32", None): 0.8,
    ("detector", "f32", None): 0.8,
}
TRACT_TARGETS = {("identity", "int8", 160): 0.25, ("identity", "int8", None): 0.3}


def lines_of(report: dict, times: dict[str, list[float]]) -> list[str]:
    """A table of executors; `times` are CPU milliseconds per run, one value per round, Mien's first."""
    best = min((name for name in times if name in PEERS), key=lambda name: np.median(times[name]))
    what = f"{report['file']} in {report['precision']}, {report['side']} pixels a side"
    lines = [f"{what}, {report['multiply_adds'] / 1e6:.1f} million multiply-adds"]
    for name, values in times.items():
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
        title = f"{name} {version(name)}" if name in PEERS else name
        if name == "tract" and report["precision"] == "int8":
            title += " (f32)"
        line = f"  {title:<23} {middle:>6.2f} ms {f'({low:.2f} to {high:.2f})':<18}"
        line += f" {report['multiply_adds'] / middle / 1e6:>6.1f}"
        if name != "Mien":
            low, middle, high = np.quantile(np.divide(times["Mien"], values), [0.1, 0.5, 0.9])
            line += f" {middle:>10.2f} ({low:.2f} to {high:.2f})"
        if name == best:
            line += f"  best other{verdict(BEST_TARGETS, report, middle)}"
        if name == "tract":
            line += verdict(TRACT_TARGETS, report, middle)
        lines.append(line)
    return lines


def verdict(targets: dict[tuple, float], report: dict, ratio: float) -> str:
    kind = report["role"], report["precision"]
    target = targets.get((*kind, report["side"]), targets.get((*kind, None)))
    if target is None:
        return ""
    return f"; target {target}: {'met' if ratio <= target else 'not met'}"


def measure(arguments: argparse.Namespace, folder: Path) -> tuple[list[dict], list[dict[str, list[float]]]]:
    """The report of `mien bench networks` on each network, and the CPU milliseconds per run by executor."""
    entries = manifest()
    mien = Worker([str(arguments.mien), "bench", "networks", "--serve", "--size", arguments.size])
    reports = mien.answer()
    tasks = [Task.of(entries[report["file"]], report["side"], report["precision"], folder) for report in reports]
    ours = {task.name: report["outputs"] for task, report in zip(tasks, reports, strict=True)}
    write_files(tasks)
    taken = {name: [task for task in tasks if task.precision in peer.precisions] for name, peer in PEERS.items()}
    peers = {name: Worker([sys.executable, *script_of(name, taken[name])]) for name in PEERS}
    for name, worker in peers.items():
        check_same(name, taken[name], ours, worker.ask("outputs"))
    times = []
    for task in tasks:
        times.append({name: [] for name in ("Mien", *(name for name in PEERS if task in taken[name]), "tract")})
    for _ in range(arguments.rounds):
        for network, (task, report, own) in enumerate(zip(tasks, reports, times, strict=True)):
            runs = report["runs"]
            own["Mien"].append(mien.ask(network, 0, runs))
            for name, worker in peers.items():
                if name in own:
                    own[name].append(worker.ask(taken[name].index(task), runs))
            own["tract"].append(mien.ask(network, 1, runs))
    for name, worker in peers.items():
        check_same(name, taken[name], ours, worker.ask("outputs"))
        worker.close()
    mien.close()
    return reports, times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mien", type=Path, default=default_mien(), help="default: make build's")
    parser.add_argument("--rounds", type=int, default=30, help="measured rounds (default: 30)")
    parser.add_argument("--size", default="160,224", help="sides of the identity network's input (default: 160,224)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reports, times = measure(arguments, Path(folder))
    print(f"{processor()}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}")
    print(f"CPU time of a run on one thread, median (10 to 90 %) of {arguments.rounds} rounds")
    print(f"{'':<53} {'GMAC/s':>6} {'Mien / this':>14}")
    for report, own in zip(reports, times, strict=True):
        print("\n".join(lines_of(report, own)))


if __name__ == "__main__":
    main()
