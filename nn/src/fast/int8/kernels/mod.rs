//! The byte kernels, one version per instruction set; all compute the same bytes.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod tiles;
#[cfg(target_arch = "x86_64")]
mod vnni;

#[cfg(test)]
mod tests;

use super::depthwise::{BLOCK, Depthwise, Windows};
use super::product::{PANEL, Product, Walk};
use super::rescale::center;

/// The kernels for one instruction set.
#[derive(Clone, Copy)]
pub(crate) struct Kernels {
    /// The name for people, as [`crate::Network::executor`] returns it.
    pub name: &'static str,
    /// Whether maps are stored as signed bytes: each byte less its [`center`].
    signed: bool,
    product: fn(&Product, &[u8], &mut [u8], Walk),
    depthwise: fn(&Depthwise, &[u8], &mut [u8], Windows),
}

impl Kernels {
    /// The kernels that run on this processor, the fastest first; the last one is the scalar
    /// reference.
    pub fn available() -> Vec<Self> {
        let mut kernels = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            kernels.extend(vnni::available());
            if std::arch::is_x86_feature_detected!("avx2") {
                kernels.push(avx2::KERNELS);
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            kernels.extend(neon::available());
        }
        kernels.push(scalar::KERNELS);
        kernels
    }

    /// What the bytes of a map, at most `max`, are stored with: `byte ^ mask`, and back in the same way.
    pub(super) fn mask(&self, max: u8) -> u8 {
        if self.signed { center(max) } else { 0 }
    }

    /// Multiplies the pixels of `input` and writes them to `output`.
    ///
    /// # Panics
    /// If the pixels of `walk` are not all within `input` and `output`.
    pub(super) fn product(&self, product: &Product, input: &[u8], output: &mut [u8], walk: Walk) {
        let needed = walk.needs(walk.input_pixel, walk.input_row, product.inputs);
        let made = walk.needs(walk.output_pixel, walk.output_row, product.panels.len() * PANEL);
        assert!(needed <= input.len() && made <= output.len(), "pixels lie outside of their maps");
        (self.product)(product, input, output, walk);
    }

    /// Convolves the windows of `input` and writes the resulting pixels to `output`.
    ///
    /// # Panics
    /// If the windows are not all within `input`, or the pixels not all within `output`.
    pub(super) fn depthwise(&self, depthwise: &Depthwise, input: &[u8], output: &mut [u8], windows: Windows) {
        let (walk, channels) = (windows.walk, depthwise.blocks.len() * BLOCK);
        let window = 2 * (windows.row + windows.pixel) + channels;
        let needed = walk.needs(walk.input_pixel, walk.input_row, window);
        let made = walk.needs(walk.output_pixel, walk.output_row, channels);
        assert!(needed <= input.len() && made <= output.len(), "windows lie outside of their maps");
        (self.depthwise)(depthwise, input, output, windows);
    }
}
