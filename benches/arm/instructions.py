"""Count the AArch64 instructions of one run of each network, by our executor and by tract, under QEMU.

    python benches/arm/instructions.py --mien PATH [--size SIDE]      (make bench-arm)

QEMU's time says nothing about an ARM processor, but the number of executed instructions does not depend on the machine.
The script asks `mien bench networks --serve`, compiled for AArch64, for turns of one run and of three; a plugin
(instructions.c) counts up to each answer. The difference is two runs, without loading and without the first run, which
allocates memory. A vector instruction counts as one, so the numbers are not times: they compare executors with similar
code, and show whether the dot product or products of matrices (i8mm: processor "max") are used. Needs qemu-aarch64 with
plugins (Debian: qemu-user) and a C compiler, but no PyPI package.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# QEMU's processors and tract's names for them; tract would otherwise read this machine's /proc/cpuinfo.
PROCESSORS = {"max": "neoverse", "cortex-a76": "neoverse", "cortex-a53": "a53"}
SYSROOT = "/usr/aarch64-linux-gnu"
FEW, MORE = 1, 3


def build_plugin(folder: str) -> str:
    """The compiled plugin, for the interface of the installed QEMU."""
    version = subprocess.run(["qemu-aarch64", "--version"], capture_output=True, text=True, check=True).stdout
    major = int(version.split(" version ")[1].split(".")[0])
    plugin = f"{folder}/instructions.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", f"-DAPI_VERSION={1 if major < 9 else 2}", "-o", plugin, source], check=True
    )
    return plugin


def count(processor: str, plugin: str, mien: Path, side: int) -> list[tuple[dict, tuple[float, float]]]:
    """The networks as the command reports them, each with the instructions per run of our executor and of tract."""
    command = ["qemu-aarch64", "-L", SYSROOT, "-cpu", processor, "-plugin", plugin]
    command += [mien, "bench", "networks", "--serve", "--size", str(side)]
    environment = dict(os.environ, TRACT_CPU_AARCH64_KIND=PROCESSORS[processor])
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True, bufsize=1, env=environment
        ) as process,
    ):

        def ask(*request: int) -> str:
            """Returns the command's answer; without a request, its list of networks."""
            if request:
                print(*request, file=process.stdin)
            if answer := process.stdout.readline():
                return answer
            said.seek(0)
            sys.exit(f"{' '.join(map(str, command))} gave no answer:\n{said.read()[-2000:]}")

        networks = json.loads(ask())
        turns = [(network, executor, runs) for network in range(len(networks)) for executor in (0, 1) for runs in (FEW, MORE)]
        for turn in turns:
            ask(*turn)
        process.stdin.close()
        process.wait()
        said.seek(0)
        counts = [int(line.split()[1]) for line in said if line.startswith("instructions ")]
    # Each answer is one write; the writes before the answers are the list.
    counts = counts[-len(turns) - 1 :]
    spent = [after - before for before, after in itertools.pairwise(counts)]
    runs = [(more - few) / (MORE - FEW) for few, more in zip(spent[::2], spent[1::2])]
    return list(zip(networks, zip(runs[::2], runs[1::2])))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mien", type=Path, required=True, help="the command, compiled for AArch64")
    parser.add_argument("--size", type=int, default=160, help="pixels a side of the identity network's input")
    arguments = parser.parse_args()
    print("million AArch64 instructions of one run, counted by QEMU\n")
    print("| network | processor | executor | Mien | tract f32 | Mien / tract | multiply-adds an instruction, Mien |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        plugin = build_plugin(folder)
        for processor in PROCESSORS:
            for network, (ours, tracts) in count(processor, plugin, arguments.mien, arguments.size):
                name = f"{network['file']}, {network['side']} pixels, {network['precision']}"
                speed = network["multiply_adds"] / ours
                print(
                    f"| {name} | {processor} | {network['executors'][0]} | {ours / 1e6:.1f} | {tracts / 1e6:.1f} "
                    f"| {ours / tracts:.2f} | {speed:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
