"""The facial expression network of face-api (TensorFlow.js weights, no topology file) -> ONNX.

Four dense blocks of four convolutions at 112 px, a global average pool (the 256 features) and one linear layer
(the logits of seven classes). Within a block the input of each convolution is the sum of all earlier outputs.
"""

import json

import onnx

from graph import Graph
from tfjs import read_weights

SIZE = 112
FEATURES = 256
CLASSES = 7


def build(manifest: bytes, weights: bytes) -> onnx.ModelProto:
    weight = read_weights(json.loads(manifest), weights)
    graph = Graph("expression", [1, 3, SIZE, SIZE])

    def full(layer: str, x: str, size: int, stride: int) -> tuple[str, int]:
        kernel = weight[f"{layer}/filters"].transpose(3, 2, 0, 1)
        return graph.conv_same(_plain(layer), x, size, kernel, weight[f"{layer}/bias"], stride)

    def separable(layer: str, x: str, size: int, stride: int) -> tuple[str, int]:
        depthwise = weight[f"{layer}/depthwise_filter"].transpose(2, 3, 0, 1)
        pointwise = weight[f"{layer}/pointwise_filter"].transpose(3, 2, 0, 1)
        name = _plain(layer)
        y, size = graph.conv_same(f"{name}_dw", x, size, depthwise, None, stride, groups=len(depthwise))
        return graph.conv_same(f"{name}_pw", y, size, pointwise, weight[f"{layer}/bias"], 1)

    def sum_relu(name: str, newest: str, earlier: str | None) -> tuple[str, str]:
        """Adds `newest` to the running sum; returns it before and after the ReLU."""
        total = graph.node("Add", [earlier, newest], f"{name}_sum") if earlier else newest
        return total, graph.node("Relu", [total], f"{name}_relu")

    x, size = "input", SIZE
    for block in range(4):
        convolve = full if block == 0 else separable
        name = f"dense{block}"
        y, size = convolve(f"{name}/conv0", x, size, 2)
        # Only the first output passes a ReLU before it is added to the sum.
        total = x = graph.node("Relu", [y], f"{name}_conv0_relu")
        for index in range(1, 4):
            y, _ = separable(f"{name}/conv{index}", x, size, 1)
            total, x = sum_relu(f"{name}_conv{index}", y, total)
    pooled = graph.node("GlobalAveragePool", [x], "pooled")
    graph.node("Flatten", [pooled], "features", axis=1)
    matrix = graph.constant("fc_w", weight["fc/weights"].T)
    bias = graph.constant("fc_b", weight["fc/bias"])
    graph.node("Gemm", ["features", matrix, bias], "logits", transB=1)
    return graph.model({"features": [1, FEATURES], "logits": [1, CLASSES]})


def _plain(layer: str) -> str:
    return layer.replace("/", "_")
