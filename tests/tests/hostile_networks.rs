//! Small ONNX files that demand large resources: each is an error; none ends the process or takes
//! unbounded memory.
#![cfg(target_os = "linux")]

use mien_core::SplitMix64;
use mien_nn::{ErrorKind, Precision, load};

const F32: u64 = 1;
const I64: u64 = 7;

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn number(tag: u64, value: i64) -> Vec<u8> {
    [varint(tag << 3), varint(value as u64)].concat()
}

fn bytes(tag: u64, content: &[u8]) -> Vec<u8> {
    [varint(tag << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

/// An attribute of the given ONNX kind.
fn attribute(name: &str, kind: i64, value: Vec<u8>) -> Vec<u8> {
    bytes(5, &[bytes(1, name.as_bytes()), value, number(20, kind)].concat())
}

fn int(name: &str, value: i64) -> Vec<u8> {
    attribute(name, 2, number(3, value))
}

fn ints(name: &str, values: &[i64]) -> Vec<u8> {
    attribute(name, 7, values.iter().flat_map(|&value| number(8, value)).collect())
}

fn text(name: &str, value: &str) -> Vec<u8> {
    attribute(name, 3, bytes(4, value.as_bytes()))
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| bytes(1, input.as_bytes())).collect();
    let body = [inputs, bytes(2, output.as_bytes()), bytes(3, output.as_bytes()), bytes(4, operator.as_bytes())];
    bytes(1, &[body.concat(), attributes.concat()].concat())
}

fn tensor(name: &str, kind: u64, dims: &[i64], raw: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|&side| number(1, side)).collect();
    bytes(5, &[dims, number(2, kind as i64), bytes(8, name.as_bytes()), bytes(9, raw)].concat())
}

fn floats(name: &str, dims: &[i64]) -> Vec<u8> {
    let count: i64 = dims.iter().product();
    tensor(name, F32, dims, &0.125f32.to_le_bytes().repeat(count as usize))
}

fn longs(name: &str, values: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, I64, &[values.len() as i64], &raw)
}

/// An input or output tensor of the graph with these sides.
fn value(tag: u64, name: &str, dims: &[i64]) -> Vec<u8> {
    let sides: Vec<u8> = dims.iter().flat_map(|&side| bytes(1, &number(1, side))).collect();
    let tensor_type = bytes(1, &[number(1, F32 as i64), bytes(2, &sides)].concat());
    bytes(tag, &[bytes(1, name.as_bytes()), bytes(2, &tensor_type)].concat())
}

/// A file of these nodes and tensors, with input `x` and output `y`.
fn file(nodes: &[Vec<u8>], tensors: &[Vec<u8>]) -> Vec<u8> {
    let ends = [value(11, "x", &[1, 3, 32, 32]), value(12, "y", &[])].concat();
    let graph = [nodes.concat(), bytes(2, b"graph"), tensors.concat(), ends].concat();
    [number(1, 8), bytes(7, &graph), bytes(8, &number(2, 13))].concat()
}

/// Returns the process's peak address space in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmPeak:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}

fn loaded(file: &[u8]) -> mien_nn::Result<()> {
    let network = load(file, [1, 3, 32, 32], &["y"], Precision::Quantized)?;
    network.run(&vec![0.5; 3 * 32 * 32]).map(drop)
}

/// A chain of `count` nodes, each made by `link` from its input and output.
fn chain(count: usize, link: impl Fn(&str, &str) -> Vec<u8>) -> Vec<Vec<u8>> {
    let name = |index: usize| match index {
        0 => "x".to_owned(),
        last if last == count => "y".to_owned(),
        between => format!("t{between}"),
    };
    (0..count).map(|index| link(&name(index), &name(index + 1))).collect()
}

fn convolution(input: &str, output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    node("Conv", &[input, "w"], output, attributes)
}

/// `c`, with as many values as `s` says.
fn filled() -> Vec<u8> {
    node("ConstantOfShape", &["s"], "c", &[attribute("value", 4, floats("v", &[1]))])
}

fn harmless() -> Vec<(&'static str, Vec<u8>)> {
    let w = || floats("w", &[3, 3, 3, 3]);
    let pads = ints("pads", &[1, 1, 1, 1]);
    vec![
        ("Conv", file(&[convolution("x", "y", &[pads])], &[w()])),
        ("MaxPool", file(&[node("MaxPool", &["x"], "y", &[ints("kernel_shape", &[3, 3])])], &[])),
        ("Tile", file(&[node("Tile", &["x", "r"], "y", &[])], &[longs("r", &[1, 1, 2, 2])])),
        ("Expand", file(&[node("Expand", &["x", "r"], "y", &[])], &[longs("r", &[2, 3, 32, 32])])),
        ("Pad", file(&[node("Pad", &["x", "p"], "y", &[])], &[longs("p", &[0, 0, 1, 1, 0, 0, 1, 1])])),
        ("ConstantOfShape", file(&[filled(), node("Add", &["x", "c"], "y", &[])], &[longs("s", &[1, 3, 32, 32])])),
        (
            "MatMul of constants",
            file(
                &[node("MatMul", &["a", "b"], "c", &[]), node("Add", &["x", "c"], "y", &[])],
                &[floats("a", &[32, 1]), floats("b", &[1, 32])],
            ),
        ),
    ]
}

/// Calls `add` with a name and a file.
type Add<'a> = &'a mut dyn FnMut(&str, Vec<u8>);

fn hostile() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |what: &str, file: Vec<u8>| files.push((what.to_owned(), file));
    for huge in [1 << 20, 1 << 31, 1 << 40, i64::MAX, i64::MIN] {
        windows_and_shapes(huge, &mut add);
        paddings_and_sizes(huge, &mut add);
    }
    chains(&mut add);
    files
}

/// Huge windows, groups and shapes.
fn windows_and_shapes(huge: i64, add: Add<'_>) {
    let w = || floats("w", &[3, 3, 3, 3]);
    for name in ["pads", "dilations", "strides", "kernel_shape"] {
        let values = vec![huge; if name == "pads" { 4 } else { 2 }];
        add(&format!("Conv {name} {huge}"), file(&[convolution("x", "y", &[ints(name, &values)])], &[w()]));
        for pool in ["MaxPool", "AveragePool", "LpPool"] {
            let mut attributes = vec![ints(name, &values)];
            if name != "kernel_shape" {
                attributes.push(ints("kernel_shape", &[3, 3]));
            }
            add(&format!("{pool} {name} {huge}"), file(&[node(pool, &["x"], "y", &attributes)], &[]));
        }
        let transposed = node("ConvTranspose", &["x", "w"], "y", &[ints(name, &values)]);
        add(&format!("ConvTranspose {name} {huge}"), file(&[transposed], &[w()]));
    }
    let both = [ints("kernel_shape", &[huge, huge]), ints("pads", &[huge / 2; 4])];
    add(&format!("MaxPool all of {huge}"), file(&[node("MaxPool", &["x"], "y", &both)], &[]));
    add(&format!("Conv group {huge}"), file(&[convolution("x", "y", &[int("group", huge)])], &[w()]));
    let shape = [1, 3, huge, huge];
    for operator in ["Tile", "Expand", "Reshape"] {
        add(&format!("{operator} {huge}"), file(&[node(operator, &["x", "r"], "y", &[])], &[longs("r", &shape)]));
    }
    let constant = [filled(), node("Add", &["x", "c"], "y", &[])];
    add(&format!("ConstantOfShape {huge}"), file(&constant, &[longs("s", &shape)]));
    let unused = [filled(), node("Relu", &["x"], "y", &[])];
    add(&format!("a ConstantOfShape {huge} that nothing needs"), file(&unused, &[longs("s", &[huge])]));
}

/// Huge paddings, scales, ranges and tensors.
fn paddings_and_sizes(huge: i64, add: Add<'_>) {
    let shape = [1, 3, huge, huge];
    let pads = longs("p", &[0, 0, huge, huge, 0, 0, huge, huge]);
    add(&format!("Pad {huge}"), file(&[node("Pad", &["x", "p"], "y", &[])], &[pads]));
    let sizes = [tensor("no", F32, &[0], &[]), longs("z", &shape)];
    let resize = node("Resize", &["x", "no", "no", "z"], "y", &[text("mode", "nearest")]);
    add(&format!("Resize {huge}"), file(&[resize], &sizes));
    let scales: Vec<u8> = [1.0, 1.0, huge as f32, huge as f32].iter().flat_map(|s: &f32| s.to_le_bytes()).collect();
    let scales = [tensor("no", F32, &[0], &[]), tensor("s", F32, &[4], &scales)];
    let resize = node("Resize", &["x", "no", "s"], "y", &[text("mode", "nearest")]);
    add(&format!("Resize by {huge}"), file(&[resize], &scales));
    let range = [longs("from", &[0]), longs("to", &[huge]), longs("by", &[1])];
    let squeezed = |name: &str, out: &str| node("Squeeze", &[name], out, &[]);
    let nodes = [
        squeezed("from", "f"),
        squeezed("to", "t"),
        squeezed("by", "b"),
        node("Range", &["f", "t", "b"], "r", &[]),
        node("Cast", &["r"], "c", &[int("to", 1)]),
        node("ReduceSum", &["c"], "m", &[]),
        node("Add", &["x", "m"], "y", &[]),
    ];
    add(&format!("Range to {huge}"), file(&nodes, &range));
    for operator in ["DepthToSpace", "SpaceToDepth"] {
        let attributes = [int("blocksize", huge)];
        add(&format!("{operator} {huge}"), file(&[node(operator, &["x"], "y", &attributes)], &[]));
    }
    add(
        &format!("a tensor of {huge}"),
        file(&[convolution("x", "y", &[])], &[tensor("w", F32, &[huge, 3, 3, 3], &[])]),
    );
    let claims = [tensor("w", F32, &[3, 3, huge, huge], &[0; 12])];
    add(&format!("a kernel of {huge}"), file(&[convolution("x", "y", &[])], &claims));
}

/// Operators behind each other, and graphs within a graph.
fn chains(add: Add<'_>) {
    let w = || floats("w", &[3, 3, 3, 3]);
    let pads = |max| [ints("pads", &[max; 4])];
    add("paddings behind each other", file(&chain(120, |from, to| convolution(from, to, &pads(4000))), &[w()]));
    let after = [ints("pads", &[1, 1, 4096, 4096])];
    add("fused paddings behind each other", file(&chain(120, |from, to| convolution(from, to, &after)), &[w()]));
    add(
        "tiles of tiles",
        file(&chain(20, |from, to| node("Tile", &[from, "r"], to, &[])), &[longs("r", &[1, 1, 8, 8])]),
    );
    let transposed = |from: &str, to: &str| node("ConvTranspose", &[from, "w"], to, &[ints("strides", &[64, 64])]);
    add("strides of strides", file(&chain(6, transposed), &[w()]));
    // 512 values become 512 ^ 2 and then 512 ^ 4.
    let outer = [
        node("MatMul", &["a", "b"], "c", &[]),
        node("Reshape", &["c", "column"], "d", &[]),
        node("Reshape", &["c", "row"], "e", &[]),
        node("MatMul", &["d", "e"], "f", &[]),
        node("ReduceSum", &["f"], "g", &[]),
        node("Add", &["x", "g"], "y", &[]),
    ];
    let square = 512 * 512;
    let tensors =
        [floats("a", &[512, 1]), floats("b", &[1, 512]), longs("column", &[square, 1]), longs("row", &[1, square])];
    add("products of constants", file(&outer, &tensors));
    let wide = [floats("w", &[1, 3, 31, 31]), longs("r", &[1, 1, 64, 64])];
    let seen = [node("Tile", &["x", "r"], "t", &[]), convolution("t", "y", &[ints("pads", &[15; 4])])];
    add("a kernel that sees a thousand values of four million places", file(&seen, &wide));
    for operator in ["If", "Loop", "Scan"] {
        let inner = attribute("body", 5, bytes(6, &node("Relu", &["x"], "y", &[])));
        add(operator, file(&[node(operator, &["x"], "y", &[inner])], &[]));
    }
}

#[test]
fn small_networks_that_ask_for_much_are_errors() {
    for (what, file) in harmless() {
        match loaded(&file) {
            Ok(()) => {}
            Err(error) if !cfg!(feature = "tract") && error.kind() == ErrorKind::Unsupported => {
                assert!(
                    what == "Conv" || error.to_string().contains(what.split(' ').next().unwrap()),
                    "{what}: {error}"
                );
            }
            Err(error) => panic!("{what}: {error}"),
        }
    }
    let files = hostile();
    assert!(files.len() > 150, "{} files", files.len());
    let before = peak();
    let mut taken = Vec::new();
    for (what, file) in files {
        assert!(file.len() < 40_000, "{what}: {} bytes", file.len());
        match loaded(&file) {
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::InvalidModel | ErrorKind::Unsupported), "{what}: {error}");
            }
            Ok(()) => taken.push(what.clone()),
        }
        let memory = peak() - before;
        assert!(memory < 1536, "{what} took {memory} MiB");
    }
    // Unused nodes are not evaluated, a million numbers are allowed, and 0 keeps the side.
    taken
        .retain(|what| !what.contains("nothing needs") && what != "Range to 1048576" && !what.starts_with("Reshape -"));
    assert_eq!(taken, [""; 0], "they ask for more than they may");
}

#[test]
fn networks_with_any_number_changed_are_errors_or_run() {
    let harmless = harmless();
    let mut random = SplitMix64::new(7);
    let huge = [0, 1, 2, 7, 63, 127, 1 << 14, 1 << 21, 1 << 28, 1 << 35, 1 << 42, i64::MAX as u64, u64::MAX];
    let before = peak();
    for index in 0..1500 {
        let (_, good) = &harmless[index % harmless.len()];
        let mut file = good.clone();
        for _ in 0..=random.below(2) {
            let at = random.below(file.len());
            let number = varint(huge[random.below(huge.len())]);
            let end = if random.below(2) == 0 { (at + number.len()).min(file.len()) } else { at + 1 };
            file.splice(at..end, number);
        }
        let _ = loaded(&file);
        let taken = peak() - before;
        assert!(taken < 1536, "try {index} took {taken} MiB");
    }
}
