//! Kernels for processors that multiply and sum four bytes in one instruction: AVX-VNNI and
//! AVX512-VNNI.
//!
//! The equality tests run them if the processor supports them. Miri supports these instructions on
//! any machine: `RUSTFLAGS=-Ctarget-feature=+avx2,+avx512f,+avx512vnni,+avxvnni
//! cargo +nightly miri test`.
#![allow(unsafe_code)]

use std::arch::is_x86_feature_detected as has;
use std::arch::x86_64::*;

use super::Kernels;
use super::avx2::{Finish, HALVES, broadcast, depthwise_here, halves};
use super::tiles::{Multiply, Tile, product};
use crate::fast::int8::product::Block;
use crate::fast::int8::rescale::Rescale;

/// The kernels that run on this processor, the fastest first.
pub(super) fn available() -> impl Iterator<Item = Kernels> {
    let wide = has!("avx2") && has!("avx512f") && has!("avx512vnni");
    let narrow = has!("avx2") && has!("avxvnni");
    [wide.then_some(WIDE_KERNELS), narrow.then_some(KERNELS)].into_iter().flatten()
}

const KERNELS: Kernels = Kernels {
    name: "fused steps in int8 (AVX-VNNI)",
    signed: false,
    // SAFETY: the table is offered only if AVX2 and AVX-VNNI are detected.
    product: |weights, input, output, walk| unsafe { product::<AvxVnni>(weights, input, output, walk) },
    depthwise: depthwise_here,
};

const WIDE_KERNELS: Kernels = Kernels {
    name: "fused steps in int8 (AVX512-VNNI)",
    signed: false,
    // SAFETY: the table is offered only if AVX2 and AVX512-VNNI are detected.
    product: |weights, input, output, walk| unsafe { product::<Avx512Vnni>(weights, input, output, walk) },
    depthwise: depthwise_here,
};

struct AvxVnni;

impl Multiply for AvxVnni {
    // Besides their sums, the registers hold two vectors of weights and one of inputs.
    const PIXELS: usize = 6;

    type Finish = Finish;

    #[target_feature(enable = "avx2")]
    unsafe fn finish(rescale: &Rescale, first: usize) -> Finish {
        Finish::new(rescale, first)
    }

    #[target_feature(enable = "avx2,avxvnni")]
    unsafe fn run<const M: usize>(tile: Tile<'_, Finish>, count: usize, input: &[u8], output: &mut [u8]) {
        for first in (0..M * count).step_by(M) {
            let (input, output) = (&input[first * tile.pixel..], &mut output[first * tile.out_pixel..]);
            let mut sums = [tile.finish.bias; M];
            assert!((M - 1) * tile.pixel + tile.inputs <= input.len());
            for (&first, block) in tile.panel.inputs.iter().zip(&tile.panel.blocks) {
                let weights = halves(&block.0);
                each!(m < M, {
                    // SAFETY: each block begins at an input with `STEP` inputs left in its pixel,
                    // by packing, and the assertion above keeps the pixels within `input`.
                    let value = unsafe { broadcast(input, m * tile.pixel + first as usize) };
                    each!(n < HALVES, {
                        sums[m][n] = _mm256_dpbusd_avx_epi32(sums[m][n], value, weights[n]);
                    }, 0 1);
                });
            }
            tile.finish.store(sums, output, tile.out_pixel);
        }
    }
}

struct Avx512Vnni;

impl Multiply for Avx512Vnni {
    const PIXELS: usize = 8;

    type Finish = Finish;

    #[target_feature(enable = "avx2")]
    unsafe fn finish(rescale: &Rescale, first: usize) -> Finish {
        Finish::new(rescale, first)
    }

    #[target_feature(enable = "avx2,avx512f,avx512vnni")]
    unsafe fn run<const M: usize>(tile: Tile<'_, Finish>, count: usize, input: &[u8], output: &mut [u8]) {
        for first in (0..M * count).step_by(M) {
            let (input, output) = (&input[first * tile.pixel..], &mut output[first * tile.out_pixel..]);
            let [low, high] = tile.finish.bias;
            let mut sums = [_mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high); M];
            assert!((M - 1) * tile.pixel + tile.inputs <= input.len());
            for (&first, block) in tile.panel.inputs.iter().zip(&tile.panel.blocks) {
                let weights = whole(block);
                each!(m < M, {
                    // SAFETY: as in `AvxVnni::run`.
                    let value = unsafe { broadcast_wide(input, m * tile.pixel + first as usize) };
                    sums[m] = _mm512_dpbusd_epi32(sums[m], value, weights);
                });
            }
            let halves = sums.map(|sums| [_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64::<1>(sums)]);
            tile.finish.store(halves, output, tile.out_pixel);
        }
    }
}

/// Broadcasts like [`broadcast`], to 512 bits.
///
/// # Safety
/// `at + 4` is at most the input's length.
#[target_feature(enable = "avx2,avx512f")]
#[inline]
unsafe fn broadcast_wide(input: &[u8], at: usize) -> __m512i {
    // SAFETY: guaranteed by the caller.
    _mm512_broadcastd_epi32(_mm256_castsi256_si128(unsafe { broadcast(input, at) }))
}

#[target_feature(enable = "avx512f")]
#[inline]
fn whole(block: &Block) -> __m512i {
    // SAFETY: a block has 64 bytes.
    unsafe { _mm512_loadu_si512(block.0.as_ptr().cast()) }
}
