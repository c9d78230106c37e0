//! A network's file with fewer inputs and more weights, byte for byte the same otherwise.
//!
//! ONNX Runtime takes a weight that is listed among the inputs too for one that a caller may replace. It then folds
//! nothing with it, and 1.28.0 ends the process at such weights of 16-bit floating point.

use std::ops::Range;

use prost::Message;
use prost::bytes::{BufMut, Bytes};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field};

use super::onnx::{GraphProto, ModelProto, TensorProto, ValueInfoProto};
use super::reader::FILE_BYTES;
use crate::error::{Error, Result, headroom_of};

/// A file without the graph's inputs that `dropped` names, and with more weights.
///
/// # Errors
/// [`Error::Memory`], and [`Error::Model`] where it becomes too large, or is no file that was read.
pub fn rewritten(file: &Bytes, dropped: impl Fn(&str) -> bool, weights: &[TensorProto]) -> Result<Bytes> {
    let broken = || Error::Model("the network is not an ONNX file or is cut off".to_owned());
    // Two messages of protobuf, one behind the other, are one that has the lists of both.
    let graph = GraphProto { initializer: weights.to_vec(), ..GraphProto::default() };
    let more = ModelProto { graph: Some(graph), ..ModelProto::default() };
    let bytes = file.len() + more.encoded_len();
    if bytes > FILE_BYTES {
        return Err(Error::Model(format!(
            "the network is {bytes} bytes with the samples that its inputs were given; at most {FILE_BYTES} are read"
        )));
    }
    headroom_of(bytes as u64)?;
    let mut made = reserved(bytes)?;
    for field in fields(file).ok_or_else(broken)? {
        if field.tag != GRAPH || field.kind != WireType::LengthDelimited {
            made.extend_from_slice(&file[field.whole]);
            continue;
        }
        let graph = &file[field.inner];
        let is_kept = |part: &Field| {
            let input = (part.tag == INPUT).then(|| ValueInfoProto::decode(&graph[part.inner.clone()]));
            !input.is_some_and(|input| input.is_ok_and(|input| dropped(&input.name)))
        };
        let kept: Vec<Field> = fields(graph).ok_or_else(broken)?.into_iter().filter(is_kept).collect();
        encode_key(GRAPH, WireType::LengthDelimited, &mut made);
        encode_varint(kept.iter().map(|part| part.whole.len() as u64).sum(), &mut made);
        kept.into_iter().for_each(|part| made.put_slice(&graph[part.whole]));
    }
    if !weights.is_empty() {
        more.encode(&mut made).map_err(|error| Error::Internal(format!("weights cannot be written: {error}")))?;
    }
    Ok(Bytes::from(made))
}

/// A field of a message: where it is, and where its content is.
struct Field {
    tag: u32,
    kind: WireType,
    whole: Range<usize>,
    inner: Range<usize>,
}

/// The fields of a message, in order; `None` where it is none.
fn fields(message: &[u8]) -> Option<Vec<Field>> {
    let (mut left, mut fields) = (message, Vec::new());
    while !left.is_empty() {
        let start = message.len() - left.len();
        let (tag, kind) = decode_key(&mut left).ok()?;
        let mut content = left;
        skip_field(kind, tag, &mut left, DecodeContext::default()).ok()?;
        if kind == WireType::LengthDelimited {
            decode_varint(&mut content).ok()?;
        }
        let end = message.len() - left.len();
        fields.push(Field { tag, kind, whole: start..end, inner: message.len() - content.len()..end });
    }
    Some(fields)
}

/// Room for bytes.
///
/// # Errors
/// [`Error::Memory`].
pub fn reserved(count: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(count)
        .map_err(|_| Error::Memory(format!("a network of {count} bytes does not fit into this machine's memory")))?;
    Ok(bytes)
}

/// The field of a model that holds its graph, and that of a graph that holds an input.
const GRAPH: u32 = 7;
const INPUT: u32 = 11;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::onnx::NodeProto;

    #[test]
    fn inputs_go_weights_come_and_all_else_stays() {
        let input = |name: &str| ValueInfoProto { name: name.to_owned(), r#type: None };
        let weight = |name: &str| TensorProto { name: name.to_owned(), dims: vec![3], ..TensorProto::default() };
        let node = NodeProto { name: "a".repeat(300), ..NodeProto::default() };
        let graph = GraphProto {
            node: vec![node],
            initializer: vec![weight("w")],
            input: vec![input("x"), input("w"), input("k")],
            ..GraphProto::default()
        };
        let model = ModelProto { ir_version: 8, graph: Some(graph), ..ModelProto::default() };
        // Field 99, which is not known here, before and behind the graph.
        let unknown = [0x9a, 6, 2, 7, 7];
        let file = Bytes::from([&unknown[..], &model.encode_to_vec(), &unknown].concat());
        let made = rewritten(&file, |name| name != "x", &[weight("k")]).unwrap();
        assert!(made.starts_with(&unknown));
        let mut wanted = model;
        let graph = wanted.graph.as_mut().unwrap();
        graph.input.truncate(1);
        graph.initializer.push(weight("k"));
        assert_eq!(ModelProto::decode(made).unwrap(), wanted);
        assert_eq!(rewritten(&file, |_| false, &[]).unwrap(), file);
        assert!(rewritten(&file.slice(..40), |_| false, &[]).is_err());
    }
}
