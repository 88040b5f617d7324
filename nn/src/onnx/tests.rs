//! Small files, written with the messages of the reader.

use bytes::Bytes;
use half::f16;
use proptest::prelude::*;
use prost::Message;

use super::constant::Constant;
use super::messages::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto,
    TypeProto, ValueInfoProto,
};
use super::{inspect, linear_tail, read};
use crate::Network;
use crate::error::{ErrorKind, Result};
use crate::fast::FastNetwork;
use crate::graph::{Graph, Op, Range};

const F32: i32 = 1;
const U8: i32 = 2;
const I8: i32 = 3;
const I32: i32 = 6;

fn tensor(name: &str, data_type: i32, dims: &[i64], raw: impl IntoIterator<Item = u8>) -> TensorProto {
    let raw_data = raw.into_iter().collect::<Vec<_>>().into();
    TensorProto { name: name.to_owned(), data_type, dims: dims.to_vec(), raw_data, ..TensorProto::default() }
}

fn floats(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    tensor(name, F32, dims, values.iter().flat_map(|value| value.to_le_bytes()))
}

fn codes(name: &str, dims: &[i64], values: &[i8]) -> TensorProto {
    tensor(name, I8, dims, values.iter().map(|value| value.cast_unsigned()))
}

fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    let input = inputs.iter().map(|&input| input.to_owned()).collect();
    NodeProto { op_type: op.to_owned(), input, output: vec![output.to_owned()], attribute: Vec::new() }
}

impl NodeProto {
    fn with(mut self, name: &str, value: AttributeProto) -> Self {
        self.attribute.push(AttributeProto { name: name.to_owned(), ..value });
        self
    }

    fn with_int(self, name: &str, i: i64) -> Self {
        self.with(name, AttributeProto { i, ..AttributeProto::default() })
    }

    fn with_ints(self, name: &str, ints: &[i64]) -> Self {
        self.with(name, AttributeProto { ints: ints.to_vec(), ..AttributeProto::default() })
    }
}

fn named(name: &str, sides: &[Option<i64>]) -> ValueInfoProto {
    let dim = sides.iter().map(|&dim_value| DimensionProto { dim_value }).collect();
    let tensor_type = Some(TensorTypeProto { shape: Some(TensorShapeProto { dim }) });
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }) }
}

fn file(node: Vec<NodeProto>, initializer: Vec<TensorProto>, output: &str) -> ModelProto {
    let input = vec![named("picture", &[None, Some(3), Some(4), Some(4)])];
    let output = vec![named(output, &[])];
    ModelProto { graph: Some(GraphProto { node, initializer, input, output, ..GraphProto::default() }) }
}

fn read_file(file: &ModelProto, outputs: &[&str]) -> Result<Graph> {
    read(Bytes::from(file.encode_to_vec()), [3, 4, 4], outputs)
}

fn refused<T>(result: Result<T>) -> String {
    let error = result.err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::InvalidModel | ErrorKind::Unsupported), "{error}");
    error.to_string()
}

/// A convolution, its mean and a layer of two outputs, with each tensor quantized and dequantized:
/// `name` becomes `name_codes` and `name_again`.
fn quantized() -> ModelProto {
    let mut nodes = Vec::new();
    let mut initializers = vec![
        codes("kernel_codes", &[2, 3, 3, 3], &(0..54).map(|at| at - 27).collect::<Vec<_>>()),
        floats("kernel_scales", &[2], &[0.5, 0.25]),
        tensor("kernel_zeros", I8, &[2], [0, 0]),
        tensor("bias_codes", I32, &[2], [3i32, -400_000].iter().flat_map(|code| code.to_le_bytes())),
        floats("bias_scales", &[2], &[0.125, 0.0625]),
        codes("weights_codes", &[2, 2], &[1, -128, 3, 127]),
        floats("weights_scale", &[], &[2.0]),
    ];
    let mut pass = |nodes: &mut Vec<NodeProto>, name: &str, scale: f32, zero: u8| {
        let [codes, again, scale_name, zero_name] =
            ["codes", "again", "scale", "zero"].map(|part| format!("{name}_{part}"));
        nodes.push(node("QuantizeLinear", &[name, &scale_name, &zero_name], &codes));
        nodes.push(node("DequantizeLinear", &[&codes, &scale_name, &zero_name], &again));
        initializers.extend([floats(&scale_name, &[], &[scale]), tensor(&zero_name, U8, &[], [zero])]);
    };
    pass(&mut nodes, "picture", 0.01, 114);
    nodes.push(
        node("DequantizeLinear", &["kernel_codes", "kernel_scales", "kernel_zeros"], "kernel").with_int("axis", -4),
    );
    nodes.push(node("DequantizeLinear", &["bias_codes", "bias_scales"], "bias").with_int("axis", 0));
    nodes.push(node("Conv", &["picture_again", "kernel", "bias"], "map").with_ints("pads", &[1; 4]));
    pass(&mut nodes, "map", 0.5, 3);
    nodes.push(node("GlobalAveragePool", &["map_again"], "mean"));
    nodes.push(node("Flatten", &["mean"], "features"));
    pass(&mut nodes, "features", 0.25, 0);
    nodes.push(node("DequantizeLinear", &["weights_codes", "weights_scale"], "weights"));
    nodes.push(node("Gemm", &["features_again", "weights"], "logits"));
    pass(&mut nodes, "logits", 2.0, 200);
    file(nodes, initializers, "logits_again")
}

#[test]
fn a_quantized_network_keeps_its_scales_and_ranges_and_loses_their_nodes() {
    let graph = read_file(&quantized(), &["features_again", "logits_again"]).unwrap();
    assert_eq!((graph.input.as_str(), graph.shape), ("picture", [3, 4, 4]));
    assert_eq!(graph.outputs, ["features", "logits"]);
    let names: Vec<_> = graph.nodes.iter().map(|node| (node.inputs[0].as_str(), node.output.as_str())).collect();
    let ways = [("picture", "map"), ("map", "mean"), ("mean", "features"), ("features", "logits")];
    assert_eq!(names, ways);
    let ranges = [("picture", 0.01, 114), ("map", 0.5, 3), ("features", 0.25, 0), ("logits", 2.0, 200)];
    assert_eq!(graph.ranges, ranges.map(|(name, scale, zero)| (name.to_owned(), Range { scale, zero })).into());

    let Op::Convolution(kernel) = &graph.nodes[0].op else { panic!("{:?}", graph.nodes[0].op) };
    assert_eq!(kernel.scales, [0.5, 0.25]);
    assert_eq!((kernel.weights[0], kernel.weights[26], kernel.weights[53]), (-13.5, -0.5, 6.5));
    assert_eq!(kernel.bias, [0.375, -25_000.0]);
    let Op::Dense(dense) = &graph.nodes[3].op else { panic!("{:?}", graph.nodes[3].op) };
    // Stored as inputs x outputs; one scale applies to all.
    assert_eq!(dense.weights, [2.0, 6.0, -256.0, 254.0]);
    assert_eq!(dense.bias, [0.0, 0.0]);
}

#[test]
fn a_quantized_network_runs_as_if_its_activations_were_not() {
    let network = FastNetwork::<f32>::new(read_file(&quantized(), &["features", "logits_again"]).unwrap()).unwrap();
    let outputs = network.run(&[1.0; 48]).unwrap();
    // Nine taps for an inner pixel, six at an edge, four in a corner; the second row of the layer
    // is -256 and 254.
    let kernel: Vec<f32> = (0..54).map(|at| (at as f32 - 27.0) * if at < 27 { 0.5 } else { 0.25 }).collect();
    let map = |output: usize, bias: f32| {
        let pixel = |row: usize, column: usize| {
            let taps = (0..27).filter(|at| {
                let (y, x) = (row + at / 3 % 3, column + at % 3);
                (1..=4).contains(&y) && (1..=4).contains(&x)
            });
            bias + taps.map(|at| kernel[27 * output + at]).sum::<f32>()
        };
        (0..16).map(|at| pixel(at / 4, at % 4)).sum::<f32>() / 16.0
    };
    let features = [map(0, 0.375), map(1, -25_000.0)];
    let logits = [2.0 * features[0] + 6.0 * features[1], -256.0 * features[0] + 254.0 * features[1]];
    for (got, want) in outputs.concat().iter().zip(features.into_iter().chain(logits)) {
        assert!((got - want).abs() <= 1e-5 * want.abs(), "{got} {want}");
    }
}

#[test]
fn weights_that_are_no_int8_around_zero_have_no_scales() {
    for (zeros, data_type, axis) in [([0, 1], I8, 0), ([0, 0], U8, 0), ([0, 0], I8, 1)] {
        let mut file = quantized();
        let graph = file.graph.as_mut().unwrap();
        graph.initializer[0].dims = vec![2, 2, 1, 1];
        graph.initializer[0].raw_data = Bytes::from_static(&[1, 2, 3, 4]);
        graph.initializer[0].data_type = data_type;
        graph.initializer[2].raw_data = Bytes::copy_from_slice(&zeros);
        graph.node[2].attribute[0].i = axis;
        let graph = read_file(&file, &["map"]).unwrap();
        let Op::Convolution(kernel) = &graph.nodes[0].op else { panic!("{:?}", graph.nodes[0].op) };
        assert!(kernel.scales.is_empty(), "{zeros:?} {data_type} {axis}");
        let want = match (zeros[1], axis) {
            (1, _) => [0.5, 1.0, 0.5, 0.75],
            (_, 0) => [0.5, 1.0, 0.75, 1.0],
            _ => [0.5, 0.5, 1.5, 1.0],
        };
        assert_eq!(kernel.weights, want);
    }
}

#[test]
fn activations_that_are_quantized_in_two_ways_are_refused() {
    let changed = |change: &dyn Fn(&mut GraphProto)| {
        let mut file = quantized();
        change(file.graph.as_mut().unwrap());
        refused(read_file(&file, &["logits_again"]))
    };
    let scale = |name: &'static str| move |graph: &mut GraphProto| graph.initializer.push(floats(name, &[], &[0.75]));
    assert_eq!(
        changed(&|graph| {
            scale("other")(graph);
            graph.node[1].input[1] = "other".to_owned();
        }),
        "picture_again is dequantized otherwise than it was quantized"
    );
    assert_eq!(
        changed(&|graph| {
            scale("other")(graph);
            graph.node.insert(2, node("QuantizeLinear", &["picture", "other"], "more_codes"));
            graph.node.insert(3, node("DequantizeLinear", &["more_codes", "other"], "more"));
            graph.node[6].input[1] = "more".to_owned();
        }),
        "picture is quantized in two ways"
    );
    assert_eq!(
        changed(&|graph| graph.node[1].input[1] = "picture".to_owned()),
        "input 1 of a DequantizeLinear is not a constant"
    );
    for wrong in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let message = changed(&|graph| {
            let at = graph.initializer.iter().position(|tensor| tensor.name == "picture_scale").unwrap();
            graph.initializer[at] = floats("picture_scale", &[], &[wrong]);
        });
        assert_eq!(message, "a QuantizeLinear of activations does not use u8 and a single scale");
    }
}

#[test]
fn values_are_read_from_bytes_and_from_lists() {
    let lists = |data_type| TensorProto { data_type, dims: vec![2], ..TensorProto::default() };
    let halves = [f16::from_f32(1.5), f16::from_f32(-2.0)];
    let halves_listed = halves.map(|half| i32::from(half.to_bits())).to_vec();
    for (listed, raw) in [
        (TensorProto { float_data: vec![1.5, -2.0], ..lists(1) }, [1.5f32, -2.0].map(f32::to_le_bytes).concat()),
        (TensorProto { int32_data: vec![7, 200], ..lists(2) }, vec![7, 200]),
        (TensorProto { int32_data: vec![7, -3], ..lists(3) }, vec![7, 253]),
        (TensorProto { int32_data: vec![7, -70_000], ..lists(6) }, [7i32, -70_000].map(i32::to_le_bytes).concat()),
        (TensorProto { int64_data: vec![7, -70_000], ..lists(7) }, [7i64, -70_000].map(i64::to_le_bytes).concat()),
        (TensorProto { int32_data: halves_listed, ..lists(10) }, halves.map(f16::to_le_bytes).concat()),
        (TensorProto { double_data: vec![1.5, -2.0], ..lists(11) }, [1.5f64, -2.0].map(f64::to_le_bytes).concat()),
    ] {
        let packed = TensorProto { raw_data: raw.into(), ..lists(listed.data_type) };
        let [listed, packed] = [listed, packed].map(|tensor| Constant::read(&tensor).unwrap());
        assert_eq!((&listed.values, &listed.dims), (&packed.values, &packed.dims));
        assert!(listed.values.iter().any(|value| *value != 0.0) && listed.kind == packed.kind);
    }
}

#[test]
fn inconsistent_values_are_refused() {
    let message = |tensor: TensorProto| refused(Constant::read(&tensor));
    assert_eq!(message(tensor("w", F32, &[2], [0; 7])), "w holds 7 bytes, a part of a value");
    assert_eq!(message(tensor("w", F32, &[3], [0; 8])), "w holds 2 values for the shape [3]");
    assert_eq!(message(tensor("w", F32, &[-1], [0; 8])), "w has the impossible shape [-1]");
    assert_eq!(message(tensor("w", F32, &[i64::MAX, 4], [])), "w has the impossible shape [9223372036854775807, 4]");
    assert_eq!(message(tensor("w", 9, &[1], [0])), "the values of w have the unknown type 9");
    let elsewhere = TensorProto { data_location: 1, ..floats("w", &[1], &[1.0]) };
    assert_eq!(message(elsewhere), "the values of w lie in another file");
    let scaled = |dims: &[i64], scales: &[f32], axis| {
        let value = Constant::read(&codes("w", dims, &vec![1; dims.iter().product::<i64>() as usize])).unwrap();
        let scale = Constant::read(&floats("s", &[scales.len() as i64], scales)).unwrap();
        value.dequantized(scale, None, axis)
    };
    for (dims, scales, axis) in [
        (&[2, 3][..], &[1.0; 2][..], 1),
        (&[2, 3], &[1.0; 3], 0),
        (&[2, 3], &[1.0; 2], i64::MAX),
        (&[2, 3], &[1.0; 2], i64::MIN),
        (&[2, 3], &[], 0),
        (&[], &[1.0; 2], 0),
    ] {
        refused(scaled(dims, scales, axis));
    }
    assert!(scaled(&[0, 3], &[1.0], 7).unwrap().values.is_empty());
}

#[test]
fn unsupported_operators_are_named() {
    let nodes = vec![node("Softmax", &["picture"], "out"), node("Einsum", &["picture"], "other")];
    let file = file(nodes, Vec::new(), "out");
    let error = read_file(&file, &["out"]).err().unwrap();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Unsupported, "the operator Softmax is not supported")
    );
    assert_eq!(refused(read_file(&file, &["other", "out"])), "the operators Einsum, Softmax are not supported");
    assert_eq!(refused(read_file(&file, &["absent"])), "the network has no tensor \"absent\"");
    #[cfg(not(feature = "tract"))]
    assert_eq!(
        refused(crate::load(&file.encode_to_vec(), [1, 3, 4, 4], &["out"], crate::Precision::Float)),
        "the operator Softmax is not supported by this build; one with the feature `tract` may run the network"
    );
}

#[test]
fn limits_slopes_and_windows_are_read_or_refused() {
    let read = |node: NodeProto, constant: &[f32]| {
        let constants = vec![floats("constant", &[constant.len() as i64], constant)];
        read_file(&file(vec![node], constants, "out"), &["out"]).map(|graph| graph.nodes[0].op.clone())
    };
    let leaky = |alpha| {
        let alpha = AttributeProto { f: alpha, ..AttributeProto::default() };
        node("LeakyRelu", &["picture"], "out").with("alpha", alpha)
    };
    let pool = |name: &str, window: &[i64]| node("MaxPool", &["picture"], "out").with_ints(name, window);
    let max = |inputs: &[&str]| node("Max", inputs, "out");
    assert!(matches!(read(leaky(0.25), &[]), Ok(Op::LeakyRelu { slope: 0.25 })));
    assert!(matches!(read(max(&["picture", "constant"]), &[-0.4]), Ok(Op::Clamp { min: -0.4, max: f32::INFINITY })));
    for window in [[1, 2], [2, 1], [2, 2]] {
        let Ok(Op::MaxPool { window: found }) = read(pool("kernel_shape", &window).with_ints("strides", &window), &[])
        else {
            panic!("{window:?}")
        };
        assert_eq!([found.0, found.1], window.map(|side| side as usize));
    }
    for (node, constant) in [
        (leaky(-0.1), &[][..]),
        (leaky(1.5), &[]),
        (leaky(f32::NAN), &[]),
        (max(&["picture", "constant"]), &[1.0, 2.0]),
        (max(&["picture", "constant", "constant"]), &[1.0]),
        (max(&["picture", "picture"]), &[1.0]),
        (pool("kernel_shape", &[2, 2]), &[]),
        (pool("kernel_shape", &[3, 3]).with_ints("strides", &[3, 3]), &[]),
        (pool("kernel_shape", &[2, 2]).with_ints("strides", &[2, 2]).with_ints("pads", &[0, 0, 1, 1]), &[]),
    ] {
        refused(read(node, constant));
    }
}

#[test]
fn a_last_layer_is_found_however_it_is_written() {
    let gemm = |inputs: &[&str]| vec![node("Gemm", inputs, "logits")];
    let add = |first: &str, second: &str| {
        vec![node("MatMul", &["features", "weights"], "product"), node("Add", &[first, second], "logits")]
    };
    for (nodes, turned, with_bias) in [
        (gemm(&["features", "weights"]), false, false),
        (vec![gemm(&["features", "weights", "bias"]).remove(0).with_int("transB", 1)], true, true),
        (add("product", "bias"), false, true),
        (add("bias", "product"), false, true),
        (vec![node("MatMul", &["features", "weights"], "logits")], false, false),
    ] {
        let (dims, values) = match turned {
            true => ([3, 2], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            false => ([2, 3], [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]),
        };
        let file =
            file(nodes, vec![floats("weights", &dims, &values), floats("bias", &[3], &[7.0, 8.0, 9.0])], "logits");
        let bytes = file.encode_to_vec();
        let (input, layer) = linear_tail(&bytes[..], "logits", |_| Ok(None)).unwrap().unwrap();
        assert_eq!(input, "features");
        assert_eq!(layer.weights, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(layer.bias, if with_bias { [7.0, 8.0, 9.0] } else { [0.0; 3] });
        assert_eq!(inspect(&bytes).unwrap().before_last_layer.as_deref(), Some("features"));
    }
    for nodes in [
        vec![gemm(&["features", "weights"]).remove(0).with_int("transA", 1)],
        gemm(&["features", "computed"]),
        vec![node("Relu", &["features"], "logits")],
    ] {
        let file = file(nodes, vec![floats("weights", &[1, 1], &[1.0])], "logits");
        assert_eq!(linear_tail(&file.encode_to_vec()[..], "logits", |_| Ok(None)).unwrap(), None);
    }
    let bytes = quantized().encode_to_vec();
    let (input, layer) = linear_tail(&bytes[..], "logits_again", |_| Ok(None)).unwrap().unwrap();
    assert_eq!((input.as_str(), layer.weights), ("features", vec![2.0, 6.0, -256.0, 254.0]));
}

#[test]
fn inputs_are_those_that_the_file_does_not_fill() {
    let mut file = quantized();
    file.graph.as_mut().unwrap().input.push(named("kernel_scales", &[Some(2)]));
    let signature = inspect(&file.encode_to_vec()).unwrap();
    assert_eq!(signature.inputs, [("picture".to_owned(), vec![None, Some(3), Some(4), Some(4)])]);
    assert_eq!(signature.outputs, ["logits_again"]);
    assert_eq!(signature.before_last_layer.as_deref(), Some("features"));
    file.graph.as_mut().unwrap().input.push(named("second", &[]));
    assert_eq!(refused(read_file(&file, &["map"])), "the network has 2 inputs; one picture is expected");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_read_or_refused(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..6),
        end in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = quantized().encode_to_vec();
        for (at, mask) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        let network = read(&bytes[..], [3, 4, 4], &["features", "logits_again"]).and_then(FastNetwork::<f32>::new).map(drop);
        let tail = linear_tail(&bytes[..], "logits_again", |_| Ok(None)).map(drop);
        for error in [network, tail, inspect(&bytes).map(drop)].into_iter().filter_map(Result::err) {
            prop_assert!(matches!(error.kind(), ErrorKind::InvalidModel | ErrorKind::Unsupported), "{}", error);
        }
    }
}
