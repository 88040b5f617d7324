"""A network to measure at one size in one precision, and its input."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benching import splitmix

MODELS = Path(__file__).resolve().parents[2] / "models"
INPUT_SEED = 1  # as in `mien bench networks`


@dataclass(frozen=True)
class Task:
    """A network: its entry in the manifest, the input side in pixels, the precision, and its file.

    The precision is "f32", "int8", or "f16" for executors that compute an f32 network in half precision.
    """

    entry: dict
    side: int
    precision: str
    file: Path

    @staticmethod
    def of(entry: dict, side: int, precision: str, folder: Path) -> "Task":
        return Task(entry, side, precision, folder / f"{Path(entry['file']).stem}_{side}_{precision}.onnx")

    @staticmethod
    def named(name: str, folder: Path) -> "Task":
        """The task with the name FILE:SIDE:PRECISION."""
        file, side, precision = name.rsplit(":", 2)
        return Task.of(manifest()[file], int(side), precision, folder)

    @property
    def name(self) -> str:
        return f"{self.entry['file']}:{self.side}:{self.precision}"

    def input(self) -> np.ndarray:
        """Noise of 0 to 255, normalized for the network, NCHW."""
        side, spec = self.side, self.entry["input"]
        noise = splitmix(INPUT_SEED, 3 * side * side, 256).astype(np.float32).reshape(1, 3, side, side)
        mean, scale = (np.array(spec[key], np.float32).reshape(1, 3, 1, 1) for key in ("mean", "scale"))
        return (noise - mean) * scale


def manifest() -> dict[str, dict]:
    """The manifest's entries by file."""
    return {entry["file"]: entry for entry in json.loads((MODELS / "manifest.json").read_text())["models"]}
