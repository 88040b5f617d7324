//! High dynamic range and wide primaries on a standard display, as a table over Y, U and V.
//!
//! A sample becomes light, in units of diffuse white (203 cd/m2, ITU-R BT.2408); light above the knee is rolled off to
//! the maximum of the display; the primaries become those of BT.709, and light becomes a signal again. It is done here
//! and not by ffmpeg, because many builds of it lack the filters that do.

use mien_core::frame::YuvRange;

use super::color::{Colors, Frame, Transfer, to_bt601, to_rgb};

/// Nodes of the table along each of Y, U and V.
const NODES: usize = 33;

/// Diffuse white in cd/m2: what a standard display shows as white.
const WHITE: f64 = 203.0;

/// The brightest light that is kept apart from brighter light, in units of diffuse white: 1000 cd/m2.
const PEAK: f64 = 1000.0 / WHITE;

/// Light up to which nothing changes, in units of diffuse white. Faces are mostly below.
const KNEE: f64 = 0.6;

/// A table of colors in BT.601, 8 bits, in the range of video.
pub struct Lut {
    /// Y, U and V at each node; Y is the fastest index, V the slowest.
    nodes: Vec<[f32; 3]>,
}

impl Lut {
    /// Creates the table of `colors`.
    pub fn new(colors: &Colors) -> Self {
        let mut nodes = Vec::with_capacity(NODES * NODES * NODES);
        let at = |index: usize| index as f64 / (NODES - 1) as f64;
        for v in 0..NODES {
            for u in 0..NODES {
                for y in 0..NODES {
                    nodes.push(standard([at(y), at(u), at(v)], colors).map(|value| value as f32));
                }
            }
        }
        Self { nodes }
    }

    /// Returns the planes of `frame` in 8 bits. A luma sample takes the chroma of its block of 2 x 2, and chroma that
    /// of the block's first luma sample.
    pub fn apply(&self, frame: &Frame) -> Vec<u8> {
        let (width, height) = (frame.width, frame.height);
        let (columns, rows) = (width.div_ceil(2), height.div_ceil(2));
        let (u_at, v_at) = (width * height, width * height + columns * rows);
        let mut out = vec![0; v_at + columns * rows];
        for row in 0..rows {
            for column in 0..columns {
                let place = row * columns + column;
                let chroma = Square::new(frame.place(u_at + place), frame.place(v_at + place));
                let first = 2 * row * width + 2 * column;
                let [_, u, v] = self.color(frame.place(first), &chroma);
                (out[u_at + place], out[v_at + place]) = (byte(u), byte(v));
                for y in 2 * row..height.min(2 * row + 2) {
                    for at in y * width + 2 * column..y * width + width.min(2 * column + 2) {
                        out[at] = byte(self.color(frame.place(at), &chroma)[0]);
                    }
                }
            }
        }
        out
    }

    /// Interpolates linearly between the eight nodes around a color.
    fn color(&self, luma: f32, chroma: &Square) -> [f32; 3] {
        let (below, share) = node(luma);
        let mut sum = [0.0; 3];
        for (start, weight) in chroma.corners {
            let [low, high] = [self.nodes[start + below], self.nodes[start + below + 1]];
            for ((sum, low), high) in sum.iter_mut().zip(low).zip(high) {
                *sum += weight * (low + (high - low) * share);
            }
        }
        sum
    }
}

impl Frame {
    /// Returns the sample at `index` as a place between the nodes, 0 to [`NODES`] - 1.
    fn place(&self, index: usize) -> f32 {
        let value = if self.depth == 8 {
            4.0 * f32::from(self.data[index])
        } else {
            f32::from(u16::from_le_bytes([self.data[2 * index], self.data[2 * index + 1]]))
        };
        value.min(1023.0) * ((NODES - 1) as f32 / 1024.0)
    }
}

/// The four nodes around U and V: the index of the node with Y 0, and its weight.
struct Square {
    corners: [(usize, f32); 4],
}

impl Square {
    fn new(u: f32, v: f32) -> Self {
        let ((u, right), (v, down)) = (node(u), node(v));
        let start = |u: usize, v: usize| (v * NODES + u) * NODES;
        Self {
            corners: [
                (start(u, v), (1.0 - right) * (1.0 - down)),
                (start(u + 1, v), right * (1.0 - down)),
                (start(u, v + 1), (1.0 - right) * down),
                (start(u + 1, v + 1), right * down),
            ],
        }
    }
}

/// Returns the node below a place, and the share of the next one.
fn node(place: f32) -> (usize, f32) {
    let below = (place as usize).min(NODES - 2);
    (below, place - below as f32)
}

fn byte(value: f32) -> u8 {
    (value + 0.5) as u8
}

/// Returns the color of samples `yuv` (fractions of 2^10, or of 2^8 for 8 bits) as BT.601 of a standard display.
fn standard(yuv: [f64; 3], colors: &Colors) -> [f64; 3] {
    let [y, u, v] = yuv.map(|value| 256.0 * value);
    // In units of 8 bits, whatever the depth; the full range ends at 255.
    let signal = match colors.range {
        YuvRange::Full => [y / 255.0, (u - 128.0) / 255.0, (v - 128.0) / 255.0],
        YuvRange::Video => [(y - 16.0) / 219.0, (u - 128.0) / 224.0, (v - 128.0) / 224.0],
    };
    let rgb = light(to_rgb(signal, colors.weights), colors.transfer);
    let rgb = if colors.wide { to_bt709(rgb) } else { rgb };
    let rgb = rgb.map(|value| value.max(0.0));
    let max = rgb.iter().copied().fold(0.0, f64::max);
    let factor = if max > KNEE && colors.transfer != Transfer::Standard { rolled_off(max) / max } else { 1.0 };
    to_bt601(rgb.map(|value| signal_of(factor * value).clamp(0.0, 1.0)))
}

/// Returns the light of a signal, in units of diffuse white.
fn light(signal: [f64; 3], transfer: Transfer) -> [f64; 3] {
    match transfer {
        Transfer::Pq => signal.map(|value| pq(value) / WHITE),
        Transfer::Hlg => {
            let scene = signal.map(hlg);
            // The display of 1000 cd/m2 raises the luminance of the scene to the power of 1.2: ITU-R BT.2100.
            let [r, g, b] = scene;
            let luminance = 0.2627 * r + 0.6780 * g + 0.0593 * b;
            scene.map(|value| PEAK * value * luminance.max(0.0).powf(0.2))
        }
        Transfer::Standard => signal.map(|value| value.max(0.0).powf(GAMMA)),
    }
}

/// Light in cd/m2 of a signal of the perceptual quantizer: SMPTE ST 2084.
fn pq(signal: f64) -> f64 {
    const M1: f64 = 2610.0 / 16384.0;
    const M2: f64 = 2523.0 / 4096.0 * 128.0;
    const C1: f64 = 3424.0 / 4096.0;
    const C2: f64 = 2413.0 / 4096.0 * 32.0;
    const C3: f64 = 2392.0 / 4096.0 * 32.0;
    let root = signal.clamp(0.0, 1.0).powf(1.0 / M2);
    10_000.0 * ((root - C1).max(0.0) / (C2 - C3 * root)).powf(1.0 / M1)
}

/// Light of the scene, 0 to 1, of a signal of hybrid log-gamma: ITU-R BT.2100.
fn hlg(signal: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 1.0 - 4.0 * A;
    let signal = signal.clamp(0.0, 1.0);
    if signal <= 0.5 {
        return signal * signal / 3.0;
    }
    let c = 0.5 - A * (4.0 * A).ln();
    (((signal - c) / A).exp() + B) / 12.0
}

/// Exponent of a standard display.
const GAMMA: f64 = 2.2;

/// Returns the signal of light on a standard display.
fn signal_of(light: f64) -> f64 {
    light.powf(1.0 / GAMMA)
}

/// Rolls light above the knee off: a Möbius transformation that joins the identity smoothly and reaches 1 at the peak.
fn rolled_off(light: f64) -> f64 {
    let a = -KNEE * KNEE * (PEAK - 1.0) / (KNEE * KNEE - 2.0 * KNEE + PEAK);
    let b = (KNEE * KNEE - 2.0 * KNEE * PEAK + PEAK) / (PEAK - 1.0);
    let scale = (b * b + 2.0 * b * KNEE + KNEE * KNEE) / (b - a);
    scale * (light.min(PEAK) + a) / (light.min(PEAK) + b)
}

/// Converts light from the primaries of BT.2020 to those of BT.709: ITU-R BT.2087.
fn to_bt709([r, g, b]: [f64; 3]) -> [f64; 3] {
    [1.6605 * r - 0.5876 * g - 0.0728 * b, -0.1246 * r + 1.1329 * g - 0.0083 * b, -0.0182 * r - 0.1006 * g + 1.1187 * b]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::matroska::ColorCodes;

    fn colors(transfer: u64) -> Colors {
        Colors::new(&ColorCodes { matrix: 9, transfer, primaries: 9, full_range: false }, 1920, 1080)
    }

    /// Literal values of the standards.
    #[test]
    fn curves_are_those_of_the_standards() {
        for (signal, nits) in [(0.0, 0.0), (0.508, 100.0), (0.5807, 203.0), (0.7518, 1000.0), (1.0, 10_000.0)] {
            assert!((pq(signal) - nits).abs() <= 0.005 * nits, "{signal}: {}", pq(signal));
        }
        for (signal, light) in [(0.0, 0.0), (0.5, 1.0 / 12.0), (0.75, 0.264_96), (1.0, 1.0)] {
            assert!((hlg(signal) - light).abs() < 1e-4, "{signal}: {}", hlg(signal));
        }
    }

    #[test]
    fn diffuse_white_is_nearly_white_and_brighter_light_stays_apart() {
        assert!((rolled_off(KNEE) - KNEE).abs() < 1e-9);
        assert!((rolled_off(PEAK) - 1.0).abs() < 1e-9 && (rolled_off(2.0 * PEAK) - 1.0).abs() < 1e-9);
        let slope = (rolled_off(KNEE + 1e-6) - KNEE) / 1e-6;
        assert!((slope - 1.0).abs() < 1e-3, "{slope}");
        let steps: Vec<f64> = (0..100).map(|step| rolled_off(KNEE + f64::from(step) * (PEAK - KNEE) / 99.0)).collect();
        assert!(steps.is_sorted());
        // White of 203 cd/m2 in both curves: PQ 0.5807, HLG 0.75.
        for (transfer, signal) in [(16, 0.5807), (18, 0.75)] {
            let gray = standard([(16.0 + 219.0 * signal) / 256.0, 0.5, 0.5], &colors(transfer));
            assert!((200.0..235.0).contains(&gray[0]), "{gray:?}");
            assert!((gray[1] - 128.0).abs() < 0.1 && (gray[2] - 128.0).abs() < 0.1, "{gray:?}");
        }
    }

    #[test]
    fn the_table_is_close_to_what_it_samples() {
        for transfer in [16, 18, 1] {
            let colors = colors(transfer);
            let lut = Lut::new(&colors);
            let mut worst = 0.0f64;
            for (y, u, v) in
                [(64, 512, 512), (300, 500, 540), (420, 460, 590), (500, 512, 512), (560, 480, 560), (800, 520, 500)]
            {
                let data: Vec<u8> = [y, y, y, y, u, v].into_iter().flat_map(u16::to_le_bytes).collect();
                let out = lut.apply(&Frame { width: 2, height: 2, data, depth: 10 });
                let exact = standard([y, u, v].map(|value| f64::from(value) / 1024.0), &colors);
                for (at, exact) in [0, 4, 5].into_iter().zip(exact) {
                    worst = worst.max((f64::from(out[at]) - exact).abs());
                }
            }
            assert!(worst < 2.0, "{transfer}: {worst}");
        }
    }

    #[test]
    fn samples_of_eight_and_ten_bits_agree() {
        let lut = Lut::new(&colors(16));
        let eight = Frame { width: 3, height: 1, data: vec![100, 110, 120, 120, 130, 140, 120], depth: 8 };
        let data = eight.data.iter().flat_map(|value| (4 * u16::from(*value)).to_le_bytes()).collect();
        let ten = Frame { width: 3, height: 1, data, depth: 10 };
        assert_eq!(lut.apply(&eight), lut.apply(&ten));
        assert_eq!(lut.apply(&eight).len(), 7);
    }
}
