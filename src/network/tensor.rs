//! Tensors that sessions read and write, in memory that is made once and stays in place.

use half::{bf16, f16};
use ort::AsPointer;
use ort::session::SessionInputValue;
use ort::value::{Tensor as OrtTensor, TensorElementType};

use super::onnx;
use crate::error::{Error, Result, zeroed};

/// A tensor whose memory stays in one place while sessions use it; samples are seen as f32 whatever they are.
pub struct Tensor {
    shape: Vec<usize>,
    samples: Samples,
    /// The samples as f32, where they are of another type.
    seen: Vec<f32>,
}

macro_rules! sample_types {
    ($($name:ident $kind:ident $type:ty, $to:expr, $from:expr;)+) => {
        enum Samples {
            F32(OrtTensor<f32>),
            $($name(OrtTensor<$type>),)+
        }

        impl Tensor {
            /// Zeros of a sample type (ONNX's number for it) and a shape.
            ///
            /// # Errors
            /// [`Error::Memory`], or [`Error::Model`] for a sample type that no image can be.
            pub fn new(sample_type: i32, shape: &[usize]) -> Result<Self> {
                let count = shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent));
                let count = count.filter(|&count| count > 0).ok_or_else(|| {
                    Error::Model(format!("a tensor of the network is of shape {shape:?}; every extent must be 1 or more"))
                })?;
                let refused = |error: ort::Error| Error::Internal(format!("a tensor cannot be made: {error}"));
                let (samples, seen) = match sample_type {
                    onnx::FLOAT => {
                        let buffer = zeroed::<f32>(TILE, count)?;
                        (Samples::F32(OrtTensor::from_array((shape.to_vec(), buffer)).map_err(refused)?), Vec::new())
                    }
                    $(onnx::$kind => {
                        let buffer = zeroed::<$type>(TILE, count)?;
                        let tensor = OrtTensor::from_array((shape.to_vec(), buffer)).map_err(refused)?;
                        (Samples::$name(tensor), zeroed(TILE, count)?)
                    })+
                    other => {
                        return Err(Error::Model(format!(
                            "a tensor of the network has samples of the type {}; numbers of 8 to 64 bits and truth values \
                             can be run",
                            onnx::type_name(other)
                        )));
                    }
                };
                Ok(Self { shape: shape.to_vec(), samples, seen })
            }

            /// Extents, slowest first.
            pub fn shape(&self) -> &[usize] {
                &self.shape
            }

            /// The samples, last axis fastest.
            pub fn values(&mut self) -> &mut [f32] {
                match &mut self.samples {
                    Samples::F32(tensor) => tensor.extract_tensor_mut().1,
                    _ => &mut self.seen,
                }
            }

            /// What ONNX Runtime knows it by; lives as long as the tensor.
            pub fn pointer(&self) -> *const ort::sys::OrtValue {
                match &self.samples {
                    Samples::F32(tensor) => tensor.ptr(),
                    $(Samples::$name(tensor) => tensor.ptr(),)+
                }
            }

            /// As an input of a run that `ort` prepares.
            pub fn as_input(&self) -> SessionInputValue<'_> {
                match &self.samples {
                    Samples::F32(tensor) => tensor.into(),
                    $(Samples::$name(tensor) => tensor.into(),)+
                }
            }

            /// Turns the samples into their own type, before a run reads them.
            pub fn encode(&mut self) {
                match &mut self.samples {
                    Samples::F32(_) => {}
                    $(Samples::$name(tensor) => {
                        for (sample, &value) in tensor.extract_tensor_mut().1.iter_mut().zip(&self.seen) {
                            *sample = $from(value);
                        }
                    })+
                }
            }

            /// Turns what a run wrote into f32.
            pub fn decode(&mut self) {
                match &mut self.samples {
                    Samples::F32(_) => {}
                    $(Samples::$name(tensor) => {
                        for (&sample, value) in tensor.extract_tensor().1.iter().zip(&mut self.seen) {
                            *value = $to(sample);
                        }
                    })+
                }
            }
        }
    };
}

sample_types! {
    F16 FLOAT16 f16, f16::to_f32, f16::from_f32;
    Bf16 BFLOAT16 bf16, bf16::to_f32, bf16::from_f32;
    F64 DOUBLE f64, |sample| sample as f32, f64::from;
    I8 INT8 i8, f32::from, |value: f32| value.round_ties_even() as i8;
    U8 UINT8 u8, f32::from, |value: f32| value.round_ties_even() as u8;
    I16 INT16 i16, f32::from, |value: f32| value.round_ties_even() as i16;
    U16 UINT16 u16, f32::from, |value: f32| value.round_ties_even() as u16;
    I32 INT32 i32, |sample| sample as f32, |value: f32| value.round_ties_even() as i32;
    U32 UINT32 u32, |sample| sample as f32, |value: f32| value.round_ties_even() as u32;
    I64 INT64 i64, |sample| sample as f32, |value: f32| value.round_ties_even() as i64;
    U64 UINT64 u64, |sample| sample as f32, |value: f32| value.round_ties_even() as u64;
    Bool BOOL bool, |sample| f32::from(u8::from(sample)), |value: f32| value != 0.0;
}

/// The least and the greatest value that samples of a type of whole numbers or truth values have; `None` for other types.
pub fn range(sample_type: i32) -> Option<[f32; 2]> {
    Some(match sample_type {
        onnx::INT8 => [-128.0, 127.0],
        onnx::UINT8 => [0.0, 255.0],
        onnx::INT16 => [-32768.0, 32767.0],
        onnx::UINT16 => [0.0, 65535.0],
        onnx::INT32 => [i32::MIN as f32, i32::MAX as f32],
        onnx::UINT32 => [0.0, u32::MAX as f32],
        onnx::INT64 => [i64::MIN as f32, i64::MAX as f32],
        onnx::UINT64 => [0.0, u64::MAX as f32],
        onnx::BOOL => [0.0, 1.0],
        _ => return None,
    })
}

/// The number that ONNX has for a sample type that images can be of.
pub fn sample_type(kind: TensorElementType) -> Option<i32> {
    Some(match kind {
        TensorElementType::Float32 => onnx::FLOAT,
        TensorElementType::Float16 => onnx::FLOAT16,
        TensorElementType::Bfloat16 => onnx::BFLOAT16,
        TensorElementType::Float64 => onnx::DOUBLE,
        TensorElementType::Int8 => onnx::INT8,
        TensorElementType::Uint8 => onnx::UINT8,
        TensorElementType::Int16 => onnx::INT16,
        TensorElementType::Uint16 => onnx::UINT16,
        TensorElementType::Int32 => onnx::INT32,
        TensorElementType::Uint32 => onnx::UINT32,
        TensorElementType::Int64 => onnx::INT64,
        TensorElementType::Uint64 => onnx::UINT64,
        TensorElementType::Bool => onnx::BOOL,
        _ => return None,
    })
}

const TILE: &str = "a tile of the network";
