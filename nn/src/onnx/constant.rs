//! Tensors with their values in the file.

use half::f16;

use super::messages::TensorProto;
use crate::error::{Result, fail};

/// The type of the values in the file, by `TensorProto.DataType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    F32 = 1,
    U8 = 2,
    I8 = 3,
    I32 = 6,
    I64 = 7,
    F16 = 10,
    F64 = 11,
}

/// A row-major tensor; its values are f32, whatever their type in the file.
#[derive(Debug, Clone)]
pub(crate) struct Constant {
    pub dims: Vec<usize>,
    pub values: Vec<f32>,
    pub kind: Kind,
    pub scales: Option<Scales>,
}

/// The scales of int8 values with a zero point of 0.
#[derive(Debug, Clone)]
pub(crate) struct Scales {
    /// One for all values, or one per index of `axis`.
    pub values: Vec<f32>,
    pub axis: usize,
}

impl Kind {
    fn of(tensor: &TensorProto) -> Result<Self> {
        let known = [Self::F32, Self::U8, Self::I8, Self::I32, Self::I64, Self::F16, Self::F64];
        match known.into_iter().find(|&kind| kind as i32 == tensor.data_type) {
            Some(kind) => Ok(kind),
            None => fail!(InvalidModel, "the values of {} have the unknown type {}", tensor.name, tensor.data_type),
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::F16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }
}

impl Constant {
    /// Wraps a tensor that was computed.
    #[cfg(feature = "tract")]
    pub fn computed(dims: Vec<usize>, values: Vec<f32>) -> Self {
        Self { dims, values, kind: Kind::F32, scales: None }
    }

    /// # Errors
    /// `InvalidModel` if the values are not in the file, do not match the dimensions, or have a type
    /// other than [`Kind`]'s.
    pub(super) fn read(tensor: &TensorProto) -> Result<Self> {
        if tensor.data_location != 0 {
            fail!(InvalidModel, "the values of {} lie in another file", tensor.name);
        }
        let kind = Kind::of(tensor)?;
        let dims: Option<Vec<usize>> = tensor.dims.iter().map(|&side| usize::try_from(side).ok()).collect();
        let count = dims.as_ref().and_then(|dims| dims.iter().try_fold(1usize, |count, &side| count.checked_mul(side)));
        let (Some(dims), Some(count)) = (dims, count) else {
            fail!(InvalidModel, "{} has the impossible shape {:?}", tensor.name, tensor.dims);
        };
        let raw = &tensor.raw_data[..];
        if !raw.len().is_multiple_of(kind.bytes()) {
            fail!(InvalidModel, "{} holds {} bytes, a part of a value", tensor.name, raw.len());
        }
        let values = if raw.is_empty() { listed(tensor, kind) } else { unpacked(raw, kind) };
        if values.len() != count {
            fail!(InvalidModel, "{} holds {} values for the shape {dims:?}", tensor.name, values.len());
        }
        Ok(Self { dims, values, kind, scales: None })
    }

    /// Returns `(value - zero) * scale`. Scale and zero are one value, or one per index of `axis`;
    /// a negative `axis` counts from the end.
    ///
    /// # Errors
    /// `InvalidModel` if scales and zeros do not fit the values.
    pub fn dequantized(mut self, scale: Self, zero: Option<&Self>, axis: i64) -> Result<Self> {
        let rank = self.dims.len();
        let axis = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
        let axis = usize::try_from(axis).ok().filter(|&axis| axis < rank);
        let places = scale.values.len();
        let fits = places == 1 || axis.is_some_and(|axis| self.dims[axis] == places);
        if places == 0 || !fits || zero.is_some_and(|zero| zero.values.len() != places) {
            fail!(InvalidModel, "the scales of a DequantizeLinear do not fit its values");
        }
        let axis = if places == 1 { 0 } else { axis.unwrap_or(0) };
        let step = if places == 1 { self.values.len() } else { self.dims[axis + 1..].iter().product() };
        let zero_of = |place: usize| zero.map_or(0.0, |zero| zero.values[place]);
        for (index, values) in self.values.chunks_exact_mut(step.max(1)).enumerate() {
            let (scale, zero) = (scale.values[index % places], zero_of(index % places));
            values.iter_mut().for_each(|value| *value = (*value - zero) * scale);
        }
        let around_zero = (0..places).all(|place| zero_of(place) == 0.0);
        self.scales = (self.kind == Kind::I8 && around_zero).then_some(Scales { values: scale.values, axis });
        Ok(self)
    }

    /// Returns the scale of each of `outputs`, the indices of `axis`; empty if the values are not
    /// int8 around zero or are scaled along another axis.
    pub fn scales_of(&self, outputs: usize, axis: usize) -> Vec<f32> {
        match &self.scales {
            Some(Scales { values, .. }) if values.len() == 1 => vec![values[0]; outputs],
            Some(scales) if scales.axis == axis && scales.values.len() == outputs => scales.values.clone(),
            _ => Vec::new(),
        }
    }
}

fn unpacked(raw: &[u8], kind: Kind) -> Vec<f32> {
    fn each<const N: usize>(raw: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        raw.as_chunks().0.iter().map(|&bytes| value(bytes)).collect()
    }
    match kind {
        Kind::F32 => each(raw, f32::from_le_bytes),
        Kind::U8 => each(raw, |[byte]| f32::from(byte)),
        Kind::I8 => each(raw, |[byte]| f32::from(byte.cast_signed())),
        Kind::I32 => each(raw, |bytes| i32::from_le_bytes(bytes) as f32),
        Kind::I64 => each(raw, |bytes| i64::from_le_bytes(bytes) as f32),
        Kind::F16 => each(raw, |bytes| f16::from_le_bytes(bytes).to_f32()),
        Kind::F64 => each(raw, |bytes| f64::from_le_bytes(bytes) as f32),
    }
}

fn listed(tensor: &TensorProto, kind: Kind) -> Vec<f32> {
    let small = |value: fn(i32) -> f32| tensor.int32_data.iter().map(|&item| value(item)).collect();
    match kind {
        Kind::F32 => tensor.float_data.clone(),
        Kind::U8 => small(|item| f32::from(item as u8)),
        Kind::I8 => small(|item| f32::from(item as i8)),
        Kind::I32 => small(|item| item as f32),
        Kind::I64 => tensor.int64_data.iter().map(|&item| item as f32).collect(),
        Kind::F16 => small(|item| f16::from_bits(item as u16).to_f32()),
        Kind::F64 => tensor.double_data.iter().map(|&item| item as f32).collect(),
    }
}
