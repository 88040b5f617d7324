"""YuNet's published ONNX file -> the same network with another input size.

The file has the output shapes of 640 px baked in, and engines that trust declared shapes refuse any other input
until they are rewritten. The graph itself is fully convolutional.
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
    # Shapes of inner tensors, which are those of 640 px.
    del model.graph.value_info[:]
    # Per-channel DequantizeLinear needs opset 13. Of the operators in this file (Conv, Relu, MaxPool, Add, Resize,
    # Transpose, Reshape, Sigmoid) none changed its meaning between 11, the file's own, and 13.
    model.opset_import[0].version = OPSET
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model

