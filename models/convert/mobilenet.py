"""MobileNet V1 1.0 trained on faces (TensorFlow.js graph model) -> ONNX, up to the pooled 1024 features.

The heads for age and gender in the same file are dropped.
"""

import base64
import json

import numpy as np
import onnx

from graph import Graph
from tfjs import read_weights

BLOCKS = 13  # each a depthwise and a pointwise convolution
FEATURES = 1024


def build(topology: bytes, weights: bytes, size: int) -> onnx.ModelProto:
    """Builds the network for a `size` x `size` input; it is fully convolutional, so any size works."""
    description = json.loads(topology)
    nodes = {node["name"]: node for node in description["modelTopology"]["node"]}
    weight = read_weights(description["weightsManifest"], weights)
    graph = Graph("mobilenet", [1, 3, size, size])
    zero = graph.constant("zero", np.float32(0))
    six = graph.constant("six", np.float32(6))

    def relu6(layer: str, x: str) -> str:
        upper = float(weight[f"{layer}_relu/Cast"])
        if upper != 6.0:
            raise ValueError(f"{layer}: the activation is cut at {upper}, expected 6")
        return graph.node("Clip", [x, zero, six], f"{layer}_relu6")

    def pointwise_or_first(layer: str, x: str, size: int) -> tuple[str, int]:
        # The exporter has already folded the factor of the batch normalization into these kernels.
        kernel = weight[f"{layer}/convolution/merged_input"].transpose(3, 2, 0, 1)
        bias = weight[f"{layer}_bn/batchnorm_1/sub"]
        stride = _stride(nodes[f"{layer}_bn/batchnorm_1/mul_1"])
        y, size = graph.conv_same(layer, x, size, kernel, bias, stride)
        return relu6(layer, y), size

    def depthwise(layer: str, x: str, size: int) -> tuple[str, int]:
        kernel = weight[f"{layer}/depthwise_kernel"].transpose(2, 3, 0, 1)
        kernel = kernel * weight[f"{layer}_bn/batchnorm_1/mul"].reshape(-1, 1, 1, 1)
        bias = weight[f"{layer}_bn/batchnorm_1/sub"]
        stride = _stride(nodes[f"{layer}/depthwise"])
        y, size = graph.conv_same(layer, x, size, kernel, bias, stride, groups=len(kernel))
        return relu6(layer, y), size

    x, size = pointwise_or_first("conv1", "input", size)
    for block in range(1, BLOCKS + 1):
        x, size = depthwise(f"conv_dw_{block}", x, size)
        x, size = pointwise_or_first(f"conv_pw_{block}", x, size)
    pooled = graph.node("GlobalAveragePool", [x], "pooled")
    graph.node("Flatten", [pooled], "descriptor", axis=1)
    return graph.model({"descriptor": [1, FEATURES]})


def _stride(node: dict) -> int:
    attributes = node["attr"]
    if base64.b64decode(attributes["padding"]["s"]) != b"SAME":
        raise ValueError(f"{node['name']}: expected SAME padding")
    return int(attributes["strides"]["list"]["i"][1])
