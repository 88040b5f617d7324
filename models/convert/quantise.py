"""Weights of an ONNX network as int8 with one scale per output channel.

Only the file shrinks: every weight becomes int8 codes and float scales in front of a DequantizeLinear node, and an
engine multiplies them back at load. Activations, biases and the arithmetic stay float32.

What hurts is less the size of the rounding errors than that they do not cancel: activations after a ReLU are never
negative, so the errors of one channel add up to a constant offset. Where the mean input of a layer is known, its
bias takes that offset back (bias correction; Nagel et al., "Data-Free Quantization through Weight Equalization and
Bias Correction", ICCV 2019).
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

QUANTISED_OPERATORS = ("Conv", "Gemm")  # output channels on axis 0 of the weight; Gemm with transB = 1
CODE_LIMIT = 127  # symmetric: -128 is not used
# Where to clip, as a share of the channel's largest weight.
CLIPS = np.linspace(0.4, 1.0, 121)


def quantise(model: onnx.ModelProto, input_means: dict[str, np.ndarray] | None = None) -> onnx.ModelProto:
    """A copy of `model` with its weights as int8 codes and scales.

    `input_means` holds the mean of each channel of the tensors that enter a convolution, by the tensor's name. Where
    it is given, every convolution's bias is corrected.
    """
    model = onnx.ModelProto.FromString(model.SerializeToString())
    graph = model.graph
    initialisers = {tensor.name: tensor for tensor in graph.initializer}
    dequantisers = []
    for node in graph.node:
        if node.op_type not in QUANTISED_OPERATORS:
            continue
        name = node.input[1]
        weight = numpy_helper.to_array(initialisers.pop(name))
        codes, scales = quantise_weight(weight)
        if input_means is not None:
            offset = mean_offset(dequantise(codes, scales) - weight, input_means[node.input[0]])
            bias = numpy_helper.to_array(initialisers[node.input[2]]) - offset
            initialisers[node.input[2]] = numpy_helper.from_array(bias.astype(np.float32), node.input[2])
        initialisers[f"{name}_codes"] = numpy_helper.from_array(codes, f"{name}_codes")
        initialisers[f"{name}_scales"] = numpy_helper.from_array(scales, f"{name}_scales")
        dequantisers.append(
            helper.make_node("DequantizeLinear", [f"{name}_codes", f"{name}_scales"], [name], name=name, axis=0)
        )
    nodes = [*dequantisers, *graph.node]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(initialisers.values())
    onnx.checker.check_model(model)
    return model


def quantise_weight(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int8 codes of `weight`'s shape, float32 scale per index of axis 0); weight is about codes * scale.

    Per channel the scale is the one, out of a grid of clipping points, with the least squared error.
    """
    rows = weight.reshape(len(weight), -1).astype(np.float64)
    largest = np.abs(rows).max(axis=1)
    largest[largest == 0] = CODE_LIMIT  # an empty channel: scale 1, all codes 0
    best_error = np.full(len(rows), np.inf)
    best_scale = np.ones(len(rows), np.float32)
    for clip in CLIPS:
        scale = (largest * clip / CODE_LIMIT).astype(np.float32)
        error = ((dequantise(_codes(rows, scale), scale) - rows) ** 2).sum(axis=1)
        better = error < best_error
        best_error[better] = error[better]
        best_scale[better] = scale[better]
    return _codes(rows, best_scale).astype(np.int8).reshape(weight.shape), best_scale


def dequantise(codes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """codes * scale per index of axis 0, in float64."""
    return codes * scales.astype(np.float64).reshape(-1, *[1] * (codes.ndim - 1))


def mean_offset(error: np.ndarray, input_mean: np.ndarray) -> np.ndarray:
    """What the weight error of a convolution adds to each of its output channels, in the mean over positions.

    error: OIHW; input_mean: per input channel. Depthwise kernels (I = 1) see the channel of their own index.
    The padding at the border is not counted.
    """
    per_channel = error.sum(axis=(2, 3))
    if per_channel.shape[1] == 1:
        return per_channel[:, 0] * input_mean
    return (per_channel * input_mean).sum(axis=1)


def _codes(rows: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(rows / scale[:, None].astype(np.float64)), -CODE_LIMIT, CODE_LIMIT)
