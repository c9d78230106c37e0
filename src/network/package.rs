//! Model packages: BioImage.IO 0.4 and 0.5 (zip or folder), CZANN, plain ONNX. Nothing is ever downloaded.

mod archive;
pub mod bioimageio;
mod czann;
mod czmodel;
mod fields;
mod fixed;
mod names;
pub mod plain;
mod stack;
mod steps;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use prost::bytes::Bytes;

use super::description::Description;
use super::kind;
use super::onnx::ModelProto;
use super::reader;
use super::rewrite::rewritten;
use crate::digest::sha256;
use crate::error::{Error, Result, headroom_of};
use archive::Files;
use stack::on_deep_stack;

/// What a package holds.
pub struct Package {
    /// What the package says.
    pub description: Description,
    /// The network file's bytes, without weights among its inputs.
    pub file: Bytes,
    /// The same, read.
    pub proto: ModelProto,
    /// Weights in files of their own, by the names the network calls them.
    pub weights: Vec<(String, Arc<[u8]>)>,
    /// Test tensors: of every input, then of every output; or why there are none.
    pub tests: Result<(Vec<Bytes>, Vec<Bytes>)>,
    /// How far each output may be from its test tensor; those left out by the usual.
    pub tolerances: Vec<Tolerance>,
    /// sha256 of the network file.
    pub sha256: String,
}

/// How far the result of a test may be from what is expected: a sample agrees when it differs by at most
/// `absolute + relative |expected|`.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Absolute part.
    pub absolute: f64,
    /// Relative part.
    pub relative: f64,
    /// Samples in a million that need not agree.
    pub mismatched_per_million: f64,
}

/// Those of the BioImage.IO specification.
impl Default for Tolerance {
    fn default() -> Self {
        Self { absolute: 1e-3, relative: 1e-3, mismatched_per_million: 100.0 }
    }
}

/// Reads the package at a path: a folder or a `.yaml` file in it, a zip, a `.czann`, or an `.onnx` file.
///
/// # Errors
/// [`Error::Io`] when it cannot be read, [`Error::Model`] when it is malformed or beyond the limits.
pub fn load(path: &Path) -> Result<Package> {
    on_deep_stack(|| at(path))
}

fn at(path: &Path) -> Result<Package> {
    let unreadable = |error: std::io::Error| Error::Io(format!("{} cannot be read: {error}", path.display()));
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if about.is_dir() {
        return bioimageio::read(&Files::folder(path)?, None);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !about.is_file() {
        return Err(Error::Model(format!(
            "{} is neither file nor folder; a model must be one of them",
            path.display()
        )));
    }
    if path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml") {
        let name = path.file_name().and_then(|name| name.to_str());
        return bioimageio::read(&Files::folder(folder)?, name);
    }
    if about.len() > archive::FILE_BYTES {
        return Err(Error::Model(format!(
            "{} is {} bytes; a model's file must be at most {} bytes",
            path.display(),
            about.len(),
            archive::FILE_BYTES
        )));
    }
    headroom_of(about.len())?;
    let bytes = Bytes::from(std::fs::read(path).map_err(unreadable)?);
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or("network");
    of_bytes(bytes, name, Some(folder))
}

/// Reads a package out of memory; weights in files of their own cannot be reached then.
///
/// # Errors
/// As [`load`].
pub fn of_memory(bytes: &[u8]) -> Result<Package> {
    let mut copy = crate::error::zeroed::<u8>("the model", bytes.len())?;
    copy.copy_from_slice(bytes);
    on_deep_stack(|| of_bytes(Bytes::from(copy), "network", None))
}

fn of_bytes(bytes: Bytes, name: &str, folder: Option<&Path>) -> Result<Package> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return plain::read(bytes, name, folder);
    }
    let files = Files::zip(bytes)?;
    if files.has(names::CZANN) {
        czann::read(&files)
    } else if let Some(name) = czmodel::manifest(&files) {
        czmodel::read(&files, &name)
    } else {
        bioimageio::read(&files, None)
    }
}

impl Package {
    /// Joins a description with the network's file, whose sample types and count of tensors must fit.
    fn join(description: Description, file: Bytes, files: Option<&Files>) -> Result<Self> {
        let proto = reader::read(&file)?;
        Self::of(description, file, proto, files)
    }

    /// The same for a file that was read.
    fn of(mut description: Description, file: Bytes, proto: ModelProto, files: Option<&Files>) -> Result<Self> {
        let (graph, inputs) = (proto.graph(), proto.inputs());
        let weights = external(&proto, files)?;
        let (stated, wanted) = (description.inputs.len(), description.outputs.len());
        if inputs.len() != stated || graph.output.len() < wanted {
            return Err(Error::Model(format!(
                "the package states {stated} inputs and {wanted} outputs; its network has {} and {}",
                inputs.len(),
                graph.output.len()
            )));
        }
        for (port, value) in
            description.inputs.iter_mut().zip(inputs).chain(description.outputs.iter_mut().zip(&graph.output))
        {
            port.sample_type = value.sample_type();
            let rank = value.extents().map(|extents| extents.len());
            if rank.is_some_and(|rank| rank != port.axes.len()) {
                return Err(Error::Model(format!(
                    "{} has axes {}; the network's tensor has {} axes",
                    port.name,
                    port.letters(),
                    rank.unwrap_or(0)
                )));
            }
        }
        let sha256 = sha256(&file);
        let file = if proto.drops_inputs() && graph.input.len() > proto.inputs().len() {
            let held: HashSet<&str> = graph.initializer.iter().map(|weight| weight.name.as_str()).collect();
            rewritten(&file, |name| held.contains(name), &[])?
        } else {
            file
        };
        for (output, value) in description.outputs.iter_mut().zip(&proto.graph().output) {
            if output.kinds.is_empty() {
                output.kinds = vec![kind::of_output(output, value, proto.graph())];
            }
        }
        let tests = Err(Error::State("the model has no test tensors; a package must bring them".to_owned()));
        Ok(Self { description, file, proto, weights, tests, tolerances: Vec::new(), sha256 })
    }
}

/// Weights that lie in files of their own, from the package's folder or zip.
fn external(proto: &ModelProto, files: Option<&Files>) -> Result<Vec<(String, Arc<[u8]>)>> {
    let mut names: Vec<&str> = proto.graph().initializer.iter().filter_map(|weight| weight.external()).collect();
    names.sort_unstable();
    names.dedup();
    let mut weights = Vec::new();
    for name in names {
        let files = files.ok_or_else(|| {
            Error::Model(format!("the network's weights are in the file {name}; a network in memory must hold its own"))
        })?;
        let bytes = files.read(name, archive::FILE_BYTES)?;
        headroom_of(bytes.len() as u64)?;
        weights.push((name.to_owned(), Arc::from(bytes.as_ref())));
    }
    Ok(weights)
}
