"""Write networks as users pass them to `mien models add`, with artificial weights, and ONNX Runtime's outputs.

    python tests/reference/added_networks.py

Into tests/fixtures/networks/:

    efficientnet_b0_8_classes.onnx   EfficientNet-B0, 224 pixels: 1280 features, then a Gemm to 8 logits
    efficientnet_b0_features.onnx    the same network without the Gemm
    efficientnet_b2_features.onnx    EfficientNet-B2, 260 pixels, 1408 features, no Gemm, free batch size
    mobilenet_7_classes.onnx         MobileNetV1 as from Keras, 224 pixels: 1024 features, MatMul and Add to 7 logits
    two_inputs.onnx                  must be refused: two pictures as inputs
    gray_input.onnx                  must be refused: an input of one channel
    expected.json                    names, shapes and output values of the accepted networks

The large architectures match the emotion networks of EmotiEffLib; nothing was copied from its files. Batch normalization is
folded into the convolutions. Their weights are not stored: nodes with constant inputs spread DRAWS random numbers over
each weight tensor, and a runtime folds them at load time. No intermediate tensor is larger than its weight tensor,
because tract folds only tensors of up to 4 MiB, the size of the largest one.

The input of expected.json has the value ((7 x + 13 y + 29 c) mod 256 - 255 mean_c) / (255 std_c) at column x, row y and
channel c (red, green, blue), with the mean and deviation of ImageNet. The script writes the same bytes each time, but
on another processor the last digits of expected.json may differ.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OUT = Path(__file__).resolve().parents[1] / "fixtures" / "networks"
LARGEST_FILE, LARGEST_SUM = 150_000, 500_000  # bytes
FEATURES_SHOWN = 16
SEED = 20240517
# Prime, and more than the output channels of any layer, so that no two rows of a weight tensor hold the same numbers.
DRAWS = 2129
# Per-channel factors are 1 + FACTOR_SPREAD * draw, biases are BIAS_SPREAD * draw; draws are within +-1.733.
FACTOR_SPREAD, BIAS_SPREAD = 0.25, 0.2

# A weight tensor compensates exactly for the variance lost in the preceding activation function: with a larger gain an
# EfficientNet of random weights becomes chaotic, activations grow without bound, and rounding changes the features.
ACTIVATION_GAIN = math.sqrt(2)
GATE = 0.5  # the average sigmoid of squeeze-and-excite
RESIDUAL_GAIN = 0.4  # for a branch that is added to its input
CLASSIFIER_GAIN = 3.0  # features vary little between pictures

# Maximum difference between runs with and without optimized kernels, in standard deviations of the output.
ROUNDING = 1e-4

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406])
IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225])


class Graph:
    """An ONNX graph under construction. Tensors are referred to by name, feature maps also by channels and side."""

    def __init__(self, name: str, inputs: dict[str, list[int | str]]):
        self.name = name
        self.inputs = inputs
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self.layers = 0
        self.parameters = 0
        draws = np.random.default_rng(SEED).uniform(-math.sqrt(3), math.sqrt(3), DRAWS)
        column = self.floats("draws", draws.reshape(DRAWS, 1))
        # Each number is followed by its negative, so rows of even length sum to 0: the mean of the activations, nearly
        # equal for all pictures, then does not hide the differences.
        negative = self.node("Mul", column, self.floats("minus_one", [-1.0]))
        self.pairs = self.node("Reshape", self.node("Concat", column, negative, axis=1), self.ints(-1), output="pairs")
        self.draws = self.node("Reshape", column, self.ints(-1), output="singles")
        spread = self.node("Mul", self.draws, self.floats("factor_spread", [FACTOR_SPREAD]))
        self.factors = self.node("Add", spread, self.floats("one", [1.0]), output="factors")
        self.biases = self.node("Mul", self.draws, self.floats("bias_spread", [BIAS_SPREAD]), output="biases")

    def floats(self, name: str, values) -> str:
        array = np.asarray(values, np.float32)
        self.initializers.setdefault(name, numpy_helper.from_array(array, name))
        return name

    def ints(self, *values: int) -> str:
        name = "i" + "_".join(map(str, values))
        self.initializers.setdefault(name, numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def node(self, operator: str, *inputs: str, output: str | None = None, **attributes) -> str:
        output = output or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def cut(self, vector: str, start: int, end: int) -> str:
        return self.node("Slice", vector, self.ints(start), self.ints(end))

    def weights(self, shape: list[int], gain: float, channel_axis: int = 0) -> tuple[str, str]:
        """A weight tensor and its bias: variance gain^2 / fan-in, different factors and biases per output channel."""
        channels, volume = shape[channel_axis], math.prod(shape)
        fan_in = volume // channels
        self.layers += 1
        self.parameters += volume + channels
        # Neighboring pixels are similar, so pairs in a spatial kernel would detect only edges.
        spatial = len(shape) == 4 and shape[2] > 1
        vector, length = (self.draws, DRAWS) if spatial else (self.pairs, 2 * DRAWS)
        times, rest = divmod(volume, length)
        parts = []
        if rest:
            parts.append(self.cut(vector, length - rest, length))
        if times:
            parts.append(self.node("Tile", vector, self.ints(times)) if times > 1 else vector)
        if self.layers % 2:
            parts.reverse()
        values = self.node("Concat", *parts, axis=0) if len(parts) > 1 else parts[0]
        values = self.node("Reshape", values, self.ints(*shape))

        start = self.layers * 37 % (DRAWS - channels + 1)
        factors = self.cut(self.factors, start, start + channels)
        scale = gain / math.sqrt(fan_in)
        factors = self.node("Mul", factors, self.floats(f"f{scale:.6g}", [float(f"{scale:.6g}")]))
        if channel_axis < len(shape) - 1:  # otherwise it broadcasts without a reshape
            factors = self.node("Reshape", factors, self.ints(channels, *[1] * (len(shape) - 1)))
        return self.node("Mul", values, factors), self.cut(self.biases, start, start + channels)

    def sigmoid_linear_unit(self, x: str) -> str:
        return self.node("Mul", x, self.node("Sigmoid", x))

    def relu6(self, x: str) -> str:
        return self.node("Clip", x, self.floats("zero", 0.0), self.floats("six", 6.0))

    def conv(self, x: "Map", channels: int, kernel: int, gain: float, stride=1, depthwise=False) -> "Map":
        """A convolution with TensorFlow's SAME padding: odd padding adds more at the right and bottom."""
        group = x.channels if depthwise else 1
        weights, bias = self.weights([channels, x.channels // group, kernel, kernel], gain)
        side = -(-x.side // stride)
        padding = max((side - 1) * stride + kernel - x.side, 0)
        before, after = padding // 2, padding - padding // 2
        name = self.node(
            "Conv",
            x.name,
            weights,
            bias,
            group=group,
            kernel_shape=[kernel, kernel],
            pads=[before, before, after, after],
            strides=[stride, stride],
        )
        return Map(name, channels, side)

    def model(self, outputs: dict[str, list[int | str]]) -> onnx.ModelProto:
        values = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in tensors.items()]
            for tensors in (self.inputs, outputs)
        ]
        # Only the nodes that an output depends on.
        needed, nodes = set(outputs), []
        for node in reversed(self.nodes):
            if node.output[0] in needed:
                needed.update(node.input)
                nodes.insert(0, node)
        initializers = [tensor for name, tensor in self.initializers.items() if name in needed]
        graph = helper.make_graph(nodes, self.name, *values, initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        model.producer_name = "mien"
        model.doc_string = "Made-up weights, for tests of the program."
        return model


@dataclass(frozen=True)
class Map:
    """A feature map."""

    name: str
    channels: int
    side: int


# EfficientNet-B0: blocks, kernel, stride of the first block, expansion, output channels.
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
STEM_CHANNELS, HEAD_CHANNELS = 32, 1280


def widened(channels: int, width: float) -> int:
    """The multiple of 8 nearest to the widened number of channels, but not below nine tenths of it."""
    wanted = channels * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded


def inverted_bottleneck(graph: Graph, x: Map, kernel: int, stride: int, expansion: int, channels: int) -> Map:
    """Expand, filter each channel, weight channels by squeeze-and-excite, project; add the input if the shapes match."""
    inner = x
    if expansion > 1:
        inner = graph.conv(x, x.channels * expansion, 1, 1.0)
        inner = Map(graph.sigmoid_linear_unit(inner.name), inner.channels, inner.side)
    inner = graph.conv(inner, inner.channels, kernel, ACTIVATION_GAIN, stride, depthwise=True)
    inner = Map(graph.sigmoid_linear_unit(inner.name), inner.channels, inner.side)

    means = Map(graph.node("ReduceMean", inner.name, axes=[2, 3], keepdims=1), inner.channels, 1)
    squeezed = graph.conv(means, max(1, x.channels // 4), 1, 1.0)
    squeezed = Map(graph.sigmoid_linear_unit(squeezed.name), squeezed.channels, 1)
    excited = graph.conv(squeezed, inner.channels, 1, ACTIVATION_GAIN)
    weighed = graph.node("Mul", inner.name, graph.node("Sigmoid", excited.name))

    added = stride == 1 and channels == x.channels
    gain = ACTIVATION_GAIN / GATE * (RESIDUAL_GAIN if added else 1.0)
    y = graph.conv(Map(weighed, inner.channels, inner.side), channels, 1, gain)
    return Map(graph.node("Add", y.name, x.name), channels, y.side) if added else y


def efficientnet(name: str, width: float, depth: float, size: int, batch: int | str, classes: int | None) -> Graph:
    graph = Graph(name, {"input": [batch, 3, size, size]})
    x = graph.conv(Map("input", 3, size), widened(STEM_CHANNELS, width), 3, 1.0, stride=2)
    x = Map(graph.sigmoid_linear_unit(x.name), x.channels, x.side)
    for blocks, kernel, stride, expansion, channels in STAGES:
        for block in range(math.ceil(blocks * depth)):
            first = block == 0
            x = inverted_bottleneck(graph, x, kernel, stride if first else 1, expansion, widened(channels, width))
    x = graph.conv(x, widened(HEAD_CHANNELS, width), 1, 1.0)
    pooled = graph.node("GlobalAveragePool", graph.sigmoid_linear_unit(x.name))
    features = graph.node("Flatten", pooled, output="features", axis=1)
    if classes is not None:
        weights, bias = graph.weights([classes, x.channels], CLASSIFIER_GAIN)
        graph.node("Gemm", features, weights, bias, output="logits", transB=1)
    return graph


# MobileNetV1: output channels and stride of each separable convolution.
SEPARABLE = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def mobilenet(name: str, size: int, classes: int) -> Graph:
    graph = Graph(name, {"input_1": [1, 3, size, size]})

    def layer(x: Map, channels: int, kernel: int, gain: float, stride: int = 1, depthwise: bool = False) -> Map:
        y = graph.conv(x, channels, kernel, gain, stride, depthwise)
        return Map(graph.relu6(y.name), y.channels, y.side)

    x = layer(Map("input_1", 3, size), 32, 3, 1.0, stride=2)
    for channels, stride in SEPARABLE:
        x = layer(x, x.channels, 3, ACTIVATION_GAIN, stride, depthwise=True)
        x = layer(x, channels, 1, ACTIVATION_GAIN)
    features = graph.node("ReduceMean", x.name, output="features", axes=[2, 3], keepdims=0)
    weights, bias = graph.weights([x.channels, classes], CLASSIFIER_GAIN, channel_axis=1)
    graph.node("Add", graph.node("MatMul", features, weights), bias, output="logits")
    return graph


class StoredGraph(Graph):
    """A graph whose weights are stored, as in most files. The fused executors run it without tract."""

    def weights(self, shape: list[int], gain: float, channel_axis: int = 0) -> tuple[str, str]:
        channels, volume = shape[channel_axis], math.prod(shape)
        random = np.random.default_rng(SEED + self.layers)
        self.layers += 1
        self.parameters += volume + channels
        scale = gain / math.sqrt(volume // channels)
        values = self.floats(f"weights{self.layers}", scale * random.standard_normal(shape))
        return values, self.floats(f"bias{self.layers}", BIAS_SPREAD * random.standard_normal(channels))


def plain(name: str, size: int, classes: int) -> Graph:
    """A separable convolution between an ordinary one and a fully connected layer."""
    graph = StoredGraph(name, {"input": [1, 3, size, size]})
    x = Map("input", 3, size)
    for channels, kernel, stride, depthwise in [(16, 3, 2, False), (16, 3, 1, True), (32, 1, 1, False)]:
        y = graph.conv(x, channels, kernel, ACTIVATION_GAIN, stride, depthwise)
        x = Map(graph.relu6(y.name), y.channels, y.side)
    features = graph.node("Flatten", graph.node("GlobalAveragePool", x.name), output="features", axis=1)
    weights, bias = graph.weights([classes, x.channels], CLASSIFIER_GAIN)
    graph.node("Gemm", features, weights, bias, output="logits", transB=1)
    return graph


def small(name: str, inputs: dict[str, list[int | str]], classes: int) -> Graph:
    """One convolution over all inputs, pooled to logits."""
    graph = Graph(name, inputs)
    channels, side = sum(shape[1] for shape in inputs.values()), next(iter(inputs.values()))[2]
    joined = graph.node("Concat", *inputs, axis=1) if len(inputs) > 1 else next(iter(inputs))
    x = graph.conv(Map(joined, channels, side), classes, 3, 1.0, stride=2)
    graph.node("Flatten", graph.node("GlobalAveragePool", graph.relu6(x.name)), output="logits", axis=1)
    return graph


def ramp(size: int) -> np.ndarray:
    """The input of expected.json."""
    c, y, x = np.ogrid[:3, :size, :size]
    levels = (7 * x + 13 * y + 29 * c) % 256
    mean, deviation = (255 * v.reshape(3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_DEVIATION))
    return ((levels - mean) / deviation).astype(np.float32)[None]


Level = onnxruntime.GraphOptimizationLevel


def run(model: onnx.ModelProto, feeds: dict[str, np.ndarray], level=Level.ORT_ENABLE_BASIC) -> dict[str, np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def check(name: str, graph: Graph, model: onnx.ModelProto) -> None:
    """Exit unless the network is valid, and its outputs are finite, differ between channels and pictures, and hardly
    depend on rounding."""
    onnx.checker.check_model(model, full_check=True)
    random = np.random.default_rng(SEED)
    pictures = []
    for _ in range(2):
        shapes = {key: [1 if isinstance(d, str) else d for d in shape] for key, shape in graph.inputs.items()}
        pictures.append({key: random.standard_normal(shape, np.float32) for key, shape in shapes.items()})
    first, second = (run(model, picture) for picture in pictures)
    optimized = run(model, pictures[0], Level.ORT_ENABLE_ALL)
    for output in first:
        a, b = first[output], second[output]
        spread, difference = a.std(), np.abs(a - b).mean()
        finite = np.isfinite(a).all() and np.isfinite(b).all()
        if not (finite and spread > 1e-2 and difference > 1e-3 * spread):
            raise SystemExit(f"{name}: {output} is useless: deviation {spread:.3g}, between pictures {difference:.3g}")
        if np.abs(a - optimized[output]).max() > ROUNDING * spread:
            raise SystemExit(f"{name}: {output} depends on rounding")


def rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.7g}") for value in values.ravel()]


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    classes = efficientnet("efficientnet_b0", 1.0, 1.0, 224, 1, 8)
    features = efficientnet("efficientnet_b0", 1.0, 1.0, 224, 1, None)
    wider = efficientnet("efficientnet_b2", 1.1, 1.2, 260, "batch", None)
    mobile = mobilenet("mobilenet", 224, 7)
    stored = plain("plain", 64, 7)
    two = small("two_inputs", {"left": [1, 3, 224, 224], "right": [1, 3, 224, 224]}, 8)
    gray = small("gray_input", {"input": [1, 1, 48, 48]}, 8)
    # File, graph, outputs of the file, outputs measured (none if the file must be refused).
    networks = [
        ("efficientnet_b0_8_classes.onnx", classes, {"logits": [1, 8]}, {"features": [1, 1280], "logits": [1, 8]}),
        ("efficientnet_b0_features.onnx", features, {"features": [1, 1280]}, {"features": [1, 1280]}),
        ("efficientnet_b2_features.onnx", wider, {"features": ["batch", 1408]}, {"features": ["batch", 1408]}),
        ("mobilenet_7_classes.onnx", mobile, {"logits": [1, 7]}, {"features": [1, 1024], "logits": [1, 7]}),
        ("plain_7_classes.onnx", stored, {"logits": [1, 7]}, {"features": [1, 32], "logits": [1, 7]}),
        ("two_inputs.onnx", two, {"logits": [1, 8]}, {}),
        ("gray_input.onnx", gray, {"logits": [1, 8]}, {}),
    ]
    index = []
    total = 0
    for file, graph, outputs, measured in networks:
        model = graph.model(outputs)
        check(file, graph, graph.model(measured or outputs))
        content = model.SerializeToString(deterministic=True)
        onnx.checker.check_model(content)
        (OUT / file).write_bytes(content)
        total += len(content)
        print(f"{file}: {len(content)} bytes, {len(model.graph.node)} nodes, {graph.parameters} parameters")
        if len(content) > LARGEST_FILE or total > LARGEST_SUM:
            raise SystemExit(f"{file} is too large")
        if not measured:
            continue
        ((input_name, (_, channels, size, _)),) = graph.inputs.items()
        values = run(graph.model(measured), {input_name: ramp(size)})
        entry = {
            "file": file,
            "sha256": hashlib.sha256(content).hexdigest(),
            "input": {"name": input_name, "channels": channels, "size": size},
            "outputs": list(outputs),
            "features": {
                "name": "features",
                "length": values["features"].size,
                "first": rounded(values["features"])[:FEATURES_SHOWN],
            },
        }
        if "logits" in values:
            entry["logits"] = {"name": "logits", "length": values["logits"].size, "all": rounded(values["logits"])}
        index.append(entry)
    expected = {"onnxruntime": onnxruntime.__version__, "networks": index}
    (OUT / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
    print(f"{OUT.name}: {total} bytes of networks")


if __name__ == "__main__":
    main()
