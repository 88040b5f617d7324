"""The committed quantized network in the form for other executors."""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models" / "convert"))
from quantize import Range  # noqa: E402


def ranges(model: onnx.ModelProto) -> dict[str, Range]:
    """The ranges of quantized activations, by tensor."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = [node.input for node in model.graph.node if node.op_type == "QuantizeLinear"]
    return {name: Range(constants[scale][()], int(constants[zero])) for name, scale, zero in nodes}


def in_eight_bits(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in which activations limited by a Clip use the whole byte range.

    Our executor keeps some activations in 7 bits, which makes its products faster. Others do not benefit, and ONNX
    Runtime fuses a Clip into its convolution only if the byte range ends at the Clip's maximum: with this copy it takes
    half the time.
    """
    model = onnx.ModelProto.FromString(model.SerializeToString())
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    ends = {
        node.output[0]: numpy_helper.to_array(tensors[node.input[2]]).item()
        for node in model.graph.node
        if node.op_type == "Clip"
    }
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear" and node.input[0] in ends:
            scale = tensors[node.input[1]]
            fitting = min(numpy_helper.to_array(scale).item(), ends[node.input[0]] / 255)
            scale.CopyFrom(numpy_helper.from_array(np.float32(fitting), scale.name))
    return model
