//! All kernels against the scalar one, and the scalar one against sums over the unpacked weights.

use proptest::prelude::*;
use proptest::sample::select;

use super::Kernels;
use crate::error::ErrorKind;
use crate::fast::int8::depthwise::{BLOCK, Depthwise, FIRST, ORDER, PAIRS, Sums, TAPS, Windows};
use crate::fast::int8::product::{GROUPS, PANEL, Panel, Product, STEP, Walk};
use crate::fast::int8::rescale::{Bounds, Rescale, center};
use crate::graph::Range;
use crate::math::SplitMix64;

/// The size of random weights.
#[derive(Debug, Clone, Copy)]
enum Weights {
    Zero,
    /// Small enough for many products to sum within 16 bits.
    Small,
    /// All of 7 bits.
    Seven,
    /// 63 and -63.
    Alternating,
    /// The maximum for two adjacent weights.
    Limits,
    /// A random choice of these for each block.
    Mixed,
}

/// The size of random input bytes.
#[derive(Debug, Clone, Copy)]
enum Bytes {
    Any,
    Most,
    Zero,
    /// Alternates between 0 and the maximum.
    Alternating,
}

fn weights() -> impl Strategy<Value = Weights> {
    use Weights::*;
    select(vec![Zero, Small, Seven, Alternating, Limits, Mixed])
}

fn bytes() -> impl Strategy<Value = Bytes> {
    select(vec![Bytes::Any, Bytes::Most, Bytes::Zero, Bytes::Alternating])
}

/// The maximum byte of an input.
fn max() -> impl Strategy<Value = u8> {
    prop_oneof![Just(255u8), Just(127), Just(128), 1u8..]
}

/// The rescaling after the sums: the input's zero, the output's zero and bounds, and the
/// approximate number of bytes that the sums spread over.
#[derive(Debug, Clone, Copy)]
struct After {
    from: u8,
    zero: u8,
    bounds: Bounds,
    spread: f32,
}

fn after() -> impl Strategy<Value = After> {
    let bounds = prop_oneof![Just((0, 255)), Just((0, 127)), any::<(u8, u8)>()];
    let zero = prop_oneof![Just(0), any::<u8>()];
    let spread = select(vec![0.0, 40.0, 200.0, 1e5]);
    (any::<u8>(), zero, bounds, spread).prop_map(|(from, zero, (a, b), spread)| {
        let bounds = Bounds { min: a.min(b), max: a.max(b) };
        After { from, zero, bounds, spread }
    })
}

struct Random(SplitMix64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    fn below(&mut self, count: usize) -> usize {
        self.0.below(count)
    }

    fn within(&mut self, min: i32, max: i32) -> i32 {
        min + self.below((max - min + 1) as usize) as i32
    }

    /// Two adjacent weights.
    fn pair(&mut self, weights: Weights, max: u8) -> [i8; 2] {
        match weights {
            Weights::Zero => [0; 2],
            Weights::Small => [0; 2].map(|_| self.within(-3, 3) as i8),
            Weights::Seven => [0; 2].map(|_| self.within(-63, 63) as i8),
            Weights::Alternating => [[63, 63], [-63, -63], [63, -63], [127, 0]][self.below(4)],
            Weights::Limits => {
                let max_sum = i32::from(i16::MAX) / i32::from(max);
                let first = [-128, -127, 127, 64, -1, 0][self.below(6)];
                let left = max_sum - i32::abs(first);
                let second = match (self.below(2), first < 0) {
                    (0, false) => left.min(127),
                    (0, true) => -left.min(128),
                    (_, false) => -max_sum.min(128),
                    (_, true) => max_sum.min(127),
                };
                [first as i8, second as i8]
            }
            Weights::Mixed => unreachable!("chosen by block"),
        }
    }

    fn codes(&mut self, outputs: usize, inputs: usize, weights: Weights, max: u8) -> Vec<i8> {
        let kinds = [Weights::Zero, Weights::Small, Weights::Small, Weights::Seven, Weights::Limits];
        let mut codes = Vec::new();
        for _ in 0..outputs {
            let mut row = Vec::new();
            while row.len() < inputs {
                let kind = match weights {
                    Weights::Mixed => kinds[self.below(kinds.len())],
                    kind => kind,
                };
                (0..STEP / 2).for_each(|_| row.extend(self.pair(kind, max)));
            }
            codes.extend_from_slice(&row[..inputs]);
        }
        codes
    }

    /// The taps of channels; the taps of a pair are bounded like two adjacent weights.
    fn taps(&mut self, channels: usize, weights: Weights, max: u8) -> Vec<i8> {
        let by_pairs = self.codes(channels, TAPS, weights, max);
        by_pairs.as_chunks().0.iter().copied().flat_map(in_window).collect()
    }

    fn bytes(&mut self, count: usize, bytes: Bytes, max: u8) -> Vec<u8> {
        let byte = |index: usize| match bytes {
            Bytes::Any => self.below(usize::from(max) + 1) as u8,
            Bytes::Most => max,
            Bytes::Zero => 0,
            Bytes::Alternating => max * (index % 2) as u8,
        };
        (0..count).map(byte).collect()
    }

    fn scales(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| 0.001 * self.within(1, 30) as f32).collect()
    }

    fn bias(&mut self, count: usize, to: Range) -> Vec<f32> {
        (0..count).map(|_| to.scale.min(0.1) * self.within(-300, 300) as f32).collect()
    }
}

/// Converts taps from pair order to window order, row by row.
fn in_window(by_pairs: [i8; TAPS]) -> [i8; TAPS] {
    let mut taps = [0; TAPS];
    ORDER.iter().zip(by_pairs).for_each(|(&place, code)| taps[place] = code);
    taps
}

/// Bytes as a kernel stores them, and back.
fn masked(bytes: &[u8], mask: u8) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ mask).collect()
}

const FROM_SCALE: f32 = 0.02;

/// Returns the output of `run` on the scalar kernels, and checks that all other kernels agree.
fn on_all_kernels(run: impl Fn(&Kernels) -> Vec<u8>) -> Result<Vec<u8>, TestCaseError> {
    let kernels = Kernels::available();
    let (plain, others) = kernels.split_last().unwrap();
    let made = run(plain);
    for kernels in others {
        prop_assert!(run(kernels) == made, "{}", kernels.name);
    }
    Ok(made)
}

/// The ranges before and after sums of `inputs` products.
fn ranges(after: After, inputs: usize) -> (Range, Range) {
    let real = FROM_SCALE * 0.015 * 40.0 * 80.0 * (inputs as f32).sqrt();
    let scale = if after.spread == 0.0 { 1e6 } else { real / after.spread };
    (Range { scale: FROM_SCALE, zero: after.from }, Range { scale, zero: after.zero })
}

/// The expected result of `rescale`, computed from the real numbers that the bytes stand for.
struct Real<'a> {
    after: After,
    to: Range,
    scales: &'a [f32],
    bias: &'a [f32],
}

impl Real<'_> {
    /// Checks that `byte` is nearest to the sum of `products` (weight, byte), up to the error of
    /// rounding the bias to a whole number of steps.
    fn check(&self, byte: u8, output: usize, products: &[(i8, u8)]) -> Result<(), TestCaseError> {
        let step = f64::from(FROM_SCALE) * f64::from(self.scales[output]);
        let sum: i64 = products.iter().map(|&(w, v)| i64::from(w) * (i64::from(v) - i64::from(self.after.from))).sum();
        let value = (step * sum as f64 + f64::from(self.bias[output])) / f64::from(self.to.scale);
        let (min, max) = (f64::from(self.after.bounds.min), f64::from(self.after.bounds.max));
        let want = (value + f64::from(self.to.zero)).clamp(min, max);
        let slack = 0.5 + 0.5 * step / f64::from(self.to.scale) + 1e-5 * value.abs().min(1e3);
        prop_assert!((f64::from(byte) - want).abs() <= slack, "output {output}: {byte}, not {want}");
        Ok(())
    }
}

/// The minimum and maximum sum of a 16-bit lane over the blocks of a panel, with input bytes from
/// `min` to `max`.
fn worst(panel: &Panel, blocks: std::ops::Range<usize>, lane: usize, (min, max): (i32, i32)) -> (i32, i32) {
    let codes = panel.blocks[blocks].iter().flat_map(|block| &block.0[lane..lane + 2]);
    codes.fold((0, 0), |(low, high), &code| {
        let products = [i32::from(code) * min, i32::from(code) * max];
        (low + products[0].min(products[1]), high + products[0].max(products[1]))
    })
}

fn check_groups(product: &Product, codes: &[i8], given: usize, max: u8) {
    for (index, panel) in product.panels.iter().enumerate() {
        let mut firsts = panel.inputs.clone();
        firsts.sort_unstable();
        let wanted: Vec<u32> = (0..product.inputs as u32).step_by(STEP).collect();
        assert_eq!(firsts, wanted, "each block is there once");
        assert_eq!(panel.blocks.len(), panel.inputs.len());
        for (step, &place) in panel.places.iter().enumerate() {
            assert_eq!(panel.inputs[place as usize] as usize, STEP * step);
        }
        for (block, &first) in panel.blocks.iter().zip(&panel.inputs) {
            for (at, &code) in block.0.iter().enumerate() {
                let (output, input) = (index * PANEL + at / STEP, first as usize + at % STEP);
                let inside = output < codes.len() / given && input < given;
                assert_eq!(code, if inside { codes[output * given + input] } else { 0 });
            }
        }
        let groups = GROUPS.iter().zip(panel.groups).flat_map(|(&size, count)| std::iter::repeat_n(size, count));
        let mut start = 0;
        for size in groups {
            for lane in (0..PANEL * STEP).step_by(2) {
                let center = i32::from(center(max));
                for min in [0, -center] {
                    let (low, high) = worst(panel, start..start + size, lane, (min, min + i32::from(max)));
                    assert!(low >= i32::from(i16::MIN) && high <= i32::from(i16::MAX), "{low} to {high}");
                }
            }
            start += size;
        }
        assert_eq!(start, panel.blocks.len());
        assert_eq!(panel.ranges()[GROUPS.len() - 1].end, start);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 3 } else { 256 }))]

    #[test]
    fn products_are_the_same_on_all_kernels_and_in_plain_sums(
        seed in any::<u64>(), (inputs, outputs) in (1usize..=70, 1usize..=70),
        (rows, columns) in (1usize..=4, 1usize..=15), padding in (0usize..40, 0usize..40, 0usize..40, 0usize..40),
        (weights, bytes, max) in (weights(), bytes(), max()), after in after(),
    ) {
        let mut random = Random::new(seed);
        let codes = random.codes(outputs, inputs, weights, max);
        let (from, to) = ranges(after, inputs);
        let (scales, bias) = (random.scales(outputs), random.bias(outputs, to));
        let product = Product::new(&codes, &scales, &bias, (from, max), to, after.bounds).unwrap();
        check_groups(&product, &codes, inputs, max);
        let made = product.panels.len() * PANEL;
        let (input_pixel, output_pixel) = (product.inputs + padding.0, made + padding.1);
        let (input_row, output_row) = (columns * input_pixel + padding.2, columns * output_pixel + padding.3);
        let walk = Walk { rows, columns, input_pixel, output_pixel, input_row, output_row };
        let input = random.bytes(walk.needs(input_pixel, input_row, product.inputs), bytes, max);
        let untouched = random.bytes(walk.needs(output_pixel, output_row, made), Bytes::Any, 255);
        let run = |kernels: &Kernels| {
            let (from, to) = (kernels.mask(max), kernels.mask(after.bounds.max));
            let mut output = masked(&untouched, to);
            kernels.product(&product, &masked(&input, from), &mut output, walk);
            masked(&output, to)
        };
        let plain = on_all_kernels(run)?;
        let real = Real { after, to, scales: &scales, bias: &bias };
        let mut expected = untouched.clone();
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let pixel = &input[row * input_row + column * input_pixel..];
            for output in 0..made {
                let at = row * output_row + column * output_pixel + output;
                let weights = codes.chunks_exact(inputs).nth(output).unwrap_or(&[]);
                let products: Vec<(i8, u8)> = weights.iter().copied().zip(pixel.iter().copied()).collect();
                let sum = products.iter().map(|&(w, v)| i32::from(w) * i32::from(v)).sum();
                expected[at] = product.rescale.byte(output, sum);
                if output < outputs {
                    real.check(expected[at], output, &products)?;
                }
            }
        }
        prop_assert!(plain == expected);
    }

    #[test]
    fn depthwise_convolutions_are_the_same_on_all_kernels_and_in_plain_sums(
        seed in any::<u64>(), channels in 1usize..=70, (rows, columns) in (1usize..=7, 1usize..=9), stride in 1usize..=3,
        padding in (0usize..40, 0usize..40, 0usize..40, 0usize..40),
        (weights, bytes, max) in (weights(), bytes(), max()), after in after(),
    ) {
        let mut random = Random::new(seed);
        let codes = random.taps(channels, weights, max);
        let (from, to) = ranges(after, TAPS);
        let (scales, bias) = (random.scales(channels), random.bias(channels, to));
        let depthwise = Depthwise::new(&codes, &scales, &bias, (from, max), to, after.bounds).unwrap();
        let made = depthwise.blocks.len() * BLOCK;
        let (pixel, output_pixel) = (made + padding.0, made + padding.1);
        let (row_bytes, output_row) = ((stride * columns + 2) * pixel + padding.2, columns * output_pixel + padding.3);
        let (input_pixel, input_row) = (stride * pixel, stride * row_bytes);
        let walk = Walk { rows, columns, input_pixel, output_pixel, input_row, output_row };
        let windows = Windows { walk, pixel, row: row_bytes };
        let window = 2 * (row_bytes + pixel) + made;
        let input = random.bytes(walk.needs(input_pixel, input_row, window), bytes, max);
        let untouched = random.bytes(walk.needs(output_pixel, output_row, made), Bytes::Any, 255);
        let run = |kernels: &Kernels| {
            let (from, to) = (kernels.mask(max), kernels.mask(after.bounds.max));
            let mut output = masked(&untouched, to);
            kernels.depthwise(&depthwise, &masked(&input, from), &mut output, windows);
            masked(&output, to)
        };
        let plain = on_all_kernels(run)?;
        let real = Real { after, to, scales: &scales, bias: &bias };
        let mut expected = untouched.clone();
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let window = &input[row * input_row + column * input_pixel..];
            for channel in 0..made {
                let at = row * output_row + column * output_pixel + channel;
                let taps = codes.chunks_exact(TAPS).nth(channel).unwrap_or(&[]).iter().enumerate();
                let value = |tap: usize| window[tap / 3 * row_bytes + tap % 3 * pixel + channel];
                let products: Vec<(i8, u8)> = taps.map(|(tap, &weight)| (weight, value(tap))).collect();
                let sum = products.iter().map(|&(w, v)| i32::from(w) * i32::from(v)).sum();
                expected[at] = depthwise.rescale.byte(channel, sum);
                if channel < channels {
                    real.check(expected[at], channel, &products)?;
                }
            }
        }
        prop_assert!(plain == expected);
    }

    #[test]
    fn sixteen_bits_hold_the_sums_of_depthwise_taps(
        seed in any::<u64>(), channels in 1usize..=70, weights in weights(), max in max(),
    ) {
        let mut random = Random::new(seed);
        let codes = random.taps(channels, weights, max);
        let depthwise = of_channels(&codes, max).unwrap();
        let center = i32::from(center(max));
        for (index, block) in depthwise.blocks.iter().enumerate() {
            let sums: Vec<std::ops::Range<usize>> = match block.sums {
                Sums::One => std::iter::once(0..PAIRS).collect(),
                Sums::Two => vec![0..FIRST, FIRST..PAIRS],
                Sums::Each => (0..PAIRS).map(|pair| pair..pair + 1).collect(),
            };
            for lane in 0..BLOCK {
                let mut seen = [0; TAPS];
                for (pairs, min) in sums.iter().flat_map(|pairs| [(pairs, 0), (pairs, -center)]) {
                    let (mut low, mut high) = (0, 0);
                    for tap in 2 * pairs.start..2 * pairs.end {
                        let code = i32::from(block.taps[tap][lane]);
                        let products = [code * min, code * (min + i32::from(max))];
                        low += products[0].min(products[1]);
                        high += products[0].max(products[1]);
                        seen[usize::from(block.places[tap])] += code;
                    }
                    prop_assert!(low >= i32::from(i16::MIN) && high <= i32::from(i16::MAX), "{low} to {high}");
                }
                let channel = index * BLOCK + lane;
                for (place, &sum) in seen.iter().enumerate() {
                    let code = codes.get(channel * TAPS + place).map_or(0, |&code| i32::from(code));
                    prop_assert_eq!(sum, 2 * code, "each tap is there once, here counted twice");
                }
            }
        }
    }
}

const WHOLE: Bounds = Bounds { min: 0, max: 255 };
const UNIT: Range = Range { scale: 1.0, zero: 0 };

fn of_output(codes: &[i8], max: u8) -> crate::error::Result<Product> {
    Product::new(codes, &[1.0], &[0.0], (UNIT, max), UNIT, WHOLE)
}

fn of_channels(codes: &[i8], max: u8) -> crate::error::Result<Depthwise> {
    let channels = codes.len() / TAPS;
    Depthwise::new(codes, &vec![1.0; channels], &vec![0.0; channels], (UNIT, max), UNIT, WHOLE)
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    // 127 * 255 + 255 is below 2^15, and adding one more product of 255 is not; the same below
    // zero.
    for (pair, max, fits) in [
        ([127, 1], 255, true),
        ([127, 2], 255, false),
        ([-128, 0], 255, true),
        ([-127, -2], 255, false),
        ([127, -128], 255, true),
        ([127, 127], 129, true),
        ([127, 127], 130, false),
    ] {
        let taps = [[pair[0], pair[1], 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, pair[0], pair[1], 0]];
        let product = of_output(&pair, max).map(drop);
        let depthwise = taps.map(|taps| of_channels(&in_window(taps), max).map(drop));
        for result in depthwise.into_iter().chain([product]) {
            match result {
                Ok(()) => assert!(fits, "{pair:?} with {max}"),
                Err(error) => {
                    assert!(!fits, "{pair:?} with {max}");
                    assert_eq!(error.kind(), ErrorKind::InvalidModel);
                    assert_eq!(error.to_string(), "the weights of a quantized layer need more than 7 bits");
                }
            }
        }
    }
    // Weights that are not adjacent are not summed in 16 bits.
    assert!(of_output(&[0, 127, 127, 0], 255).is_ok());
}

#[test]
fn sums_that_could_leave_their_range_are_refused() {
    let refused = |from: f32, to: f32, bias: f32| {
        let (from, to) = (Range { scale: from, zero: 0 }, Range { scale: to, zero: 0 });
        let error = Product::new(&[1], &[1.0], &[bias], (from, 255), to, WHOLE).err().unwrap();
        assert_eq!(error.to_string(), "the sums of a quantized layer could overflow");
    };
    refused(1.0, 1.0, 2e9);
    refused(1.0, 1e-9, 0.0);
    refused(1.0, 1.0, f32::NAN);
}

#[test]
fn halves_are_rounded_to_the_even_byte_by_all_kernels() {
    // A factor of one half: sums of 1, 3, 5, .. lie between two bytes.
    let codes: Vec<i8> = (0..16).map(|output| 2 * output as i8 - 15).collect();
    let (from, to) = (Range { scale: 0.5, zero: 0 }, Range { scale: 1.0, zero: 100 });
    let product = Product::new(&codes, &[1.0; 16], &[0.0; 16], (from, 255), to, WHOLE).unwrap();
    let walk = Walk { rows: 1, columns: 1, input_pixel: 4, output_pixel: 16, input_row: 4, output_row: 16 };
    for kernels in Kernels::available() {
        let mut output = [0; 16];
        let mask = kernels.mask(255);
        kernels.product(&product, &masked(&[1, 0, 0, 0], mask), &mut output, walk);
        let output = masked(&output, mask);
        assert_eq!(
            output,
            [92, 94, 94, 96, 96, 98, 98, 100, 100, 102, 102, 104, 104, 106, 106, 108],
            "{}",
            kernels.name
        );
    }
}

#[test]
fn all_kinds_of_groups_and_sums_are_met() {
    let groups = |code: i8| of_output(&[code; 64], 255).unwrap().panels[0].groups;
    assert_eq!([1, 16, 32, 63].map(groups), [[2, 0, 0, 0], [0, 4, 0, 0], [0, 0, 8, 0], [0, 0, 0, 16]]);
    let codes: Vec<i8> =
        [[1; 4]; 8].into_iter().chain([[16; 4]; 4]).chain([[32; 4]; 2]).chain([[63; 4]]).flatten().collect();
    assert_eq!(of_output(&codes, 255).unwrap().panels[0].groups, [1; GROUPS.len()]);
    let sums = |codes: [i8; TAPS]| of_channels(&in_window(codes), 255).unwrap().blocks[0].sums;
    assert_eq!(sums([1; TAPS]), Sums::One);
    assert_eq!(sums([40, 40, 40, 40, 10, 10, 10, 10, 10]), Sums::Two);
    assert_eq!(sums([63; TAPS]), Sums::Each);
}

#[test]
fn bytes_keep_within_bounds_however_large_the_sum() {
    let rescale = Product::new(
        &[127],
        &[1.0],
        &[0.0],
        (UNIT, 255),
        Range { scale: 1e-4, zero: 200 },
        Bounds { min: 7, max: 250 },
    );
    let rescale: Rescale = rescale.unwrap().rescale;
    assert_eq!([-32_000, -1, 0, 1, 32_000].map(|sum| rescale.byte(0, sum)), [7, 7, 200, 250, 250]);
}
