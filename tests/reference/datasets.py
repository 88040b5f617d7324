"""The evaluation data sets: folders with an index.csv (path,subject,emotion[,session]) outside the repository."""

import argparse
import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import pipeline

DEFAULT_DATA = pipeline.ROOT.parent / "shared" / "data"
EMOTION_NAMES = {"angry": "anger"}


@dataclass(frozen=True)
class Sample:
    path: Path
    subject: str
    emotion: str  # empty if the data set has none
    session: str  # empty if the data set has none


def add_data_option(parser: argparse.ArgumentParser) -> None:
    default = Path(os.environ.get("MIEN_DATA", DEFAULT_DATA))
    help_text = "folder of the sets (default: MIEN_DATA, or ../shared/data)"
    parser.add_argument("--data", type=Path, default=default, help=help_text)


def read_set(data: Path, name: str) -> list[Sample]:
    """The samples of a data set, in index order; empty, with a printed notice, if the data set is absent."""
    index = data / name / "index.csv"
    if not index.is_file():
        print(f"{name}: skipped, there is no {index}")
        return []
    with open(index, newline="") as file:
        return [
            Sample(
                path=index.parent / row["path"],
                subject=row["subject"],
                emotion=EMOTION_NAMES.get(row.get("emotion", ""), row.get("emotion", "")),
                session=row.get("session", ""),
            )
            for row in csv.DictReader(file)
        ]


def faces(samples: list[Sample], detector: pipeline.Network) -> Iterator[tuple[Sample, np.ndarray, pipeline.Face]]:
    """Yields each sample with its picture and its main face; skips pictures without a face."""
    for sample in samples:
        picture = pipeline.read_picture(sample.path)
        face = pipeline.main_face(pipeline.detect(detector, picture), picture)
        if face is not None:
            yield sample, picture, face
