//! Compiles a graph to fused steps and their shared memory.

use std::collections::HashMap;
use std::mem::replace;

use super::convolution::Convolution;
use super::depthwise::{Depthwise, Form};
use super::lanes::{LANES, Lanes};
use super::map::{Activation, Clamp, Map};
use super::memory::{Lives, place};
use super::number::Number;
use super::product::{Product, even_share};
use super::siblings;
use crate::cost::{StepCost, costs, done_at_once};
use crate::error::{Result, fail};
use crate::graph::{Dense, Graph, Kernel, Line, Node, Op};

/// Lanes of a depthwise convolution's output that are kept in cache for the product that follows.
const NEAR: usize = 3 * 1024;

/// The maximum padding that the convolutions support.
const MAX_BEFORE: usize = 2;

/// A map in memory; an index into [`Plan::slots`].
pub(super) type SlotId = usize;

/// A map and the buffer that holds it while it is needed.
pub(super) struct Slot {
    pub map: Map,
    pub buffer: usize,
}

/// A fused step.
pub(super) enum Step<N> {
    /// The convolution of the picture; `lines` is scratch space for the input lines of a row of
    /// outputs.
    First {
        convolution: Convolution<N>,
        lines: SlotId,
        out: SlotId,
    },
    Product {
        product: Product<N>,
        input: SlotId,
        added: Option<SlotId>,
        out: SlotId,
    },
    Depthwise {
        depthwise: Depthwise<N>,
        input: SlotId,
        out: SlotId,
    },
    /// A depthwise convolution and the product that follows, for as many rows at a time as `rows`
    /// holds.
    Separable {
        depthwise: Depthwise<N>,
        product: Product<N>,
        input: SlotId,
        rows: SlotId,
        added: Option<SlotId>,
        out: SlotId,
    },
    /// A convolution over pixels of a row, row by row; `line` is scratch space for a padded row, which begins with
    /// `before` zeros.
    Across {
        product: Product<N>,
        before: usize,
        input: SlotId,
        line: SlotId,
        out: SlotId,
    },
    MaxPool {
        input: SlotId,
        window: (usize, usize),
        out: SlotId,
    },
    AddEnlarged {
        small: SlotId,
        large: SlotId,
        out: SlotId,
    },
    Mean {
        input: SlotId,
        seen: Clamp<N>,
        out: SlotId,
    },
}

/// A tensor of the graph: channels of a slot, and the operations that are applied when it is read.
#[derive(Clone)]
pub(super) struct Value<N> {
    pub slot: SlotId,
    pub start: usize,
    pub channels: usize,
    pub sigmoid: bool,
    /// Channels are the innermost dimension.
    pub channels_last: bool,
    seen: Clamp<N>,
    /// Each stored pixel stands for 2 x 2 pixels.
    enlarged: bool,
}

/// The steps of a network, in order, and their memory.
pub(super) struct Plan<N> {
    pub steps: Vec<Step<N>>,
    /// The name and cost of each step.
    pub costs: Vec<StepCost>,
    pub slots: Vec<Slot>,
    pub outputs: Vec<Value<N>>,
    /// The length of each buffer, in lanes.
    pub buffers: Vec<usize>,
}

impl<N: Number> Plan<N> {
    /// # Errors
    /// `InvalidModel`, naming the part of `graph` that has no step.
    pub fn new(graph: Graph) -> Result<Self> {
        let graph = siblings::joined(graph);
        let taken = vec![false; graph.nodes.len()];
        let mut builder = Builder { graph: &graph, steps: Vec::new(), maps: Vec::new(), values: HashMap::new(), taken };
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
        let outputs = graph.outputs.iter().map(|name| builder.value(name)).collect::<Result<Vec<_>>>()?;
        if outputs.iter().any(|output| output.seen != Clamp::NONE || output.enlarged) {
            fail!(Unsupported, "an output is not stored");
        }
        let (slots, buffers) = placed(&builder.maps, &builder.steps, &outputs);
        Ok(Self { costs: costs(&graph, &parts)?, steps: builder.steps, slots, outputs, buffers })
    }

    /// Allocates the memory of a run.
    pub fn memory(&self) -> Vec<Vec<Lanes<N>>> {
        self.buffers.iter().map(|&lanes| vec![[N::ZERO; LANES]; lanes]).collect()
    }
}

struct Builder<'a, N> {
    graph: &'a Graph,
    steps: Vec<Step<N>>,
    maps: Vec<Map>,
    values: HashMap<&'a str, Value<N>>,
    /// Nodes that are fused into another node's step.
    taken: Vec<bool>,
}

/// The operations after a product that are fused into it.
struct Tail<'a, N> {
    added: Option<SlotId>,
    activation: Activation<N>,
    output: &'a str,
}

impl<'a, N: Number> Builder<'a, N> {
    fn node(&mut self, node: &'a Node) -> Result<()> {
        match &node.op {
            Op::Convolution(kernel) if node.inputs[0] == self.graph.input => self.first(node, kernel),
            Op::Convolution(kernel) if kernel.is_pointwise() => {
                self.product(node, kernel.shape[1], &kernel.weights, &kernel.bias)
            }
            Op::Convolution(kernel) if kernel.is_depthwise() => self.depthwise(node, kernel),
            Op::Convolution(kernel) => match kernel.line() {
                Some(line) => self.line(node, kernel, line),
                None => fail!(Unsupported, "{} is not a supported kind of convolution", node.output),
            },
            Op::Dense(Dense { weights, bias, .. }) => {
                self.product(node, weights.len() / bias.len().max(1), weights, bias)
            }
            Op::Clamp { min, max } => self.alias(node, |value| {
                if value.seen == Clamp::NONE {
                    value.seen = Clamp::new(*min, *max);
                    true
                } else {
                    false
                }
            }),
            Op::LeakyRelu { .. } => fail!(Unsupported, "{} does not follow a product", node.output),
            Op::Enlarge => self.alias(node, |value| !replace(&mut value.enlarged, true)),
            Op::Sigmoid => self.alias(node, |value| !replace(&mut value.sigmoid, true)),
            Op::ChannelsLast => self.alias(node, |value| !replace(&mut value.channels_last, true)),
            Op::Reshape => self.reshape(node),
            Op::Part { start, channels } => self.alias(node, |value| {
                value.start += start;
                value.channels = *channels;
                true
            }),
            Op::Add => self.add(node),
            Op::MaxPool { window } => self.max_pool(node, *window),
            Op::Mean => self.mean(node),
        }
    }

    fn value(&self, name: &str) -> Result<Value<N>> {
        match self.values.get(name) {
            Some(value) => Ok(value.clone()),
            None => fail!(InvalidModel, "no node makes {name}"),
        }
    }

    /// Returns a tensor that is stored as its readers need it.
    fn plain(&self, name: &str) -> Result<Value<N>> {
        let value = self.value(name)?;
        if value.seen != Clamp::NONE || !value.is_map() {
            fail!(Unsupported, "{name} is not stored as its reader needs it");
        }
        Ok(value)
    }

    fn alias(&mut self, node: &'a Node, change: impl FnOnce(&mut Value<N>) -> bool) -> Result<()> {
        let mut value = self.value(&node.inputs[0])?;
        if !change(&mut value) {
            fail!(Unsupported, "{} repeats an operation", node.output);
        }
        self.values.insert(&node.output, value);
        Ok(())
    }

    fn slot(&mut self, map: Map) -> SlotId {
        self.maps.push(map);
        self.maps.len() - 1
    }

    fn out(&mut self, name: &'a str, rows: usize, columns: usize, channels: usize) -> SlotId {
        let slot = self.slot(Map::new(rows, columns, channels));
        let seen = Clamp::NONE;
        let value = Value { slot, start: 0, channels, sigmoid: false, channels_last: false, seen, enlarged: false };
        self.values.insert(name, value);
        slot
    }

    /// Fuses the clamp that follows `name`, if it is the only reader.
    fn take_clamp(&mut self, name: &'a str) -> (Clamp<N>, &'a str) {
        if let Some(index) = self.graph.only_reader(name)
            && let Node { op: Op::Clamp { min, max }, output, .. } = &self.graph.nodes[index]
        {
            self.taken[index] = true;
            return (Clamp::new(*min, *max), output);
        }
        (Clamp::NONE, name)
    }

    /// Fuses the leaky ReLU and the clamp that follow `name`, if they are its only readers.
    fn take_activation(&mut self, name: &'a str) -> (Activation<N>, &'a str) {
        let (mut slope, mut output) = (None, name);
        if let Some(index) = self.graph.only_reader(name)
            && let Node { op: Op::LeakyRelu { slope: below }, output: leaky, .. } = &self.graph.nodes[index]
        {
            self.taken[index] = true;
            (slope, output) = (Some(N::of(*below)), leaky.as_str());
        }
        let (clamp, output) = self.take_clamp(output);
        (Activation { slope, clamp }, output)
    }

    /// Fuses the sum, the leaky ReLU and the clamp that follow `name`, a map of `channels`, if they are its only
    /// readers.
    fn take_tail(&mut self, name: &'a str, map: Map, channels: usize) -> Tail<'a, N> {
        let (mut added, mut output) = (None, name);
        if let Some(index) = self.graph.only_reader(name)
            && let Node { op: Op::Add, inputs, output: sum } = &self.graph.nodes[index]
            && let Some(other) = inputs.iter().find(|input| *input != name)
            && let Ok(value) = self.plain(other)
            && (self.maps[value.slot], value.channels) == (map, channels)
        {
            self.taken[index] = true;
            (added, output) = (Some(value.slot), sum.as_str());
        }
        let (activation, output) = self.take_activation(output);
        Tail { added, activation, output }
    }

    fn first(&mut self, node: &'a Node, kernel: &Kernel) -> Result<()> {
        let [colors, rows, columns] = self.graph.shape;
        if kernel.groups != 1 || kernel.shape[1..] != [colors, 3, 3] {
            fail!(Unsupported, "{} is not a supported first convolution", node.output);
        }
        let (rows, columns) = size(node, kernel, rows, columns)?;
        let (clamp, output) = self.take_clamp(&node.output);
        let convolution = Convolution::new(&kernel.weights, &kernel.bias, kernel.stride, kernel.before, clamp);
        let lines = self.slot(Map::new(1, convolution.scratch(columns).div_ceil(LANES), 1));
        let out = self.out(output, rows, columns, kernel.outputs());
        self.steps.push(Step::First { convolution, lines, out });
        Ok(())
    }

    fn product(&mut self, node: &'a Node, inputs: usize, weights: &[f32], bias: &[f32]) -> Result<()> {
        let input = self.plain(&node.inputs[0])?;
        let map = self.maps[input.slot];
        if input.channels != inputs {
            fail!(InvalidModel, "{} takes {inputs} channels and gets {}", node.output, input.channels);
        }
        let (product, added, out) = self.multiplied(&node.output, (map.rows, map.columns), inputs, weights, bias);
        self.steps.push(Step::Product { product, input: input.slot, added, out });
        Ok(())
    }

    /// Returns the product that makes `name`, a map of these rows and columns, with the operations
    /// fused into it, the slot that is added and the slot that is written.
    fn multiplied(
        &mut self,
        name: &'a str,
        (rows, columns): (usize, usize),
        inputs: usize,
        weights: &[f32],
        bias: &[f32],
    ) -> (Product<N>, Option<SlotId>, SlotId) {
        let outputs = bias.len();
        let Tail { added, activation, output } = self.take_tail(name, Map::new(rows, columns, outputs), outputs);
        let product = Product::new(inputs, vec![0], weights, bias, activation);
        (product, added, self.out(output, rows, columns, outputs))
    }

    /// Plans a convolution over a row or column of pixels. Those of a column are as far apart in all rows, because none
    /// is padded.
    fn line(&mut self, node: &'a Node, kernel: &Kernel, line: Line) -> Result<()> {
        let input = self.plain(&node.inputs[0])?;
        let (from, [_, inputs, height, width]) = (self.maps[input.slot], kernel.shape);
        if input.channels != inputs {
            fail!(InvalidModel, "{} takes {inputs} channels and gets {}", node.output, input.channels);
        }
        let Some((rows, columns)) = kernel.output_size(from.rows, from.columns) else {
            fail!(InvalidModel, "{} has no pixel left", node.output);
        };
        let taps = match line {
            Line::Row => (0..width).collect(),
            Line::Column => (0..height).map(|row| row * from.columns).collect(),
        };
        let (activation, output) = self.take_activation(&node.output);
        let product = Product::new(inputs, taps, &kernel.weights, &kernel.bias, activation);
        let padded = Map::new(1, kernel.before.1 + from.columns + kernel.after.1, inputs);
        let scratch = (line == Line::Row).then(|| self.slot(padded));
        let out = self.out(output, rows, columns, kernel.outputs());
        let input = input.slot;
        self.steps.push(match scratch {
            Some(line) => Step::Across { product, before: kernel.before.1, input, line, out },
            None => Step::Product { product, input, added: None, out },
        });
        Ok(())
    }

    fn depthwise(&mut self, node: &'a Node, kernel: &Kernel) -> Result<()> {
        let input = self.value(&node.inputs[0])?;
        let from = self.maps[input.slot];
        if input.channels != kernel.outputs() || !input.is_map() {
            fail!(Unsupported, "{} cannot read its input", node.output);
        }
        let (rows, columns) = size(node, kernel, from.rows, from.columns)?;
        let (clamp, output) = self.take_clamp(&node.output);
        let form = Form { stride: kernel.stride, before: kernel.before, seen: input.seen, clamp };
        let depthwise = Depthwise::new(&kernel.weights, &kernel.bias, form);
        let follower = self.graph.only_reader(output).map(|index| (index, &self.graph.nodes[index]));
        if let Some((index, Node { op: Op::Convolution(next), output, .. })) = follower
            && next.is_pointwise()
        {
            self.taken[index] = true;
            let inputs = kernel.outputs();
            if next.shape[1] != inputs {
                fail!(InvalidModel, "{output} takes {} channels and gets {inputs}", next.shape[1]);
            }
            let (product, added, out) = self.multiplied(output, (rows, columns), inputs, &next.weights, &next.bias);
            let near = even_share(rows, (NEAR / (columns * inputs.div_ceil(LANES))).max(1));
            let scratch = self.slot(Map::new(near, columns, inputs));
            self.steps.push(Step::Separable { depthwise, product, input: input.slot, rows: scratch, added, out });
        } else {
            let out = self.out(output, rows, columns, kernel.outputs());
            self.steps.push(Step::Depthwise { depthwise, input: input.slot, out });
        }
        Ok(())
    }

    /// Keeps the order of the values, which must be unambiguous: one pixel, or channels that are
    /// already last.
    fn reshape(&mut self, node: &'a Node) -> Result<()> {
        let input = self.value(&node.inputs[0])?;
        if self.maps[input.slot].pixels() != 1 && !input.channels_last {
            fail!(Unsupported, "{} flattens a map", node.output);
        }
        self.alias(node, |_| true)
    }

    fn add(&mut self, node: &'a Node) -> Result<()> {
        let values = [self.value(&node.inputs[0])?, self.value(&node.inputs[1])?];
        let Some(index) = values.iter().position(|value| value.enlarged) else {
            fail!(Unsupported, "{} adds tensors that no step can add", node.output);
        };
        let (small, large) = (&values[index], self.plain(&node.inputs[1 - index])?);
        let (from, of) = (self.maps[large.slot], self.maps[small.slot]);
        if small.seen != Clamp::NONE
            || (2 * of.rows, 2 * of.columns, of.planes) != (from.rows, from.columns, from.planes)
        {
            fail!(InvalidModel, "{} adds maps that do not fit", node.output);
        }
        let small = small.slot;
        let out = self.out(&node.output, from.rows, from.columns, large.channels);
        self.steps.push(Step::AddEnlarged { small, large: large.slot, out });
        Ok(())
    }

    fn max_pool(&mut self, node: &'a Node, window: (usize, usize)) -> Result<()> {
        let input = self.plain(&node.inputs[0])?;
        let from = self.maps[input.slot];
        if from.rows < window.0 || from.columns < window.1 {
            fail!(InvalidModel, "{} has no pixel left", node.output);
        }
        let out = self.out(&node.output, from.rows / window.0, from.columns / window.1, input.channels);
        self.steps.push(Step::MaxPool { input: input.slot, window, out });
        Ok(())
    }

    fn mean(&mut self, node: &'a Node) -> Result<()> {
        let input = self.value(&node.inputs[0])?;
        if !input.is_map() {
            fail!(Unsupported, "{} cannot read its input", node.output);
        }
        let out = self.out(&node.output, 1, 1, input.channels);
        self.steps.push(Step::Mean { input: input.slot, seen: input.seen, out });
        Ok(())
    }
}

impl<N: Number> Value<N> {
    /// Whether it is a whole map as stored, apart from a clamp.
    fn is_map(&self) -> bool {
        !self.sigmoid && !self.channels_last && !self.enlarged && self.start == 0
    }
}

/// Returns the rows and columns of the output of `kernel`, if the convolutions support it.
fn size(node: &Node, kernel: &Kernel, rows: usize, columns: usize) -> Result<(usize, usize)> {
    let before = kernel.before.0.max(kernel.before.1);
    if before > MAX_BEFORE || !matches!(kernel.stride, 1 | 2) {
        fail!(Unsupported, "{} is padded by {before} and has a stride of {}", node.output, kernel.stride);
    }
    match kernel.output_size(rows, columns) {
        Some(size) => Ok(size),
        None => fail!(InvalidModel, "{} has no pixel left", node.output),
    }
}

impl<N> Step<N> {
    /// The slot that the step writes for other steps.
    pub fn out(&self) -> SlotId {
        match *self {
            Self::First { out, .. }
            | Self::Product { out, .. }
            | Self::Depthwise { out, .. }
            | Self::Separable { out, .. }
            | Self::Across { out, .. }
            | Self::MaxPool { out, .. }
            | Self::AddEnlarged { out, .. }
            | Self::Mean { out, .. } => out,
        }
    }

    /// The slots that the step reads or writes.
    fn slots(&self) -> Vec<SlotId> {
        match *self {
            Self::First { lines, out, .. } => vec![lines, out],
            Self::Product { input, added, out, .. } => [input, out].into_iter().chain(added).collect(),
            Self::Depthwise { input, out, .. } | Self::MaxPool { input, out, .. } | Self::Mean { input, out, .. } => {
                vec![input, out]
            }
            Self::Across { input, line, out, .. } => vec![input, line, out],
            Self::Separable { input, rows, added, out, .. } => [input, rows, out].into_iter().chain(added).collect(),
            Self::AddEnlarged { small, large, out } => vec![small, large, out],
        }
    }
}

/// Assigns a buffer to each slot; returns the slots and the lengths of the buffers.
fn placed<N>(maps: &[Map], steps: &[Step<N>], outputs: &[Value<N>]) -> (Vec<Slot>, Vec<usize>) {
    let mut lives = vec![Lives::NEVER; maps.len()];
    for (index, step) in steps.iter().enumerate() {
        step.slots().into_iter().for_each(|slot| lives[slot].at(index));
    }
    outputs.iter().for_each(|output| lives[output.slot].until_the_end());
    let lengths: Vec<usize> = maps.iter().map(Map::len).collect();
    let (taken, buffers) = place(&lengths, &lives);
    (maps.iter().zip(taken).map(|(&map, buffer)| Slot { map, buffer }).collect(), buffers)
}
