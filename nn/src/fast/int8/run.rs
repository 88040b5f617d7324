//! Execution of a plan in bytes.

use std::mem::take;

use super::depthwise::Windows;
use super::kernels::Kernels;
use super::map::Map;
use super::plan::{Plan, SlotId, Step, Window};
use super::product::Walk;
use crate::error::Result;
use crate::fast::memory::Idle;
use crate::graph::{Dense, Graph, Range};
use crate::simd::vectorized;
use crate::{Network, StepCost, check_length};

/// Bytes after each buffer that may be read and written together with the last pixel; their values
/// are unused.
const SLACK: usize = SHORT;

/// A copy of this constant length is faster than a copy of a shorter length known at run time.
const SHORT: usize = 16;

/// The memory of a run; each slot refers to one of the buffers.
struct Memory {
    buffers: Vec<Vec<u8>>,
    vectors: Vec<Vec<f32>>,
}

/// A quantized convolutional network as fused steps.
pub(crate) struct QuantizedNetwork {
    plan: Plan,
    kernels: Kernels,
    input_shape: [usize; 4],
    output_lengths: Vec<usize>,
    idle: Idle<Memory>,
}

impl QuantizedNetwork {
    /// Compiles `graph` for the fastest kernels of this processor.
    ///
    /// # Errors
    /// `InvalidModel`, naming the part of `graph` that is not quantized or has no step.
    pub fn new(graph: &Graph) -> Result<Self> {
        Self::with_kernels(graph, Kernels::available()[0])
    }

    /// # Errors
    /// As [`QuantizedNetwork::new`].
    pub fn with_kernels(graph: &Graph, kernels: Kernels) -> Result<Self> {
        let [planes, rows, columns] = graph.shape;
        let plan = Plan::new(graph)?;
        let output_lengths = plan.outputs.iter().map(|&vector| plan.vectors[vector]).collect();
        let input_shape = [1, planes, rows, columns];
        Ok(Self { plan, kernels, input_shape, output_lengths, idle: Idle::default() })
    }

    /// Runs the steps on the picture that `write` puts into the first map; `write` receives the
    /// map's bytes from its first pixel on. Calls `done` after that and after each step.
    fn run_on(&self, write: impl FnOnce(&mut [u8]), done: &mut dyn FnMut()) -> Vec<Vec<f32>> {
        let mut memory = self.take_memory();
        self.write(&mut memory, 0, |_, bytes| write(bytes));
        done();
        for step in &self.plan.steps {
            self.step(step, &mut memory);
            done();
        }
        let outputs = self.plan.outputs.iter().map(|&vector| memory.vectors[vector].clone()).collect();
        self.idle.give_back(memory);
        outputs
    }

    fn take_memory(&self) -> Memory {
        self.idle.take(|| Memory {
            buffers: self.plan.buffers.iter().map(|&length| vec![0; length + SLACK]).collect(),
            vectors: self.plan.vectors.iter().map(|&length| vec![0.0; length]).collect(),
        })
    }

    fn map(&self, slot: SlotId) -> Map {
        self.plan.slots[slot].map
    }

    /// What the bytes of a slot are stored with, see [`Kernels::mask`].
    fn mask(&self, slot: SlotId) -> u8 {
        self.kernels.mask(self.plan.slots[slot].max)
    }

    fn bytes<'a>(&self, memory: &'a Memory, slot: SlotId) -> &'a [u8] {
        &memory.buffers[self.plan.slots[slot].buffer]
    }

    /// Takes a slot's buffer out of the memory; the caller must put it back.
    fn borrow(&self, memory: &mut Memory, slot: SlotId) -> Vec<u8> {
        take(&mut memory.buffers[self.plan.slots[slot].buffer])
    }

    fn give_back(&self, memory: &mut Memory, slot: SlotId, buffer: Vec<u8>) {
        memory.buffers[self.plan.slots[slot].buffer] = buffer;
    }

    /// Fills the border of the map in `slot`, then lets `write` fill the map.
    fn write(&self, memory: &mut Memory, slot: SlotId, write: impl FnOnce(&Memory, &mut [u8])) {
        let mut buffer = self.borrow(memory, slot);
        let map = self.map(slot);
        map.fill_border(&mut buffer, self.plan.slots[slot].zero ^ self.mask(slot));
        write(memory, &mut buffer[map.first()..]);
        self.give_back(memory, slot, buffer);
    }

    fn step(&self, step: &Step, memory: &mut Memory) {
        match step {
            Step::Gathered { product, window, input, rows, out } => {
                let (from, near, to) = (self.map(*input), self.map(*rows), self.map(*out));
                let mut room = self.borrow(memory, *rows);
                self.write(memory, *out, |memory, out| {
                    let input = self.bytes(memory, *input);
                    for row in 0..to.rows {
                        gather(input, from, *window, row, &mut room, near);
                        let walk = rows_of(near, to, 1);
                        self.kernels.product(product, &room, &mut out[row * to.row()..], walk);
                    }
                });
                self.give_back(memory, *rows, room);
            }
            Step::Product { product, input, out } => {
                let (from, to) = (self.map(*input), self.map(*out));
                self.write(memory, *out, |memory, out| {
                    let input = &self.bytes(memory, *input)[from.first()..];
                    self.kernels.product(product, input, out, rows_of(from, to, to.rows));
                });
            }
            Step::Depthwise { depthwise, window, input, out } => {
                let (from, to) = (self.map(*input), self.map(*out));
                self.write(memory, *out, |memory, out| {
                    let windows = windows(from, *window, to, to.rows);
                    let input = &self.bytes(memory, *input)[corner(from, *window, 0)..];
                    self.kernels.depthwise(depthwise, input, out, windows);
                });
            }
            Step::Separable { depthwise, product, window, input, rows, out } => {
                let (from, near, to) = (self.map(*input), self.map(*rows), self.map(*out));
                let mut room = self.borrow(memory, *rows);
                self.write(memory, *out, |memory, out| {
                    let input = self.bytes(memory, *input);
                    for start in (0..to.rows).step_by(near.rows) {
                        let count = near.rows.min(to.rows - start);
                        let windows = windows(from, *window, near, count);
                        let seen = &input[corner(from, *window, start)..];
                        self.kernels.depthwise(depthwise, seen, &mut room, windows);
                        self.kernels.product(product, &room, &mut out[start * to.row()..], rows_of(near, to, count));
                    }
                });
                self.give_back(memory, *rows, room);
            }
            Step::Mean { input, range, out } => {
                let mut means = take(&mut memory.vectors[*out]);
                mean(self.bytes(memory, *input), self.mask(*input), self.map(*input), *range, &mut means);
                memory.vectors[*out] = means;
            }
            Step::Dense { dense, input, out } => {
                let mut sums = take(&mut memory.vectors[*out]);
                layer(dense, &memory.vectors[*input], &mut sums);
                memory.vectors[*out] = sums;
            }
        }
    }
}

impl Network for QuantizedNetwork {
    fn input_shape(&self) -> [usize; 4] {
        self.input_shape
    }

    fn output_lengths(&self) -> &[usize] {
        &self.output_lengths
    }

    fn executor(&self) -> &'static str {
        self.kernels.name
    }

    fn run(&self, input: &[f32]) -> Result<Vec<Vec<f32>>> {
        self.run_in_steps(input, &mut || ())
    }

    fn steps(&self) -> Vec<StepCost> {
        let [_, _, rows, columns] = self.input_shape;
        let picture = StepCost { name: format!("picture into bytes, {rows} x {columns}"), multiply_adds: 0 };
        std::iter::once(picture).chain(self.plan.costs.iter().cloned()).collect()
    }

    fn run_in_steps(&self, input: &[f32], done: &mut dyn FnMut()) -> Result<Vec<Vec<f32>>> {
        check_length(self.input_shape, input.len(), "values")?;
        let map = self.map(0);
        Ok(self.run_on(|bytes| picture(input, self.plan.picture, self.mask(0), map, bytes), done))
    }

    fn byte_input(&self) -> Option<Range> {
        Some(self.plan.picture)
    }

    fn run_bytes(&self, input: &[u8]) -> Result<Vec<Vec<f32>>> {
        check_length(self.input_shape, input.len(), "bytes")?;
        let map = self.map(0);
        let mask = self.mask(0);
        let copy = |bytes: &mut [u8]| {
            let line = map.columns * map.pixel;
            for (row, values) in input.chunks_exact(line).enumerate() {
                let stored = bytes[row * map.row()..].iter_mut().zip(values);
                stored.for_each(|(stored, byte)| *stored = byte ^ mask);
            }
        };
        Ok(self.run_on(copy, &mut || ()))
    }
}

/// Writes a picture, plane by plane, into the pixels of `map`; `bytes` begins with the first pixel.
fn picture(values: &[f32], range: Range, mask: u8, map: Map, bytes: &mut [u8]) {
    let Map { rows, columns, pixel, .. } = map;
    let mut lines = vec![0; pixel * columns];
    for row in 0..rows {
        let planes = values.chunks_exact(rows * columns).map(|plane| &plane[row * columns..][..columns]);
        for (line, values) in lines.chunks_exact_mut(columns).zip(planes) {
            vectorized(
                #[inline(always)]
                || line.iter_mut().zip(values).for_each(|(byte, &value)| *byte = range.byte(value) ^ mask),
            );
        }
        let out = &mut bytes[row * map.row()..][..pixel * columns];
        if let (Some((first, others)), 3) = (lines.split_at_checked(columns), pixel) {
            let (second, third) = others.split_at(columns);
            // The usual number of channels, known to the compiler, so that it writes many at a time.
            let colors = first.iter().zip(second).zip(third);
            for (pixel, ((&first, &second), &third)) in out.as_chunks_mut().0.iter_mut().zip(colors) {
                *pixel = [first, second, third];
            }
        } else {
            for (channel, line) in lines.chunks_exact(columns).enumerate() {
                out.chunks_exact_mut(pixel).zip(line).for_each(|(pixel, &byte)| pixel[channel] = byte);
            }
        }
    }
}

/// Copies the windows of a row of outputs, each into a pixel of `near`.
fn gather(input: &[u8], from: Map, window: Window, row: usize, room: &mut [u8], near: Map) {
    let (start, length) = (corner(from, window, row), window.columns * from.pixel);
    // The usual window, known to the compiler.
    const LINES: usize = 3;
    if window.rows == LINES && length <= SHORT {
        let lines: [&[u8]; LINES] = std::array::from_fn(|line| &input[start + line * from.row()..]);
        for column in 0..near.columns {
            let pixel = &mut room[column * near.pixel..][..(LINES - 1) * length + SHORT];
            for (line, seen) in lines.iter().enumerate() {
                let taps = &seen[column * window.stride * from.pixel..][..SHORT];
                // The next copy overwrites the excess bytes.
                pixel[line * length..][..SHORT].copy_from_slice(taps);
            }
        }
        return;
    }
    for column in 0..near.columns {
        let seen = &input[start + column * window.stride * from.pixel..];
        let pixel = &mut room[column * near.pixel..];
        for line in 0..window.rows {
            pixel[line * length..][..length].copy_from_slice(&seen[line * from.row()..][..length]);
        }
    }
}

/// The offset of the window of a row's first output.
fn corner(from: Map, window: Window, row: usize) -> usize {
    from.at(row * window.stride + from.before.0 - window.before.0, from.before.1 - window.before.1)
}

/// Layout of `rows` rows, from the pixels of one map to the pixels of the other.
fn rows_of(from: Map, to: Map, rows: usize) -> Walk {
    Walk {
        rows,
        columns: to.columns,
        input_pixel: from.pixel,
        output_pixel: to.pixel,
        input_row: from.row(),
        output_row: to.row(),
    }
}

/// Layout of the windows of `rows` rows of outputs.
fn windows(from: Map, window: Window, to: Map, rows: usize) -> Windows {
    let walk = rows_of(from, to, rows);
    let walk =
        Walk { input_pixel: window.stride * walk.input_pixel, input_row: window.stride * walk.input_row, ..walk };
    Windows { walk, pixel: from.pixel, row: from.row() }
}

/// Computes a fully connected layer.
fn layer(dense: &Dense, input: &[f32], sums: &mut [f32]) {
    let rows = dense.weights.chunks_exact(input.len()).zip(&dense.bias);
    for (sum, (row, bias)) in sums.iter_mut().zip(rows) {
        *sum = row.iter().zip(input).fold(*bias, |sum, (weight, value)| sum + weight * value);
    }
}

/// Computes the mean of each channel over all pixels.
fn mean(bytes: &[u8], mask: u8, map: Map, range: Range, means: &mut [f32]) {
    let mut sums = vec![0u32; means.len()];
    for row in 0..map.rows {
        let line = &bytes[map.first() + row * map.row()..];
        for pixel in line.chunks_exact(map.pixel).take(map.columns) {
            sums.iter_mut().zip(pixel).for_each(|(sum, &byte)| *sum += u32::from(byte ^ mask));
        }
    }
    let pixels = (map.rows * map.columns) as f32;
    for (mean, sum) in means.iter_mut().zip(sums) {
        *mean = (sum as f32 / pixels - f32::from(range.zero)) * range.scale;
    }
}
