"""Count the AArch64 instructions of one run of each network, ours and tract's, under QEMU.

    python tests/reference/instructions.py --mien PATH [--size SIDE]      (make bench-arm)

No clock of an ARM processor is here, and QEMU's own time says nothing about one; how many instructions a program runs does
not depend on the machine. `mien bench networks --serve`, compiled for AArch64, is asked for turns of one run and of
three; a plugin (instructions.c) counts up to each answer, and the difference is two runs: loading and the first run,
which finds its memory, are left out. Vector instructions count as one, so instructions are no time: they compare
executors of like code, and say whether the dot product is used. Needs qemu-aarch64 with plugins (Debian: qemu-user), a C
compiler, nothing of PyPI.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# QEMU's processors, and what tract takes them for: it reads /proc/cpuinfo, which is this machine's.
PROCESSORS = {"max": "neoverse", "cortex-a53": "a53"}
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


def count(processor: str, plugin: str, mien: Path, side: int) -> list[tuple[dict, list[float]]]:
    """The networks as the command reports them, each with the instructions of a run by ours and by tract."""
    command = ["qemu-aarch64", "-L", SYSROOT, "-cpu", processor, "-plugin", plugin]
    command += [mien, "bench", "networks", "--serve", "--size", str(side)]
    environment = dict(os.environ, TRACT_CPU_AARCH64_KIND=PROCESSORS[processor])
    # The list of networks comes first; one line of input is needed for each turn, and too many are refused.
    asked = [(network, executor, runs) for network in range(5) for executor in range(2) for runs in (FEW, MORE)]
    lines = "".join(f"{network} {executor} {runs}\n" for network, executor, runs in asked)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, env=environment, check=False)
    if not done.stdout:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    networks, *answers = done.stdout.splitlines()
    networks = json.loads(networks)
    counts = [int(line.split()[1]) for line in done.stderr.splitlines() if line.startswith("instructions ")]
    if len(answers) != 4 * len(networks):
        sys.exit(f"{len(answers)} answers for {len(networks)} networks:\n{done.stderr[-2000:]}")
    # What the list took to write comes before; each answer is written at once.
    at = counts[-len(answers) - 1 :]
    turns = [after - before for before, after in zip(at, at[1:])]
    runs = [(more - few) / (MORE - FEW) for few, more in zip(turns[::2], turns[1::2])]
    return [(network, runs[2 * i : 2 * i + 2]) for i, network in enumerate(networks)]


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
