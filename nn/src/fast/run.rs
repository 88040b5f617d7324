//! Execution of a plan.

use std::mem::take;

use super::lanes::{LANES, Lanes};
use super::memory::Idle;
use super::number::Number;
use super::plan::{Plan, SlotId, Step, Value};
use super::product::{Sink, Source};
use super::small;
use crate::error::Result;
use crate::graph::Graph;
use crate::{Network, StepCost, check_length};

/// The buffers of a run; each slot refers to one of them.
type Memory<N> = Vec<Vec<Lanes<N>>>;

/// A convolutional network as fused steps, in numbers of one format.
pub(crate) struct FastNetwork<N> {
    plan: Plan<N>,
    input_shape: [usize; 4],
    output_lengths: Vec<usize>,
    idle: Idle<Memory<N>>,
}

impl<N: Number> FastNetwork<N> {
    /// # Errors
    /// `InvalidModel`, naming the part of `graph` that has no step.
    pub fn new(graph: Graph) -> Result<Self> {
        let [planes, rows, columns] = graph.shape;
        let plan = Plan::new(graph)?;
        let length = |output: &Value<N>| plan.slots[output.slot].map.pixels() * output.channels;
        let output_lengths = plan.outputs.iter().map(length).collect();
        Ok(Self { plan, input_shape: [1, planes, rows, columns], output_lengths, idle: Idle::default() })
    }

    fn output(&self, output: &Value<N>, memory: &Memory<N>) -> Vec<f32> {
        let (lanes, map) = (self.lanes(memory, output.slot), self.plan.slots[output.slot].map);
        let (pixels, channels) = (map.pixels(), output.channels);
        let mut values = vec![0.0; pixels * channels];
        for (index, channel) in (output.start..output.start + channels).enumerate() {
            let plane = &lanes[channel / LANES * map.plane..][..pixels];
            let lane = channel % LANES;
            if output.channels_last {
                for (values, pixel) in values.chunks_exact_mut(channels).zip(plane) {
                    values[index] = pixel[lane].value();
                }
            } else {
                for (value, pixel) in values[index * pixels..].iter_mut().zip(plane) {
                    *value = pixel[lane].value();
                }
            }
        }
        if output.sigmoid {
            values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp()));
        }
        values
    }

    fn lanes<'a>(&self, memory: &'a Memory<N>, slot: SlotId) -> &'a [Lanes<N>] {
        let slot = &self.plan.slots[slot];
        &memory[slot.buffer][..slot.map.len()]
    }

    /// Takes a slot's buffer out of the memory; the caller must put it back.
    fn borrow(&self, memory: &mut Memory<N>, slot: SlotId) -> Vec<Lanes<N>> {
        take(&mut memory[self.plan.slots[slot].buffer])
    }

    fn give_back(&self, memory: &mut Memory<N>, slot: SlotId, buffer: Vec<Lanes<N>>) {
        memory[self.plan.slots[slot].buffer] = buffer;
    }

    fn source<'a>(&self, memory: &'a Memory<N>, slot: SlotId) -> Source<'a, N> {
        Source { lanes: self.lanes(memory, slot), plane: self.plan.slots[slot].map.plane, first: 0 }
    }

    fn step(&self, step: &Step<N>, picture: &[f32], memory: &mut Memory<N>) {
        let map = |slot: SlotId| self.plan.slots[slot].map;
        let out_slot = step.out();
        let to = map(out_slot);
        let mut buffer = self.borrow(memory, out_slot);
        let out = &mut buffer[..to.len()];
        match step {
            Step::First { convolution, lines, .. } => {
                let mut room = self.borrow(memory, *lines);
                let [_, _, rows, columns] = self.input_shape;
                convolution.run(picture, (rows, columns), room.as_flattened_mut(), out, to);
                self.give_back(memory, *lines, room);
            }
            Step::Product { product, input, added, .. } => {
                let added = added.map(|added| self.source(memory, added));
                let sink = Sink { added, lanes: out, plane: to.plane, first: 0 };
                product.run(self.source(memory, *input), to.pixels(), sink);
            }
            Step::Depthwise { depthwise, input, .. } => {
                depthwise.run(self.lanes(memory, *input), map(*input), 0..to.rows, out, to);
            }
            Step::Separable { depthwise, product, input, rows, added, .. } => {
                let mut room = self.borrow(memory, *rows);
                let near = map(*rows);
                for start in (0..to.rows).step_by(near.rows) {
                    let end = (start + near.rows).min(to.rows);
                    depthwise.run(self.lanes(memory, *input), map(*input), start..end, &mut room, near);
                    let (first, count) = (start * to.columns, (end - start) * to.columns);
                    let added = added.map(|added| Source { first, ..self.source(memory, added) });
                    let sink = Sink { added, lanes: &mut *out, plane: to.plane, first };
                    product.run(Source { lanes: &room, plane: near.plane, first: 0 }, count, sink);
                }
                self.give_back(memory, *rows, room);
            }
            Step::Across { product, before, input, line, .. } => {
                let mut room = self.borrow(memory, *line);
                let (from, near) = (map(*input), map(*line));
                let padded = &mut room[..near.len()];
                padded.fill([N::ZERO; LANES]);
                for row in 0..to.rows {
                    let planes = self.lanes(memory, *input).chunks_exact(from.plane);
                    for (line, plane) in padded.chunks_exact_mut(near.plane).zip(planes) {
                        line[*before..][..from.columns].copy_from_slice(&plane[row * from.columns..][..from.columns]);
                    }
                    let sink = Sink { added: None, lanes: &mut *out, plane: to.plane, first: row * to.columns };
                    product.run(Source { lanes: padded, plane: near.plane, first: 0 }, to.columns, sink);
                }
                self.give_back(memory, *line, room);
            }
            Step::MaxPool { input, window, .. } => {
                small::max_pool(self.lanes(memory, *input), map(*input), *window, out, to);
            }
            Step::AddEnlarged { small, large, .. } => {
                small::add_enlarged(self.lanes(memory, *small), map(*small), self.lanes(memory, *large), out, to);
            }
            Step::Mean { input, seen, .. } => small::mean(self.lanes(memory, *input), map(*input), *seen, out, to),
        }
        self.give_back(memory, out_slot, buffer);
    }
}

impl<N: Number> Network for FastNetwork<N> {
    fn input_shape(&self) -> [usize; 4] {
        self.input_shape
    }

    fn output_lengths(&self) -> &[usize] {
        &self.output_lengths
    }

    fn executor(&self) -> &'static str {
        N::EXECUTOR
    }

    fn run(&self, input: &[f32]) -> Result<Vec<Vec<f32>>> {
        self.run_in_steps(input, &mut || ())
    }

    fn steps(&self) -> Vec<StepCost> {
        self.plan.costs.clone()
    }

    fn run_in_steps(&self, input: &[f32], done: &mut dyn FnMut()) -> Result<Vec<Vec<f32>>> {
        check_length(self.input_shape, input.len(), "values")?;
        let mut memory = self.idle.take(|| self.plan.memory());
        for step in &self.plan.steps {
            self.step(step, input, &mut memory);
            done();
        }
        let outputs = self.plan.outputs.iter().map(|output| self.output(output, &memory)).collect();
        self.idle.give_back(memory);
        Ok(outputs)
    }
}
