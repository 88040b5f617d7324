"""Check that other executors compute the same as Mien."""

import sys

import numpy as np

from network_task import Task

# In f16 LiteRT also sums in f16: 0.975 for a score of YuNet.
MIN_COSINE = {"f32": 0.999, "f16": 0.95, "int8": 0.99}


def check_same(
    name: str, tasks: list[Task], ours: dict[str, list[list[float]]], theirs: list[list[list[float]]]
) -> None:
    """Ends the program unless the outputs of an executor resemble ours, which are stored by the tasks' names."""
    for task, outputs in zip(tasks, theirs, strict=True):
        for spec, own, other in zip(task.entry["outputs"], ours[task.name], outputs, strict=True):
            likeness = cosine(own, other)
            if not likeness > MIN_COSINE[task.precision]:
                sys.exit(f"{task.name} by {name}: the cosine of {spec['name']} and ours is {likeness:.4f}")


def cosine(ours: list[float], theirs: list[float]) -> float:
    return float(np.dot(ours, theirs) / (np.linalg.norm(ours) * np.linalg.norm(theirs)))
