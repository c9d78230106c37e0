//! Small tensors whose content is known while a graph is followed.

use half::{bf16, f16};

use crate::network::onnx::{self, TensorProto};

/// A tensor with its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// ONNX's number of the sample type.
    pub kind: i32,
    /// Extents, slowest first.
    pub shape: Vec<usize>,
    /// Samples, last axis fastest.
    pub numbers: Numbers,
}

/// Samples: whole numbers and truth values exactly, real ones with the precision of their type.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Of every integer type, and 0 or 1 for truth values.
    Whole(Vec<i64>),
    /// Of every floating-point type.
    Real(Vec<f64>),
}

impl Constant {
    /// Whole numbers of a type, each wrapped to it as processors do; `None` where shape and count disagree.
    pub fn whole(kind: i32, shape: Vec<usize>, mut numbers: Vec<i64>) -> Option<Self> {
        numbers.iter_mut().for_each(|number| *number = wrapped(kind, *number));
        (numbers.len() == samples(&shape)).then_some(Self { kind, shape, numbers: Numbers::Whole(numbers) })
    }

    /// Real numbers, each rounded to the type; `None` where shape and count disagree.
    pub fn real(kind: i32, shape: Vec<usize>, mut numbers: Vec<f64>) -> Option<Self> {
        numbers.iter_mut().for_each(|number| *number = rounded(kind, *number));
        (numbers.len() == samples(&shape)).then_some(Self { kind, shape, numbers: Numbers::Real(numbers) })
    }

    /// A list of i64, as shapes are.
    pub fn list(numbers: Vec<i64>) -> Self {
        Self { kind: onnx::INT64, shape: vec![numbers.len()], numbers: Numbers::Whole(numbers) }
    }

    /// A tensor of a file, where it is small and of a type of numbers.
    pub fn of_tensor(tensor: &TensorProto) -> Option<Self> {
        let count = usize::try_from(tensor.elements().ok()?).ok().filter(|&count| count <= LIMIT)?;
        let shape = tensor.dims.iter().map(|&extent| usize::try_from(extent).ok()).collect::<Option<Vec<_>>>()?;
        let (raw, kind) = (tensor.raw_data.as_ref(), tensor.data_type);
        let stored = |numbers: &[i32]| numbers.iter().map(|&number| number.into()).collect::<Vec<i64>>();
        macro_rules! raw {
            ($type:ty, $to:expr) => {
                raw.as_chunks().0.iter().map(|bytes| $to(<$type>::from_le_bytes(*bytes))).collect()
            };
        }
        let bits = |numbers: &[i32]| numbers.iter().map(|&number| number as u16).collect::<Vec<u16>>();
        if onnx::is_real(kind) {
            let numbers: Vec<f64> = match (kind, raw.is_empty()) {
                (onnx::FLOAT, true) => tensor.float_data.iter().map(|&number| number.into()).collect(),
                (onnx::FLOAT, false) => raw!(f32, f64::from),
                (onnx::DOUBLE, true) => tensor.double_data.clone(),
                (onnx::DOUBLE, false) => raw!(f64, f64::from),
                (onnx::FLOAT16, true) => {
                    bits(&tensor.int32_data).into_iter().map(|bits| f16::from_bits(bits).into()).collect()
                }
                (onnx::FLOAT16, false) => raw!(f16, f64::from),
                (_, true) => bits(&tensor.int32_data).into_iter().map(|bits| bf16::from_bits(bits).into()).collect(),
                (_, false) => raw!(bf16, f64::from),
            };
            return (numbers.len() == count).then_some(Self { kind, shape, numbers: Numbers::Real(numbers) });
        }
        let numbers: Vec<i64> = match (kind, raw.is_empty()) {
            (onnx::INT64, true) => tensor.int64_data.clone(),
            (onnx::INT64, false) => raw!(i64, i64::from),
            (onnx::UINT32 | onnx::UINT64, true) => tensor.uint64_data.iter().map(|&number| number as i64).collect(),
            (onnx::UINT64, false) => raw!(u64, |number: u64| number as i64),
            (onnx::UINT32, false) => raw!(u32, i64::from),
            (onnx::INT32 | onnx::INT16 | onnx::INT8 | onnx::UINT16 | onnx::UINT8 | onnx::BOOL, true) => {
                stored(&tensor.int32_data)
            }
            (onnx::INT32, false) => raw!(i32, i64::from),
            (onnx::INT16, false) => raw!(i16, i64::from),
            (onnx::UINT16, false) => raw!(u16, i64::from),
            (onnx::INT8, false) => raw!(i8, i64::from),
            (onnx::UINT8 | onnx::BOOL, false) => raw.iter().map(|&byte| byte.into()).collect(),
            _ => return None,
        };
        Self::whole(kind, shape, numbers)
    }

    /// How many samples.
    pub fn len(&self) -> usize {
        match &self.numbers {
            Numbers::Whole(numbers) => numbers.len(),
            Numbers::Real(numbers) => numbers.len(),
        }
    }

    /// The whole numbers.
    pub fn integers(&self) -> Option<&[i64]> {
        match &self.numbers {
            Numbers::Whole(numbers) => Some(numbers),
            Numbers::Real(_) => None,
        }
    }

    /// The numbers as real ones.
    pub fn reals(&self) -> Vec<f64> {
        match &self.numbers {
            Numbers::Whole(numbers) => numbers.iter().map(|&number| number as f64).collect(),
            Numbers::Real(numbers) => numbers.clone(),
        }
    }

    /// Whether all samples are the same.
    pub fn is_uniform(&self) -> bool {
        match &self.numbers {
            Numbers::Whole(numbers) => numbers.windows(2).all(|pair| pair[0] == pair[1]),
            Numbers::Real(numbers) => numbers.windows(2).all(|pair| pair[0] == pair[1]),
        }
    }

    /// The samples at these places, in a tensor of another shape.
    pub fn picked(&self, shape: Vec<usize>, places: &[usize]) -> Option<Self> {
        let numbers = match &self.numbers {
            Numbers::Whole(numbers) => {
                Numbers::Whole(places.iter().map(|&place| numbers.get(place).copied()).collect::<Option<_>>()?)
            }
            Numbers::Real(numbers) => {
                Numbers::Real(places.iter().map(|&place| numbers.get(place).copied()).collect::<Option<_>>()?)
            }
        };
        (places.len() == samples(&shape)).then_some(Self { kind: self.kind, shape, numbers })
    }
}

/// The number of samples of a shape, however absurd.
pub fn samples(shape: &[usize]) -> usize {
    shape.iter().fold(1, |count: usize, &extent| count.saturating_mul(extent))
}

fn wrapped(kind: i32, number: i64) -> i64 {
    match kind {
        onnx::BOOL => i64::from(number != 0),
        onnx::INT8 => (number as i8).into(),
        onnx::UINT8 => (number as u8).into(),
        onnx::INT16 => (number as i16).into(),
        onnx::UINT16 => (number as u16).into(),
        onnx::INT32 => (number as i32).into(),
        onnx::UINT32 => (number as u32).into(),
        _ => number,
    }
}

/// Rounding a result of f64 once more is the same as computing in f32, for sums, products, quotients and roots.
fn rounded(kind: i32, number: f64) -> f64 {
    match kind {
        onnx::FLOAT => (number as f32).into(),
        onnx::FLOAT16 => f16::from_f64(number).into(),
        onnx::BFLOAT16 => bf16::from_f64(number).into(),
        _ => number,
    }
}

/// Tensors of more samples are weights, or positions; nobody computes a shape from them.
pub const LIMIT: usize = 1 << 14;
