//! f16 computed one by one, on any processor: what vectors of f16 must return to the bit, much slower.

use half::f16;

use super::lanes::{LANES, Lanes};
use super::number::{Arithmetic, Number, Work};

/// An f16 of networks that run without vectors.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
#[repr(transparent)]
pub(crate) struct PlainHalf(f16);

impl Number for PlainHalf {
    const EXECUTOR: &'static str = "fused steps in f16, one by one";
    const ZERO: Self = Self(f16::ZERO);
    const ZEROS: &[Lanes<Self>; 256] = &[[Self::ZERO; LANES]; 256];
    const INFINITY: Self = Self(f16::INFINITY);
    const NEG_INFINITY: Self = Self(f16::NEG_INFINITY);

    fn of(value: f32) -> Self {
        Self(f16::from_f32(value))
    }

    fn value(self) -> f32 {
        self.0.to_f32()
    }

    fn convert(values: &[f32], to: &mut [Self]) {
        for (value, to) in values.iter().zip(to) {
            *to = Self::of(*value);
        }
    }

    fn compute(work: impl Work<Self>) {
        work.run(OneByOne);
    }
}

#[derive(Clone, Copy)]
struct OneByOne;

/// `change` of each lane.
fn each(a: Lanes<PlainHalf>, b: Lanes<PlainHalf>, change: impl Fn(f32, f32) -> f32) -> Lanes<PlainHalf> {
    std::array::from_fn(|lane| PlainHalf::of(change(a[lane].value(), b[lane].value())))
}

impl Arithmetic for OneByOne {
    type Number = PlainHalf;
    type Vector = Lanes<PlainHalf>;

    const PIXELS: usize = 8;
    const COLUMNS: usize = 8;
    const GROUP: usize = 8;

    fn load(self, lanes: &Lanes<PlainHalf>) -> Self::Vector {
        *lanes
    }

    fn splat(self, value: PlainHalf) -> Self::Vector {
        [value; LANES]
    }

    fn store(self, vector: Self::Vector) -> Lanes<PlainHalf> {
        vector
    }

    // A sum or product of two f16 is rounded to f16 as if it had not been rounded to f32 before: f32 has more than twice
    // the digits (Figueroa, "When is double rounding innocuous?", 1995).
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        each(a, b, |a, b| a + b)
    }

    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        each(a, b, |a, b| a * b)
    }

    /// The product is exact in f64, which has the digits for the sum of all but the farthest magnitudes.
    fn mul_add(self, a: Self::Vector, b: Self::Vector, sum: Self::Vector) -> Self::Vector {
        std::array::from_fn(|lane| {
            let [a, b, sum] = [a, b, sum].map(|vector| vector[lane].0.to_f64());
            PlainHalf(f16::from_f64(a * b + sum))
        })
    }

    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        each(a, b, |a, b| if a < b { a } else { b })
    }

    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        each(a, b, |a, b| if a > b { a } else { b })
    }
}
