//! How much memory the parts of an ONNX file take once it is decoded, found before it is.
//!
//! Two bytes of a file can state an empty attribute that is hundreds of bytes in memory, so a file of a few megabytes
//! could take all there is. Weights are not counted: they are shared with the file's bytes.

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::onnx::{
    AttributeProto, DimensionProto, FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    StringStringEntryProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};

/// Why a file is not to be decoded.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no protobuf, is cut off, or has a part that is longer than what it is a part of.
    Broken,
    /// Its parts take more memory than they may.
    Heavy,
}

/// Bytes of memory for the parts of a file.
///
/// # Errors
/// [`Fault::Heavy`] as soon as they are more than `limit`.
pub fn weigh(file: &[u8], limit: u64) -> Result<u64, Fault> {
    let mut scale = Scale { weight: 0, limit };
    scale.part(Part::Model, file, 0)?;
    Ok(scale.weight)
}

struct Scale {
    weight: u64,
    limit: u64,
}

impl Scale {
    fn part(&mut self, part: Part, mut bytes: &[u8], depth: u32) -> Result<(), Fault> {
        if depth > DEPTH {
            return Err(Fault::Broken);
        }
        let bytes = &mut bytes;
        while !bytes.is_empty() {
            let (tag, kind) = decode_key(bytes).map_err(|_| Fault::Broken)?;
            let member = part.member(tag);
            match (member, kind) {
                (Member::None, _) | (_, WireType::StartGroup) => {
                    skip_field(kind, tag, bytes, DecodeContext::default()).map_err(|_| Fault::Broken)?;
                }
                (_, WireType::LengthDelimited) => {
                    let length = decode_varint(bytes).ok().and_then(|length| usize::try_from(length).ok());
                    let length = length.ok_or(Fault::Broken)?;
                    let (inner, rest) = bytes.split_at_checked(length).ok_or(Fault::Broken)?;
                    *bytes = rest;
                    self.add(match member {
                        Member::Part(part) => part.size(),
                        // A number of one byte is one of eight in memory.
                        Member::Numbers => 8 * length as u64,
                        _ => TEXT,
                    })?;
                    if let Member::Part(part) = member {
                        self.part(part, inner, depth + 1)?;
                    }
                }
                _ => {
                    skip_field(kind, tag, bytes, DecodeContext::default()).map_err(|_| Fault::Broken)?;
                    self.add(8)?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, bytes: u64) -> Result<(), Fault> {
        self.weight = self.weight.saturating_add(bytes);
        if self.weight <= self.limit { Ok(()) } else { Err(Fault::Heavy) }
    }
}

/// A message that [`ModelProto`] is made of.
#[derive(Clone, Copy)]
enum Part {
    Model,
    OperatorSet,
    Pair,
    Function,
    Graph,
    Node,
    Attribute,
    Tensor,
    Port,
    Type,
    TensorType,
    Shape,
    Dimension,
}

/// What a field of a message holds.
#[derive(Clone, Copy)]
enum Member {
    Part(Part),
    Text,
    Numbers,
    /// Nothing that is kept.
    None,
}

impl Part {
    /// The fields as `onnx.rs` states them.
    fn member(self, tag: u32) -> Member {
        match (self, tag) {
            (Self::Model, 7) | (Self::Attribute, 6) => Member::Part(Self::Graph),
            (Self::Model, 8) => Member::Part(Self::OperatorSet),
            (Self::Model, 14) | (Self::Tensor, 13) => Member::Part(Self::Pair),
            (Self::Model, 25) => Member::Part(Self::Function),
            (Self::Graph, 1) => Member::Part(Self::Node),
            (Self::Graph, 5) | (Self::Attribute, 5) => Member::Part(Self::Tensor),
            (Self::Graph, 11 | 12) => Member::Part(Self::Port),
            (Self::Node, 5) => Member::Part(Self::Attribute),
            (Self::Port, 2) => Member::Part(Self::Type),
            (Self::Type, 1) => Member::Part(Self::TensorType),
            (Self::TensorType, 2) => Member::Part(Self::Shape),
            (Self::Shape, 1) => Member::Part(Self::Dimension),
            (Self::Function, 7) => Member::Part(Self::Node),
            (Self::Function, 9) => Member::Part(Self::OperatorSet),
            (Self::Function, 11) => Member::Part(Self::Attribute),
            (Self::Attribute, 8) | (Self::Tensor, 1 | 5 | 7 | 11) => Member::Numbers,
            (Self::Function, 4 | 5 | 10) => Member::Text,
            (Self::Node, 1..=4 | 7) | (Self::Attribute, 1 | 4 | 21) | (Self::Graph, 2 | 10) => Member::Text,
            (Self::Tensor, 8) | (Self::Port, 1) | (Self::Dimension, 2) | (Self::Model, 2 | 3 | 6) => Member::Text,
            (Self::Pair, 1 | 2) | (Self::OperatorSet | Self::Function, 1) => Member::Text,
            _ => Member::None,
        }
    }

    /// Bytes of one in memory.
    fn size(self) -> u64 {
        let bytes = match self {
            Self::Model => size_of::<ModelProto>(),
            Self::OperatorSet => size_of::<OperatorSetIdProto>(),
            Self::Pair => size_of::<StringStringEntryProto>(),
            Self::Function => size_of::<FunctionProto>(),
            Self::Graph => size_of::<GraphProto>(),
            Self::Node => size_of::<NodeProto>(),
            Self::Attribute => size_of::<AttributeProto>(),
            Self::Tensor => size_of::<TensorProto>(),
            Self::Port => size_of::<ValueInfoProto>(),
            Self::Type => size_of::<TypeProto>(),
            Self::TensorType => size_of::<TensorTypeProto>(),
            Self::Shape => size_of::<TensorShapeProto>(),
            Self::Dimension => size_of::<DimensionProto>(),
        };
        bytes as u64
    }
}

/// A name, and what is kept by that name when the graph is followed.
const TEXT: u64 = 128;
/// A decoder of protobuf goes no deeper.
const DEPTH: u32 = 100;

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    #[test]
    fn every_part_is_counted() {
        let text = || "a".to_owned();
        let dimension = DimensionProto { dim_value: None, dim_param: text() };
        let shape = TensorShapeProto { dim: vec![dimension.clone(), dimension] };
        let kind = TypeProto { tensor_type: Some(TensorTypeProto { elem_type: 1, shape: Some(shape) }) };
        let port = ValueInfoProto { name: text(), r#type: Some(kind) };
        let pair = StringStringEntryProto { key: text(), value: text() };
        let tensor =
            TensorProto { dims: vec![1, 2, 3], name: text(), external_data: vec![pair.clone()], ..Default::default() };
        let attribute =
            AttributeProto { name: text(), t: Some(tensor.clone()), ints: vec![4, 5], ..AttributeProto::default() };
        let node = NodeProto { input: vec![text(); 3], attribute: vec![attribute], ..NodeProto::default() };
        let graph =
            GraphProto { node: vec![node], initializer: vec![tensor], input: vec![port], ..GraphProto::default() };
        let model = ModelProto {
            graph: Some(graph),
            opset_import: vec![OperatorSetIdProto { domain: text(), version: 17 }],
            metadata_props: vec![pair],
            functions: vec![FunctionProto { name: text(), ..FunctionProto::default() }],
            ..ModelProto::default()
        };
        let parts = size_of::<GraphProto>()
            + size_of::<NodeProto>()
            + size_of::<AttributeProto>()
            + 2 * size_of::<TensorProto>()
            + 3 * size_of::<StringStringEntryProto>()
            + size_of::<ValueInfoProto>()
            + size_of::<TypeProto>()
            + size_of::<TensorTypeProto>()
            + size_of::<TensorShapeProto>()
            + 2 * size_of::<DimensionProto>()
            + size_of::<OperatorSetIdProto>()
            + size_of::<FunctionProto>();
        // Texts: three inputs, an attribute's, two tensors', three pairs', a port's, two dimensions', two more.
        let texts = 3 + 1 + 2 + 6 + 1 + 2 + 2;
        let numbers = 3 + 3 + 2;
        let bytes = model.encode_to_vec();
        let weight = parts as u64 + texts * TEXT + numbers * 8;
        assert_eq!(weigh(&bytes, weight), Ok(weight));
        assert_eq!(weigh(&bytes, weight - 1), Err(Fault::Heavy));
        assert_eq!(weigh(&bytes[..bytes.len() - 1], u64::MAX), Err(Fault::Broken));
        // A graph of one byte that holds a node of two.
        assert_eq!(weigh(&[7 << 3 | 2, 2, 1 << 3 | 2, 2, 0, 0], u64::MAX), Err(Fault::Broken));
    }
}
