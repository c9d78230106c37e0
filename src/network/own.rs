//! Networks of abbe's own layers, to and from packages: BioImage.IO 0.5 with the weights as ONNX.
//!
//! The file `models/abbe-denoise.onnx` is the network without its weights. A network that is equal to it but for these runs on
//! abbe's own engine ([`crate::convnet`]) as well as by ONNX Runtime.

use std::io::{Cursor, Write};

use prost::Message;
use prost::bytes::Bytes;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::model::Model;
use super::onnx::{ModelProto, TensorProto};
use super::operations::Operation;
use crate::convnet::{Network, denoiser};
use crate::digest::sha256;
use crate::error::{Error, Result, collected, reserved};
use crate::noise::Random;
use crate::runtime::Workers;

/// The weights of a network that has the built-in denoiser's layers and takes images as they are; `None` for another.
pub fn own_weights(model: &Model) -> Option<Vec<f32>> {
    let proto = &model.package().proto;
    let mut layers = proto.clone();
    tensors(&mut layers).for_each(|tensor| tensor.raw_data = Bytes::new());
    if layers.graph != skeleton().ok()?.graph || !model.given_samples().is_empty() {
        return None;
    }
    let description = model.description();
    let mut operations = description.inputs.iter().chain(&description.outputs).flat_map(|port| &port.operations);
    if !operations.all(|operation| matches!(operation, Operation::EnsureDtype { dtype } if dtype == "float32")) {
        return None;
    }
    let all: Vec<f32> = proto
        .graph()
        .initializer
        .iter()
        .flat_map(|tensor| tensor.raw_data.as_chunks::<4>().0.iter().map(|word| f32::from_le_bytes(*word)))
        .collect();
    (all.len() == denoiser::graph().parameters()).then_some(all)
}

/// A zipped package of the built-in denoiser with these weights, its test made by abbe's own engine; `learning` says how they were
/// learnt.
///
/// # Errors
/// [`Error::Memory`].
pub fn pack(weights: &[f32], learning: Option<&Value>, workers: &Workers) -> Result<Vec<u8>> {
    let mut proto = skeleton()?;
    let mut left = weights;
    for tensor in tensors(&mut proto) {
        let (own, rest) = left.split_at(tensor.elements()? as usize);
        tensor.raw_data = Bytes::from(bytes(own)?);
        left = rest;
    }
    let [input, output] = test(weights, workers)?;
    let files = [
        ("weights.onnx", proto.encode_to_vec()),
        ("test_input.npy", array(&input)?),
        ("test_output.npy", array(&output)?),
        ("README.md", README.as_bytes().to_vec()),
    ];
    let mut archive = ZipWriter::new(Cursor::new(reserved("a package", 2 * files[0].1.len())?));
    // At a fixed time: the same network gives the same bytes.
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    let described = serde_json::to_vec_pretty(&description(&files, learning)).unwrap_or_default();
    for (name, content) in files.iter().map(|(name, content)| (*name, content)).chain([("bioimageio.yaml", &described)])
    {
        let written = archive.start_file(name, options).map_err(std::io::Error::from);
        written.and_then(|()| archive.write_all(content)).map_err(broken)?;
    }
    Ok(archive.finish().map_err(|error| broken(error.into()))?.into_inner())
}

fn broken(cause: std::io::Error) -> Error {
    Error::Internal(format!("a package in memory cannot be written: {cause}"))
}

fn skeleton() -> Result<ModelProto> {
    ModelProto::decode(SKELETON).map_err(|cause| Error::Internal(format!("the built-in network is broken: {cause}")))
}

fn tensors(proto: &mut ModelProto) -> impl Iterator<Item = &mut TensorProto> {
    proto.graph.iter_mut().flat_map(|graph| &mut graph.initializer)
}

fn bytes(samples: &[f32]) -> Result<Vec<u8>> {
    collected("a package", (0..4 * samples.len()).map(|at| samples[at / 4].to_le_bytes()[at % 4]))
}

/// Noise around a slope, and what the network makes of it.
fn test(weights: &[f32], workers: &Workers) -> Result<[Vec<f32>; 2]> {
    let mut random = Random::new(1);
    let sample = |at: usize| (100.0 + at as f64 / EXTENT as f64 + 10.0 * random.normal()) as f32;
    let input = collected("a test", (0..EXTENT * EXTENT).map(sample))?;
    let mut output = reserved("a test", input.len())?;
    let mut network = Network::new(&denoiser::graph(), [EXTENT; 2], workers.threads())?;
    network.load(weights);
    network.begin();
    while let Some(rows) = network.advance(|y, row| row.copy_from_slice(&input[y * EXTENT..][..EXTENT]), workers) {
        rows.for_each(|y| output.extend_from_slice(network.result(y)));
    }
    Ok([input, output])
}

/// NumPy's format, version 1.0 (NumPy Enhancement Proposal 1).
fn array(samples: &[f32]) -> Result<Vec<u8>> {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, {EXTENT}, {EXTENT}), }}");
    let len = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend_from_slice(&(len as u16).to_le_bytes());
    file.extend_from_slice(format!("{header:<width$}\n", width = len - 1).as_bytes());
    file.extend_from_slice(&bytes(samples)?);
    Ok(file)
}

/// The description, as JSON, which is YAML too.
fn description(files: &[(&str, Vec<u8>)], learning: Option<&Value>) -> Value {
    let source = |name: &str| {
        let content = files.iter().find(|(other, _)| *other == name).map_or(&[][..], |(_, content)| content);
        json!({ "source": name, "sha256": sha256(content) })
    };
    let axes = |space: &dyn Fn(&str) -> Value| json!([{ "type": "batch" }, { "type": "channel", "channel_names": ["intensity"] }, space("y"), space("x")]);
    let free =
        |id: &str| json!({ "type": "space", "id": id, "size": { "min": denoiser::LEAST, "step": denoiser::STRIDE } });
    let same =
        |id: &str| json!({ "type": "space", "id": id, "halo": HALO, "size": { "tensor_id": "image", "axis_id": id } });
    let port = |id: &str, description: &str, axes: Value, test: &str| {
        let (data, test) = (json!({ "type": "float32" }), source(test));
        json!([{ "id": id, "description": description, "axes": axes, "data": data, "test_tensor": test }])
    };
    let intensities = "Intensities in any unit: no scaling, no offset to remove.";
    let mut weights = source("weights.onnx");
    weights["opset_version"] = OPSET.into();
    let learnt = if learning.is_some() { ", adapted to one image" } else { "" };
    json!({
        "format_version": "0.5.4",
        "type": "model",
        "name": format!("abbe denoise{learnt}"),
        "description": "Blind denoising of fluorescence micrographs; intensities come back in the units they were given in.",
        "authors": [{ "name": "abbe contributors" }],
        "license": "CC0-1.0",
        "documentation": "README.md",
        "cite": [{
            "text": "Mohan et al., Robust and interpretable blind image denoising via bias-free convolutional neural networks, ICLR 2020",
            "url": "https://arxiv.org/abs/1906.05478",
        }],
        "tags": ["denoising", "restoration", "fluorescence-light-microscopy", "2d", "unet"],
        "inputs": port("image", intensities, axes(&free), "test_input.npy"),
        "outputs": port("denoised", "The expected intensity, in the units of the input.", axes(&same), "test_output.npy"),
        "weights": { "onnx": weights },
        "config": { "abbe": { "learning": learning } },
    })
}

const OPSET: u32 = 17;
/// Pixels along an axis of the test.
const EXTENT: usize = denoiser::LEAST;
/// The receptive field's radius of 55, in steps of the stride.
const HALO: usize = 56;
/// The network without weights, as `training/package.py` writes it.
static SKELETON: &[u8] = include_bytes!("../../models/abbe-denoise.onnx");
const README: &str = "# abbe denoise

Removes Poisson-Gaussian noise from two-dimensional fluorescence micrographs; intensities keep their units. Written by abbe;
`config.abbe.learning` of `bioimageio.yaml` says which noise the network was adapted to, how, and how it did on samples that were held out.
A network that was adapted to one image is for images like it.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_trained_in_python_is_told_as_abbe_s_own() {
        let model = Model::load("models/abbe-denoise.zip").unwrap();
        assert!(own_weights(&model) == Some(denoiser::weights().unwrap()));
        let other = Model::load("tests/data/network/shuffle_x3.onnx").unwrap();
        assert!(own_weights(&other).is_none());
    }

    #[test]
    fn what_is_packed_is_read_again() {
        let weights: Vec<f32> = denoiser::weights().unwrap().iter().map(|weight| 1.01 * weight).collect();
        let learning = json!({ "a": [1.5] });
        let workers = Workers::new(2).unwrap();
        let package = pack(&weights, Some(&learning), &workers).unwrap();
        assert!(package == pack(&weights, Some(&learning), &workers).unwrap(), "the same network gives other bytes");
        let model = Model::load_memory(&package).unwrap();
        assert!(own_weights(&model) == Some(weights));
        assert!(model.package().tests.is_ok());
        let nodes = &model.package().proto.graph().node;
        assert!(nodes.iter().flat_map(|node| &node.attribute).all(|attribute| attribute.r#type != 0));
        assert_eq!(model.description().name, "abbe denoise, adapted to one image");
    }
}
