"""The committed networks in the form for other executors.

In f32 the int8 weights are dequantized and activations are not quantized. In int8 the others get their fastest form:
activations of 8 bits (quantized.py), and weights of 7 bits with a scale per channel like ours, because in ONNX Runtime
products of larger weights overflow on processors without VNNI.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from network_task import MODELS, Task

sys.path[:0] = [str(MODELS / "convert"), str(Path(__file__).resolve().parents[2] / "tests" / "reference")]
from quantize import dequantize, without_ranges  # noqa: E402
from quantized import in_eight_bits  # noqa: E402


def network_model(task: Task) -> onnx.ModelProto:
    """The committed network at one size, in the form for other executors."""
    model = onnx.load(MODELS / task.entry["file"])
    for dimension in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        dimension.dim_value = task.side
    return in_eight_bits(model) if task.precision == "int8" else written_out(model)


def written_out(model: onnx.ModelProto) -> onnx.ModelProto:
    """The network entirely in f32."""
    model = without_ranges(model)
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        if node.op_type == "DequantizeLinear":
            codes, scales = (constants[name] for name in node.input)
            weights = dequantize(codes, scales).astype(np.float32)
            graph.initializer.append(numpy_helper.from_array(weights, node.output[0]))
        else:
            graph.node.append(node)
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    onnx.checker.check_model(model)
    return model
