"""Count what one run of each network executes on AArch64 processors, by our executor and by others, under QEMU.

    python benches/arm/instructions.py --mien PATH --python FOLDER [--size SIDE]      (make bench-arm)

QEMU's time says nothing about an ARM processor, but the executed instructions do not depend on the machine. `mien
bench networks --serve` and benches/against/network_peers.py run under QEMU on one thread and are asked for turns of one
run and of three; a plugin (instructions.c) counts up to each answer. The difference is two runs, without start-up and
without the first run, which allocates memory. Networks, inputs and files are those of `make bench-networks`, and the
outputs must match ours. Mien, LiteRT, ncnn and MNN also compute f32 networks in f16 on processors that have it.

The first table has the instructions. They are no times: a vector instruction counts as one, and processors execute
several at once or wait for memory. The second table shows what bounds an executor: the bytes that move between
registers and memory or caches, the network's multiply-adds per instruction, and how many instructions are products.

Needs qemu-aarch64 with plugins (Debian: qemu-user), a C compiler, and the folder made by scripts/cross/arm-python.sh.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "against"))
from network_files import write_files  # noqa: E402
from network_peers import PEERS, script_of  # noqa: E402
from network_task import Task, manifest  # noqa: E402
from same_outputs import check_same  # noqa: E402

from emulated import Counts, Emulated, build_plugin  # noqa: E402
from processors import PROCESSORS, Processor  # noqa: E402

SYSROOT = "/usr/aarch64-linux-gnu"
OURS, TRACT = "Mien", "tract"
NAMES = {"detector": "YuNet", "identity": "MobileNet", "expression": "expression network"}


@dataclass(frozen=True)
class Bench:
    """What all measurements share: our command, the folder of the emulated Python, the compiled plugin, a folder for
    files, and the side of the identity network's input."""

    mien: Path
    python: Path
    plugin: Path
    folder: Path
    side: int


@dataclass
class Row:
    """A network on a processor: our report of it, and counts per run by executor and precision."""

    report: dict
    task: Task
    processor: Processor
    counts: dict[tuple[str, str], Counts]

    def of(self, name: str) -> Counts | None:
        """The counts in the network's own precision."""
        return self.counts.get((name, self.task.precision))

    def in_half(self, name: str) -> Counts | None:
        return self.counts.get((name, "f16"))


def our_rows(bench: Bench, processor: Processor) -> list[Row]:
    """The networks with the counts of our executor and of tract, which computes in f32."""
    # tract would otherwise read this machine's /proc/cpuinfo.
    options = ["-L", SYSROOT, "-cpu", processor.model, "-E", f"TRACT_CPU_AARCH64_KIND={processor.tract}"]
    program = [bench.mien, "bench", "networks", "--serve", "--size", bench.side]
    mien = Emulated(OURS, bench.plugin, options, program)
    reports, entries = mien.answer(), manifest()
    for network in range(len(reports)):
        for executor in (0, 1):
            mien.measure(network, executor)
    counts = mien.close()
    rows = []
    halves = {}
    for report, ours, tract in zip(reports, counts[::2], counts[1::2], strict=True):
        task = Task.of(entries[report["file"]], report["side"], report["precision"], bench.folder)
        if task.precision == "f16":
            halves[task.file] = ours
        else:
            rows.append(Row(report, task, processor, {(OURS, task.precision): ours, (TRACT, "f32"): tract}))
    for row in rows:
        if row.task.precision == "f32" and processor.half:
            row.counts[OURS, "f16"] = halves[in_half(row.task).file]
    return rows


def in_half(task: Task) -> Task:
    return Task.of(task.entry, task.side, "f16", task.file.parent)


def tasks_of(name: str, rows: list[Row]) -> list[tuple[Row, Task]]:
    """The tasks of another executor on one processor."""
    precisions, tasks = PEERS[name].precisions, []
    for row in rows:
        if row.task.precision in precisions:
            tasks.append((row, row.task))
        if row.task.precision == "f32" and "f16" in precisions and row.processor.half:
            tasks.append((row, in_half(row.task)))
    return tasks


def count_peer(bench: Bench, name: str, rows: list[Row]) -> None:
    """Adds the counts of another executor to the rows of one processor."""
    print(f"{rows[0].processor.title}: {PEERS[name].title}", file=sys.stderr)
    processor, pairs = rows[0].processor, tasks_of(name, rows)
    tasks = [task for _, task in pairs]
    root = bench.python / "root"
    options = ["-L", root, "-cpu", processor.model, "-E", f"PYTHONPATH={bench.python / 'site'}"]
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        options += ["-E", f"{threads}=1"]
    program = [next(root.glob("usr/bin/python3.[0-9]*")), *script_of(name, tasks)]
    peer = Emulated(name, bench.plugin, options, program)
    check_same(name, tasks, {task.name: row.report["outputs"] for row, task in pairs}, peer.ask("outputs"))
    for network in range(len(tasks)):
        peer.measure(network)
    for (row, task), counts in zip(pairs, peer.close(), strict=True):
        row.counts[name, task.precision] = counts


def count_all(bench: Bench, processors: list[Processor]) -> list[Row]:
    rows: list[Row] = []
    for processor in processors:
        print(f"{processor.title}: {OURS} and {TRACT}", file=sys.stderr)
        own = our_rows(bench, processor)
        if not rows:
            write_files([row.task for row in own])
            write_files([in_half(row.task) for row in own if row.task.precision == "f32"])
        processor.describe(bench.python / "root")
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            for _ in pool.map(lambda name, own=own: count_peer(bench, name, own), PEERS):
                pass
        rows += own
    # All processors of a network together.
    names = [row.task.name for row in rows]
    return sorted(rows, key=lambda row: names.index(row.task.name))


def network_of(row: Row) -> str:
    return f"{NAMES[row.task.entry['role']]}, {row.task.precision}, {row.task.side} px"


def millions(counts: Counts | None) -> str:
    return f"{counts.instructions / 1e6:.1f}" if counts else ""


def best(counts: list[Counts | None]) -> float:
    return min(own.instructions for own in counts if own)


def instruction_table(rows: list[Row]) -> Iterator[str]:
    titles = [peer.title for peer in PEERS.values()]
    ratios = [f"{OURS} / best", "f16 / best f16", "f16 / best f32"]
    columns = ["network", "processor", OURS, *titles, f"{TRACT} f32", *ratios]
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    for row in rows:
        cells = [network_of(row), row.processor.title]
        for name in (OURS, *PEERS):
            half = row.in_half(name)
            cells.append(millions(row.of(name)) + (f", f16 {millions(half)}" if half else ""))
        cells.append(millions(row.counts[TRACT, "f32"]))
        others = [row.of(name) for name in PEERS]
        cells.append(f"{row.of(OURS).instructions / best(others):.2f}")
        half = row.in_half(OURS)
        for others in ([row.in_half(name) for name in PEERS], others):
            cells.append(f"{half.instructions / best(others):.2f}" if half else "")
        yield f"| {' | '.join(cells)} |"


def detail_table(rows: list[Row]) -> Iterator[str]:
    yield (
        "| network | processor | executor | M instructions | MB loaded | MB stored | multiply-adds per instruction "
        "| dot and matrix products | other vector products |"
    )
    yield "|---" * 9 + "|"
    for row in rows:
        for (name, precision), counts in row.counts.items():
            title = row.report["executors"][0] if (name, precision) == (OURS, row.task.precision) else precision
            title = f"{PEERS[name].title if name in PEERS else name}, {title}"
            cells = [network_of(row), row.processor.title, title, millions(counts)]
            cells += [f"{counts.loaded / 1e6:.1f}", f"{counts.stored / 1e6:.1f}"]
            cells.append(f"{row.report['multiply_adds'] / counts.instructions:.2f}")
            cells += [f"{share / counts.instructions:.0%}" for share in (counts.dots, counts.multiplies)]
            yield f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mien", type=Path, required=True, help="the command, compiled for AArch64")
    parser.add_argument("--python", type=Path, required=True, help="the folder of Python for AArch64 (arm-python.sh)")
    parser.add_argument("--size", type=int, default=160, help="pixels a side of the identity network's input")
    parser.add_argument("--processors", nargs="+", help="titles of the processors (default: all)")
    arguments = parser.parse_args()
    processors = [own for own in PROCESSORS if own.title in (arguments.processors or [own.title])]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        bench = Bench(arguments.mien, arguments.python, build_plugin(folder), folder, arguments.size)
        rows = count_all(bench, processors)
    print(f"{', '.join(f'{peer.title} {version(name)}' for name, peer in PEERS.items())}; one thread\n")
    print("Million AArch64 instructions of one run, counted by QEMU. Instructions are no times: a vector instruction")
    print("counts as one, and processors execute several at once or wait for memory. ncnn's package converts no int8")
    print("networks; Mien, LiteRT, ncnn and MNN also compute in f16 where the processor can.\n")
    print("\n".join(instruction_table(rows)))
    print("\nBytes are loaded from memory or caches, or stored there; products are shares of the instructions.\n")
    print("\n".join(detail_table(rows)))


if __name__ == "__main__":
    main()
