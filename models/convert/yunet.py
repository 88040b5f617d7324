"""YuNet's published ONNX file -> the same network with another input size.

The file declares the output shapes of 640 px, and engines that trust declared shapes reject any other input. The graph
itself is fully convolutional, so this script rewrites the shapes.
"""

import onnx

from graph import IR_VERSION, OPSET


def build(source: bytes, size: int) -> onnx.ModelProto:
    model = onnx.load_model_from_string(source)
    height_width = model.graph.input[0].type.tensor_type.shape.dim[2:]
    for dimension in height_width:
        dimension.dim_value = size
    for output in model.graph.output:
        stride = int(output.name.split("_")[1])  # cls_8, obj_16, bbox_32, kps_8 ...
        output.type.tensor_type.shape.dim[1].dim_value = (size // stride) ** 2
    # The shapes of inner tensors at 640 px.
    del model.graph.value_info[:]
    # Per-channel DequantizeLinear needs opset 13. The operators in this file (Conv, Relu, MaxPool, Add, Resize,
    # Transpose, Reshape, Sigmoid) have the same meaning in opset 11, the file's own, and 13.
    model.opset_import[0].version = OPSET
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model

