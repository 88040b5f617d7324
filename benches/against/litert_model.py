"""Convert an ONNX network of the default pack's operators to a LiteRT (TensorFlow Lite) file, in f32 or int8.

The converters on PyPI require TensorFlow or PyTorch. These networks need only a dozen operators, so this module writes
them like TensorFlow's own converter: channels last, activations fused into the preceding operator, "same" padding if it
is equivalent, otherwise a PAD that XNNPACK fuses into its convolution.

A network with quantized activations becomes an int8 network: f32 input, a QUANTIZE, convolutions of int8 maps with int8
weights and int32 biases, a DEQUANTIZE before the mean of all pixels, f32 output.
"""

import sys
from dataclasses import dataclass
from pathlib import Path


import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "models" / "convert"), str(ROOT / "tests" / "reference")]
from quantize import dequantize, without_ranges  # noqa: E402
from quantized import ranges  # noqa: E402

ACTIVATIONS = schema.ActivationFunctionType
OPERATORS = schema.BuiltinOperator
OPTIONS = schema.BuiltinOptions


def convert(model: onnx.ModelProto, half: bool = False) -> bytes:
    """Returns the file's bytes. Its input has channels last; its outputs have the order of the model's outputs.

    With `half` the file allows XNNPACK to compute an f32 network in half precision, if the processor can.
    """
    return _Writer(model).bytes(half)


@dataclass(frozen=True)
class Steps:
    """The quantization of a tensor: value = (integer - zero) * scale, with one scale or several along an axis."""

    scales: np.ndarray
    zero: int = 0
    axis: int = 0

    def written(self) -> schema.QuantizationParametersT:
        written = schema.QuantizationParametersT()
        written.scale, written.zeroPoint = self.scales, np.full(len(self.scales), self.zero, np.int64)
        written.quantizedDimension = self.axis
        return written


class _Writer:
    def __init__(self, model: onnx.ModelProto):
        # Our u8 values minus 128 are LiteRT's int8 values.
        self.ranges = {name: Steps(np.array([own.scale]), own.zero - 128) for name, own in ranges(model).items()}
        model = without_ranges(model)
        graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
        self.graph = graph
        self.constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        values = [*graph.input, *graph.value_info, *graph.output]
        self.shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim] for value in values}
        self.readers: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)
        self.buffers = [schema.BufferT()]
        self.tensors: list[schema.TensorT] = []
        self.operators: list[schema.OperatorT] = []
        self.kinds: list[int] = []
        self.index: dict[str, int] = {}
        self.codes: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # codes and scales of weights
        self.fused: set[str] = set()  # outputs of nodes that are fused into another node

    def bytes(self, half: bool) -> bytes:
        name = self.graph.input[0].name
        picture = self.index[name] = self.tensor(name, channels_last(self.shapes[name]))
        if name in self.ranges:
            quantized = f"{name} quantized"
            self.ranges[quantized] = self.ranges[name]
            shape, options = channels_last(self.shapes[name]), schema.QuantizeOptionsT()
            self.operator(OPERATORS.QUANTIZE, [picture], quantized, shape, OPTIONS.QuantizeOptions, options)
            self.index[name] = self.index[quantized]
        for node in self.graph.node:
            if node.output[0] not in self.fused:
                getattr(self, node.op_type)(node, attributes(node))
        part = schema.SubGraphT()
        part.tensors, part.operators, part.name = self.tensors, self.operators, "main"
        part.inputs = [picture]
        part.outputs = [self.index[output.name] for output in self.graph.output]
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers = 3, [part], self.buffers
        model.operatorCodes = [operator_code(code) for code in self.kinds]
        if half:
            model.metadata = [self.note("reduced_precision_support", b"fp16accfp16")]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())

    def tensor(
        self, name: str, shape: list[int], values: np.ndarray | None = None, steps: Steps | None = None
    ) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type = name, list(shape), schema.TensorType.FLOAT32
        if steps is not None:
            tensor.type, tensor.quantization = schema.TensorType.INT8, steps.written()
        if values is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
            tensor.buffer = len(self.buffers)
            self.buffers.append(buffer)
            if values.dtype == np.int32:
                tensor.type = schema.TensorType.INT32
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def note(self, name: str, value: bytes) -> schema.MetadataT:
        note, buffer = schema.MetadataT(), schema.BufferT()
        buffer.data = np.frombuffer(value, np.uint8)
        note.name, note.buffer = name, len(self.buffers)
        self.buffers.append(buffer)
        return note

    def constant(self, name: str, values: np.ndarray, steps: Steps | None = None) -> int:
        return self.tensor(name, values.shape, values, steps)

    def operator(self, code: int, inputs: list[int], output: str, shape: list[int], kind: int, options: object) -> None:
        operator = schema.OperatorT()
        if code not in self.kinds:
            self.kinds.append(code)
        operator.opcodeIndex = self.kinds.index(code)
        self.index[output] = self.tensor(output, shape, steps=self.ranges.get(output))
        operator.inputs, operator.outputs = inputs, [self.index[output]]
        operator.builtinOptionsType, operator.builtinOptions = kind, options
        self.operators.append(operator)

    def activation(self, name: str) -> tuple[int, str]:
        """The activation function if it is the only reader of a tensor, and the name of the resulting tensor."""
        readers = self.readers.get(name, [])
        node = readers[0] if len(readers) == 1 else None
        if node is not None and node.op_type == "Relu":
            kind = ACTIVATIONS.RELU
        elif node is not None and node.op_type == "Clip" and self.bounds(node) == [0, 6]:
            kind = ACTIVATIONS.RELU6
        else:
            return ACTIVATIONS.NONE, name
        self.fused.add(node.output[0])
        return kind, node.output[0]

    def bounds(self, node: onnx.NodeProto) -> list[float]:
        return [self.constants[name].item() for name in node.input[1:]]

    def DequantizeLinear(self, node: onnx.NodeProto, _: dict) -> None:  # noqa: N802, ONNX's operator names
        """Dequantizes weights; the nodes for activations are already removed."""
        codes, scales = (self.constants[name] for name in node.input)
        self.codes[node.output[0]] = codes, scales
        self.constants[node.output[0]] = dequantize(codes, scales).astype(np.float32)

    def Conv(self, node: onnx.NodeProto, options: dict) -> None:  # noqa: N802
        weights = self.constants[node.input[1]]
        bias = self.constants[node.input[2]] if len(node.input) > 2 else np.zeros(len(weights), np.float32)
        depthwise = options["group"] > 1
        (stride, _), size, pads = options["strides"], self.shapes[node.input[0]][2:], options["pads"]
        source = self.index[node.input[0]]
        same = [same_padding(side, kernel, stride) for side, kernel in zip(size, weights.shape[2:], strict=True)]
        padding = schema.Padding.SAME
        if [(pads[0], pads[2]), (pads[1], pads[3])] != same:
            padding = schema.Padding.VALID
            source = self.padded(node, source, pads)
        written = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
        written.padding, written.strideW, written.strideH = padding, stride, stride
        written.dilationWFactor = written.dilationHFactor = 1
        if depthwise:
            written.depthMultiplier = 1
        written.fusedActivationFunction, output = self.activation(node.output[0])
        # Depthwise: 1 x rows x columns x channels; otherwise outputs x rows x columns x inputs.
        order = (1, 2, 3, 0) if depthwise else (0, 2, 3, 1)
        if output in self.ranges:
            inputs = [source, *self.in_int8(node, bias, order)]
        else:
            weights = weights.transpose(order)
            inputs = [source, self.constant(node.input[1], weights), self.constant(f"{output} bias", bias)]
        kind = OPTIONS.DepthwiseConv2DOptions if depthwise else OPTIONS.Conv2DOptions
        code = OPERATORS.DEPTHWISE_CONV_2D if depthwise else OPERATORS.CONV_2D
        self.operator(code, inputs, output, channels_last(self.shapes[output]), kind, written)

    def in_int8(self, node: onnx.NodeProto, bias: np.ndarray, order: tuple[int, ...]) -> list[int]:
        """The int8 weights and the int32 bias of a convolution with a quantized input."""
        codes, scales = self.codes[node.input[1]]
        sums = self.ranges[node.input[0]].scales * scales
        weights = self.constant(node.input[1], codes.transpose(order), Steps(scales, axis=order.index(0)))
        whole = np.rint(bias / sums.astype(np.float64)).astype(np.int32)
        return [weights, self.constant(f"{node.output[0]} bias", whole, Steps(sums))]

    def padded(self, node: onnx.NodeProto, source: int, pads: list[int]) -> int:
        name = f"{node.input[0]} padded for {node.output[0]}"
        amounts = np.array([[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]], np.int32)
        if node.input[0] in self.ranges:
            self.ranges[name] = self.ranges[node.input[0]]
        shape = [side + sum(amount) for side, amount in zip(self.tensors[source].shape, amounts.tolist(), strict=True)]
        inputs = [source, self.constant(f"{name} amounts", amounts)]
        self.operator(OPERATORS.PAD, inputs, name, shape, OPTIONS.PadOptions, schema.PadOptionsT())
        return self.index[name]

    def Add(self, node: onnx.NodeProto, _: dict) -> None:  # noqa: N802
        written = schema.AddOptionsT()
        written.fusedActivationFunction, output = self.activation(node.output[0])
        inputs = [self.index[name] for name in node.input]
        self.operator(
            OPERATORS.ADD, inputs, output, channels_last(self.shapes[output]), OPTIONS.AddOptions, written
        )

    def MaxPool(self, node: onnx.NodeProto, options: dict) -> None:  # noqa: N802
        written = schema.Pool2DOptionsT()
        written.padding = schema.Padding.VALID
        written.strideH, written.strideW = options["strides"]
        written.filterHeight, written.filterWidth = options["kernel_shape"]
        self.of_one(OPERATORS.MAX_POOL_2D, node, OPTIONS.Pool2DOptions, written)

    def Resize(self, node: onnx.NodeProto, _: dict) -> None:  # noqa: N802
        name = node.output[0]
        size = self.constant(f"{name} size", np.array(self.shapes[name][2:], np.int32))
        kind, written = OPTIONS.ResizeNearestNeighborOptions, schema.ResizeNearestNeighborOptionsT()
        inputs = [self.index[node.input[0]], size]
        self.operator(
            OPERATORS.RESIZE_NEAREST_NEIGHBOR, inputs, name, channels_last(self.shapes[name]), kind, written
        )

    def GlobalAveragePool(self, node: onnx.NodeProto, _: dict) -> None:  # noqa: N802
        name = node.output[0]
        axes = self.constant(f"{name} axes", np.array([1, 2], np.int32))
        inputs, written = [self.in_f32(node.input[0]), axes], schema.ReducerOptionsT()
        self.operator(OPERATORS.MEAN, inputs, name, self.shapes[name][:2], OPTIONS.ReducerOptions, written)

    def in_f32(self, name: str) -> int:
        if name not in self.ranges:
            return self.index[name]
        read, options = f"{name} read", schema.DequantizeOptionsT()
        shape = channels_last(self.shapes[name])
        self.operator(OPERATORS.DEQUANTIZE, [self.index[name]], read, shape, OPTIONS.DequantizeOptions, options)
        return self.index[read]

    def Gemm(self, node: onnx.NodeProto, _: dict) -> None:  # noqa: N802
        inputs = [self.index[node.input[0]], *(self.constant(name, self.constants[name]) for name in node.input[1:])]
        name, written = node.output[0], schema.FullyConnectedOptionsT()
        self.operator(
            OPERATORS.FULLY_CONNECTED, inputs, name, self.shapes[name], OPTIONS.FullyConnectedOptions, written
        )

    def Relu(self, node: onnx.NodeProto, _: dict) -> None:  # noqa: N802
        self.of_one(OPERATORS.RELU, node, OPTIONS.NONE, None)

    def Sigmoid(self, node: onnx.NodeProto, _: dict) -> None:  # noqa: N802
        self.of_one(OPERATORS.LOGISTIC, node, OPTIONS.NONE, None)

    def Reshape(self, node: onnx.NodeProto, _: dict) -> None:  # noqa: N802
        written = schema.ReshapeOptionsT()
        written.newShape = self.shapes[node.output[0]]
        self.of_one(OPERATORS.RESHAPE, node, OPTIONS.ReshapeOptions, written)

    def of_one(self, code: int, node: onnx.NodeProto, kind: int, options: object) -> None:
        name = node.output[0]
        shape = self.shapes[name]
        shape = channels_last(shape) if len(shape) == 4 else shape
        self.operator(code, [self.index[node.input[0]]], name, shape, kind, options)

    def Transpose(self, node: onnx.NodeProto, _: dict) -> None:  # noqa: N802
        """A transposition to channels last, the layout that tensors already have."""
        self.index[node.output[0]] = self.index[node.input[0]]

    def Flatten(self, node: onnx.NodeProto, _: dict) -> None:  # noqa: N802
        """Flattens means, which are already flat."""
        self.index[node.output[0]] = self.index[node.input[0]]


def attributes(node: onnx.NodeProto) -> dict:
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def channels_last(shape: list[int]) -> list[int]:
    batch, channels, rows, columns = shape
    return [batch, rows, columns, channels]


def same_padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


def operator_code(code: int) -> schema.OperatorCodeT:
    written = schema.OperatorCodeT()
    written.deprecatedBuiltinCode, written.builtinCode, written.version = min(code, 127), code, 1
    return written
