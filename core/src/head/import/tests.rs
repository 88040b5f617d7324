use std::io::{Cursor, Write};

use ::safetensors::tensor::{Dtype, TensorView, serialize};
use half::{bf16, f16};
use mien_nn::math::SplitMix64;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::Clip;
use super::super::tests::{labels, random};
use super::*;

/// A matrix or vector in a file, as f32 in C order.
#[derive(Clone)]
struct Array {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Array {
    fn new(name: &str, shape: &[usize], values: &[f32]) -> Self {
        Self { name: name.to_owned(), shape: shape.to_vec(), values: values.to_vec() }
    }

    fn bytes(&self, number: tensors::Number) -> Vec<u8> {
        let bytes = |value: &f32| match number {
            tensors::Number::F16 => f16::from_f32(*value).to_le_bytes().to_vec(),
            tensors::Number::Bf16 => bf16::from_f32(*value).to_le_bytes().to_vec(),
            tensors::Number::F32 => value.to_le_bytes().to_vec(),
            tensors::Number::F64 => f64::from(*value).to_le_bytes().to_vec(),
        };
        self.values.iter().flat_map(bytes).collect()
    }

    /// The same matrix in Keras' layout: (in, out), with Keras' name for a weight.
    fn of_keras(&self) -> Self {
        let (layer, leaf) = self.name.rsplit_once('.').unwrap_or(("dense", &self.name));
        let leaf = leaf.replace("weight", "kernel");
        let mut array = Self { name: format!("model/{layer}/{leaf}:0"), ..self.clone() };
        if let [rows, columns] = *self.shape {
            array.values = tensors::transposed(&self.values, rows, columns).unwrap();
            array.shape = vec![columns, rows];
        }
        array
    }
}

/// A `.npy` file with any header.
fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn npy_of(array: &Array, number: tensors::Number, fortran: bool) -> Vec<u8> {
    let descr = match number {
        tensors::Number::F16 => "<f2",
        tensors::Number::F32 => "<f4",
        _ => "<f8",
    };
    let (order, mut array) = (if fortran { "True" } else { "False" }, array.clone());
    let shape: String = array.shape.iter().map(|side| format!("{side}, ")).collect();
    if fortran && let [rows, columns] = *array.shape {
        array.values = tensors::transposed(&array.values, rows, columns).unwrap();
    }
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({shape}), }}\n");
    npy(&header, &array.bytes(number))
}

fn zip_of(entries: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn npz(arrays: &[Array], number: tensors::Number, fortran: bool, method: CompressionMethod) -> Vec<u8> {
    let entries: Vec<_> = arrays.iter().map(|a| (format!("{}.npy", a.name), npy_of(a, number, fortran))).collect();
    let entries: Vec<_> = entries.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
    zip_of(&entries, method)
}

fn plain_npz(arrays: &[Array]) -> Vec<u8> {
    npz(arrays, tensors::Number::F32, false, CompressionMethod::Stored)
}

fn safe(arrays: &[Array], number: tensors::Number, named_labels: Option<&str>) -> Vec<u8> {
    let kind = match number {
        tensors::Number::F16 => Dtype::F16,
        tensors::Number::Bf16 => Dtype::BF16,
        tensors::Number::F32 => Dtype::F32,
        tensors::Number::F64 => Dtype::F64,
    };
    let bytes: Vec<_> = arrays.iter().map(|array| array.bytes(number)).collect();
    let views = arrays
        .iter()
        .zip(&bytes)
        .map(|(array, bytes)| (array.name.as_str(), TensorView::new(kind, array.shape.clone(), bytes).unwrap()));
    let metadata = named_labels.map(|names| [("labels".to_owned(), names.to_owned())].into_iter().collect());
    serialize(views, metadata).unwrap()
}

/// The tensors of a head over E values (P for the logistic one) with 3 classes: name, (out, in).
fn table(kind: HeadKind, e: usize) -> Vec<(&'static str, Vec<usize>)> {
    match kind {
        HeadKind::Logistic => vec![("weight", vec![3, e]), ("bias", vec![3])],
        HeadKind::SingleAttention => vec![
            ("attention.weight", vec![1, e]),
            ("attention.bias", vec![1]),
            ("hidden.weight", vec![5, e]),
            ("hidden.bias", vec![5]),
            ("output.weight", vec![3, 5]),
            ("output.bias", vec![3]),
        ],
        HeadKind::RelationAttention => vec![
            ("frame.weight", vec![1, e]),
            ("relation.weight", vec![1, 2 * e]),
            ("output.weight", vec![3, 2 * e]),
            ("output.bias", vec![3]),
        ],
        HeadKind::SelfAttention => vec![
            ("query.weight", vec![2, e]),
            ("value.weight", vec![2, e]),
            ("attention.weight", vec![1, 2]),
            ("attention.bias", vec![1]),
            ("output.weight", vec![3, 2]),
            ("output.bias", vec![3]),
        ],
    }
}

/// Numbers that f16 and bf16 hold exactly.
fn exact_number(rng: &mut SplitMix64) -> f32 {
    (rng.below(65) as f32 - 32.0) / 16.0
}

/// Heads of known parameters over frames of 4 values, their arrays, and the import options.
fn known_heads() -> Vec<(Head, Vec<Array>, Options)> {
    let mut rng = SplitMix64::new(11);
    let mut heads = Vec::new();
    for kind in HeadKind::ALL {
        for extended in [false, true] {
            let mut options = Options { labels: labels(3), ..Options::new(kind) };
            let statistic = extended.then_some(ClipStatistic::Deviation);
            let (body, e) = match kind {
                HeadKind::Logistic => {
                    options.pooling = extended.then_some(Pooling::Statistics);
                    (
                        Body::Logistic { pooling: options.pooling.unwrap_or(Pooling::Mean) },
                        if extended { 16 } else { 4 },
                    )
                }
                _ => {
                    options.statistic = statistic;
                    let body = match kind {
                        HeadKind::SingleAttention => Body::SingleAttention { hidden: 5, statistic },
                        HeadKind::SelfAttention => Body::SelfAttention { width: 2, statistic },
                        _ => Body::RelationAttention { statistic },
                    };
                    (body, if extended { 8 } else { 4 })
                }
            };
            let arrays: Vec<Array> = table(kind, e)
                .into_iter()
                .map(|(name, shape)| {
                    let count = shape.iter().product();
                    let values: Vec<f32> = (0..count).map(|_| exact_number(&mut rng)).collect();
                    Array::new(name, &shape, &values)
                })
                .collect();
            let parameters = arrays.iter().flat_map(|array| array.values.clone()).collect();
            heads.push((Head::from_parameters(labels(3), 4, body, parameters).unwrap(), arrays, options));
        }
    }
    heads
}

/// A logistic head over 2 values: weight and bias.
fn small() -> [Array; 2] {
    [Array::new("weight", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), Array::new("bias", &[3], &[0.5, 0.25, -1.0])]
}

fn logistic() -> Options {
    Options { labels: labels(3), ..Options::new(HeadKind::Logistic) }
}

fn refused(bytes: &[u8], options: &Options, message: &str) {
    let said = from_bytes(bytes, options).unwrap_err().full_text();
    assert!(said.contains(message), "{said:?} does not say {message:?}");
}

#[test]
fn every_kind_comes_back_from_both_formats_and_layouts() {
    let mut rng = SplitMix64::new(3);
    let frames: Vec<Vec<f32>> = (0..5).map(|_| (0..4).map(|_| random(&mut rng)).collect()).collect();
    let clip = Clip::from_frames(&frames).unwrap();
    for (head, arrays, options) in known_heads() {
        let torch: Vec<Array> =
            arrays.iter().map(|array| Array { name: format!("module.{}", array.name), ..array.clone() }).collect();
        let keras: Vec<Array> = arrays.iter().map(Array::of_keras).collect();
        let mut files = Vec::new();
        for number in [tensors::Number::F16, tensors::Number::F32, tensors::Number::F64] {
            for arrays in [&arrays, &torch, &keras] {
                files.push(npz(arrays, number, false, CompressionMethod::Stored));
                files.push(npz(arrays, number, true, CompressionMethod::Deflated));
                files.push(safe(arrays, number, None));
            }
        }
        files.push(safe(&torch, tensors::Number::Bf16, None));
        for file in files {
            let imported = from_bytes(&file, &options).unwrap();
            assert_eq!(imported.head, head, "{:?}", head.body());
            assert_eq!(imported.head.predict(&clip).unwrap(), head.predict(&clip).unwrap());
            assert!(imported.unused.is_empty() && imported.used.len() == arrays.len());
        }
    }
}

#[test]
fn missing_biases_are_zero_and_needless_ones_must_be() {
    let (_, arrays, options) = known_heads().swap_remove(6);
    assert_eq!(options.kind, HeadKind::SelfAttention);
    let mut weights: Vec<Array> = arrays.iter().filter(|array| array.name.ends_with("weight")).cloned().collect();
    weights.push(Array::new("query.bias", &[2], &[0.0, 0.0]));
    let imported = from_bytes(&plain_npz(&weights), &options).unwrap();
    assert_eq!(imported.head.parameters()[2 * 2 * 4 + 2], 0.0);
    assert!(imported.head.parameters().ends_with(&[0.0; 3]));
    assert_eq!(imported.used[3], ("attention.bias".to_owned(), None));
    weights.push(Array::new("value.bias", &[2], &[0.0, 0.5]));
    refused(&plain_npz(&weights), &options, "value.bias is not zero, but the formula has no such bias");
}

#[test]
fn given_names_settle_what_names_do_not() {
    let [weight, bias] = small();
    let arrays = [
        Array { name: "a/kernel:0".to_owned(), ..weight.of_keras() },
        Array { name: "b/kernel:0".to_owned(), ..weight.of_keras() },
        Array { name: "offset".to_owned(), ..bias },
    ];
    let file = plain_npz(&arrays);
    refused(&file, &logistic(), "2 tensors could be \"weight\"; the file has \"a/kernel:0\" [2, 3], \"b/kernel:0\"");
    let given = |name: &str, tensor: &str| (name.to_owned(), tensor.to_owned());
    let options = Options { names: vec![given("weight", "b/kernel:0"), given("bias", "offset")], ..logistic() };
    let imported = from_bytes(&file, &options).unwrap();
    assert_eq!(imported.head, from_bytes(&plain_npz(&small()), &logistic()).unwrap().head);
    assert_eq!(imported.unused, ["\"a/kernel:0\" [2, 3]"]);
}

#[test]
fn sizes_come_from_the_shapes_and_what_is_known_of_frames() {
    let weight = |inputs: usize| plain_npz(&[Array::new("weight", &[3, inputs], &vec![0.5; 3 * inputs])]);
    let body = |file: &[u8], options: Options| from_bytes(file, &options).map(|i| (i.head.body(), i.head.dimension()));
    let (mean, statistics) =
        (Body::Logistic { pooling: Pooling::Mean }, Body::Logistic { pooling: Pooling::Statistics });
    assert_eq!(body(&weight(8), logistic()).unwrap(), (mean, 8));
    let expected = |dimension| Options { expected_dimension: Some(dimension), ..logistic() };
    assert_eq!(body(&weight(8), expected(8)).unwrap(), (mean, 8));
    assert_eq!(body(&weight(8), expected(2)).unwrap(), (statistics, 2));
    assert_eq!(body(&weight(8), expected(5)).unwrap(), (mean, 8));
    assert_eq!(body(&weight(8), Options { dimension: Some(2), ..logistic() }).unwrap(), (statistics, 2));
    let pooled = |pooling| Options { pooling: Some(pooling), ..logistic() };
    assert_eq!(body(&weight(8), pooled(Pooling::Statistics)).unwrap(), (statistics, 2));
    refused(&weight(6), &pooled(Pooling::Statistics), "6 values, which is not 4 times those of a frame");
    refused(
        &weight(8),
        &Options { dimension: Some(5), ..logistic() },
        "8 values, 8 of a frame; frames were said to have 5",
    );
    refused(
        &weight(8),
        &Options { statistic: Some(ClipStatistic::Mean), ..logistic() },
        "belongs to the heads with att",
    );

    let (_, arrays, options) = known_heads().swap_remove(4);
    assert_eq!(options.kind, HeadKind::RelationAttention);
    let file = plain_npz(&arrays);
    refused(&file, &Options { expected_dimension: Some(2), ..options.clone() }, "4 values, twice those of a frame");
    let maximum = Options { statistic: Some(ClipStatistic::Maximum), expected_dimension: Some(2), ..options.clone() };
    let extended = Body::RelationAttention { statistic: Some(ClipStatistic::Maximum) };
    assert_eq!(body(&file, maximum).unwrap(), (extended, 2));
    refused(&file, &Options { pooling: Some(Pooling::Mean), ..options }, "a pooling belongs to the logistic head");
}

#[test]
fn shapes_that_contradict_each_other_are_refused_with_both_numbers() {
    let heads = known_heads();
    let without = |index: usize, name: &str, shape: &[usize], message: &str| {
        let (_, arrays, options) = &heads[index];
        let mut arrays = arrays.clone();
        let array = arrays.iter_mut().find(|array| array.name == name).unwrap();
        *array = Array::new(name, shape, &vec![0.5; shape.iter().product()]);
        refused(&plain_npz(&arrays), options, message);
    };
    without(2, "hidden.weight", &[5, 7], "hidden.weight takes 7 values, but the length of attention.weight is 4");
    without(2, "output.weight", &[3, 6], "output.weight takes 6 values, but what hidden.weight gives is 5");
    without(2, "hidden.bias", &[6], "hidden.bias has 6 values, hidden.weight gives 5");
    without(2, "hidden.bias", &[5, 5], "\"hidden.bias\" [5, 5] has the wrong shape; a vector is expected");
    without(2, "attention.weight", &[2, 2], "\"attention.weight\" [2, 2] has the wrong shape; a vector is expected");
    without(2, "hidden.weight", &[20], "\"hidden.weight\" [20] has the wrong shape; two sides");
    without(4, "relation.weight", &[4], "relation.weight takes 4 values, but twice the length of frame.weight is 8");
    without(4, "output.weight", &[3, 4], "output.weight takes 4 values, but twice the length of frame.weight is 8");
    without(6, "value.weight", &[2, 5], "value.weight takes 5 values, but what query.weight takes is 4");
    without(6, "value.weight", &[3, 4], "value.weight gives 3 values, query.weight 2");
    without(6, "attention.weight", &[3], "attention.weight takes 3 values, but what value.weight gives is 2");
    without(6, "output.weight", &[3, 4], "output.weight takes 4 values, but what value.weight gives is 2");
    without(0, "weight", &[0, 4], "\"weight\" [0, 4] is empty");
}

#[test]
fn labels_come_from_the_user_or_the_file() {
    let file = |names| safe(&small(), tensors::Number::F32, names);
    let named = |names: &[&str]| Options { labels: names.iter().map(|n| (*n).to_owned()).collect(), ..logistic() };
    let imported = from_bytes(&file(Some("Happiness, sad,neutral")), &named(&[])).unwrap();
    assert_eq!(imported.head.labels(), ["happy", "sad", "neutral"]);
    let imported = from_bytes(&file(Some("a,b,c")), &named(&["x", "y", "z"])).unwrap();
    assert_eq!(imported.head.labels(), ["x", "y", "z"]);
    refused(&file(None), &named(&[]), "does not name its 3 classes");
    refused(&file(None), &named(&["x", "y"]), "the weights have 3 classes, the labels name 2: x, y");
    refused(&file(Some("joy,happy,sad")), &named(&[]), "named twice");
}

#[test]
fn values_that_are_no_weights_are_refused() {
    let [weight, bias] = small();
    for value in [f32::NAN, f32::INFINITY] {
        let broken = Array { values: vec![value; 6], ..weight.clone() };
        refused(&plain_npz(&[broken, bias.clone()]), &logistic(), "\"weight\" [3, 2] holds a value that is not finite");
    }
    let huge = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2)}", &1e300f64.to_le_bytes().repeat(6));
    refused(&zip_of(&[("weight.npy", huge)], CompressionMethod::Stored), &logistic(), "not finite");
    // A file may hold counters and names of other types; they are not parameters.
    let integers = npy("{'descr': '<i8', 'fortran_order': False, 'shape': (3, 2)}", &[0; 48]);
    let other = zip_of(&[("weight.npy", integers.clone())], CompressionMethod::Stored);
    refused(&other, &logistic(), "\"weight\" [3, 2] holds <i8; floats are expected");
    let number = tensors::Number::F32;
    let entries = [("steps.npy", integers), ("notes.txt", vec![1]), ("weight.npy", npy_of(&weight, number, false))];
    let imported = from_bytes(&zip_of(&entries, CompressionMethod::Stored), &logistic()).unwrap();
    assert_eq!(imported.unused, ["\"steps\" [3, 2]"]);
}

#[test]
fn headers_of_npy_files_that_lie_are_refused() {
    let refuse = |content: Vec<u8>, message: &str| {
        refused(&zip_of(&[("weight.npy", content)], CompressionMethod::Stored), &logistic(), message);
    };
    let header = |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    refuse(npy(&header("(3, 2)"), &[0; 20]), "holds 20 bytes of values, which does not fit its shape [3, 2]");
    refuse(npy(&header("(3, 2)"), &[0; 28]), "holds 28 bytes");
    refuse(npy(&header("(4294967296, 4294967296, 4)"), &[0; 8]), "does not fit its shape");
    refuse(npy(&header("(18446744073709551616,)"), &[0; 8]), "header that cannot be read");
    refuse(npy(&header("(-1, 2)"), &[0; 8]), "header that cannot be read");
    refuse(npy(&header("(3, 2"), &[0; 24]), "header that cannot be read");
    // Transposing a matrix without values takes no time, however long its other side is.
    let empty = |shape: &str| npy(&format!("{{'descr': '<f4', 'fortran_order': True, 'shape': {shape}, }}"), &[]);
    refuse(empty("(4000000000000000000, 0)"), "is empty");
    refuse(empty("(0, 4000000000000000000)"), "is empty");
    refuse(empty("(0, 18446744073709551615)"), "0 values do not fit the shape");
    refuse(npy("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}", &[0; 4]), "header that cannot be read");
    refuse(npy("", &[]), "header that cannot be read");
    refuse(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}".to_vec(), "is no .npy file");
    refuse(b"\x93NUMPY\x09\x00".to_vec(), "is no .npy file");
    refuse(Vec::new(), "is no .npy file");
    refuse(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", &[0; 4]), "holds record");
}

#[test]
fn headers_of_safetensors_files_that_lie_are_refused() {
    let refuse = |header: &str, message: &str| {
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 24]].concat();
        refused(&file, &logistic(), message);
    };
    let entry = |shape: &str, end: usize| {
        format!("\"weight\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[0,{end}]}}")
    };
    let good = entry("[3,2]", 24);
    let file = [&(good.len() as u64 + 2).to_le_bytes()[..], format!("{{{good}}}").as_bytes(), &[0; 24]].concat();
    assert!(from_bytes(&file, &logistic()).is_ok());
    for header in [
        format!("{{{}}}", entry("[3,3]", 24)),
        format!("{{{}}}", entry("[3,2]", 20)),
        format!("{{{}}}", entry("[3,2]", 28)),
        format!("{{{}}}", entry("[4294967296,4294967296,4]", 24)),
        format!("{{{good}"),
        format!("{{{good},{}}}", entry("[2,2]", 16)),
    ] {
        refuse(&header, "the file is damaged");
    }
    refuse("{}", "the file is damaged");
}

#[test]
fn files_that_would_exhaust_memory_are_refused() {
    refused(&vec![0; MAX_FILE + 1], &logistic(), "larger than 33554432 bytes");
    let zeros = vec![0; tensors::MAX_UNPACKED + 1];
    let bomb = zip_of(&[("weight.npy", zeros)], CompressionMethod::Deflated);
    assert!(bomb.len() < MAX_FILE);
    refused(&bomb, &logistic(), "unpacks to more than");
    let crowd = [b"PK\x03\x04".as_slice(), &b"PK\x01\x02".repeat(tensors::MAX_TENSORS + 1)].concat();
    refused(&crowd, &logistic(), "4097 entries");
    let header = [&(1u64 << 40).to_le_bytes()[..], b"{}"].concat();
    refused(&header, &logistic(), "the header has 1099511627776 bytes");
    let name = "n".repeat(300);
    refused(&plain_npz(&[Array::new(&name, &[1], &[1.0])]), &logistic(), "a tensor's name has 300 bytes");
}

#[test]
fn other_files_are_refused() {
    for bytes in [&b""[..], b"PK", b"\x89HDF\r\n\x1a\n", b"weight", &[0; 100]] {
        refused(bytes, &logistic(), "neither an .npz nor a .safetensors file");
    }
    let archive = zip_of(&[("archive/data.pkl", vec![0; 10])], CompressionMethod::Stored);
    refused(&archive, &logistic(), "holds no .npy file");
}

#[test]
fn every_cut_is_noticed_and_no_damaged_byte_panics() {
    let files = [
        npz(&small(), tensors::Number::F32, false, CompressionMethod::Deflated),
        plain_npz(&small()),
        safe(&small(), tensors::Number::F32, Some("a,b,c")),
    ];
    for file in files {
        assert!(from_bytes(&file, &logistic()).is_ok());
        for index in 0..file.len() {
            assert!(from_bytes(&file[..index], &logistic()).is_err(), "cut at {index}");
            for flip in [0x01, 0x10, 0xff] {
                let mut damaged = file.clone();
                damaged[index] ^= flip;
                // Some bytes, such as dates, may change without effect.
                let _ = from_bytes(&damaged, &logistic());
            }
        }
    }
}

#[test]
fn files_are_read_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("head.npz");
    let error = from_file(&path, &logistic()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelLoad);
    assert!(error.to_string().contains("No such file") && !error.to_string().contains("head.npz"), "{error}");
    assert!(error.full_text().contains("head.npz: No such file"), "{}", error.full_text());
    std::fs::write(&path, plain_npz(&small())).unwrap();
    assert_eq!(from_file(&path, &logistic()).unwrap().head.dimension(), 2);
    let error = from_file(&path, &Options::new(HeadKind::Logistic)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
    assert!(error.to_string().starts_with("the file does not name"), "{error}");
    assert!(error.full_text().contains("head.npz: the file does not name"), "{}", error.full_text());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(
        start in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"\x02\0\0\0\0\0\0\0{}", b"\x40\0\0\0\0\0\0\0{\"weight\":"]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        prop_assert!(from_bytes(&[start, &bytes].concat(), &logistic()).is_err());
    }

    #[test]
    fn arbitrary_npy_files_never_panic(
        header in "\\{'descr': '[<>|][fiu][248]', 'fortran_order': (True|False), 'shape': \\([0-9, ]{0,24}\\)?",
        data in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let file = zip_of(&[("weight.npy", npy(&header, &data))], CompressionMethod::Stored);
        let _ = from_bytes(&file, &logistic());
    }

    #[test]
    fn arbitrary_changes_of_good_files_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        archive in any::<bool>(),
    ) {
        let mut file = if archive { plain_npz(&small()) } else { safe(&small(), tensors::Number::F64, None) };
        for (index, value) in changes {
            let index = index.index(file.len());
            file[index] = value;
        }
        let _ = from_bytes(&file, &logistic());
    }

    #[test]
    fn arbitrary_names_never_panic(names in prop::collection::btree_set("[a-z_.:/0-9]{0,12}|.{0,8}", 1..5)) {
        let arrays: Vec<_> = names.iter().map(|name| Array::new(name, &[2, 2], &[0.5; 4])).collect();
        for kind in HeadKind::ALL {
            let _ = from_bytes(&safe(&arrays, tensors::Number::F32, Some("a,b")), &Options::new(kind));
        }
    }
}
