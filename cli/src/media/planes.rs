//! Planes of samples, and what makes a frame of 8 bits and 4:2:0 with square pixels of them.

/// Samples of one channel, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    pub width: usize,
    pub height: usize,
    pub data: Vec<u8>,
}

impl Samples {
    /// Reads `width` x `height` samples of `depth` bits: bytes, or two bytes each, little endian, if the depth is above
    /// 8. `full_range` tells whether the largest sample is white, or 235/255 of it. `bytes` has enough bytes.
    pub fn of_depth(bytes: &[u8], width: usize, height: usize, depth: u32, full_range: bool) -> Self {
        let data = if depth <= 8 {
            bytes[..width * height].to_vec()
        } else {
            let (pairs, _) = bytes[..2 * width * height].as_chunks::<2>();
            pairs.iter().map(|pair| to_8_bits(u16::from_le_bytes(*pair), depth, full_range)).collect()
        };
        Self { width, height, data }
    }

    /// Creates a plane of one value.
    pub fn of_value(value: u8, width: usize, height: usize) -> Self {
        Self { width, height, data: vec![value; width * height] }
    }

    /// Returns the plane with one sample for each `columns` x `rows` of this one: their mean. The last ones of an odd
    /// size have fewer samples.
    pub fn shrunk(self, columns: usize, rows: usize) -> Self {
        if (columns, rows) == (1, 1) {
            return self;
        }
        let (width, height) = (self.width.div_ceil(columns), self.height.div_ceil(rows));
        let mut data = Vec::with_capacity(width * height);
        for y in 0..height {
            let rows = rows * y..self.height.min(rows * (y + 1));
            for x in 0..width {
                let columns = columns * x..self.width.min(columns * (x + 1));
                let count = (rows.len() * columns.len()) as u32;
                let sums = rows.clone().map(|row| {
                    let row = &self.data[row * self.width..][columns.clone()];
                    row.iter().map(|sample| u32::from(*sample)).sum::<u32>()
                });
                data.push(((sums.sum::<u32>() + count / 2) / count) as u8);
            }
        }
        Self { width, height, data }
    }

    /// Returns the plane resampled to a larger or equal `width` and `height`, linearly between the centers of samples.
    pub fn stretched(self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let (columns, rows) = (Places::new(self.width, width), Places::new(self.height, height));
        let mut data = Vec::with_capacity(width * height);
        for (top, bottom, down) in rows.iter() {
            let [top, bottom] = [top, bottom].map(|row| &self.data[row * self.width..][..self.width]);
            for (left, right, along) in columns.iter() {
                let mix = |row: &[u8]| f32::from(row[left]) * (1.0 - along) + f32::from(row[right]) * along;
                data.push((mix(top) * (1.0 - down) + mix(bottom) * down).round() as u8);
            }
        }
        Self { width, height, data }
    }

    /// Replaces the rows of one field by the means of their neighbors, so that all rows are of the same moment. The
    /// rows of the top field are 0, 2, 4 and so on.
    pub fn keep_field(&mut self, top: bool) {
        let (width, height) = (self.width, self.height);
        for row in (usize::from(top)..height).step_by(2) {
            let above = row.checked_sub(1).unwrap_or(row + 1);
            let below = if row + 1 < height { row + 1 } else { above };
            if above >= height {
                return;
            }
            for x in 0..width {
                let mean =
                    (u16::from(self.data[above * width + x]) + u16::from(self.data[below * width + x])).div_ceil(2);
                self.data[row * width + x] = mean as u8;
            }
        }
    }
}

/// Rounds a sample of `depth` bits to 8.
fn to_8_bits(sample: u16, depth: u32, full_range: bool) -> u8 {
    let sample = u32::from(sample);
    let value = if full_range {
        let max = (1u32 << depth) - 1;
        (sample * 255 + max / 2) / max
    } else {
        let shift = depth - 8;
        (sample + (1 << (shift - 1))) >> shift
    };
    value.min(255) as u8
}

/// For each output sample the two neighbors in the input, and the weight of the second.
struct Places(Vec<(usize, usize, f32)>);

impl Places {
    fn new(from: usize, to: usize) -> Self {
        let place = |index: usize| {
            let at = (index as f32 + 0.5) * from as f32 / to as f32 - 0.5;
            let at = at.clamp(0.0, (from - 1) as f32);
            let first = at as usize;
            (first, (first + 1).min(from - 1), at - first as f32)
        };
        Self((0..to).map(place).collect())
    }

    fn iter(&self) -> impl Iterator<Item = (usize, usize, f32)> + '_ {
        self.0.iter().copied()
    }
}

/// Returns the number of samples of a frame of 4:2:0: planes Y, U and V.
pub fn yuv420_samples(width: usize, height: usize) -> usize {
    width * height + 2 * width.div_ceil(2) * height.div_ceil(2)
}

/// Returns the size in square pixels of a picture of `width` x `height` samples, each of which is `aspect` times as wide
/// as high: the shorter way is scaled up, so that no detail is lost.
pub fn square_size(width: usize, height: usize, aspect: f64) -> (usize, usize) {
    let scaled = |side: usize, factor: f64| (side as f64 * factor.max(1.0)).round() as usize;
    (scaled(width, aspect), scaled(height, 1.0 / aspect))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(width: usize, data: &[u8]) -> Samples {
        Samples { width, height: data.len() / width, data: data.to_vec() }
    }

    #[test]
    fn samples_of_more_bits_are_rounded() {
        let bytes: Vec<u8> = [64u16, 502, 940, 1023].into_iter().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Samples::of_depth(&bytes, 2, 2, 10, false).data, [16, 126, 235, 255]);
        assert_eq!(Samples::of_depth(&bytes, 2, 2, 10, true).data, [16, 125, 234, 255]);
        assert_eq!(to_8_bits(4095, 12, true), 255);
        assert_eq!(to_8_bits(3760, 12, false), 235);
        assert_eq!(to_8_bits(u16::MAX, 10, false), 255);
    }

    #[test]
    fn planes_are_shrunk_to_means() {
        assert_eq!(samples(3, &[1, 3, 9, 5, 7, 11, 20, 30, 40]).shrunk(2, 2), samples(2, &[4, 10, 25, 40]));
        assert_eq!(samples(3, &[1, 3, 9]).shrunk(2, 1), samples(2, &[2, 9]));
    }

    #[test]
    fn planes_are_stretched_linearly() {
        assert_eq!(samples(2, &[0, 100]).stretched(4, 1).data, [0, 25, 75, 100]);
        assert_eq!(samples(1, &[0, 100]).stretched(1, 4).data, [0, 25, 75, 100]);
        assert_eq!(square_size(480, 360, 4.0 / 3.0), (640, 360));
        assert_eq!(square_size(720, 480, 8.0 / 9.0), (720, 540));
        assert_eq!(square_size(720, 576, 16.0 / 15.0), (768, 576));
    }

    #[test]
    fn one_field_is_kept() {
        let mut plane = samples(1, &[10, 99, 20, 99, 30]);
        plane.keep_field(true);
        assert_eq!(plane.data, [10, 15, 20, 25, 30]);
        let mut plane = samples(1, &[99, 10, 99, 20]);
        plane.keep_field(false);
        assert_eq!(plane.data, [10, 10, 15, 20]);
        let mut one = samples(2, &[7, 8]);
        one.keep_field(false);
        assert_eq!(one.data, [7, 8]);
    }
}
