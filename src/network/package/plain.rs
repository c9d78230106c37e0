//! Plain ONNX files: names, ranks and fixed extents from the graph, axes guessed or given by the caller.

use std::path::Path;

use prost::bytes::Bytes;

use super::Package;
use super::archive::Files;
use crate::error::{Error, Result};
use crate::network::description::{Axis, AxisKind, Description, Port, Size};
use crate::network::onnx::ValueInfoProto;
use crate::network::reader;

/// Reads a network file; its weights may lie in files beside it.
///
/// # Errors
/// [`Error::Model`] when it is malformed, or has an input of more axes than images have.
pub fn read(bytes: Bytes, name: &str, folder: Option<&Path>) -> Result<Package> {
    let proto = reader::read(&bytes)?;
    let (graph, inputs) = (proto.graph(), proto.inputs());
    if inputs.is_empty() {
        return Err(Error::Model("the network has no input; it must read an image".to_owned()));
    }
    let stated = |key: &str| {
        let entry = proto.metadata_props.iter().find(|entry| entry.key.eq_ignore_ascii_case(key));
        entry.map(|entry| entry.value.clone()).unwrap_or_default()
    };
    let inputs = inputs.iter().map(|value| port(value)).collect::<Result<Vec<_>>>()?;
    let image = inputs.iter().find(|input| input.is_image());
    let outputs = graph.output.iter().map(|value| output(value, image)).collect();
    let description = Description {
        format: "onnx".to_owned(),
        name: if graph.name.is_empty() { name.to_owned() } else { graph.name.clone() },
        description: proto.doc_string.clone(),
        authors: Some(stated("author")).filter(|author| !author.is_empty()).into_iter().collect(),
        licence: stated("license"),
        citations: Vec::new(),
        inputs,
        outputs,
        ..Description::default()
    };
    let files = folder.map(Files::folder).transpose()?;
    Package::of(description, bytes, proto, files.as_ref())
}

/// A port with the axes that its rank suggests; one whose rank is not stated is taken for an image of rows and columns.
fn port(value: &ValueInfoProto) -> Result<Port> {
    let extents = value.extents().unwrap_or_else(|| vec![None; 4]);
    let letters = guess(&extents).ok_or_else(|| {
        Error::Model(format!("input {} has {} axes; at most 6 can be fed", value.name, extents.len()))
    })?;
    Ok(with_axes(value, &extents, letters))
}

/// An output, with the axes of `image` where its rank is not stated.
fn output(value: &ValueInfoProto, image: Option<&Port>) -> Port {
    let unknown = || Port { name: value.name.clone(), ..Port::default() };
    match (value.extents(), image) {
        (None, Some(image)) => with_axes(value, &vec![None; image.axes.len()], &image.letters()),
        (None, None) => unknown(),
        (Some(_), _) => port(value).unwrap_or_else(|_| unknown()),
    }
}

/// The port with axes by letters.
pub fn with_axes(value: &ValueInfoProto, extents: &[Option<usize>], letters: &str) -> Port {
    let kinds = letters.chars().map(|letter| AxisKind::of_letter(letter).unwrap_or(AxisKind::Index));
    let size = |extent: &Option<usize>| extent.map_or(Size::Any, Size::Fixed);
    let axes = kinds.zip(extents).map(|(kind, extent)| Axis::new(kind, size(extent))).collect();
    Port { name: value.name.clone(), axes, sample_type: value.sample_type(), ..Port::default() }
}

/// Channels come first as PyTorch has them, or last as TensorFlow has them: last where only the last axis is fixed to
/// a number of channels.
fn guess(extents: &[Option<usize>]) -> Option<&'static str> {
    let channels = |at: usize| extents[at].is_some_and(|extent| extent <= 4);
    Some(match extents.len() {
        0 => "",
        1 => "i",
        2 => "yx",
        3 if channels(2) && !channels(0) => "yxc",
        3 => "cyx",
        4 if channels(3) && !channels(1) => "byxc",
        4 => "bcyx",
        5 if channels(4) && !channels(1) => "bzyxc",
        5 => "bczyx",
        6 => "btczyx",
        _ => return None,
    })
}
