//! A loaded network: immutable, and not yet on any device. Loading runs nothing and needs no ONNX Runtime.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prost::bytes::Bytes;
use serde_json::{Value, json};

use super::description::Description;
use super::geometry::Geometry;
use super::graph::Graph;
use super::package::{self, Package};
use super::probe::Probe;
use super::selftest;
use crate::error::{Error, Result};
use crate::params::Settings;
use crate::runtime::Workers;

/// A network with its description.
pub struct Model {
    package: Package,
    graph: Graph,
    /// The last probe for a smaller halo, and the settings it was run with.
    probe: Mutex<Option<(Settings, Probe)>>,
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
        Self::of_package(package::load(Path::new(path))?)
    }

    /// Reads a network or zipped package out of memory; the bytes are copied.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load_memory(bytes: &[u8]) -> Result<Self> {
        Self::of_package(package::of_memory(bytes)?)
    }

    fn of_package(package: Package) -> Result<Self> {
        let graph = Graph::new(&package.proto)?;
        if !package.description.inputs.iter().any(super::description::Port::is_image) {
            return Err(Error::Model(
                "the network has no input with rows and columns; it must read an image".to_owned(),
            ));
        }
        Ok(Self { package, graph, probe: Mutex::new(None) })
    }

    /// What the network is, wants and does, as JSON: the description, what was read off the graph, and what the last
    /// probe for a smaller halo found.
    pub fn describe(&self) -> Value {
        let proto = &self.package.proto;
        let mut all = serde_json::to_value(&self.package.description).unwrap_or_default();
        let operators: serde_json::Map<String, Value> =
            self.graph.operators().into_iter().map(|(name, count)| (name, count.into())).collect();
        let read = match Geometry::of(self, &Settings::new("model"), None) {
            Ok(geometry) => geometry.describe(),
            Err(error) => json!({ "unknown": error.text() }),
        };
        all["graph"] = json!({
            "operators": operators,
            "opset": proto.opset(),
            "ir_version": proto.ir_version,
            "producer": proto.producer_name,
            "parameters": proto.graph().initializer.iter().filter_map(|w| w.elements().ok()).sum::<u64>(),
        });
        all["geometry"] = read;
        all["halo_probe"] = json!(self.probed().as_ref().map(|(_, probe)| probe));
        all["sha256"] = self.package.sha256.clone().into();
        all["has_test"] = self.package.tests.is_some().into();
        all
    }

    /// Runs the test that the package brings and compares, as JSON: `passed`, and for every output the largest
    /// difference and how many samples differ.
    ///
    /// # Errors
    /// [`Error::State`] when the package has no test, and what a commit and an execute give.
    pub fn selftest(self: &Arc<Self>, context: &Settings, workers: &Workers) -> Result<Value> {
        selftest::run(self, context, workers)
    }

    /// The description.
    pub fn description(&self) -> &Description {
        &self.package.description
    }

    /// What the probe for a smaller halo found with these settings; `run` runs it where that was not the last one.
    ///
    /// # Errors
    /// Those of `run`.
    pub(super) fn probe(&self, settings: &Settings, run: impl FnOnce() -> Result<Probe>) -> Result<Probe> {
        let known = self.probed().as_ref().filter(|(with, _)| with == settings).map(|(_, probe)| *probe);
        if let Some(probe) = known {
            return Ok(probe);
        }
        let probe = run()?;
        *self.probed() = Some((settings.clone(), probe));
        Ok(probe)
    }

    fn probed(&self) -> MutexGuard<'_, Option<(Settings, Probe)>> {
        self.probe.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Bytes of the weights.
    pub(super) fn weight_bytes(&self) -> u64 {
        let own = self.package.file.len() as u64;
        self.package.weights.iter().fold(own, |bytes, (_, weights)| bytes + weights.len() as u64)
    }
}
