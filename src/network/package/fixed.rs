//! Inputs that always read the same samples: a point spread function, a table, a time step. To the network they are
//! weights, so whatever holds for those holds for them: extents of their own, shapes that follow from them, exact tiles.

use half::{bf16, f16};
use prost::bytes::Bytes;

use super::Package;
use crate::error::{Error, Result};
use crate::network::description::Port;
use crate::network::onnx::{self, TensorProto};
use crate::network::rewrite::{reserved, rewritten};
use crate::network::tensor::range;

impl Package {
    /// The weight that an input becomes with these samples, beside those that others have become.
    ///
    /// # Errors
    /// [`Error::Argument`] for a name that no input has, for the only image, for another shape, and for samples that the
    /// input's type does not hold; [`Error::Unsupported`] for a type that no image can be; [`Error::Memory`].
    pub fn weight(&self, name: &str, shape: &[usize], samples: &[f32], beside: &[TensorProto]) -> Result<TensorProto> {
        let inputs = self.proto.inputs();
        let ports = &self.description.inputs;
        let Some(at) = ports.iter().position(|port| port.name == name) else {
            let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
            let names = names.join(", ");
            return Err(Error::Argument(format!("name is {name:?}; it must be one of the network's inputs: {names}")));
        };
        let free = |other: usize| other != at && beside.iter().all(|weight| weight.name != inputs[other].name);
        if !ports.iter().enumerate().any(|(other, port)| free(other) && port.is_image()) {
            return Err(Error::Argument(format!(
                "name is {name:?}; the network reads no other image, so the plan's images go there"
            )));
        }
        if let Some(stated) = inputs[at].extents() {
            let fits = stated.len() == shape.len()
                && stated.iter().zip(shape).all(|(stated, given)| stated.is_none_or(|stated| stated == *given));
            if !fits {
                let stated: Vec<String> =
                    stated.iter().map(|extent| extent.map_or("any".to_owned(), |extent| extent.to_string())).collect();
                let stated = stated.join(", ");
                return Err(Error::Argument(format!("shape is {shape:?}; the network's input {name} has [{stated}]")));
            }
        }
        let kind = inputs[at].sample_type();
        let wrong = samples.iter().filter(|sample| !sample.is_finite()).count();
        if wrong > 0 {
            return Err(Error::Argument(format!("samples hold {wrong} that are NaN or infinite; all must be finite")));
        }
        if let Some([low, high]) = range(kind)
            && let Some(sample) = samples.iter().find(|sample| **sample < low || **sample > high)
        {
            let kind = onnx::type_name(kind);
            return Err(Error::Argument(format!(
                "samples hold {sample}; the network's input {name} is of type {kind}, which holds {low} to {high}"
            )));
        }
        let overflows = |sample: &&f32| match kind {
            onnx::FLOAT16 => f16::from_f32(**sample).is_infinite(),
            onnx::BFLOAT16 => bf16::from_f32(**sample).is_infinite(),
            _ => false,
        };
        if let Some(sample) = samples.iter().find(overflows) {
            let kind = onnx::type_name(kind);
            return Err(Error::Argument(format!(
                "samples hold {sample}; the network's input {name} is of type {kind}, to which that is infinite"
            )));
        }
        let dims = shape.iter().map(|&extent| extent as i64).collect();
        let raw_data = encoded(kind, samples)?;
        Ok(TensorProto { dims, data_type: kind, name: inputs[at].name.clone(), raw_data, ..TensorProto::default() })
    }

    /// What the package calls the input that became a weight.
    pub fn input_name(&self, weight: &TensorProto) -> String {
        let ports = self.description.inputs.iter().zip(self.proto.inputs());
        let mut named = ports.filter(|(_, input)| input.name == weight.name);
        named.next().map(|(port, _)| port.name.clone()).unwrap_or_default()
    }

    /// The network with those weights in place of the inputs of their names.
    ///
    /// # Errors
    /// [`Error::Memory`], and [`Error::Model`] where the network's file becomes too large.
    pub fn with_weights(&self, weights: &[TensorProto]) -> Result<Self> {
        let is_free = |name: &str| weights.iter().all(|weight| weight.name != name);
        let mut description = self.description.clone();
        let free: Vec<bool> = self.proto.inputs().iter().map(|input| is_free(&input.name)).collect();
        let mut order = free.iter();
        description.inputs.retain(|_: &Port| order.next().is_none_or(|free| *free));
        let mut proto = self.proto.clone();
        proto.graph.get_or_insert_default().initializer.extend_from_slice(weights);
        Ok(Self {
            description,
            file: rewritten(&self.file, |name| self.proto.drops_inputs() && !is_free(name), weights)?,
            proto,
            weights: self.weights.clone(),
            tests: Err(Error::State("a network with inputs that were given samples has no test".to_owned())),
            tolerances: Vec::new(),
            sha256: self.sha256.clone(),
        })
    }
}

/// Samples as ONNX keeps them, whole numbers rounded half to even.
fn encoded(kind: i32, samples: &[f32]) -> Result<Bytes> {
    fn bytes<const N: usize>(samples: &[f32], to: impl Fn(f32) -> [u8; N]) -> Result<Bytes> {
        let mut bytes = reserved(samples.len().saturating_mul(N))?;
        samples.iter().for_each(|&sample| bytes.extend_from_slice(&to(sample)));
        Ok(Bytes::from(bytes))
    }
    let whole = |sample: f32| sample.round_ties_even();
    match kind {
        onnx::FLOAT => bytes(samples, f32::to_le_bytes),
        onnx::DOUBLE => bytes(samples, |sample| f64::from(sample).to_le_bytes()),
        onnx::FLOAT16 => bytes(samples, |sample| f16::from_f32(sample).to_le_bytes()),
        onnx::BFLOAT16 => bytes(samples, |sample| bf16::from_f32(sample).to_le_bytes()),
        onnx::INT8 => bytes(samples, |sample| (whole(sample) as i8).to_le_bytes()),
        onnx::UINT8 => bytes(samples, |sample| (whole(sample) as u8).to_le_bytes()),
        onnx::INT16 => bytes(samples, |sample| (whole(sample) as i16).to_le_bytes()),
        onnx::UINT16 => bytes(samples, |sample| (whole(sample) as u16).to_le_bytes()),
        onnx::INT32 => bytes(samples, |sample| (whole(sample) as i32).to_le_bytes()),
        onnx::UINT32 => bytes(samples, |sample| (whole(sample) as u32).to_le_bytes()),
        onnx::INT64 => bytes(samples, |sample| (whole(sample) as i64).to_le_bytes()),
        onnx::UINT64 => bytes(samples, |sample| (whole(sample) as u64).to_le_bytes()),
        onnx::BOOL => bytes(samples, |sample| [u8::from(sample != 0.0)]),
        other => {
            let name = onnx::type_name(other);
            Err(Error::Unsupported(format!("the input is of type {name}; numbers of 8 to 64 bits can be given")))
        }
    }
}
