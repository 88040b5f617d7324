//! Compiles a quantized graph to fused steps and their shared memory.

use std::collections::HashMap;

use super::depthwise::Depthwise;
use super::map::Map;
use super::product::{Product, STEP};
use super::rescale::Bounds;
use crate::cost::{StepCost, costs, done_at_once};
use crate::error::{Result, fail};
use crate::fast::memory::{Lives, place};
use crate::graph::{Dense, Graph, Kernel, Node, Op, Range};
use crate::math::nearest;

/// Bytes of a depthwise convolution's output that are kept in cache for the product that follows.
const NEAR: usize = 16 * 1024;

/// A map in memory; an index into [`Plan::slots`].
pub(super) type SlotId = usize;

/// A map and the buffer that holds it while it is needed.
pub(super) struct Slot {
    pub map: Map,
    pub buffer: usize,
    /// The byte that stands for zero.
    pub zero: u8,
    /// The largest byte.
    pub max: u8,
}

/// A window, often 3 x 3 pixels, that moves over a map.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub rows: usize,
    pub columns: usize,
    pub stride: usize,
    pub before: (usize, usize),
}

/// A fused step.
pub(super) enum Step {
    /// A convolution of a few channels: each window is copied into a pixel of `rows`.
    Gathered {
        product: Product,
        window: Window,
        input: SlotId,
        rows: SlotId,
        out: SlotId,
    },
    Product {
        product: Product,
        input: SlotId,
        out: SlotId,
    },
    Depthwise {
        depthwise: Depthwise,
        window: Window,
        input: SlotId,
        out: SlotId,
    },
    /// A depthwise convolution and the product that follows, for as many rows at a time as `rows`
    /// holds.
    Separable {
        depthwise: Depthwise,
        product: Product,
        window: Window,
        input: SlotId,
        rows: SlotId,
        out: SlotId,
    },
    /// The mean of all pixels, as f32.
    Mean {
        input: SlotId,
        range: Range,
        out: usize,
    },
    /// A fully connected layer, in f32.
    Dense {
        dense: Dense,
        input: usize,
        out: usize,
    },
}

/// The steps of a network, in order, and their memory.
pub(super) struct Plan {
    /// The range of the picture's bytes in the first slot.
    pub picture: Range,
    pub steps: Vec<Step>,
    /// The name and cost of each step.
    pub costs: Vec<StepCost>,
    pub slots: Vec<Slot>,
    /// The output vectors.
    pub outputs: Vec<usize>,
    /// The number of values of each vector.
    pub vectors: Vec<usize>,
    /// The length of each buffer, in bytes.
    pub buffers: Vec<usize>,
}

/// A tensor of the graph.
#[derive(Clone, Copy)]
enum Value {
    Map { slot: SlotId, channels: usize, range: Range, max: u8 },
    Vector(usize),
}

struct Builder<'a> {
    graph: &'a Graph,
    steps: Vec<Step>,
    /// Each map with the byte that stands for zero and the largest byte.
    maps: Vec<(Map, u8, u8)>,
    vectors: Vec<usize>,
    values: HashMap<&'a str, Value>,
    /// Nodes that are fused into another node's step.
    taken: Vec<bool>,
}

/// The output of a convolution: the tensor's name, its range and its minimum and maximum bytes.
struct Made<'a> {
    name: &'a str,
    range: Range,
    bounds: Bounds,
}

impl Plan {
    /// # Errors
    /// `InvalidModel`, naming the part of `graph` that is not quantized or has no step.
    pub fn new(graph: &Graph) -> Result<Self> {
        let Some(&picture) = graph.ranges.get(&graph.input) else {
            fail!(InvalidModel, "the picture has no range: the network is not quantized");
        };
        let [colors, rows, columns] = graph.shape;
        let value = Value::Map { slot: 0, channels: colors, range: picture, max: u8::MAX };
        let mut builder = Builder {
            graph,
            steps: Vec::new(),
            maps: vec![(Map::of_bytes(rows, columns, colors), picture.zero, u8::MAX)],
            vectors: Vec::new(),
            values: HashMap::from([(graph.input.as_str(), value)]),
            taken: vec![false; graph.nodes.len()],
        };
        let mut parts = Vec::new();
        for (index, node) in graph.nodes.iter().enumerate() {
            if !builder.taken[index] {
                let before = builder.taken.clone();
                builder.node(node)?;
                if builder.steps.len() > parts.len() {
                    parts.push(done_at_once(index, &before, &builder.taken));
                }
            }
        }
        let mut outputs = Vec::new();
        for name in &graph.outputs {
            match builder.values.get(name.as_str()) {
                Some(&Value::Vector(vector)) => outputs.push(vector),
                _ => fail!(InvalidModel, "the output {name} is no vector"),
            }
        }
        Ok(builder.finish(picture, outputs, costs(graph, &parts)?))
    }
}

impl<'a> Builder<'a> {
    fn finish(self, picture: Range, outputs: Vec<usize>, costs: Vec<StepCost>) -> Plan {
        let mut lives = vec![Lives::NEVER; self.maps.len()];
        lives[0].at(0);
        for (index, step) in self.steps.iter().enumerate() {
            step.slots().into_iter().for_each(|slot| lives[slot].at(index));
        }
        let lengths: Vec<usize> = self.maps.iter().map(|(map, ..)| map.len()).collect();
        let (taken, buffers) = place(&lengths, &lives);
        let slots = self.maps.iter().zip(taken);
        let slots = slots.map(|(&(map, zero, max), buffer)| Slot { map, buffer, zero, max }).collect();
        Plan { picture, steps: self.steps, costs, slots, outputs, vectors: self.vectors, buffers }
    }

    fn node(&mut self, node: &'a Node) -> Result<()> {
        match &node.op {
            Op::Convolution(kernel) if kernel.is_pointwise() => self.product(node, kernel),
            Op::Convolution(kernel) if kernel.is_depthwise() => self.depthwise(node, kernel),
            Op::Convolution(kernel) if kernel.groups == 1 => self.gathered(node, kernel),
            Op::Convolution(_) => fail!(InvalidModel, "{} is not a supported kind of convolution", node.output),
            Op::Mean => self.mean(node),
            Op::Dense(dense) => self.dense(node, dense),
            Op::Reshape => match self.value(&node.inputs[0])? {
                value @ Value::Vector(_) => {
                    self.values.insert(&node.output, value);
                    Ok(())
                }
                Value::Map { .. } => fail!(InvalidModel, "{} flattens a map", node.output),
            },
            _ => fail!(InvalidModel, "{} has no step in bytes", node.output),
        }
    }

    fn value(&self, name: &str) -> Result<Value> {
        match self.values.get(name) {
            Some(&value) => Ok(value),
            None => fail!(InvalidModel, "no node makes {name}"),
        }
    }

    fn slot(&mut self, map: Map, zero: u8, max: u8) -> SlotId {
        self.maps.push((map, zero, max));
        self.maps.len() - 1
    }

    /// Returns the output of a convolution that makes `name`, with the clamp that follows.
    fn made(&mut self, name: &'a str) -> Result<Made<'a>> {
        let (mut name, mut clamp) = (name, None);
        if !self.graph.ranges.contains_key(name)
            && let Some(index) = self.graph.only_reader(name)
            && let Node { op: Op::Clamp { min, max }, output, .. } = &self.graph.nodes[index]
        {
            self.taken[index] = true;
            (name, clamp) = (output, Some((*min, *max)));
        }
        let Some(&range) = self.graph.ranges.get(name) else { fail!(InvalidModel, "{name} has no range") };
        let (min, max) = clamp.unwrap_or((f32::NEG_INFINITY, f32::INFINITY));
        let bounds = Bounds { min: range.byte(min), max: range.byte(max) };
        if bounds.max < range.zero {
            // A border holds zeros, and readers rely on the largest byte.
            fail!(InvalidModel, "{name} has no value as large as zero");
        }
        Ok(Made { name, range, bounds })
    }

    fn out(&mut self, made: &Made<'a>, rows: usize, columns: usize, channels: usize) -> SlotId {
        let slot = self.slot(Map::new(rows, columns, channels), made.range.zero, made.bounds.max);
        self.values.insert(made.name, Value::Map { slot, channels, range: made.range, max: made.bounds.max });
        slot
    }

    /// Returns the map that `node` reads, which must have `channels`.
    fn input(&self, node: &Node, channels: usize) -> Result<(SlotId, (Range, u8))> {
        match self.value(&node.inputs[0])? {
            Value::Map { slot, channels: found, range, max } if found == channels => Ok((slot, (range, max))),
            _ => fail!(InvalidModel, "{} takes a map of {channels} channels and gets another", node.output),
        }
    }

    fn product(&mut self, node: &'a Node, kernel: &Kernel) -> Result<()> {
        let (input, from) = self.input(node, kernel.shape[1])?;
        let Map { rows, columns, .. } = self.maps[input].0;
        let made = self.made(&node.output)?;
        let product = product(kernel, from, &made)?;
        let out = self.out(&made, rows, columns, kernel.outputs());
        self.steps.push(Step::Product { product, input, out });
        Ok(())
    }

    /// A convolution of any kernel size: a product over pixels that each hold a whole window, row
    /// by row.
    fn gathered(&mut self, node: &'a Node, kernel: &Kernel) -> Result<()> {
        let [outputs, inputs, high, wide] = kernel.shape;
        let (input, from) = self.input(node, inputs)?;
        let (window, (rows, columns)) = self.walk(node, kernel, input)?;
        let pixel = self.maps[input].0.pixel;
        let made = self.made(&node.output)?;
        let mut weights = vec![0.0; outputs * high * wide * pixel];
        for (index, &weight) in kernel.weights.iter().enumerate() {
            let [output, channel, tap] =
                [index / (inputs * high * wide), index / (high * wide) % inputs, index % (high * wide)];
            weights[(output * high * wide + tap) * pixel + channel] = weight;
        }
        let window_bytes = high * wide * pixel;
        let by_window = Kernel { weights, shape: [outputs, window_bytes, 1, 1], ..kernel.clone() };
        let product = product(&by_window, from, &made)?;
        let scratch = self.slot(Map::of_bytes(1, columns, window_bytes.next_multiple_of(STEP)), 0, 0);
        let out = self.out(&made, rows, columns, outputs);
        self.steps.push(Step::Gathered { product, window, input, rows: scratch, out });
        Ok(())
    }

    fn depthwise(&mut self, node: &'a Node, kernel: &Kernel) -> Result<()> {
        let (input, from) = self.input(node, kernel.outputs())?;
        let (window, (rows, columns)) = self.walk(node, kernel, input)?;
        let made = self.made(&node.output)?;
        let codes = codes(kernel)?;
        let depthwise = Depthwise::new(&codes, &kernel.scales, &kernel.bias, from, made.range, made.bounds)?;
        let inputs = kernel.outputs();
        let follower = self.graph.only_reader(made.name).map(|index| (index, &self.graph.nodes[index]));
        if let Some((index, Node { op: Op::Convolution(next), output, .. })) = follower
            && next.is_pointwise()
            && next.shape[1] == inputs
        {
            self.taken[index] = true;
            let last = self.made(output)?;
            let product = product(next, (made.range, made.bounds.max), &last)?;
            let map = Map::new(1, columns, inputs);
            let near = rows.div_ceil(rows.div_ceil((NEAR / map.row()).max(1)));
            let scratch = self.slot(Map { rows: near, ..map }, 0, 0);
            let out = self.out(&last, rows, columns, next.outputs());
            self.steps.push(Step::Separable { depthwise, product, window, input, rows: scratch, out });
        } else {
            let out = self.out(&made, rows, columns, inputs);
            self.steps.push(Step::Depthwise { depthwise, window, input, out });
        }
        Ok(())
    }

    /// Returns the window of `kernel` over the map in `slot`, and the output's rows and columns.
    /// Enlarges the map's border for the window.
    fn walk(&mut self, node: &Node, kernel: &Kernel, slot: SlotId) -> Result<(Window, (usize, usize))> {
        let map = &mut self.maps[slot].0;
        let Some((rows, columns)) = kernel.output_size(map.rows, map.columns) else {
            fail!(InvalidModel, "{} has no pixel left", node.output);
        };
        map.surround(kernel.before, kernel.after);
        let window =
            Window { rows: kernel.shape[2], columns: kernel.shape[3], stride: kernel.stride, before: kernel.before };
        Ok((window, (rows, columns)))
    }

    fn vector(&mut self, name: &'a str, length: usize) -> usize {
        self.vectors.push(length);
        let vector = self.vectors.len() - 1;
        self.values.insert(name, Value::Vector(vector));
        vector
    }

    fn mean(&mut self, node: &'a Node) -> Result<()> {
        let Value::Map { slot, channels, range, .. } = self.value(&node.inputs[0])? else {
            fail!(InvalidModel, "{} takes the mean of a vector", node.output);
        };
        let out = self.vector(&node.output, channels);
        self.steps.push(Step::Mean { input: slot, range, out });
        Ok(())
    }

    fn dense(&mut self, node: &'a Node, dense: &Dense) -> Result<()> {
        let Value::Vector(input) = self.value(&node.inputs[0])? else {
            fail!(InvalidModel, "{} flattens a map", node.output);
        };
        if self.vectors[input] * dense.bias.len() != dense.weights.len() {
            fail!(InvalidModel, "{} does not fit its input", node.output);
        }
        let out = self.vector(&node.output, dense.bias.len());
        self.steps.push(Step::Dense { dense: dense.clone(), input, out });
        Ok(())
    }
}

/// Returns the integer multiples of the scales that the weights of `kernel` are.
fn codes(kernel: &Kernel) -> Result<Vec<i8>> {
    if kernel.scales.len() != kernel.outputs() {
        fail!(InvalidModel, "the weights of a layer are not quantized");
    }
    let each = kernel.weights.len() / kernel.scales.len();
    let mut codes = Vec::with_capacity(kernel.weights.len());
    for (row, scale) in kernel.weights.chunks_exact(each).zip(&kernel.scales) {
        codes.extend(row.iter().map(|weight| nearest(weight / scale) as i8));
    }
    Ok(codes)
}

fn product(kernel: &Kernel, from: (Range, u8), made: &Made<'_>) -> Result<Product> {
    Product::new(&codes(kernel)?, &kernel.scales, &kernel.bias, from, made.range, made.bounds)
}

impl Step {
    /// The slots that the step reads or writes.
    fn slots(&self) -> Vec<SlotId> {
        match *self {
            Self::Gathered { input, rows, out, .. } | Self::Separable { input, rows, out, .. } => {
                vec![input, rows, out]
            }
            Self::Product { input, out, .. } | Self::Depthwise { input, out, .. } => vec![input, out],
            Self::Mean { input, .. } => vec![input],
            Self::Dense { .. } => Vec::new(),
        }
    }
}
