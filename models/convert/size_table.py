"""Print the table for the choice of the MobileNet's input size: cost, expression accuracy and identification per size.

    python models/convert/size_table.py [--data DIR]

The network is fully convolutional, so the committed file is measured at every size. Data sets: KDEF and JAFFE for
expression, LFW for identity. Needs tests/reference/requirements.txt.

Expression, on the MobileNet's 1024 features joined with the expression network's 256, each part of length 1:
"generic" is a logistic regression without samples of the user (5 folds by subject); "adapted" has learned from all
other users and from the user's other sessions, with a weight of 20, and is tested on the held-out session.

Identity, over all pairs of LFW pictures: cosine of the 1024 features, "plain" or "centered", which subtracts the mean
of the normalized features of other people (5 folds by person; the mean excludes the folds of both pictures).
"""

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import numpy_helper
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.model_selection import GroupKFold

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "reference"))
import datasets  # noqa: E402
import pipeline  # noqa: E402

# Input size -> zoom and downward shift of the five-point crop. A smaller input shows less around the face.
CROPS = {224: (1.0, 0.0), 192: (1.1, 0.0), 160: (1.25, -0.0179), 128: (1.4, -0.0179)}
EXPRESSION_SETS = ("kdef", "jaffe")
IDENTITY_SET = "lfw"

FOLDS = 5
OWN_WEIGHT = 20  # weight of the user's own samples
REGULARISATION = 10  # scikit-learn's C
TIMED_RUNS = 50


def resized(model: onnx.ModelProto, size: int) -> onnx.ModelProto:
    # With multiples of 32 all reductions are even, so SAME padding is the same at every size.
    assert size % 32 == 0
    model = onnx.ModelProto.FromString(model.SerializeToString())
    for dimension in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        dimension.dim_value = size
    return model


def multiplications(model: onnx.ModelProto) -> int:
    """Returns the multiply-accumulates of all convolutions."""
    model = onnx.shape_inference.infer_shapes(model)
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear":
            weights[node.output[0]] = weights[node.input[0]]
    positions = {
        value.name: np.prod([dimension.dim_value for dimension in value.type.tensor_type.shape.dim[2:]])
        for value in model.graph.value_info
    }
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    return int(sum(weights[node.input[1]].size * positions[node.output[0]] for node in convolutions))


def milliseconds(network: pipeline.Network) -> float:
    """Returns the median time of a run on one thread."""
    image = np.random.default_rng(0).integers(0, 256, (network.size, network.size, 3), np.uint8)
    tensor = {"input": network.normalize(image)}
    times = []
    for _ in range(TIMED_RUNS):
        start = time.perf_counter()
        network.session.run(None, tensor)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


class Features:
    """The features of a data set, for every picture with a face: per MobileNet size, and of the expression network."""

    def __init__(self, samples, networks, mobilenets):
        self.samples = []
        self.expression = []
        self.classes = []  # by the expression network's own logits
        self.mobilenet = {size: [] for size in mobilenets}
        for sample, picture, face in datasets.faces(samples, networks["detector"]):
            self.samples.append(sample)
            expression = networks["expression"]
            outputs = expression.run(pipeline.face_crop(expression, picture, face))
            self.expression.append(outputs["features"][0])
            self.classes.append(expression.entry["labels"][outputs["logits"][0].argmax()])
            for size, network in mobilenets.items():
                image = pipeline.face_crop(network, picture, face)
                self.mobilenet[size].append(network.run(image)["descriptor"][0])
        self.no_face = len(samples) - len(self.samples)
        self.subjects = np.array([sample.subject for sample in self.samples])
        self.sessions = np.array([sample.session for sample in self.samples])
        self.emotions = np.array([sample.emotion for sample in self.samples])

    def joined(self, size: int) -> np.ndarray:
        return np.hstack([unit(np.array(self.mobilenet[size])), unit(np.array(self.expression))])


def zero_shot(of: Features) -> str:
    """Accuracy of the expression network's own logits, over all pictures and by emotion."""
    right = of.emotions == np.array(of.classes)
    by_emotion = ", ".join(f"{name} {100 * right[of.emotions == name].mean():.1f}" for name in np.unique(of.emotions))
    return f"the expression network's own logits are right in {100 * right.mean():.1f} % ({by_emotion})"


def classify(features, emotions, train, test, weights=None) -> int:
    """Returns how many of `test` a logistic regression learned on `train` classifies correctly."""
    model = LogisticRegression(C=REGULARISATION, max_iter=2000)
    model.fit(features[train], emotions[train], None if weights is None else weights[train])
    return int((model.predict(features[test]) == emotions[test]).sum())


def accuracies(features: np.ndarray, of: Features) -> tuple[float, float]:
    """Returns the generic and the adapted accuracy in percent."""
    # An orthogonal change of basis: the same regression with only as many inputs as samples.
    features = features @ np.linalg.svd(features, full_matrices=False)[2].T
    folds = GroupKFold(FOLDS).split(features, of.emotions, of.subjects)
    generic = sum(classify(features, of.emotions, train, test) for train, test in folds)
    adapted = tested = 0
    for subject in np.unique(of.subjects):
        own = of.subjects == subject
        weights = np.where(own, OWN_WEIGHT, 1.0)
        sessions = np.unique(of.sessions[own])
        for session in sessions if len(sessions) > 1 else ():
            test = own & (of.sessions == session)
            adapted += classify(features, of.emotions, ~test, test, weights)
            tested += int(test.sum())
    return 100 * generic / len(features), 100 * adapted / tested


def verification(similarity: np.ndarray, same: np.ndarray) -> tuple[float, float]:
    """Returns the equal error rate, and the true accept rate at a false accept rate of 1 %; in percent."""
    false_accepts, true_accepts, _ = roc_curve(same, similarity)
    nearest = np.argmin(np.abs(false_accepts - (1 - true_accepts)))
    equal = (false_accepts[nearest] + 1 - true_accepts[nearest]) / 2
    return 100 * equal, 100 * true_accepts[false_accepts <= 0.01].max()


def identity(features: np.ndarray, subjects: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Returns the verification figures with plain and with centered features."""
    features = unit(features)
    people = np.random.default_rng(0).permutation(np.unique(subjects))
    fold_of = {person: index % FOLDS for index, person in enumerate(people)}
    folds = np.array([fold_of[subject] for subject in subjects])
    first, second = np.triu_indices(len(features), 1)
    same = subjects[first] == subjects[second]
    plain = (features[first] * features[second]).sum(axis=1)
    centered = np.empty_like(plain)
    for a in range(FOLDS):
        for b in range(a, FOLDS):
            others = (folds != a) & (folds != b)
            moved = unit(features - features[others].mean(axis=0))
            pairs = np.minimum(folds[first], folds[second]) == a
            pairs &= np.maximum(folds[first], folds[second]) == b
            centered[pairs] = (moved[first[pairs]] * moved[second[pairs]]).sum(axis=1)
    return verification(plain, same), verification(centered, same)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the MobileNet at several input sizes.")
    datasets.add_data_option(parser)
    options = parser.parse_args()
    cv2.setNumThreads(1)

    networks = pipeline.load_networks()
    entry = networks["identity"].entry
    committed = onnx.load(pipeline.MODELS / entry["file"])
    mobilenets = {}
    costs = {}
    for size, (zoom, shift_y) in CROPS.items():
        model = resized(committed, size)
        at_size = entry | {
            "input": entry["input"] | {"shape": [1, 3, size, size]},
            "crop": {"kind": "five_point", "zoom": zoom, "shift_y": shift_y},
        }
        mobilenets[size] = pipeline.Network(at_size, model)
        costs[size] = [f"{multiplications(model) / 1e6:.0f}", f"{milliseconds(mobilenets[size]):.1f}"]

    sets = {}
    for name in (*EXPRESSION_SETS, IDENTITY_SET):
        samples = datasets.read_set(options.data, name)
        if samples:
            sets[name] = Features(samples, networks, mobilenets)
            of = sets[name]
            print(f"{name}: {len(of.samples)} pictures of {len(set(of.subjects))} people, {of.no_face} without a face")
            if name in EXPRESSION_SETS:
                print(f"{name}: {zero_shot(of)}")

    header = ["input px", "zoom", "million MACs", "ms"]
    header += [f"{name.upper()} generic -> adapted %" for name in EXPRESSION_SETS if name in sets]
    if IDENTITY_SET in sets:
        header += [f"LFW {kind} EER %, TAR at FAR 1 %" for kind in ("plain", "centered")]
    print("\n| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for size, (zoom, _) in CROPS.items():
        row = [str(size), str(zoom), *costs[size]]
        for name in EXPRESSION_SETS:
            if name in sets:
                row.append("{:.1f} -> {:.1f}".format(*accuracies(sets[name].joined(size), sets[name])))
        if IDENTITY_SET in sets:
            of = sets[IDENTITY_SET]
            figures = identity(np.array(of.mobilenet[size]), of.subjects)
            row += ["{:.2f}, {:.1f}".format(*pair) for pair in figures]
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
