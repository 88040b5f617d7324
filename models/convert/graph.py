"""A small builder of ONNX graphs, with convolutions in TensorFlow's SAME padding."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13  # the first opset with a DequantizeLinear that takes one scale per channel
IR_VERSION = 8


class Graph:
    """Collects nodes and initializers; tensors are referred to by name.

    Layouts: activations NCHW, convolution weights OIHW (depthwise: O1HW), Gemm weights [out, in].
    """

    def __init__(self, name: str, input_shape: list[int]):
        self.name = name
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.input = helper.make_tensor_value_info("input", TensorProto.FLOAT, input_shape)

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def conv_same(
        self, name: str, x: str, size: int, weight: np.ndarray, bias: np.ndarray | None, stride: int, groups: int = 1
    ) -> tuple[str, int]:
        """Adds a convolution of a `size` x `size` map; returns the output's name and size."""
        kernel = weight.shape[2]
        out = -(-size // stride)
        total = max((out - 1) * stride + kernel - size, 0)
        # TensorFlow adds an odd row or column at the end.
        before, after = total // 2, total - total // 2
        inputs = [x, self.constant(f"{name}_w", weight.astype(np.float32))]
        if bias is not None:
            inputs.append(self.constant(f"{name}_b", bias.astype(np.float32)))
        self.node(
            "Conv",
            inputs,
            name,
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=groups,
        )
        return name, out

    def model(self, outputs: dict[str, list[int]]) -> onnx.ModelProto:
        infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
        graph = helper.make_graph(self.nodes, self.name, [self.input], infos, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="mien")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return model
