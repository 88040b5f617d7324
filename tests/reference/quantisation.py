"""Print how far the committed networks are from their float originals, on the faces of the measuring sets.

    python models/convert/convert.py --float-out DIR
    python tests/reference/quantisation.py --float DIR [--data DIR]

MobileNet and expression network: cosine of the features. YuNet is committed as float; the script also quantises it
in memory, to show what that would change: the scores of all cells that pass the threshold in either version, and
the best face's landmarks in pixels of the detector's input.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx

import datasets
import pipeline

sys.path.insert(0, str(pipeline.ROOT / "models" / "convert"))
from quantise import quantise  # noqa: E402

SETS = ("kdef", "jaffe", "lfw")
FEATURES = {"identity": "descriptor", "expression": "features"}


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


class DetectorDeviation:
    """How far the outputs of one version of the detector are from those of another."""

    def __init__(self, name: str, exact: pipeline.Network, other: pipeline.Network):
        self.name, self.exact, self.other = name, exact, other
        self.all_scores, self.best_scores, self.landmarks = [], [], []

    def add(self, image: np.ndarray) -> None:
        scores, points = map(np.concatenate, zip(*self._cells(self.exact.run(image))))
        other_scores, other_points = map(np.concatenate, zip(*self._cells(self.other.run(image))))
        passing = np.maximum(scores, other_scores) > pipeline.DETECTION_THRESHOLD
        self.all_scores.extend(np.abs(scores - other_scores)[passing])
        best = scores.argmax()
        self.best_scores.append(abs(scores.max() - other_scores.max()))
        self.landmarks.extend(np.abs(points[best] - other_points[best]))

    @staticmethod
    def _cells(outputs: dict[str, np.ndarray]):
        """Per stride: each cell's score, and its landmarks relative to the cell in pixels."""
        for stride in pipeline.STRIDES:
            scores = np.sqrt(outputs[f"cls_{stride}"][0, :, 0] * outputs[f"obj_{stride}"][0, :, 0])
            yield scores, outputs[f"kps_{stride}"][0] * stride

    def print(self) -> None:
        for what, values in (
            ("score of passing cells", self.all_scores),
            ("score of the best face", self.best_scores),
            ("landmark coordinate, px", self.landmarks),
        ):
            print(f"{self.name}: {what}: mean deviation {np.mean(values):.4f}, worst {np.max(values):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the committed networks with their float originals.")
    parser.add_argument("--float", type=Path, required=True, help="the folder of convert.py --float-out")
    datasets.add_data_option(parser)
    options = parser.parse_args()
    cv2.setNumThreads(1)

    networks = pipeline.load_networks()
    exact = {
        role: pipeline.Network(network.entry, onnx.load(options.float / network.entry["file"]))
        for role, network in networks.items()
    }
    small = quantise(onnx.load(options.float / networks["detector"].entry["file"]))
    versions = {"committed": networks["detector"], "if quantised": pipeline.Network(networks["detector"].entry, small)}
    detectors = [DetectorDeviation(f"yunet, {name}", exact["detector"], other) for name, other in versions.items()]
    cosines = {role: [] for role in FEATURES}
    for name in SETS:
        of_set = {role: [] for role in FEATURES}
        for _, picture, face in datasets.faces(datasets.read_set(options.data, name), exact["detector"]):
            square = exact["detector"].in_channel_order(pipeline.letterbox(picture, exact["detector"].size)[0])
            for detector in detectors:
                detector.add(square)
            for role, output in FEATURES.items():
                image = pipeline.face_crop(networks[role], picture, face)
                of_set[role].append(cosine(exact[role].run(image)[output], networks[role].run(image)[output]))
        for role, values in of_set.items():
            if values:
                print_cosines(networks[role], name, values)
            cosines[role] += values
    if not cosines["identity"]:
        print("nothing to measure")
        return
    for role, values in cosines.items():
        print_cosines(networks[role], "all", values)
    for detector in detectors:
        detector.print()


def print_cosines(network: pipeline.Network, name: str, values: list[float]) -> None:
    stem = Path(network.entry["file"]).stem
    mean, worst = np.mean(values), np.min(values)
    print(f"{stem}, {name}: {len(values)} faces, cosine mean {mean:.5f}, worst {worst:.5f}", flush=True)


if __name__ == "__main__":
    main()
