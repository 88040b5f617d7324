//! Depthwise convolutions, 16 channels at a time.

use std::arch::aarch64::*;
use std::arch::asm;

use super::{Bytes, Finish, QUARTERS, Sums, add_products, by_form, products};
use crate::fast::int8::depthwise::{self, BLOCK, Block, Depthwise, FIRST, PAIRS, TAPS, Windows};
use crate::fast::int8::rescale::Form;

/// Channels of a vector.
const CHANNELS: usize = 16;

/// Rows and columns of a window.
const SIDE: usize = 3;

/// Taps of a pair.
const PAIR: usize = 2;

/// With plain NEON: products are summed in 16 bits as far as [`depthwise::Sums`] allow.
///
/// # Safety
/// The processor has NEON.
#[target_feature(enable = "neon")]
pub(super) unsafe fn by_products(depthwise: &Depthwise, input: &[u8], output: &mut [u8], windows: Windows) {
    for (first, block, half) in vectors(depthwise) {
        let filter = Filter::new(block, half, Finish::new(&depthwise.rescale, first), windows);
        for row in 0..windows.walk.rows {
            let (line, out) = line(&input[first..], &mut output[first..], windows, row);
            // SAFETY: `line` checks that the windows and the outputs of the row can be read and written.
            unsafe {
                by_form!(depthwise.rescale.signed.form, F => match block.sums {
                    depthwise::Sums::One => filter.run::<F, 1>(line, out, windows),
                    depthwise::Sums::Two => filter.run::<F, 2>(line, out, windows),
                    depthwise::Sums::Each => filter.run::<F, PAIRS>(line, out, windows),
                });
            }
        }
    }
}

/// With the dot product: all sums have 32 bits.
///
/// # Safety
/// The processor has NEON and its dot product.
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn by_dots(depthwise: &Depthwise, input: &[u8], output: &mut [u8], windows: Windows) {
    for (first, block, half) in vectors(depthwise) {
        let filter = Columns::new(block, half, Finish::new(&depthwise.rescale, first));
        let rows = if windows.walk.columns > 0 { windows.walk.rows } else { 0 };
        for row in 0..rows {
            let (line, out) = line(&input[first..], &mut output[first..], windows, row);
            // SAFETY: as in `by_products`.
            unsafe {
                by_form!(depthwise.rescale.signed.form, F => {
                    if windows.walk.input_pixel == windows.pixel {
                        filter.slide::<F, 1>(line, out, windows);
                    } else if windows.walk.input_pixel == 2 * windows.pixel {
                        filter.slide::<F, 2>(line, out, windows);
                    } else {
                        filter.jump::<F>(line, out, windows);
                    }
                });
            }
        }
    }
}

/// The channels of each vector: the first one, their block and their half of it.
fn vectors(depthwise: &Depthwise) -> impl Iterator<Item = (usize, &Block, usize)> {
    let vectors = depthwise.blocks.iter().flat_map(|block| (0..BLOCK / CHANNELS).map(move |half| (block, half)));
    vectors.enumerate().map(|(index, (block, half))| (index * CHANNELS, block, half))
}

/// The first window and the first output of a row.
///
/// # Panics
/// If the row's windows are not all within `input`, or the outputs not all within `output`.
#[inline]
fn line(input: &[u8], output: &mut [u8], windows: Windows, row: usize) -> (*const i8, *mut u8) {
    let walk = windows.walk;
    let (line, out) = (&input[row * walk.input_row..], &mut output[row * walk.output_row..]);
    let reach = walk.columns.saturating_sub(1);
    assert!(reach * walk.input_pixel + (SIDE - 1) * (windows.row + windows.pixel) + CHANNELS <= line.len());
    assert!(reach * walk.output_pixel + CHANNELS <= out.len());
    (line.as_ptr().cast(), out.as_mut_ptr())
}

/// The taps of one half of a block.
#[target_feature(enable = "neon")]
#[inline]
fn taps_of(taps: &[i8; BLOCK], half: usize) -> int8x16_t {
    let half = &taps[CHANNELS * half..][..CHANNELS];
    // SAFETY: there are 16 bytes.
    unsafe { vld1q_s8(half.as_ptr()) }
}

/// The weights of 16 channels, tap by tap.
#[derive(Clone, Copy)]
struct Filter {
    taps: [int8x16_t; 2 * PAIRS],
    /// Of each tap from the first pixel of the window, in bytes.
    offsets: [usize; 2 * PAIRS],
    finish: Finish,
}

impl Filter {
    #[target_feature(enable = "neon")]
    fn new(block: &Block, half: usize, finish: Finish, windows: Windows) -> Self {
        let mut taps = [vdupq_n_s8(0); 2 * PAIRS];
        taps.iter_mut().zip(&block.taps).for_each(|(into, taps)| *into = taps_of(taps, half));
        Self { taps, offsets: block.places.map(|place| windows.offset(place)), finish }
    }

    /// Computes a row of outputs; `SUMS` is the number of 16-bit sums into which the pairs are combined.
    ///
    /// # Safety
    /// The windows and the outputs can be read and written from `window` and `out` on.
    #[target_feature(enable = "neon")]
    unsafe fn run<F: Bytes, const SUMS: usize>(&self, window: *const i8, out: *mut u8, windows: Windows) {
        for column in 0..windows.walk.columns {
            // SAFETY: guaranteed by the caller.
            unsafe {
                let sums = self.sums::<SUMS>(window.add(column * windows.walk.input_pixel));
                vst1q_u8(out.add(column * windows.walk.output_pixel), self.finish.bytes::<F>(sums));
            }
        }
    }

    /// # Safety
    /// 16 bytes can be read at each of the offsets from `window` on.
    #[target_feature(enable = "neon")]
    #[inline]
    unsafe fn sums<const SUMS: usize>(&self, window: *const i8) -> Sums {
        let mut wide = self.finish.bias;
        let mut narrow = [vdupq_n_s16(0); 2];
        each!(pair < PAIRS, {
            let begins = pair == 0 || SUMS == PAIRS || (SUMS == 2 && pair == FIRST);
            each!(one < PAIR, {
                let (tap, first) = (PAIR * pair + one, begins && one == 0);
                // Except with reordered taps (two sums), the last tap is the zero beside the ninth.
                if tap < TAPS || SUMS == 2 {
                    // SAFETY: guaranteed by the caller.
                    let values = unsafe { vld1q_s8(window.add(self.offsets[tap])) };
                    narrow = if first { products(values, self.taps[tap]) } else { add_products(narrow, values, self.taps[tap]) };
                }
            }, 0 1);
            if pair + 1 == PAIRS || SUMS == PAIRS || (SUMS == 2 && pair + 1 == FIRST) {
                wide = widened(wide, narrow);
            }
        }, 0 1 2 3 4);
        wide
    }
}

/// Adds 16-bit sums to 32-bit ones.
#[target_feature(enable = "neon")]
#[inline]
fn widened(wide: Sums, [low, high]: [int16x8_t; 2]) -> Sums {
    [
        vaddw_s16(wide[0], vget_low_s16(low)),
        vaddw_high_s16(wide[1], low),
        vaddw_s16(wide[2], vget_low_s16(high)),
        vaddw_high_s16(wide[3], high),
    ]
}

/// A column of a window: for each of 16 channels its three bytes, from above, and a zero.
type Column = [int8x16_t; QUARTERS];

/// The weights of 16 channels, column by column.
#[derive(Clone, Copy)]
struct Columns {
    weights: [Column; SIDE],
    turn: Turn,
    finish: Finish,
}

/// Which of the bytes of three vectors make a [`Column`].
#[derive(Clone, Copy)]
struct Turn([uint8x16_t; QUARTERS]);

impl Turn {
    #[target_feature(enable = "neon")]
    fn new() -> Self {
        // Beyond the table, bytes are zero.
        let bytes: [[u8; 16]; QUARTERS] = std::array::from_fn(|quarter| {
            std::array::from_fn(|at| if at % 4 < SIDE { (16 * (at % 4) + 4 * quarter + at / 4) as u8 } else { u8::MAX })
        });
        let mut turn = [vdupq_n_u8(0); QUARTERS];
        // SAFETY: each has 16 bytes.
        turn.iter_mut().zip(&bytes).for_each(|(turn, bytes)| *turn = unsafe { vld1q_u8(bytes.as_ptr()) });
        Self(turn)
    }

    #[target_feature(enable = "neon")]
    #[inline]
    fn column(&self, [above, middle, below]: [int8x16_t; SIDE]) -> Column {
        let table = int8x16x3_t(above, middle, below);
        let mut column = [above; QUARTERS];
        each!(quarter < QUARTERS, { column[quarter] = vqtbl3q_s8(table, self.0[quarter]) }, 0 1 2 3);
        column
    }
}

impl Columns {
    #[target_feature(enable = "neon")]
    fn new(block: &Block, half: usize, finish: Finish) -> Self {
        let mut taps = [vdupq_n_s8(0); SIDE * SIDE];
        for (into, &place) in block.taps.iter().zip(&block.places) {
            // One of the ten is a zero, at any place.
            let tap = &mut taps[usize::from(place)];
            *tap = vaddq_s8(*tap, taps_of(into, half));
        }
        let turn = Turn::new();
        let mut weights = [[taps[0]; QUARTERS]; SIDE];
        each!(column < SIDE, {
            weights[column] = turn.column([taps[column], taps[SIDE + column], taps[2 * SIDE + column]]);
        }, 0 1 2);
        Self { weights, turn, finish }
    }

    /// The column of a window that begins at `top`.
    ///
    /// # Safety
    /// 16 bytes of its three rows can be read.
    #[target_feature(enable = "neon")]
    #[inline]
    unsafe fn column(&self, top: *const i8, row: usize) -> Column {
        // SAFETY: guaranteed by the caller.
        self.turn.column(unsafe { [vld1q_s8(top), vld1q_s8(top.add(row)), vld1q_s8(top.add(2 * row))] })
    }

    #[target_feature(enable = "neon,dotprod")]
    #[inline]
    fn bytes<F: Bytes>(&self, columns: [Column; SIDE]) -> uint8x16_t {
        let mut sums = self.finish.bias;
        each!(column < SIDE, {
            each!(quarter < QUARTERS, {
                sums[quarter] = add_dot(sums[quarter], self.weights[column][quarter], columns[column][quarter]);
            }, 0 1 2 3);
        }, 0 1 2);
        self.finish.bytes::<F>(sums)
    }

    /// Computes a row of windows at a distance of `STEP` pixels, 1 or 2: two columns of a window, or one, are reused for
    /// the next one.
    ///
    /// Inline assembly: three columns, their weights, the sums and the bytes of a new column fill the registers, and the
    /// compiler, which mixes several outputs, would keep some in memory.
    ///
    /// # Safety
    /// The windows and the outputs can be read and written from `window` and `out` on; there is at least one.
    #[target_feature(enable = "neon,dotprod")]
    unsafe fn slide<F: Bytes, const STEP: usize>(&self, window: *const i8, out: *mut u8, windows: Windows) {
        // Makes a column of v0 to v2, the bytes of three rows.
        macro_rules! column {
            ($a:literal $b:literal $c:literal $d:literal) => {
                concat!(
                    "ld1 {{v0.16b}}, [{above}], {pixel}\nld1 {{v1.16b}}, [{middle}], {pixel}\n",
                    "ld1 {{v2.16b}}, [{below}], {pixel}\nldp q4, q5, [{turn}]\nldp q6, q7, [{turn}, #32]\n",
                    "tbl ",
                    $a,
                    ".16b, {{v0.16b, v1.16b, v2.16b}}, v4.16b\n",
                    "tbl ",
                    $b,
                    ".16b, {{v0.16b, v1.16b, v2.16b}}, v5.16b\n",
                    "tbl ",
                    $c,
                    ".16b, {{v0.16b, v1.16b, v2.16b}}, v6.16b\n",
                    "tbl ",
                    $d,
                    ".16b, {{v0.16b, v1.16b, v2.16b}}, v7.16b\n",
                )
            };
        }
        macro_rules! dots {
            ($a:literal $b:literal $c:literal $d:literal, $e:literal $f:literal $g:literal $h:literal) => {
                concat!(
                    "sdot v4.4s, ",
                    $a,
                    ".16b, ",
                    $e,
                    ".16b\nsdot v5.4s, ",
                    $b,
                    ".16b, ",
                    $f,
                    ".16b\n",
                    "sdot v6.4s, ",
                    $c,
                    ".16b, ",
                    $g,
                    ".16b\nsdot v7.4s, ",
                    $d,
                    ".16b, ",
                    $h,
                    ".16b\n",
                )
            };
        }
        // Leaves rounded sums in v4 to v7.
        macro_rules! sums {
            ([$($left:literal)+] [$($middle:literal)+] [$($right:literal)+]) => {
                concat!(
                    column!($($right)+),
                    "ldp q4, q5, [{bias}]\nldp q6, q7, [{bias}, #32]\n",
                    dots!($($left)+, "v20" "v21" "v22" "v23"),
                    dots!($($middle)+, "v24" "v25" "v26" "v27"),
                    dots!($($right)+, "v28" "v29" "v30" "v31"),
                    "ldp q0, q1, [{factor}]\nldp q2, q3, [{factor}, #32]\n",
                    "scvtf v4.4s, v4.4s\nscvtf v5.4s, v5.4s\nscvtf v6.4s, v6.4s\nscvtf v7.4s, v7.4s\n",
                    "fmul v4.4s, v4.4s, v0.4s\nfmul v5.4s, v5.4s, v1.4s\n",
                    "fmul v6.4s, v6.4s, v2.4s\nfmul v7.4s, v7.4s, v3.4s\n",
                    "fcvtns v4.4s, v4.4s\nfcvtns v5.4s, v5.4s\nfcvtns v6.4s, v6.4s\nfcvtns v7.4s, v7.4s\n",
                )
            };
        }
        // Stores an output, and leaves after the last one.
        macro_rules! next {
            () => {
                "st1 {{v4.16b}}, [{out}], {out_pixel}\nsubs {columns}, {columns}, #1\nb.eq 3f\n"
            };
        }
        macro_rules! row {
            ($($bytes:literal)+) => {
                match STEP {
                    1 => row!(
                        concat!(column!("v8" "v9" "v10" "v11"), column!("v12" "v13" "v14" "v15")),
                        "2:",
                        sums!(["v8" "v9" "v10" "v11"] ["v12" "v13" "v14" "v15"] ["v16" "v17" "v18" "v19"]),
                        $($bytes,)+ next!(),
                        sums!(["v12" "v13" "v14" "v15"] ["v16" "v17" "v18" "v19"] ["v8" "v9" "v10" "v11"]),
                        $($bytes,)+ next!(),
                        sums!(["v16" "v17" "v18" "v19"] ["v8" "v9" "v10" "v11"] ["v12" "v13" "v14" "v15"]),
                        $($bytes,)+ next!(),
                    ),
                    _ => row!(
                        column!("v8" "v9" "v10" "v11"),
                        "2:",
                        column!("v12" "v13" "v14" "v15"),
                        sums!(["v8" "v9" "v10" "v11"] ["v12" "v13" "v14" "v15"] ["v16" "v17" "v18" "v19"]),
                        $($bytes,)+ next!(),
                        column!("v12" "v13" "v14" "v15"),
                        sums!(["v16" "v17" "v18" "v19"] ["v12" "v13" "v14" "v15"] ["v8" "v9" "v10" "v11"]),
                        $($bytes,)+ next!(),
                    ),
                }
            };
            ($($lines:expr,)+) => {
                asm!(
                    $($lines,)+
                    "b 2b",
                    "3:",
                    above = inout(reg) window => _, middle = inout(reg) window.wrapping_add(windows.row) => _,
                    below = inout(reg) window.wrapping_add(2 * windows.row) => _, pixel = in(reg) windows.pixel,
                    turn = in(reg) &self.turn, bias = in(reg) &self.finish.bias, factor = in(reg) &self.finish.factor,
                    limits = in(reg) &self.finish.limits.steps, out = inout(reg) out => _,
                    out_pixel = in(reg) windows.walk.output_pixel, columns = inout(reg) windows.walk.columns => _,
                    in("v20") self.weights[0][0], in("v21") self.weights[0][1], in("v22") self.weights[0][2],
                    in("v23") self.weights[0][3], in("v24") self.weights[1][0], in("v25") self.weights[1][1],
                    in("v26") self.weights[1][2], in("v27") self.weights[1][3], in("v28") self.weights[2][0],
                    in("v29") self.weights[2][1], in("v30") self.weights[2][2], in("v31") self.weights[2][3],
                    out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _,
                    out("v7") _, out("v8") _, out("v9") _, out("v10") _, out("v11") _, out("v12") _, out("v13") _,
                    out("v14") _, out("v15") _, out("v16") _, out("v17") _, out("v18") _, out("v19") _,
                    options(nostack)
                )
            };
        }
        // SAFETY: reads and writes what the caller guarantees, and the filter.
        unsafe {
            match F::FORM {
                Form::Whole => row!(
                    "uzp1 v4.8h, v4.8h, v5.8h" "uzp1 v5.8h, v6.8h, v7.8h" "movi v0.16b, #128" "sqxtun v4.8b, v4.8h"
                    "sqxtun2 v4.16b, v5.8h" "eor v4.16b, v4.16b, v0.16b" "/* {limits} */"
                ),
                Form::Half => row!(
                    "uzp1 v4.8h, v4.8h, v5.8h" "uzp1 v5.8h, v6.8h, v7.8h" "movi v0.16b, #0" "sqxtn v4.8b, v4.8h"
                    "sqxtn2 v4.16b, v5.8h" "smax v4.16b, v4.16b, v0.16b" "/* {limits} */"
                ),
                Form::Other => row!(
                    "ldp q0, q1, [{limits}]" "ldp q2, q3, [{limits}, #32]" "sqxtn v4.4h, v4.4s" "sqxtn2 v4.8h, v5.4s"
                    "sqxtn v5.4h, v6.4s" "sqxtn2 v5.8h, v7.4s" "sqadd v4.8h, v4.8h, v0.8h" "sqadd v5.8h, v5.8h, v0.8h"
                    "sqxtun v4.8b, v4.8h" "sqxtun2 v4.16b, v5.8h" "umax v4.16b, v4.16b, v1.16b"
                    "umin v4.16b, v4.16b, v2.16b" "eor v4.16b, v4.16b, v3.16b"
                ),
            }
        }
    }

    /// Computes a row of windows at any distance.
    ///
    /// # Safety
    /// As for [`Columns::slide`].
    #[target_feature(enable = "neon,dotprod")]
    unsafe fn jump<F: Bytes>(&self, window: *const i8, out: *mut u8, windows: Windows) {
        let Windows { walk, pixel, row } = windows;
        for column in 0..walk.columns {
            // SAFETY: guaranteed by the caller.
            unsafe {
                let window = window.add(column * walk.input_pixel);
                let columns = [
                    self.column(window, row),
                    self.column(window.add(pixel), row),
                    self.column(window.add(2 * pixel), row),
                ];
                vst1q_u8(out.add(column * walk.output_pixel), self.bytes::<F>(columns));
            }
        }
    }
}

/// `sums + weights . values`, four bytes each; the intrinsic for this instruction is not stable.
#[target_feature(enable = "neon,dotprod")]
#[inline]
fn add_dot(sums: int32x4_t, weights: int8x16_t, values: int8x16_t) -> int32x4_t {
    let mut sums = sums;
    // SAFETY: operates on registers only, with a feature that the function enables.
    unsafe {
        asm!("sdot {sums:v}.4s, {weights:v}.16b, {values:v}.16b", sums = inout(vreg) sums,
            weights = in(vreg) weights, values = in(vreg) values, options(pure, nomem, nostack, preserves_flags));
    }
    sums
}
