"""Quantizes an ONNX network to int8 weights and, if ranges are given, u8 activations.

Every weight becomes int8 codes and one float scale per output channel, followed by a DequantizeLinear node. An engine
may dequantize at load time and compute in float32. An activation with a range passes a QuantizeLinear and a
DequantizeLinear; if all activations have a range, the network can be computed in bytes.

Processors without wider instructions sum products of bytes in pairs in 16 bits, which requires weights of 7 bits (63)
for activations of 8 bits; activations of 7 bits (127) allow sums of eight such pairs.

The problem is less the size of the rounding errors than that they do not cancel: activations after a ReLU are never
negative, so the errors of a channel add up to a constant offset. If the offsets were measured, the biases compensate
for them (bias correction; Nagel et al., "Data-Free Quantization through Weight Equalization and Bias Correction",
ICCV 2019).
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper, numpy_helper

QUANTIZED_OPERATORS = ("Conv", "Gemm")  # output channels on axis 0 of the weight; Gemm with transB = 1
EIGHT_BITS, SEVEN_BITS = 127, 63  # the maximum code of a weight; symmetric, so -128 is not used
# Candidate clipping points, as fractions of the channel's maximum weight.
CLIPS = np.linspace(0.4, 1.0, 121)


@dataclass(frozen=True)
class Range:
    """The byte representation of an activation: value = (byte - zero) * scale."""

    scale: np.float32
    zero: int


def quantize(model: onnx.ModelProto, limit: int = EIGHT_BITS) -> onnx.ModelProto:
    """Returns a copy of `model` with its weights as int8 codes of at most `limit`, and scales."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    graph = model.graph
    initializers = {tensor.name: tensor for tensor in graph.initializer}
    dequantizers = []
    for node in graph.node:
        if node.op_type not in QUANTIZED_OPERATORS:
            continue
        name = node.input[1]
        codes, scales = quantize_weight(numpy_helper.to_array(initializers.pop(name)), limit)
        initializers[f"{name}_codes"] = numpy_helper.from_array(codes, f"{name}_codes")
        initializers[f"{name}_scales"] = numpy_helper.from_array(scales, f"{name}_scales")
        dequantizers.append(
            helper.make_node("DequantizeLinear", [f"{name}_codes", f"{name}_scales"], [name], name=name, axis=0)
        )
    nodes = [*dequantizers, *graph.node]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(initializers.values())
    onnx.checker.check_model(model)
    return model


def quantize_activations(model: onnx.ModelProto, ranges: dict[str, Range]) -> onnx.ModelProto:
    """Returns a copy of `model` with the named tensors quantized: `X_bytes`, then `X_read` for all readers of X."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    graph = model.graph

    def pair(name: str) -> list[onnx.NodeProto]:
        scale, zero = f"{name}_scale", f"{name}_zero"
        graph.initializer.append(numpy_helper.from_array(np.float32(ranges[name].scale), scale))
        graph.initializer.append(numpy_helper.from_array(np.uint8(ranges[name].zero), zero))
        return [
            helper.make_node("QuantizeLinear", [name, scale, zero], [f"{name}_bytes"], name=f"{name}_bytes"),
            helper.make_node("DequantizeLinear", [f"{name}_bytes", scale, zero], [f"{name}_read"], name=f"{name}_read"),
        ]

    nodes = [node for value in graph.input if value.name in ranges for node in pair(value.name)]
    for node in graph.node:
        inputs = [f"{name}_read" if name in ranges else name for name in node.input]
        del node.input[:]
        node.input.extend(inputs)
        nodes.append(node)
        nodes += [node for output in node.output if output in ranges for node in pair(output)]
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


def without_ranges(model: onnx.ModelProto) -> onnx.ModelProto:
    """Returns a copy of `model` without the quantization of activations."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    ends = [node for node in model.graph.node if node.name.endswith(("_bytes", "_read"))]
    exact = {node.output[0]: node.output[0].removesuffix("_read") for node in ends}
    for node in ends:
        model.graph.node.remove(node)
    for node in model.graph.node:
        inputs = [exact.get(name, name) for name in node.input]
        del node.input[:]
        node.input.extend(inputs)
    return model


def correct_bias(model: onnx.ModelProto, layer: str, offset: np.ndarray) -> None:
    """Subtract `offset`, one value per output channel, from the bias of the convolution `layer`, in place."""
    (node,) = (node for node in model.graph.node if node.name == layer)
    (bias,) = (tensor for tensor in model.graph.initializer if tensor.name == node.input[2])
    corrected = (numpy_helper.to_array(bias) - offset).astype(np.float32)
    bias.CopyFrom(numpy_helper.from_array(corrected, bias.name))


def quantize_weight(weight: np.ndarray, limit: int = EIGHT_BITS) -> tuple[np.ndarray, np.ndarray]:
    """(int8 codes of `weight`'s shape, float32 scale per index of axis 0); weight is about codes * scale.

    The scale of each channel is the one with the minimum squared error in a grid of clipping points.
    """
    rows = weight.reshape(len(weight), -1).astype(np.float64)
    largest = np.abs(rows).max(axis=1)
    largest[largest == 0] = limit  # an empty channel: all codes 0
    best_error = np.full(len(rows), np.inf)
    best_scale = np.ones(len(rows), np.float32)
    for clip in CLIPS:
        scale = (largest * clip / limit).astype(np.float32)
        error = ((dequantize(_codes(rows, scale, limit), scale) - rows) ** 2).sum(axis=1)
        better = error < best_error
        best_error[better] = error[better]
        best_scale[better] = scale[better]
    return _codes(rows, best_scale, limit).astype(np.int8).reshape(weight.shape), best_scale


def dequantize(codes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Returns codes * scale per index of axis 0, in float64."""
    return codes * scales.astype(np.float64).reshape(-1, *[1] * (codes.ndim - 1))


def range_of(values: np.ndarray, most: int) -> Range:
    """Returns the range of non-negative values, for bytes of at most `most`: the one with the minimum squared error in a
    grid of clipping points, but with a step large enough to represent 6, the maximum of the activations.
    """
    steps = [np.float32(values.max() * clip / most) for clip in np.linspace(0.5, 1.0, 26)]
    error = [np.mean((np.clip(np.rint(values / step), 0, most) * step - values) ** 2) for step in steps]
    return Range(max(steps[int(np.argmin(error))], np.float32(6 / most) if most < 255 else np.float32(0)), 0)


def range_of_picture(means: list[float], scales: list[float]) -> Range:
    """Returns the range of a normalized picture; 0 is exactly a byte."""
    least = min((0 - mean) * scale for mean, scale in zip(means, scales))
    largest = max((255 - mean) * scale for mean, scale in zip(means, scales))
    scale = np.float32((largest - least) / 255)
    return Range(scale, round(-least / float(scale)))


def _codes(rows: np.ndarray, scale: np.ndarray, limit: int) -> np.ndarray:
    return np.clip(np.rint(rows / scale[:, None].astype(np.float64)), -limit, limit)
