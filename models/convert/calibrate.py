"""Write calibration.npz: the mean of each channel that enters a convolution of the MobileNet, over faces.

quantise.py corrects biases with these means. They are a file of their own, stored as float16, so that the
conversion itself runs no network and gives the same bytes on every machine. The faces are those of pictures
with clean terms in the repository; nothing is trained.

    python models/convert/convert.py --float-out DIR
    python models/convert/calibrate.py --float DIR
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from convert import FACE_SHIFT_Y, FACE_ZOOM, HERE, MOBILENET_SIZE

ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "reference"))
import pipeline  # noqa: E402

PICTURES = ("obama.jpg", "biden.jpg", "single_face.jpg")


def with_inner_outputs(model: onnx.ModelProto) -> tuple[onnx.ModelProto, list[str]]:
    """The network with the input of each of its convolutions as an output, and their names."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    inputs = [node.input[0] for node in model.graph.node if node.op_type == "Conv" and node.input[0] != "input"]
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in inputs)
    return model, inputs


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the MobileNet's mean activations on faces.")
    parser.add_argument("--float", type=Path, required=True, help="the folder of convert.py --float-out")
    parser.add_argument("--pictures", type=Path, default=ROOT / "tests" / "fixtures" / "pictures")
    options = parser.parse_args()

    manifest = pipeline.read_manifest()
    detector = pipeline.Network(manifest["detector"], onnx.load(options.float / "yunet.onnx"))
    model, names = with_inner_outputs(onnx.load(options.float / "mobilenet.onnx"))
    entry = manifest["identity"] | {"outputs": [{"name": name} for name in names]}
    network = pipeline.Network(entry, model)
    means: dict[str, list[np.ndarray]] = {}
    for name in PICTURES:
        picture = pipeline.read_picture(options.pictures / name)
        face = pipeline.main_face(pipeline.detect(detector, picture), picture)
        matrix = pipeline.five_point_matrix(face, MOBILENET_SIZE, FACE_ZOOM, FACE_SHIFT_Y)
        image = network.in_channel_order(pipeline.crop(picture, matrix, MOBILENET_SIZE))
        activations = {"input": network.normalise(image)} | network.run(image)
        for tensor, values in activations.items():
            means.setdefault(tensor, []).append(values.mean(axis=(0, 2, 3), dtype=np.float64))
    stored = {tensor: np.mean(values, axis=0).astype("<f2") for tensor, values in means.items()}
    np.savez(HERE / "calibration.npz", **stored)
    print(f"calibration.npz: {sum(map(len, stored.values()))} channel means over {len(PICTURES)} faces")


if __name__ == "__main__":
    main()
