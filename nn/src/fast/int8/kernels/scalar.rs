//! Plain loops, the reference for all other kernels.

use super::Kernels;
use crate::fast::int8::depthwise::{BLOCK, Depthwise, Windows};
use crate::fast::int8::product::{PANEL, Product, STEP, Walk};

pub(super) const KERNELS: Kernels =
    Kernels { name: "fused steps in int8 (plain loops)", signed: false, product, depthwise };

fn product(product: &Product, input: &[u8], output: &mut [u8], walk: Walk) {
    for row in 0..walk.rows {
        for column in 0..walk.columns {
            let pixel = &input[row * walk.input_row + column * walk.input_pixel..][..product.inputs];
            let out = &mut output[row * walk.output_row + column * walk.output_pixel..];
            for (index, panel) in product.panels.iter().enumerate() {
                for lane in 0..PANEL {
                    let steps = panel.places.iter().zip(pixel.chunks_exact(STEP));
                    let sum = steps.fold(0, |sum, (&place, values)| {
                        let weights = &panel.blocks[place as usize].0[lane * STEP..][..STEP];
                        sum + weights.iter().zip(values).map(|(&w, &v)| i32::from(w) * i32::from(v)).sum::<i32>()
                    });
                    out[index * PANEL + lane] = product.rescale.byte(index * PANEL + lane, sum);
                }
            }
        }
    }
}

fn depthwise(depthwise: &Depthwise, input: &[u8], output: &mut [u8], windows: Windows) {
    let walk = windows.walk;
    for row in 0..walk.rows {
        for column in 0..walk.columns {
            let window = &input[row * walk.input_row + column * walk.input_pixel..];
            let out = &mut output[row * walk.output_row + column * walk.output_pixel..];
            for (index, block) in depthwise.blocks.iter().enumerate() {
                for lane in 0..BLOCK {
                    let channel = index * BLOCK + lane;
                    let taps = block.taps.iter().zip(&block.places);
                    let sum = taps.fold(0, |sum, (taps, &place)| {
                        let value = window[windows.offset(place) + channel];
                        sum + i32::from(taps[lane]) * i32::from(value)
                    });
                    out[channel] = depthwise.rescale.byte(channel, sum);
                }
            }
        }
    }
}
