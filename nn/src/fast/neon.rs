//! Products in f32 on AArch64.
#![allow(unsafe_code)]

use std::arch::asm;

use super::map::{LANES, Lanes, PANEL, Panel};

/// Pixels whose sums, inputs and weights fit the registers.
pub(super) const PIXELS: usize = 5;

/// The sums of a panel's outputs of a pixel.
pub(super) type Sums = [Lanes; PANEL];

/// `sums[m] = (begin or sums[m]) + sum of weights[plane] . pixels[plane][m]`: adds the products of `weights.len()` planes,
/// at a distance of `plane` lanes, in the order of the inputs. Without `begin`, to what `sums` has.
///
/// Inline assembly: the compiler loads each input by itself.
///
/// # Panics
/// If there are no weights, the last plane does not have `M` pixels, or there are more than [`PIXELS`].
#[inline]
pub(super) fn add_planes<const M: usize>(
    weights: &[Panel],
    pixels: &[Lanes],
    plane: usize,
    begin: Option<&Sums>,
    sums: &mut [Sums; M],
) {
    assert!(!weights.is_empty() && (weights.len() - 1) * plane + M <= pixels.len());
    let (from, step) = match begin {
        Some(begin) => (std::ptr::from_ref(begin), 0),
        None => (sums.as_ptr(), size_of::<Sums>()),
    };
    const { assert!(size_of::<Panel>() == LANES * size_of::<Sums>() && size_of::<Sums>() == 64) };
    // Half a plane at a time: four inputs of each pixel, from v4 on, and four times the weights of an input.
    macro_rules! input {
        ($lane:literal, $($values:literal $a:ident $b:ident $c:ident $d:ident),+) => {
            concat!(
                "ld1 {{v0.4s, v1.4s, v2.4s, v3.4s}}, [{weights}], #64\n",
                $("fmla {", stringify!($a), ":v}.4s, v0.4s, ", $values, ".s[", $lane, "]\n",)+
                $("fmla {", stringify!($b), ":v}.4s, v1.4s, ", $values, ".s[", $lane, "]\n",)+
                $("fmla {", stringify!($c), ":v}.4s, v2.4s, ", $values, ".s[", $lane, "]\n",)+
                $("fmla {", stringify!($d), ":v}.4s, v3.4s, ", $values, ".s[", $lane, "]\n",)+
            )
        };
    }
    macro_rules! planes {
        ($($first:literal $second:literal $to:literal $values:literal $q:literal $a:ident $b:ident $c:ident $d:ident),+) => {
            asm!(
                $(
                    concat!("ldp {", stringify!($a), ":q}, {", stringify!($b), ":q}, [{from}]"),
                    concat!("ldp {", stringify!($c), ":q}, {", stringify!($d), ":q}, [{from}, #32]"),
                    "add {from}, {from}, {step}",
                )+
                "2:",
                $(concat!("ldr ", $q, ", [{pixels}, #", $first, "]"),)+
                input!("0", $($values $a $b $c $d),+),
                input!("1", $($values $a $b $c $d),+),
                input!("2", $($values $a $b $c $d),+),
                input!("3", $($values $a $b $c $d),+),
                $(concat!("ldr ", $q, ", [{pixels}, #", $second, "]"),)+
                "subs {planes}, {planes}, #1",
                "add {pixels}, {pixels}, {plane}",
                input!("0", $($values $a $b $c $d),+),
                input!("1", $($values $a $b $c $d),+),
                input!("2", $($values $a $b $c $d),+),
                input!("3", $($values $a $b $c $d),+),
                "b.ne 2b",
                $(
                    concat!("stp {", stringify!($a), ":q}, {", stringify!($b), ":q}, [{to}, #", $to, "]"),
                    concat!("stp {", stringify!($c), ":q}, {", stringify!($d), ":q}, [{to}, #", $to, " + 32]"),
                )+
                $($a = out(vreg) _, $b = out(vreg) _, $c = out(vreg) _, $d = out(vreg) _,)+
                from = inout(reg) from => _, step = in(reg) step, to = in(reg) sums.as_mut_ptr(),
                weights = inout(reg) weights.as_ptr() => _, planes = inout(reg) weights.len() => _,
                pixels = inout(reg) pixels.as_ptr() => _, plane = in(reg) plane * size_of::<Lanes>(),
                out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _,
                out("v7") _, out("v8") _, options(nostack)
            )
        };
    }
    // SAFETY: reads the weights and, by the assertion, pixels; reads and writes sums.
    unsafe {
        match M {
            1 => planes!("0" "16" "0" "v4" "q4" a b c d),
            2 => planes!("0" "16" "0" "v4" "q4" a b c d, "32" "48" "64" "v5" "q5" e f g h),
            3 => planes!(
                "0" "16" "0" "v4" "q4" a b c d, "32" "48" "64" "v5" "q5" e f g h, "64" "80" "128" "v6" "q6" i j k l
            ),
            4 => planes!(
                "0" "16" "0" "v4" "q4" a b c d, "32" "48" "64" "v5" "q5" e f g h, "64" "80" "128" "v6" "q6" i j k l,
                "96" "112" "192" "v7" "q7" m n o p
            ),
            5 => planes!(
                "0" "16" "0" "v4" "q4" a b c d, "32" "48" "64" "v5" "q5" e f g h, "64" "80" "128" "v6" "q6" i j k l,
                "96" "112" "192" "v7" "q7" m n o p, "128" "144" "256" "v8" "q8" q r s t
            ),
            _ => unreachable!("a tile has at most {PIXELS} pixels"),
        }
    }
}
