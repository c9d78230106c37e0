//! The part of the ONNX file format that abbe reads itself, before any runtime sees the file.
//!
//! Source: onnx.proto3 of the ONNX project (IR version 13), field numbers as there. Fields that nobody here needs are
//! left out; protobuf skips them. Weights are shared with the file's bytes, never copied.

mod kinds;

use std::collections::HashSet;

use prost::Message;
use prost::bytes::Bytes;

pub use self::kinds::*;
use crate::error::{Error, Result};

/// A network and where its operators come from.
#[derive(Clone, PartialEq, Message)]
pub struct ModelProto {
    /// Version of the file format.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// Program that wrote the file.
    #[prost(string, tag = "2")]
    pub producer_name: String,
    /// Its version.
    #[prost(string, tag = "3")]
    pub producer_version: String,
    /// What the author says about the network.
    #[prost(string, tag = "6")]
    pub doc_string: String,
    /// The network.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<GraphProto>,
    /// Operator sets it is written in.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSetIdProto>,
    /// Free key-value pairs.
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<StringStringEntryProto>,
    /// Functions of the file's own.
    #[prost(message, repeated, tag = "25")]
    pub functions: Vec<FunctionProto>,
}

/// A version of a set of operators.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSetIdProto {
    /// Domain; empty is ONNX's own.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// Version.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// A pair of texts.
#[derive(Clone, PartialEq, Message)]
pub struct StringStringEntryProto {
    /// Name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// A function: an operator whose body is in the file.
#[derive(Clone, PartialEq, Message)]
pub struct FunctionProto {
    /// Operator name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Names of the values that it reads, inside.
    #[prost(string, repeated, tag = "4")]
    pub input: Vec<String>,
    /// Names of the values that it makes, inside.
    #[prost(string, repeated, tag = "5")]
    pub output: Vec<String>,
    /// The body.
    #[prost(message, repeated, tag = "7")]
    pub node: Vec<NodeProto>,
    /// Operator sets it is written in.
    #[prost(message, repeated, tag = "9")]
    pub opset_import: Vec<OperatorSetIdProto>,
    /// Domain of the operator.
    #[prost(string, tag = "10")]
    pub domain: String,
    /// Attributes that it has where a call states none.
    #[prost(message, repeated, tag = "11")]
    pub attribute_proto: Vec<AttributeProto>,
}

impl FunctionProto {
    /// The version of ONNX's own operators, where it states one.
    pub fn opset(&self) -> Option<i64> {
        own_set(&self.opset_import)
    }
}

fn own_set(sets: &[OperatorSetIdProto]) -> Option<i64> {
    sets.iter().find(|set| set.domain.is_empty() || set.domain == "ai.onnx").map(|set| set.version)
}

/// Nodes, weights, inputs and outputs.
#[derive(Clone, PartialEq, Message)]
pub struct GraphProto {
    /// Operations.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeProto>,
    /// Name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Weights.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<TensorProto>,
    /// What the author says about the graph.
    #[prost(string, tag = "10")]
    pub doc_string: String,
    /// Inputs; older files list weights here too.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfoProto>,
    /// Outputs.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfoProto>,
}

/// An operation.
#[derive(Clone, PartialEq, Message)]
pub struct NodeProto {
    /// Names of the values it reads; empty where an optional one is absent.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// Names of the values it makes.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// Name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// Operator.
    #[prost(string, tag = "4")]
    pub op_type: String,
    /// Attributes.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<AttributeProto>,
    /// Domain of the operator; empty is ONNX's own.
    #[prost(string, tag = "7")]
    pub domain: String,
}

/// An attribute.
#[derive(Clone, PartialEq, Message)]
pub struct AttributeProto {
    /// Name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Real number.
    #[prost(float, tag = "2")]
    pub f: f32,
    /// Whole number.
    #[prost(int64, tag = "3")]
    pub i: i64,
    /// Text.
    #[prost(bytes = "bytes", tag = "4")]
    pub s: Bytes,
    /// Tensor.
    #[prost(message, optional, tag = "5")]
    pub t: Option<TensorProto>,
    /// Graph inside a loop or branch.
    #[prost(message, optional, tag = "6")]
    pub g: Option<GraphProto>,
    /// Real numbers.
    #[prost(float, repeated, tag = "7")]
    pub floats: Vec<f32>,
    /// Whole numbers.
    #[prost(int64, repeated, tag = "8")]
    pub ints: Vec<i64>,
    /// Which of these it is; ONNX Runtime wants to be told.
    #[prost(int32, tag = "20")]
    pub r#type: i32,
    /// In a function: the attribute of the call whose value this is.
    #[prost(string, tag = "21")]
    pub ref_attr_name: String,
}

/// Weights or constants.
#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    /// Extents.
    #[prost(int64, repeated, tag = "1")]
    pub dims: Vec<i64>,
    /// Sample type.
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    /// f32 samples, where they are not raw.
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    /// Samples of i32 and smaller types, where they are not raw; of 16-bit floating-point types their bits.
    #[prost(int32, repeated, tag = "5")]
    pub int32_data: Vec<i32>,
    /// i64 samples, where they are not raw.
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    /// Name.
    #[prost(string, tag = "8")]
    pub name: String,
    /// Samples, little-endian.
    #[prost(bytes = "bytes", tag = "9")]
    pub raw_data: Bytes,
    /// f64 samples, where they are not raw.
    #[prost(double, repeated, tag = "10")]
    pub double_data: Vec<f64>,
    /// u32 and u64 samples, where they are not raw.
    #[prost(uint64, repeated, tag = "11")]
    pub uint64_data: Vec<u64>,
    /// Where the samples lie when they are in a file of their own: keys location, offset, length.
    #[prost(message, repeated, tag = "13")]
    pub external_data: Vec<StringStringEntryProto>,
    /// 1: the samples are in a file of their own.
    #[prost(int32, tag = "14")]
    pub data_location: i32,
}

/// Name and type of an input or output.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfoProto {
    /// Name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Type.
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<TypeProto>,
}

/// A type, of which abbe knows tensors only.
#[derive(Clone, PartialEq, Message)]
pub struct TypeProto {
    /// Tensor.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorTypeProto>,
}

/// Sample type and shape.
#[derive(Clone, PartialEq, Message)]
pub struct TensorTypeProto {
    /// Sample type.
    #[prost(int32, tag = "1")]
    pub elem_type: i32,
    /// Shape, when stated.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
}

/// Extents.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShapeProto {
    /// One per axis.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<DimensionProto>,
}

/// An extent: a number, a name, or neither.
#[derive(Clone, PartialEq, Message)]
pub struct DimensionProto {
    /// Number.
    #[prost(int64, optional, tag = "1")]
    pub dim_value: Option<i64>,
    /// Name; empty when not stated.
    #[prost(string, tag = "2")]
    pub dim_param: String,
}

impl ModelProto {
    /// The network. Reading has made sure that there is one.
    pub fn graph(&self) -> &GraphProto {
        static NONE: GraphProto = GraphProto {
            node: Vec::new(),
            name: String::new(),
            initializer: Vec::new(),
            doc_string: String::new(),
            input: Vec::new(),
            output: Vec::new(),
        };
        self.graph.as_ref().unwrap_or(&NONE)
    }

    /// The inputs that are fed: those that are no weights.
    pub fn inputs(&self) -> Vec<&ValueInfoProto> {
        let graph = self.graph();
        let held: HashSet<&str> = graph.initializer.iter().map(|weight| weight.name.as_str()).collect();
        graph.input.iter().filter(|input| !held.contains(input.name.as_str())).collect()
    }

    /// Whether weights need not be among the inputs, where callers may replace them.
    pub fn drops_inputs(&self) -> bool {
        self.ir_version >= 4
    }

    /// The version of ONNX's own operators.
    pub fn opset(&self) -> i64 {
        own_set(&self.opset_import).unwrap_or(1)
    }
}

impl NodeProto {
    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attribute.iter().find(|attribute| attribute.name == name)
    }

    /// A whole number, or `default` where it is not stated.
    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |attribute| attribute.i)
    }

    /// Whole numbers, or none.
    pub fn ints(&self, name: &str) -> &[i64] {
        self.attribute(name).map_or(&[], |attribute| &attribute.ints)
    }

    /// A text, or an empty one.
    pub fn text(&self, name: &str) -> &str {
        self.attribute(name).and_then(|attribute| std::str::from_utf8(&attribute.s).ok()).unwrap_or("")
    }
}

impl TensorProto {
    /// The number of samples.
    ///
    /// # Errors
    /// [`Error::Model`] for a negative extent or an absurd product.
    pub fn elements(&self) -> Result<u64> {
        let count = self.dims.iter().try_fold(1_u64, |count, &extent| {
            u64::try_from(extent).ok().and_then(|extent| count.checked_mul(extent)).filter(|&count| count <= WEIGHTS)
        });
        count.ok_or_else(|| {
            Error::Model(format!(
                "weight {} is of shape {:?}; extents must be 0 or more and hold at most {WEIGHTS} samples",
                self.name, self.dims
            ))
        })
    }

    /// The file that holds the samples, when they are not in this one.
    pub fn external(&self) -> Option<&str> {
        (self.data_location == 1).then(|| self.external_entry("location").unwrap_or(""))
    }

    /// First byte of the samples in the file that holds them.
    pub fn external_offset(&self) -> usize {
        self.external_entry("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0)
    }

    fn external_entry(&self, key: &str) -> Option<&str> {
        self.external_data.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
    }
}

impl ValueInfoProto {
    /// Sample type, 0 when not stated.
    pub fn sample_type(&self) -> i32 {
        self.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()).map_or(0, |tensor| tensor.elem_type)
    }

    /// The first extent that is stated and that no tensor has. Some exporters write -1 for one that is open.
    pub fn impossible_extent(&self) -> Option<i64> {
        let shape = self.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?;
        shape.dim.iter().filter_map(|extent| extent.dim_value).find(|&extent| extent == 0 || extent < -1)
    }

    /// Extents, `None` for those not stated as a positive number; `None` when even the rank is not.
    pub fn extents(&self) -> Option<Vec<Option<usize>>> {
        let shape = self.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?;
        let stated = |extent: &DimensionProto| usize::try_from(extent.dim_value?).ok().filter(|&extent| extent > 0);
        Some(shape.dim.iter().map(stated).collect())
    }
}

/// Most nodes of a network.
pub const NODES: usize = 100_000;
/// Most axes of a tensor.
pub const AXES: usize = 16;
/// Most inputs, and most outputs, of a network.
pub const PORTS: usize = 16;
const WEIGHTS: u64 = 1 << 33;
