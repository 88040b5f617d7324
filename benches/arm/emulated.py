"""Run AArch64 programs under QEMU, and count what they execute with the plugin instructions.c."""

import itertools
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from benching import Worker

EMULATOR = "qemu-aarch64"
FEW, MORE = 1, 3  # runs of the two turns of a measurement


class Counts(NamedTuple):
    """What a run executes: instructions, of which dot and matrix products and other vector products, and bytes."""

    instructions: float
    dots: float
    multiplies: float
    loaded: float
    stored: float


class Emulated:
    """A program under QEMU that answers each line of its input, of which a line with more runs takes longer."""

    def __init__(self, name: str, plugin: Path, options: list[str], program: list[str]):
        self.marks = plugin.with_name(f"{name}.marks")
        command = [EMULATOR, *options, "-plugin", f"{plugin},out={self.marks}", *program]
        self.worker = Worker([str(word) for word in command])
        self.asked = 0
        self.measured: list[int] = []

    def answer(self) -> object:
        """What the program says before the first line."""
        return self.worker.answer()

    def ask(self, *words: object) -> object:
        self.asked += 1
        return self.worker.ask(*words)

    def measure(self, *words: object) -> None:
        """Asks for two turns of different lengths."""
        self.measured.append(self.asked)
        for runs in (FEW, MORE):
            self.ask(*words, runs)

    def close(self) -> list[Counts]:
        """Ends the program; returns the counts per run of each measurement, without what both turns have in common."""
        self.worker.close()
        # The program reads a line when it has answered the previous one.
        marks = [[int(word) for word in line.split()] for line in self.marks.read_text().splitlines()]
        spent = [[b - a for a, b in zip(*pair, strict=True)] for pair in itertools.pairwise(marks)]
        if len(spent) < self.asked:
            sys.exit(f"the plugin counted {len(spent)} answers of {self.asked}")
        turns = [(spent[first], spent[first + 1]) for first in self.measured]
        return [Counts(*((b - a) / (MORE - FEW) for a, b in zip(few, more, strict=True))) for few, more in turns]


def build_plugin(folder: Path) -> Path:
    """The compiled plugin, for the interface of the installed QEMU."""
    version = subprocess.run([EMULATOR, "--version"], capture_output=True, text=True, check=True).stdout
    major = int(version.split(" version ")[1].split(".")[0])
    plugin = folder / "instructions.so"
    interface = f"-DAPI_VERSION={1 if major < 9 else 2}"
    source = Path(__file__).with_name("instructions.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", interface, "-o", plugin, source], check=True)
    return plugin
