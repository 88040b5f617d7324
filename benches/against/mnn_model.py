"""Convert an ONNX network of the default pack to an MNN file, in f32 or int8, with MNN's own converter.

The converter is called as a library: MNN's command installs packages and reports each use to a server. A network with
quantized activations becomes an int8 network through a list of ranges and scales, which the converter reads in addition
to the f32 file. (MNN 3.6.1 reads QuantizeLinear as rounding in f32, and its own tool for ranges, mnnquant, fails with a
std::length_error.)
"""

import json
import subprocess
import sys
from pathlib import Path

import onnx
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "models" / "convert"), str(ROOT / "tests" / "reference")]
from quantize import without_ranges  # noqa: E402
from quantized import ranges  # noqa: E402

CONVERT = "import sys, _tools; _tools.mnnconvert(sys.argv)"
MIN, MAX = -128, 127


def convert(model: onnx.ModelProto, made: Path) -> None:
    """Writes the MNN file `made`, and the converter's input files next to it."""
    source, parameters = made.with_suffix(".for_mnn.onnx"), made.with_suffix(".json")
    onnx.save(without_ranges(model), source)
    files = ["--modelFile", str(source), "--MNNModel", str(made)]
    if ranges(model):
        parameters.write_text(json.dumps(compression(model)))
        files += ["--compressionParamsFile", str(parameters)]
    command = [sys.executable, "-c", CONVERT, "-f", "ONNX", "--bizCode", "mien", *files]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0 or not made.exists():
        sys.exit(f"MNN's converter: exit code {done.returncode}\n{done.stdout}")


def compression(model: onnx.ModelProto) -> dict:
    """MNN's Compression.Pipeline of a quantized network: the scales of each convolution's input, weights and output."""
    found = ranges(model)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    dequantized = [node for node in model.graph.node if node.op_type == "DequantizeLinear"]
    scales = {node.output[0]: constants[node.input[1]] for node in dequantized}
    exact = without_ranges(model)
    clipped = {node.input[0]: node.output[0] for node in exact.graph.node if node.op_type == "Clip"}

    def steps(name: str) -> dict:
        # Our u8 values minus 128 are MNN's int8 values.
        zero = found[name].zero + MIN
        return tensor(name, [float(found[name].scale)]) | {"zero_point": zero}

    def tensor(name: str, values: list[float]) -> dict:
        return {"name": name, "bits": 8, "scales": values, "clamp_min": MIN, "clamp_max": MAX}

    layers = []
    for node in exact.graph.node:
        if node.op_type == "Conv":
            weights = tensor(node.input[1], scales[node.input[1]].tolist()) | {"asymmetric": False}
            output = clipped.get(node.output[0], node.output[0])
            layers.append({"input": [steps(node.input[0])], "weight": [weights], "output": [steps(output)]})
    return {"version": "0.0.0", "mnn_uuid": "mien", "algo": [{"type": "QUANTIZE", "quant_params": {"layer": layers}}]}
