"""Write calibration.npz: the ranges of the MobileNet's activations on faces, and their quantization offsets.

For each tensor that a convolution reads or writes, the scale of its bytes (`scale/TENSOR`). For each convolution, the
mean error per output channel caused by its input bytes and its rounded weights (`offset/LAYER`, float16), measured layer
by layer in the network that is quantized and corrected up to that layer. The values are stored in a file, so that the
conversion itself runs no network and writes the same bytes on every machine. By default the faces come from pictures in
the repository with clear license terms; any folder of pictures with one face each works. Nothing is trained.

    python models/convert/convert.py --float-out DIR
    python models/convert/calibrate.py --float DIR [--pictures FOLDER]
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from convert import HERE, picture_range
from quantize import SEVEN_BITS, Range, correct_bias, quantize, quantize_activations, range_of

ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "reference"))
import pipeline  # noqa: E402

PICTURES = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "single_face.jpg")
EXPOSURES = (0.6, 1.3)
SHIFT = 6  # pixels
SAMPLES = 400_000  # values of a tensor that determine its range
SEED = 1


def variants(image: np.ndarray) -> list[np.ndarray]:
    """The face: unchanged, mirrored, darker, brighter and shifted."""
    lit = [np.clip(image * factor, 0, 255).astype(np.uint8) for factor in EXPOSURES]
    return [image, image[:, ::-1], *lit, np.roll(image, SHIFT, 0), np.roll(image, -SHIFT, 1)]


def faces(folder: Path, names: list[str], detector: pipeline.Network, network: pipeline.Network) -> np.ndarray:
    """The aligned faces as input of `network`, N x 3 x side x side."""
    images = []
    for name in names:
        picture = pipeline.read_picture(folder / name)
        found = pipeline.detect(detector, picture)
        if not found:
            print(f"{name}: no face, left out")
            continue
        image = pipeline.face_crop(network, picture, pipeline.main_face(found, picture))
        images += [network.normalize(variant)[0] for variant in variants(image)]
    if not images:
        raise SystemExit(f"{folder}: no picture with a face")
    return np.stack(images)


def outputs(model: onnx.ModelProto, names: list[str], images: np.ndarray) -> dict[str, np.ndarray]:
    """The named tensors for all images, computed operator by operator as in the file, in float32."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "faces"
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    options = onnxruntime.SessionOptions()
    # Fused integer kernels round differently.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return dict(zip(names, session.run(names, {"input": images})))


def measured_range(values: np.ndarray, most: int) -> Range:
    values = values.ravel()
    if values.size > SAMPLES:
        values = np.random.default_rng(SEED).choice(values, SAMPLES, replace=False)
    return range_of(values, most)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the MobileNet's activations on faces.")
    parser.add_argument("--float", type=Path, required=True, help="the folder of convert.py --float-out")
    parser.add_argument("--pictures", type=Path, help="a folder of pictures, each with a face (default: the fixtures)")
    options = parser.parse_args()
    folder = options.pictures or ROOT / "tests" / "fixtures" / "pictures"
    names = list(PICTURES) if options.pictures is None else sorted(path.name for path in folder.iterdir())

    manifest = pipeline.read_manifest()
    exact = onnx.load(options.float / "mobilenet.onnx")
    detector = pipeline.Network(manifest["detector"], onnx.load(options.float / "yunet.onnx"))
    images = faces(folder, names, detector, pipeline.Network(manifest["identity"], exact))
    layers = [node.name for node in exact.graph.node if node.op_type == "Conv"]
    depthwise = {f"{layer}_relu6" for layer in layers if "_dw_" in layer}
    activations = [node.output[0] for node in exact.graph.node if node.op_type == "Clip"]
    # A product reads the output of a depthwise convolution: 7 bits, see quantize.py.
    ranges = {
        name: measured_range(values, 127 if name in depthwise else 255)
        for name, values in outputs(exact, activations, images).items()
    }
    wanted = {name: values.mean(axis=(0, 2, 3), dtype=np.float64) for name, values in outputs(exact, layers, images).items()}
    model = quantize(exact, SEVEN_BITS)
    stored = {f"scale/{name}": np.float32(range_.scale) for name, range_ in ranges.items()}
    ranges["input"] = picture_range()
    for layer in layers:
        means = outputs(quantize_activations(model, ranges), [layer], images)[layer].mean(axis=(0, 2, 3), dtype=np.float64)
        offset = (means - wanted[layer]).astype("<f2")
        stored[f"offset/{layer}"] = offset
        correct_bias(model, layer, offset.astype(np.float64))
    np.savez(HERE / "calibration.npz", **stored)
    print(f"calibration.npz: {len(ranges) - 1} ranges and {len(layers)} layers' offsets over {len(images)} pictures")


if __name__ == "__main__":
    main()
