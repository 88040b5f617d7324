//! Pointwise (1 x 1) convolutions in bytes, packed for all kernels.

use std::ops::Range;

#[cfg(target_arch = "aarch64")]
use super::processor::multiplies_matrices;
use super::rescale::{Bounds, Output, Rescale};
use crate::error::{Result, fail};
use crate::graph;

/// Inputs whose products are summed together: four bytes fill the lane of a sum.
pub(super) const STEP: usize = 4;

/// Inputs that the kernels for dot products and for products of matrices read at a time.
#[cfg(target_arch = "aarch64")]
pub(super) const WIDE: usize = 16;

/// Outputs of a panel.
pub(super) const PANEL: usize = 16;

/// The weights of [`STEP`] inputs for the outputs of a panel, output by output.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Block(pub [i8; PANEL * STEP]);

/// Group sizes, descending: numbers of blocks whose products sum within 16 bits.
pub(super) const GROUPS: [usize; 4] = [8, 4, 2, 1];

/// A panel's blocks, the groups of [`GROUPS`]`[0]` first.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    /// The number of groups of each size.
    pub groups: [usize; GROUPS.len()],
    /// The first input of each block.
    pub inputs: Vec<u32>,
    pub blocks: Vec<Block>,
    /// The block index of each [`STEP`] inputs, in input order.
    pub places: Vec<u32>,
    /// The same blocks in input order, as many as whole [`WIDE`]s of inputs have. Empty unless a kernel of this processor
    /// reads it.
    #[cfg(target_arch = "aarch64")]
    pub ordered: Vec<Block>,
    /// The same weights for products of matrices: in place of each two blocks of [`Panel::ordered`], two that have, for
    /// each two outputs, the weights of the eight inputs. Empty unless a kernel of this processor reads it.
    #[cfg(target_arch = "aarch64")]
    pub paired: Vec<Block>,
}

/// A matrix of weights with its rescaling.
///
/// The sum of two adjacent u8 x i8 products fits 16 bits; so does the sum of several such pairs if
/// the weights are small enough. The weights determine which blocks can be summed this way, so that
/// no sum ever saturates.
#[derive(Debug, Clone)]
pub(super) struct Product {
    /// The inputs that are read per pixel, a multiple of [`STEP`].
    pub inputs: usize,
    pub panels: Vec<Panel>,
    pub rescale: Rescale,
}

/// Memory layout of the pixels of a [`Product`]: rows of `columns` pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    pub rows: usize,
    pub columns: usize,
    /// Bytes from one pixel to the next.
    pub input_pixel: usize,
    pub output_pixel: usize,
    /// Bytes from one row to the next.
    pub input_row: usize,
    pub output_row: usize,
}

impl Walk {
    /// The bytes that an input or output with `channels` per pixel needs.
    pub fn needs(&self, pixel: usize, row: usize, channels: usize) -> usize {
        match (self.rows, self.columns) {
            (0, _) | (_, 0) => 0,
            (rows, columns) => (rows - 1) * row + (columns - 1) * pixel + channels,
        }
    }
}

impl Product {
    /// `codes` are outputs x inputs, with a scale and a bias per output. The input's bytes are at
    /// most `max`.
    ///
    /// # Errors
    /// `InvalidModel` if the products of two adjacent weights do not fit 16 bits, or a sum could
    /// overflow.
    pub fn new(
        codes: &[i8],
        scales: &[f32],
        bias: &[f32],
        (from, max): (graph::Range, u8),
        to: graph::Range,
        bounds: Bounds,
    ) -> Result<Self> {
        let outputs = bias.len();
        let given = codes.len() / outputs.max(1);
        let rows: Vec<&[i8]> = codes.chunks_exact(given.max(1)).collect();
        let given = rows.iter().zip(scales).zip(bias);
        let given = given.map(|((codes, &scale), &bias)| Output { codes, scale, bias });
        let rescale = Rescale::new(given, outputs.next_multiple_of(PANEL), (from, max), to, bounds)?;
        let panels = rows.chunks(PANEL).map(|rows| Panel::new(rows, max)).collect::<Result<Vec<_>>>()?;
        let inputs = panels.first().map_or(0, Panel::inputs);
        Ok(Self { inputs, panels, rescale })
    }
}

/// The maximum magnitudes of the sums in a block's 16-bit lanes, above and below zero.
#[derive(Clone, Copy)]
struct Extent([u16; PANEL * STEP]);

impl Extent {
    /// The maximum magnitude of a lane, above and below zero.
    const MAX: u16 = i16::MAX as u16;

    fn of(block: &Block, max: u8) -> Self {
        let mut extent = Self([0; PANEL * STEP]);
        for (extent, pair) in extent.0.as_chunks_mut::<2>().0.iter_mut().zip(block.0.as_chunks::<2>().0) {
            let [a, b] = pair.map(i32::from);
            *extent = [a.max(0) + b.max(0), -(a.min(0) + b.min(0))]
                .map(|sum| (sum * i32::from(max)).min(i32::from(u16::MAX)) as u16);
        }
        extent
    }

    fn with(&self, other: &Self) -> Self {
        let mut sum = *self;
        sum.0.iter_mut().zip(&other.0).for_each(|(sum, other)| *sum = sum.saturating_add(*other));
        sum
    }

    fn largest(&self) -> u16 {
        self.0.iter().fold(0, |largest, &extent| largest.max(extent))
    }

    fn fits(&self) -> bool {
        self.largest() <= Self::MAX
    }
}

impl Panel {
    /// `rows` are the codes of each output.
    fn new(rows: &[&[i8]], max: u8) -> Result<Self> {
        let firsts: Vec<usize> = (0..rows[0].len()).step_by(STEP).collect();
        let blocks: Vec<Block> = firsts.iter().map(|&first| Block::of(rows, first)).collect();
        let extents: Vec<Extent> = blocks.iter().map(|block| Extent::of(block, max)).collect();
        if !extents.iter().all(Extent::fits) {
            fail!(InvalidModel, "the weights of a quantized layer need more than 7 bits");
        }
        let (order, groups) = grouped(&extents);
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &index)| places[index] = place as u32);
        let by_group = order.iter().map(|&index| blocks[index]).collect();
        #[cfg(target_arch = "aarch64")]
        let wide = {
            let (mut wide, count) = (blocks, firsts.len().next_multiple_of(WIDE / STEP));
            wide.resize(count, Block([0; PANEL * STEP]));
            wide
        };
        Ok(Self {
            groups,
            inputs: order.iter().map(|&index| firsts[index] as u32).collect(),
            blocks: by_group,
            places,
            #[cfg(target_arch = "aarch64")]
            paired: if multiplies_matrices() { paired(&wide) } else { Vec::new() },
            #[cfg(target_arch = "aarch64")]
            ordered: if cfg!(test) || !multiplies_matrices() { wide } else { Vec::new() }, // tests compare all kernels
        })
    }

    /// The block indices of the groups of each size.
    #[inline]
    pub fn ranges(&self) -> [Range<usize>; GROUPS.len()] {
        let mut end = 0;
        std::array::from_fn(|size| {
            let start = end;
            end += GROUPS[size] * self.groups[size];
            start..end
        })
    }

    /// The number of inputs that are read.
    fn inputs(&self) -> usize {
        self.blocks.len() * STEP
    }
}

impl Block {
    /// Packs the weights of the inputs from `first` on.
    fn of(rows: &[&[i8]], first: usize) -> Self {
        let mut block = Self([0; PANEL * STEP]);
        for (weights, row) in block.0.as_chunks_mut::<STEP>().0.iter_mut().zip(rows) {
            let codes = &row[first..row.len().min(first + STEP)];
            weights[..codes.len()].copy_from_slice(codes);
        }
        block
    }
}

/// Arranges blocks in input order, an even number, for [`Panel::paired`].
#[cfg(target_arch = "aarch64")]
fn paired(blocks: &[Block]) -> Vec<Block> {
    let pair = |pair: &[Block; 2]| {
        let mut made = [Block([0; PANEL * STEP]); 2];
        let weights = made.iter_mut().flat_map(|block| block.0.as_chunks_mut::<STEP>().0);
        for (index, weights) in weights.enumerate() {
            let (output, half) = (index / 2, index % 2);
            *weights = pair[half].0.as_chunks::<STEP>().0[output];
        }
        made
    };
    blocks.as_chunks().0.iter().flat_map(pair).collect()
}

/// The number of additional blocks tried when a group is filled.
const TRIES: usize = 12;

/// Orders the blocks so that the blocks of a group are adjacent; also returns the number of groups
/// of each size.
fn grouped(extents: &[Extent]) -> (Vec<usize>, [usize; GROUPS.len()]) {
    let mut left: Vec<usize> = (0..extents.len()).collect();
    // Large blocks first: the small ones at the end of the list fit beside them.
    left.sort_by_key(|&index| std::cmp::Reverse(extents[index].largest()));
    let (mut order, mut groups) = (Vec::with_capacity(left.len()), [0; GROUPS.len()]);
    for (count, &wanted) in groups.iter_mut().zip(&GROUPS) {
        let mut waiting = Vec::new();
        left.reverse();
        while let Some(first) = left.pop() {
            match group(extents, &mut left, first, wanted) {
                Some(members) => {
                    order.extend(members);
                    *count += 1;
                }
                None => waiting.push(first),
            }
        }
        left = waiting;
    }
    (order, groups)
}

/// Returns `wanted` blocks that fit together, `first` and some from the front of `left`, and
/// removes them from `left`.
fn group(extents: &[Extent], left: &mut Vec<usize>, first: usize, wanted: usize) -> Option<Vec<usize>> {
    let (mut members, mut places, mut sum) = (vec![first], Vec::new(), extents[first]);
    for (place, &next) in left.iter().enumerate().take(TRIES + wanted) {
        if members.len() == wanted {
            break;
        }
        let with = sum.with(&extents[next]);
        if with.fits() {
            members.push(next);
            places.push(place);
            sum = with;
        }
    }
    if members.len() < wanted {
        return None;
    }
    for place in places.into_iter().rev() {
        left.remove(place);
    }
    Some(members)
}
