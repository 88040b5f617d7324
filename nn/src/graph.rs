//! A network as a list of operations over named tensors of one picture.

use std::collections::HashMap;

use crate::math::nearest;

/// The maximum number of values of a map: 512 MiB of f32, the first map of 32 channels at 2048 x
/// 2048.
const MAX_VALUES: usize = 1 << 27;

/// The maximum number of values of all maps together. Maps share memory, so a run takes only part
/// of it.
const MAX_VALUES_TOGETHER: usize = 1 << 30;

/// A network with one picture as input.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    /// The input's name.
    pub input: String,
    /// The input's shape: planes, rows, columns.
    pub shape: [usize; 3],
    /// The operations, each after the ones that make its inputs.
    pub nodes: Vec<Node>,
    /// The names of the requested tensors.
    pub outputs: Vec<String>,
    /// The ranges that the file states, by tensor name.
    pub ranges: HashMap<String, Range>,
}

/// The range of a quantized tensor: the byte `b` stands for `(b - zero) * scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The width of one step, finite and above 0.
    pub scale: f32,
    /// The byte that stands for 0.
    pub zero: u8,
}

impl Range {
    /// Returns the byte nearest to `value`, ties to even.
    #[inline(always)]
    pub fn byte(self, value: f32) -> u8 {
        self.of_steps(value / self.scale)
    }

    /// Returns the byte nearest to `steps` steps from zero, ties to even.
    #[inline(always)]
    pub fn of_steps(self, steps: f32) -> u8 {
        let zero = f32::from(self.zero);
        nearest(steps.clamp(-zero, 255.0 - zero)).wrapping_add(i32::from(self.zero)) as u8
    }
}

/// An operation.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The kind of operation.
    pub op: Op,
    /// The names of the tensors it reads.
    pub inputs: Vec<String>,
    /// The name of the tensor it makes.
    pub output: String,
}

/// The kind of a [`Node`].
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// Cross-correlation with zero padding.
    Convolution(Kernel),
    /// Limits values to `min..=max`.
    Clamp { min: f32, max: f32 },
    /// The larger of x and `slope` x; 0 <= `slope` <= 1.
    LeakyRelu { slope: f32 },
    /// The sum of two tensors of one shape.
    Add,
    /// The maximum of each window of these rows and columns; windows do not overlap.
    MaxPool { window: (usize, usize) },
    /// Repeats each pixel as 2 x 2 pixels.
    Enlarge,
    /// The mean of all pixels.
    Mean,
    /// A fully connected layer.
    Dense(Dense),
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// Makes channels the innermost dimension.
    ChannelsLast,
    /// The same values in the same order.
    Reshape,
    /// `channels` channels, from `start` on.
    Part { start: usize, channels: usize },
}

/// The weights, stride and padding of a convolution.
#[derive(Debug, Clone)]
pub(crate) struct Kernel {
    /// outputs x (inputs / groups) x rows x columns.
    pub weights: Vec<f32>,
    /// The scale of each output's int8 weights: `weights` are multiples of it, from -128 to 127
    /// times. Empty if the file holds other weights.
    pub scales: Vec<f32>,
    /// outputs, inputs / groups, rows, columns.
    pub shape: [usize; 4],
    /// One value per output.
    pub bias: Vec<f32>,
    /// The number of independent channel groups.
    pub groups: usize,
    /// Pixels from one output to the next, in both directions.
    pub stride: usize,
    /// Rows of zeros above and columns of zeros to the left.
    pub before: (usize, usize),
    /// Rows of zeros below and columns of zeros to the right.
    pub after: (usize, usize),
}

/// The direction of a kernel that is one pixel wide or high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// 1 x n.
    Row,
    /// n x 1.
    Column,
}

/// The weights of a fully connected layer.
#[derive(Debug, Clone)]
pub(crate) struct Dense {
    /// outputs x inputs, row-major.
    pub weights: Vec<f32>,
    /// One value per output.
    pub bias: Vec<f32>,
}

impl Kernel {
    /// The number of output channels.
    pub fn outputs(&self) -> usize {
        self.shape[0]
    }

    /// Whether each output depends on one pixel.
    pub fn is_pointwise(&self) -> bool {
        self.groups == 1
            && self.shape[2..] == [1, 1]
            && self.stride == 1
            && self.before == (0, 0)
            && self.after == (0, 0)
    }

    /// Returns the direction of a kernel of one row or column of at least two pixels over all channels, at
    /// every pixel. Only a row may be padded, at its ends.
    pub fn line(&self) -> Option<Line> {
        if self.groups != 1 || self.stride != 1 || (self.before.0, self.after.0) != (0, 0) {
            return None;
        }
        let [_, _, rows, columns] = self.shape;
        match (rows, columns) {
            (1, 2..) => Some(Line::Row),
            (2.., 1) if (self.before.1, self.after.1) == (0, 0) => Some(Line::Column),
            _ => None,
        }
    }

    /// Whether each output depends on 3 x 3 pixels of one channel.
    pub fn is_depthwise(&self) -> bool {
        self.groups == self.shape[0] && self.shape[1..] == [1, 3, 3]
    }

    /// Returns the rows and columns of the output, or `None` if it has no pixel.
    pub fn output_size(&self, rows: usize, columns: usize) -> Option<(usize, usize)> {
        let side = |side: usize, before: usize, after: usize, kernel: usize| {
            Some((side + before + after).checked_sub(kernel)? / self.stride + 1)
        };
        Some((
            side(rows, self.before.0, self.after.0, self.shape[2])?,
            side(columns, self.before.1, self.after.1, self.shape[3])?,
        ))
    }
}

impl Op {
    /// Returns the number of multiply-adds for an output map of these rows and columns.
    pub fn multiply_adds(&self, (rows, columns): (usize, usize)) -> u64 {
        let count = match self {
            Self::Convolution(kernel) => kernel.weights.len() * rows * columns,
            Self::Dense(dense) => dense.weights.len(),
            _ => 0,
        };
        count as u64
    }
}

impl Graph {
    /// Returns the only node that reads `name`, unless `name` is an output.
    pub fn only_reader(&self, name: &str) -> Option<usize> {
        if self.outputs.iter().any(|output| output == name) {
            return None;
        }
        let mut readers = self.nodes.iter().enumerate().filter(|(_, node)| node.inputs.iter().any(|i| i == name));
        let (index, _) = readers.next()?;
        readers.next().is_none().then_some(index)
    }

    /// Returns the multiply-adds of a run, in convolutions and fully connected layers; `None` if a
    /// tensor is read before it is made or a map has no pixel.
    pub fn multiply_adds(&self) -> Option<u64> {
        Some(self.nodes.iter().zip(self.sizes()?).map(|(node, size)| node.op.multiply_adds(size)).sum())
    }

    /// Returns the rows and columns of each node's output; `None` as for [`Graph::multiply_adds`],
    /// or if a map has more than [`MAX_VALUES`] values or all maps together more than
    /// [`MAX_VALUES_TOGETHER`].
    pub fn sizes(&self) -> Option<Vec<(usize, usize)>> {
        let [planes, rows, columns] = self.shape;
        let mut sizes = HashMap::from([(self.input.as_str(), (rows, columns, planes))]);
        let mut all = Vec::with_capacity(self.nodes.len());
        let mut together = 0usize;
        for node in &self.nodes {
            let &(rows, columns, planes) = sizes.get(node.inputs[0].as_str())?;
            let ((rows, columns), planes) = match &node.op {
                Op::Convolution(kernel) => (kernel.output_size(rows, columns)?, kernel.outputs()),
                Op::MaxPool { window } => ((rows / window.0, columns / window.1), planes),
                Op::Enlarge => ((2 * rows, 2 * columns), planes),
                Op::Mean => ((1, 1), planes),
                Op::Dense(dense) => ((rows, columns), dense.bias.len()),
                Op::Part { channels, .. } => ((rows, columns), *channels),
                _ => ((rows, columns), planes),
            };
            let values = rows.checked_mul(columns)?.checked_mul(planes).filter(|values| *values <= MAX_VALUES)?;
            together = together.checked_add(values).filter(|together| *together <= MAX_VALUES_TOGETHER)?;
            all.push((rows, columns));
            sizes.insert(&node.output, (rows, columns, planes));
        }
        Some(all)
    }
}
