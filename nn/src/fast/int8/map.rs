//! Memory layout of a map of bytes: pixel by pixel, row by row, with a border.

use super::depthwise::BLOCK;

/// The shape of a map and of its border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Map {
    pub rows: usize,
    pub columns: usize,
    /// Bytes of a pixel.
    pub pixel: usize,
    /// Border pixels above and to the left.
    pub before: (usize, usize),
    /// Border pixels below and to the right.
    pub after: (usize, usize),
}

impl Map {
    /// A map of `channels`, each pixel padded for the kernels.
    pub fn new(rows: usize, columns: usize, channels: usize) -> Self {
        Self::of_bytes(rows, columns, channels.next_multiple_of(BLOCK))
    }

    /// A map whose pixels have `pixel` bytes.
    pub fn of_bytes(rows: usize, columns: usize, pixel: usize) -> Self {
        Self { rows, columns, pixel, before: (0, 0), after: (0, 0) }
    }

    /// Enlarges the border for a reader that reads this many pixels beyond the map.
    pub fn surround(&mut self, before: (usize, usize), after: (usize, usize)) {
        self.before = (self.before.0.max(before.0), self.before.1.max(before.1));
        self.after = (self.after.0.max(after.0), self.after.1.max(after.1));
    }

    /// The bytes of a row with its border.
    pub fn row(&self) -> usize {
        (self.before.1 + self.columns + self.after.1) * self.pixel
    }

    pub fn len(&self) -> usize {
        (self.before.0 + self.rows + self.after.0) * self.row()
    }

    /// The offset of the pixel at `row` and `column`, counted from the corner of the border:
    /// `before` must be added to a map's coordinates.
    pub fn at(&self, row: usize, column: usize) -> usize {
        row * self.row() + column * self.pixel
    }

    /// The offset of the first pixel.
    pub fn first(&self) -> usize {
        self.at(self.before.0, self.before.1)
    }

    /// Fills the border of the map in `bytes` with `value`.
    pub fn fill_border(&self, bytes: &mut [u8], value: u8) {
        let (row, left) = (self.row(), self.before.1 * self.pixel);
        let right = left + self.columns * self.pixel;
        let inner = self.before.0 * row..(self.before.0 + self.rows) * row;
        bytes[..inner.start].fill(value);
        bytes[inner.end..self.len()].fill(value);
        if right - left < row {
            for line in bytes[inner].chunks_exact_mut(row) {
                line[..left].fill(value);
                line[right..].fill(value);
            }
        }
    }
}
