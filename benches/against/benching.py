"""Shared code of the scripts that compare Mien's speed with other software."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np


def splitmix(seed: int, count: int, below: int) -> np.ndarray:
    """The first integers in 0..`below` (exclusive) from Mien's SplitMix64."""
    state = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    bound, low, half = np.uint64(below), np.uint64(2**32 - 1), np.uint64(32)
    return ((z >> half) * bound + ((z & low) * bound >> half)) >> half


def default_mien() -> Path:
    """The command that `make build` builds."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", Path.home() / ".cache" / "mien" / "target"))
    return target / "debug" / "mien"


class Worker:
    """A process that answers each input line with a line of JSON."""

    def __init__(self, command: list[str]):
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(self) -> object:
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{' '.join(self.command)}: exit code {self.process.wait()}")
        return json.loads(line)

    def ask(self, *words: object) -> object:
        print(*words, file=self.process.stdin, flush=True)
        return self.answer()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def processor() -> str:
    """The processor's name, as reported by Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
