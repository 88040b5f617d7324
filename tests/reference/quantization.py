"""Print the deviation of the committed networks from their float originals, on the faces of the data sets.

    python models/convert/convert.py --float-out DIR
    python tests/reference/quantization.py --float DIR [--data DIR]
    python tests/reference/quantization.py --float DIR --layers 50 [--data DIR]

MobileNet and expression network: cosine of the features; the MobileNet computes in bytes. With --layers, on that many
faces spread over KDEF, each tensor of the MobileNet instead: its cosine to the float network's tensor, the fraction of
values clipped by the byte range, and the fraction of bytes at the upper end of the activation or the byte range.

Networks that are not committed in bytes are also quantized in memory, to show the effect. YuNet with int8 weights: the
scores of all cells that pass the threshold in either version, and the best face's landmarks in pixels of the detector's
input. The expression network with weights of 7 bits and activations of 8, with ranges measured on the faces of
calibrate.py: the cosine of the features.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

import datasets
import pipeline
from quantized import ranges

sys.path.insert(0, str(pipeline.ROOT / "models" / "convert"))
import calibrate  # noqa: E402
import quantize  # noqa: E402

SETS = ("kdef", "jaffe", "lfw")
FEATURES = {"identity": "descriptor", "expression": "features"}

# The minimum cosine of the MobileNet's features on KDEF: mean and worst.
TARGET_SET, TARGET_MEAN, TARGET_WORST = "kdef", 0.995, 0.98


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


class DetectorDeviation:
    """The deviation of the outputs of two versions of the detector."""

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
        """Yields, per stride, the score of each cell and its landmarks relative to the cell in pixels."""
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


class TensorDeviation:
    """The deviation of a quantized tensor from the float network's tensor."""

    def __init__(self, least: float, most: float, step: float):
        self.least, self.most, self.step = least, most, step
        self.products = np.zeros(3)  # exact * read, exact * exact, read * read
        self.cut = self.at_end = self.count = 0

    def add(self, exact: np.ndarray, made: np.ndarray) -> None:
        """`made` are the values before rounding to bytes."""
        read = np.clip(np.rint(made / self.step) * self.step, self.least, self.most)
        a, b = exact.astype(np.float64).ravel(), read.astype(np.float64).ravel()
        self.products += [a @ b, a @ a, b @ b]
        beyond = (made > self.most + self.step / 2) | (made < self.least - self.step / 2)
        self.cut += int(beyond.sum())
        self.at_end += int((read >= self.most - self.step / 2).sum())
        self.count += made.size

    def line(self) -> str:
        both, exact, read = self.products
        ends = f"{100 * self.cut / self.count:>8.3f} % {100 * self.at_end / self.count:>8.3f} %"
        return f"{both / np.sqrt(exact * read):>9.5f} {ends} {self.least:>8.2f} to {self.most:.2f} by {self.step:.4f}"


def with_outputs(model: onnx.ModelProto, names: list[str]) -> onnxruntime.InferenceSession:
    model = onnx.ModelProto.FromString(model.SerializeToString())
    del model.graph.output[:]
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    return pipeline.session(model)


def measure_layers(exact: dict[str, pipeline.Network], network: pipeline.Network, data: Path, count: int) -> None:
    samples = datasets.read_set(data, TARGET_SET)
    found = ranges(network.model)
    # A Clip limits the bytes of its tensor to the byte of its maximum.
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in network.model.graph.initializer}
    clips = [node for node in network.model.graph.node if node.op_type == "Clip"]
    ends = {node.output[0]: constants[node.input[2]].item() for node in clips}
    deviations = {}
    for name, own in found.items():
        step = float(own.scale)
        most = min((255 - own.zero) * step, ends.get(name, np.inf))
        deviations[name] = TensorDeviation(-own.zero * step, most, step)
    names = [name for name in found if name != "input"]
    sessions = [with_outputs(model, names) for model in (exact["identity"].model, network.model)]
    faces = 0
    for _, picture, face in datasets.faces(samples[:: max(1, len(samples) // count)], exact["detector"]):
        values = network.normalize(pipeline.face_crop(network, picture, face))
        deviations["input"].add(values, values)
        outputs = [session.run(names, {"input": values}) for session in sessions]
        for name, *pair in zip(names, *outputs, strict=True):
            deviations[name].add(*pair)
        faces += 1
    if faces == 0:
        print("nothing to measure")
        return
    print(f"{network.entry['file']}, {faces} faces of {TARGET_SET}")
    print(f"{'tensor':<22} {'cosine':>9} {'cut off':>10} {'at the end':>10} {'range':>8}")
    for name, deviation in deviations.items():
        print(f"{name:<22} {deviation.line()}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the committed networks with their float originals.")
    parser.add_argument("--float", type=Path, required=True, help="the folder of convert.py --float-out")
    parser.add_argument("--layers", type=int, metavar="FACES", help="measure each tensor, on about FACES faces")
    datasets.add_data_option(parser)
    options = parser.parse_args()
    cv2.setNumThreads(1)

    networks = pipeline.load_networks()
    exact = {
        role: pipeline.Network(network.entry, onnx.load(options.float / network.entry["file"]))
        for role, network in networks.items()
    }
    if options.layers:
        return measure_layers(exact, networks["identity"], options.data, options.layers)
    small = quantize.quantize(onnx.load(options.float / networks["detector"].entry["file"]))
    versions = {"committed": networks["detector"], "if quantized": pipeline.Network(networks["detector"].entry, small)}
    detectors = [DetectorDeviation(f"yunet, {name}", exact["detector"], other) for name, other in versions.items()]
    in_bytes = pipeline.Network(networks["expression"].entry, expression_in_bytes(exact))
    cosines_in_bytes = []
    cosines = {role: [] for role in FEATURES}
    for name in SETS:
        of_set = {role: [] for role in FEATURES}
        for _, picture, face in datasets.faces(datasets.read_set(options.data, name), exact["detector"]):
            square = exact["detector"].in_channel_order(pipeline.letterbox(picture, exact["detector"].size)[0])
            for detector in detectors:
                detector.add(square)
            for role, output in FEATURES.items():
                image = pipeline.face_crop(networks[role], picture, face)
                wanted = exact[role].run(image)[output]
                of_set[role].append(cosine(wanted, networks[role].run(image)[output]))
                if role == in_bytes.entry["role"]:
                    cosines_in_bytes.append(cosine(wanted, in_bytes.run(image)[output]))
        for role, values in of_set.items():
            if values:
                print_cosines(networks[role], name, values)
            cosines[role] += values
    if not cosines["identity"]:
        print("nothing to measure")
        return
    for role, values in cosines.items():
        print_cosines(networks[role], "all", values)
    mean, worst = np.mean(cosines_in_bytes), np.min(cosines_in_bytes)
    print(f"expression, if it computed in bytes: cosine mean {mean:.5f}, worst {worst:.5f}")
    for detector in detectors:
        detector.print()


def expression_in_bytes(exact: dict[str, pipeline.Network]) -> onnx.ModelProto:
    """The expression network with all activations up to the features quantized to bytes."""
    network = exact["expression"]
    folder = pipeline.ROOT / "tests" / "fixtures" / "pictures"
    images = calibrate.faces(folder, list(calibrate.PICTURES), exact["detector"], network)
    spec = network.entry["input"]
    found = {"input": quantize.range_of_picture(spec["mean"], spec["scale"])}
    operators = ("Conv", "Add", "Relu")
    nodes = [node for node in network.model.graph.node if node.op_type in operators]
    # A tensor that only a Relu reads is fused with it and needs no range.
    readers = {name: [node.op_type for node in nodes if name in node.input] for node in nodes for name in node.output}
    names = [node.output[0] for node in nodes if readers[node.output[0]] != ["Relu"]]
    for name, values in calibrate.outputs(network.model, names, images).items():
        least, most = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
        scale = np.float32((most - least) / 255)
        found[name] = quantize.Range(scale, round(-least / float(scale)))
    return quantize.quantize_activations(quantize.quantize(network.model, quantize.SEVEN_BITS), found)


def print_cosines(network: pipeline.Network, name: str, values: list[float]) -> None:
    stem = Path(network.entry["file"]).stem
    mean, worst = np.mean(values), np.min(values)
    line = f"{stem}, {name}: {len(values)} faces, cosine mean {mean:.5f}, worst {worst:.5f}"
    if (network.entry["role"], name) == ("identity", TARGET_SET):
        met = "met" if mean >= TARGET_MEAN and worst >= TARGET_WORST else "not met"
        line += f"; target {TARGET_MEAN} and {TARGET_WORST}: {met}"
    print(line, flush=True)


if __name__ == "__main__":
    main()
