//! A loaded network: immutable, and not yet on any device. Loading runs nothing and needs no ONNX Runtime.

use std::path::Path;
use std::sync::Arc;

use prost::bytes::Bytes;

use super::description::{Description, Port};
use super::findings::Findings;
use super::graph::Graph;
use super::onnx::TensorProto;
use super::package::{self, Package};
use crate::digest::sha256;
use crate::error::{Error, Result};

/// A network with its description.
pub struct Model {
    package: Package,
    graph: Graph,
    findings: Findings,
    /// Inputs that were given samples, and the network that was loaded.
    given: Option<(Vec<TensorProto>, Arc<Model>)>,
}

impl Model {
    /// Reads a network or package: an `.onnx` file, a BioImage.IO 0.4 or 0.5 zip, folder or description in its folder,
    /// or a `.czann`.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; [`Error::Model`] when it is malformed, beyond the limits, fails its
    /// checksums, or asks for a download.
    pub fn load(path: &str) -> Result<Self> {
        if path.is_empty() || path.contains('\0') {
            return Err(Error::Argument(format!("path is {path:?}; it must be the path of a model")));
        }
        // The parts that read bytes do not know where these came from.
        package::load(Path::new(path)).and_then(Self::of_package).map_err(|error| match error {
            Error::Model(text) if !text.contains(path) => Error::Model(format!("{path}: {text}")),
            error => error,
        })
    }

    /// The sha256 of its network file.
    pub fn sha256(&self) -> &str {
        &self.package.sha256
    }

    /// Reads a network or zipped package out of memory; the bytes are copied.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load_memory(bytes: &[u8]) -> Result<Self> {
        Self::of_package(package::of_memory(bytes)?)
    }

    fn of_package(package: Package) -> Result<Self> {
        let graph = Graph::new(&package.proto, &package.weights)?;
        if !package.description.inputs.iter().any(Port::is_image) {
            return Err(Error::Model(
                "the network has no input with rows and columns; it must read an image".to_owned(),
            ));
        }
        Ok(Self { package, graph, findings: Findings::default(), given: None })
    }

    /// The network with an input that reads these samples in every run, in place of those that it read before. They
    /// are what the network reads: no step of a package is done to them.
    ///
    /// # Errors
    /// [`Error::Argument`] for an input that there is not, or that is the only image, and for samples that do not fit it;
    /// [`Error::Memory`]; [`Error::Model`] where the network cannot run with them.
    pub fn with_input(self: &Arc<Self>, name: &str, shape: &[usize], samples: &[f32]) -> Result<Self> {
        let (mut weights, loaded) = match &self.given {
            Some((weights, loaded)) => (weights.clone(), loaded),
            None => (Vec::new(), self),
        };
        let weight = loaded.package.weight(name, shape, samples, &weights)?;
        weights.retain(|other| other.name != weight.name);
        weights.push(weight);
        let given = loaded.package.with_weights(&weights)?;
        Ok(Self { given: Some((weights, Arc::clone(loaded))), ..Self::of_package(given)? })
    }

    /// The names of inputs that were given samples, with the sha256 of these as the network's file has them.
    pub fn given_samples(&self) -> Vec<(String, String)> {
        let (weights, loaded) = match &self.given {
            Some((weights, loaded)) => (weights.as_slice(), loaded.as_ref()),
            None => (&[][..], self),
        };
        weights.iter().map(|weight| (loaded.package.input_name(weight), sha256(&weight.raw_data))).collect()
    }

    /// The names of inputs that were given samples.
    pub(super) fn given_inputs(&self) -> Vec<String> {
        let names = |(weights, loaded): &(Vec<TensorProto>, Arc<Self>)| {
            weights.iter().map(|weight| loaded.package.input_name(weight)).collect()
        };
        self.given.as_ref().map(names).unwrap_or_default()
    }

    /// The description.
    pub fn description(&self) -> &Description {
        &self.package.description
    }

    /// What runs have shown of it.
    pub(super) fn findings(&self) -> &Findings {
        &self.findings
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(super) fn package(&self) -> &Package {
        &self.package
    }

    pub(super) fn file(&self) -> &Bytes {
        &self.package.file
    }

    pub(super) fn weights(&self) -> &[(String, Arc<[u8]>)] {
        &self.package.weights
    }

    /// Bytes of the copy of the network's file that holds what inputs were given.
    pub(super) fn copied_bytes(&self) -> u64 {
        if self.given.is_some() { self.package.file.len() as u64 } else { 0 }
    }

    /// Bytes of the weights.
    pub(super) fn weight_bytes(&self) -> u64 {
        let own = self.package.file.len() as u64;
        self.package.weights.iter().fold(own, |bytes, (_, weights)| bytes + weights.len() as u64)
    }
}
