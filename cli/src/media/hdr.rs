//! High dynamic range and wide primaries on a standard display.
//!
//! A sample becomes light, in units of diffuse white (203 cd/m2, ITU-R BT.2408); light above the knee is rolled off to
//! the maximum of the display; the primaries become those of BT.709, and light becomes a signal again. It is done here
//! and not by ffmpeg, because many builds of it lack the filters that do. Curves are tables.

use mien_core::frame::YuvRange;

use super::color::{Colors, Frame, Transfer, to_bt601};
use super::planes::yuv420_samples;

/// Diffuse white in cd/m2: what a standard display shows as white.
const WHITE: f64 = 203.0;

/// The brightest light that is kept apart from brighter light, in units of diffuse white: 1000 cd/m2.
const PEAK: f64 = 1000.0 / WHITE;

/// Light up to which nothing changes, in units of diffuse white. Faces are mostly below.
const KNEE: f64 = 0.6;

/// A function of 0 to 1 at evenly spaced places.
struct Table(Vec<f32>);

impl Table {
    /// Number of places: more than a signal of 10 bits has values.
    const PLACES: usize = 4096;

    fn new(function: impl Fn(f64) -> f64) -> Self {
        Self((0..Self::PLACES).map(|place| function(place as f64 / (Self::PLACES - 1) as f64) as f32).collect())
    }

    /// Returns the value at the nearest place.
    fn at(&self, place: f32) -> f32 {
        self.0[(place.clamp(0.0, 1.0) * (Self::PLACES - 1) as f32 + 0.5) as usize]
    }
}

/// Converts frames to BT.601, 8 bits, in the range of video.
pub struct ToneMap {
    colors: Colors,
    /// From signal to light of the display; of the scene for hybrid log-gamma.
    light: Table,
    /// From the fourth root of luminance of the scene to what the display makes of it, for hybrid log-gamma.
    display: Option<Table>,
    /// From the square root of light to signal.
    signal: Table,
}

impl ToneMap {
    /// Creates the conversion from `colors`.
    pub fn new(colors: &Colors) -> Self {
        Self {
            colors: *colors,
            light: Table::new(|signal| light(signal, colors.transfer)),
            display: (colors.transfer == Transfer::Hlg).then(|| Table::new(|root| of_display(root.powi(4)))),
            signal: Table::new(|root| signal_of(root * root)),
        }
    }

    /// Returns the planes of `frame` in 8 bits. A luma sample takes the chroma of its block of 2 x 2; new chroma is the
    /// mean of the block.
    pub fn apply(&self, frame: &Frame) -> Vec<u8> {
        let (width, height) = (frame.width, frame.height);
        let (columns, rows) = (width.div_ceil(2), height.div_ceil(2));
        let (u_at, v_at) = (width * height, width * height + columns * rows);
        let mut out = vec![0; yuv420_samples(width, height)];
        let samples = Samples::new(frame, self.colors.range);
        for row in 0..rows {
            for column in 0..columns {
                let place = row * columns + column;
                let tint = self.tint(samples.chroma(u_at + place), samples.chroma(v_at + place));
                let (mut sum, mut count) = ([0.0; 3], 0.0);
                for y in 2 * row..height.min(2 * row + 2) {
                    let start = y * width + 2 * column;
                    let end = y * width + width.min(2 * column + 2);
                    for (offset, sample) in out[start..end].iter_mut().enumerate() {
                        let rgb = self.color(samples.luma(start + offset), tint);
                        sum = [sum[0] + rgb[0], sum[1] + rgb[1], sum[2] + rgb[2]];
                        count += 1.0;
                        *sample = rounded(to_bt601(rgb)[0]);
                    }
                }
                let [_, u, v] = to_bt601(sum.map(|sum| sum / count));
                (out[u_at + place], out[v_at + place]) = (rounded(u), rounded(v));
            }
        }
        out
    }

    /// Returns what U and V add to Y for red, green and blue.
    fn tint(&self, u: f32, v: f32) -> [f32; 3] {
        let [red, blue] = self.colors.weights.map(|weight| weight as f32);
        let (r, b) = (2.0 * (1.0 - red) * v, 2.0 * (1.0 - blue) * u);
        [r, -(red * r + blue * b) / (1.0 - red - blue), b]
    }

    /// Returns red, green and blue on a standard display, 0 to 1.
    fn color(&self, y: f32, tint: [f32; 3]) -> [f32; 3] {
        let mut rgb = tint.map(|tint| self.light.at(y + tint));
        if let Some(display) = &self.display {
            let gain = display.at((0.2627 * rgb[0] + 0.6780 * rgb[1] + 0.0593 * rgb[2]).sqrt().sqrt());
            rgb = rgb.map(|value| gain * value);
        }
        let rgb = if self.colors.wide { to_bt709(rgb) } else { rgb };
        let rgb = rgb.map(|value| value.max(0.0));
        let max = rgb[0].max(rgb[1]).max(rgb[2]);
        let bright = max > KNEE as f32 && self.colors.transfer != Transfer::Standard;
        let gain = if bright { rolled_off(max) / max } else { 1.0 };
        rgb.map(|value| self.signal.at((gain * value).sqrt()))
    }
}

/// The samples of a frame as fractions.
struct Samples<'a> {
    frame: &'a Frame,
    /// Y: the value of black and the steps to white; U and V: the value of gray and the steps.
    luma: (f32, f32),
    chroma: (f32, f32),
}

impl<'a> Samples<'a> {
    fn new(frame: &'a Frame, range: YuvRange) -> Self {
        let scale = (1 << (frame.depth - 8)) as f32;
        let max = 256.0 * scale - 1.0;
        let (luma, chroma) = match range {
            YuvRange::Full => ((0.0, max), max),
            YuvRange::Video => ((16.0 * scale, 219.0 * scale), 224.0 * scale),
        };
        Self { frame, luma, chroma: (128.0 * scale, chroma) }
    }

    fn at(&self, index: usize) -> f32 {
        let data = &self.frame.data;
        if self.frame.depth == 8 {
            f32::from(data[index])
        } else {
            f32::from(u16::from_le_bytes([data[2 * index], data[2 * index + 1]]))
        }
    }

    /// Returns Y, 0 for black and 1 for white.
    fn luma(&self, index: usize) -> f32 {
        (self.at(index) - self.luma.0) / self.luma.1
    }

    /// Returns U or V, -0.5 to 0.5.
    fn chroma(&self, index: usize) -> f32 {
        (self.at(index) - self.chroma.0) / self.chroma.1
    }
}

fn rounded(value: f32) -> u8 {
    (value + 0.5) as u8
}

/// Returns the light of a signal in units of diffuse white; of the scene, 0 to 1, for hybrid log-gamma.
fn light(signal: f64, transfer: Transfer) -> f64 {
    match transfer {
        Transfer::Pq => pq(signal) / WHITE,
        Transfer::Hlg => hlg(signal),
        Transfer::Standard => signal.powf(GAMMA),
    }
}

/// Returns the factor from light of the scene to that of the display in units of diffuse white: a display of 1000 cd/m2
/// raises the luminance of the scene to the power of 1.2, ITU-R BT.2100.
fn of_display(luminance: f64) -> f64 {
    PEAK * luminance.powf(0.2)
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
fn rolled_off(light: f32) -> f32 {
    const A: f64 = -KNEE * KNEE * (PEAK - 1.0) / (KNEE * KNEE - 2.0 * KNEE + PEAK);
    const B: f64 = (KNEE * KNEE - 2.0 * KNEE * PEAK + PEAK) / (PEAK - 1.0);
    const SCALE: f64 = (B * B + 2.0 * B * KNEE + KNEE * KNEE) / (B - A);
    let light = light.min(PEAK as f32);
    SCALE as f32 * (light + A as f32) / (light + B as f32)
}

/// Converts light from the primaries of BT.2020 to those of BT.709: ITU-R BT.2087.
fn to_bt709([r, g, b]: [f32; 3]) -> [f32; 3] {
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
        // White of 203 cd/m2 is 75 % in hybrid log-gamma.
        assert!((hlg(0.75) * of_display(hlg(0.75)) - 1.0).abs() < 0.01);
    }

    #[test]
    fn brighter_light_stays_apart() {
        let (knee, peak) = (KNEE as f32, PEAK as f32);
        assert!((rolled_off(knee) - knee).abs() < 1e-5);
        assert!((rolled_off(peak) - 1.0).abs() < 1e-5 && (rolled_off(2.0 * peak) - 1.0).abs() < 1e-5);
        let slope = (rolled_off(knee + 1e-2) - knee) / 1e-2;
        assert!((slope - 1.0).abs() < 0.05, "{slope}");
        let steps: Vec<f32> =
            (0..100u8).map(|step| rolled_off(knee + f32::from(step) * (peak - knee) / 99.0)).collect();
        assert!(steps.is_sorted_by(|one, next| one < next));
    }

    /// The same color without tables.
    fn exact([y, u, v]: [u16; 3], colors: &Colors) -> [f64; 3] {
        let (y, [u, v]) = ((f64::from(y) - 64.0) / 876.0, [u, v].map(|value| (f64::from(value) - 512.0) / 896.0));
        let (r, b) = (y + 2.0 * (1.0 - 0.2627) * v, y + 2.0 * (1.0 - 0.0593) * u);
        let scene =
            [r, (y - 0.2627 * r - 0.0593 * b) / 0.6780, b].map(|value| light(value.clamp(0.0, 1.0), colors.transfer));
        let luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
        let gain = if colors.transfer == Transfer::Hlg { of_display(luminance) } else { 1.0 };
        let wide = to_bt709(scene.map(|value| (gain * value) as f32)).map(|value| f64::from(value.max(0.0)));
        let max = wide.into_iter().fold(0.0, f64::max);
        let bright = max > KNEE && colors.transfer != Transfer::Standard;
        let gain = if bright { f64::from(rolled_off(max as f32)) / max } else { 1.0 };
        to_bt601(wide.map(|value| signal_of((gain * value).min(1.0)) as f32)).map(f64::from)
    }

    #[test]
    fn tables_are_close_to_what_they_sample() {
        for transfer in [16, 18, 1] {
            let colors = colors(transfer);
            let map = ToneMap::new(&colors);
            for seed in 0..400u16 {
                let [y, u, v] = [64 + seed * 37 % 877, 420 + seed * 11 % 180, 430 + seed * 7 % 170];
                let data: Vec<u8> = [y, y, y, y, u, v].into_iter().flat_map(u16::to_le_bytes).collect();
                let out = map.apply(&Frame { width: 2, height: 2, data, depth: 10 });
                for (at, exact) in [0, 4, 5].into_iter().zip(exact([y, u, v], &colors)) {
                    assert!((f64::from(out[at]) - exact).abs() <= 1.5, "{transfer} {y} {u} {v}: {} {exact}", out[at]);
                }
            }
        }
    }

    #[test]
    fn samples_of_eight_and_ten_bits_agree() {
        let map = ToneMap::new(&colors(16));
        let eight = Frame { width: 3, height: 1, data: vec![100, 110, 120, 120, 130, 140, 120], depth: 8 };
        let data = eight.data.iter().flat_map(|value| (4 * u16::from(*value)).to_le_bytes()).collect();
        let ten = Frame { width: 3, height: 1, data, depth: 10 };
        assert_eq!(map.apply(&eight), map.apply(&ten));
        assert_eq!(map.apply(&eight).len(), 7);
    }
}
