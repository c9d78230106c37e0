//! Stands in for networks where libabbe is built without the feature `networks`, for controllers with little room.
//!
//! The C interface is the same. What would load a network, ONNX Runtime or a provider says that this build has none; so no
//! value of [`Model`] or [`Network`] ever exists, and what takes one is code that is never made.

use std::ffi::c_void;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::params::Settings;
use crate::runtime::{Limits, Watch, Workers};

/// A loaded network: there is none.
pub enum Model {}

/// A committed network: there is none.
pub enum Network {}

/// What is added to images of networks: there is none.
pub enum Border {}

/// ONNX Runtime of a host: none is taken.
pub enum Base {}

/// ONNX Runtime: none is loaded.
pub enum Runtime {}

/// What a network's package says.
pub struct Description {
    /// What it takes images to be.
    pub input_range: InputRange,
}

/// What a network takes images to be.
#[derive(PartialEq)]
pub enum InputRange {
    /// From 0 to 1.
    SampleType,
}

/// What an execute did.
#[derive(Clone, Serialize)]
pub struct Outcome {
    /// Share of the samples that clips have cut.
    pub cut_share: f64,
    /// How far seams can be seen.
    pub seam: Option<Seam>,
    /// Samples that do not fit the network's type.
    pub saturated: [u64; 2],
    /// Mean and deviation of what reaches the network.
    pub fed: Option<[f64; 2]>,
}

/// How far what was stitched is from the image as a whole.
#[derive(Clone, Copy, Serialize)]
pub struct Seam {
    /// Largest difference as a share of the range.
    pub relative: f64,
}

/// What a host should know.
pub struct Warning {
    /// The kind.
    pub name: &'static str,
    /// What is to be known.
    pub text: String,
}

/// What every function here answers.
fn absent<T>() -> Result<T> {
    Err(Error::Unsupported(
        "this libabbe was built without networks, for machines with little room; take the full library, which has them"
            .to_owned(),
    ))
}

/// Describes a network.
pub fn describe(model: &Model) -> Value {
    match *model {}
}

/// Runs the test of a package.
///
/// # Errors
/// None: there is no network.
pub fn selftest(model: &Model, _: &Settings, _: &Workers) -> Result<Value> {
    match *model {}
}

/// The weights of a network that abbe's own engine can run.
pub fn own_weights(model: &Model) -> Option<Vec<f32>> {
    match *model {}
}

/// A package of the built-in denoiser with other weights.
///
/// # Errors
/// [`Error::Unsupported`].
pub fn pack(_: &[f32], _: Option<&Value>, _: &Workers) -> Result<Vec<u8>> {
    absent()
}

/// Loads a provider's library.
///
/// # Errors
/// [`Error::Unsupported`].
pub fn register(_: &Settings, _: &str, _: &str) -> Result<()> {
    absent()
}

/// Lists devices for networks.
///
/// # Errors
/// [`Error::Unsupported`].
pub fn devices(_: &Settings) -> Result<Value> {
    absent()
}

impl Base {
    /// ONNX Runtime of a host.
    ///
    /// # Errors
    /// [`Error::Unsupported`].
    pub fn of_host(_: *const c_void) -> Result<Self> {
        absent()
    }
}

impl Runtime {
    /// Takes a host's ONNX Runtime.
    ///
    /// # Errors
    /// None: there is none to take.
    pub fn adopt(base: &Base) -> Result<()> {
        match *base {}
    }
}

impl Model {
    /// Reads a network.
    ///
    /// # Errors
    /// [`Error::Unsupported`].
    pub fn load(_: &str) -> Result<Self> {
        absent()
    }

    /// Reads a network out of memory.
    ///
    /// # Errors
    /// [`Error::Unsupported`].
    pub fn load_memory(_: &[u8]) -> Result<Self> {
        absent()
    }

    /// The network with other samples at an input.
    ///
    /// # Errors
    /// None: there is no network.
    pub fn with_input(self: &Arc<Self>, _: &str, _: &[usize], _: &[f32]) -> Result<Self> {
        match **self {}
    }

    /// The sha256 of its file.
    pub fn sha256(&self) -> &str {
        match *self {}
    }

    /// Inputs that were given samples.
    pub fn given_samples(&self) -> Vec<(String, String)> {
        match *self {}
    }

    /// What its package says.
    pub fn description(&self) -> &Description {
        match *self {}
    }
}

impl Border {
    /// What a package asks for.
    ///
    /// # Errors
    /// None: there is no network.
    pub fn new(model: &Model, _: [usize; 4], _: &Settings, _: Limits<'_>) -> Result<Option<Self>> {
        match *model {}
    }

    /// Extents of the image with its border.
    pub fn padded(&self) -> [usize; 4] {
        match *self {}
    }

    /// Puts an image into one with a border.
    pub fn pad(&self, _: &[f32], _: &mut [f32], _: &Workers) {
        match *self {}
    }

    /// Takes a result out of that with the border.
    pub fn crop(&self, _: &[f32], _: [usize; 4], _: &mut [f32], _: [usize; 4], _: &Workers) {
        match *self {}
    }
}

// Functions of a network's Rust type as `network/committed.rs` documents them.
#[allow(missing_docs, clippy::missing_errors_doc)]
impl Network {
    pub fn output_shape(model: &Model, _: [usize; 4], _: &Settings, _: Limits<'_>) -> Result<[usize; 4]> {
        match *model {}
    }

    pub fn scale(model: &Model, _: &Settings, _: Limits<'_>) -> Result<[f64; 3]> {
        match *model {}
    }

    pub fn workspace_bytes(model: &Model, _: [usize; 4], _: &Settings, _: Limits<'_>, _: Option<u64>) -> Result<u64> {
        match *model {}
    }

    pub fn new(
        model: Arc<Model>,
        _: [usize; 4],
        _: &Settings,
        _: &Settings,
        _: Option<u64>,
        _: &mut Watch<'_>,
    ) -> Result<Self> {
        match *model {}
    }

    pub fn time_points(model: &Model, _: &Settings) -> Result<usize> {
        match *model {}
    }

    pub fn remembers(settings: &Settings) -> bool {
        !settings.text(crate::params::MODEL_STATES).is_empty()
    }

    pub fn tell_border(&mut self, _: &Border) {
        match *self {}
    }

    pub fn warnings(&self) -> &[Warning] {
        match *self {}
    }

    pub fn input(&self) -> [usize; 4] {
        match *self {}
    }

    pub fn input_type(&self) -> &'static str {
        match *self {}
    }

    pub fn normalises(&self) -> Option<&'static str> {
        match *self {}
    }

    pub fn output(&self) -> [usize; 4] {
        match *self {}
    }

    pub fn execute(&mut self, _: &[f32], _: &mut [f32], _: &Workers, _: &mut Watch<'_>) -> Result<Outcome> {
        match *self {}
    }

    pub fn settle(&mut self, _: bool) {
        match *self {}
    }

    pub fn gives_all_time_points(&self) -> bool {
        match *self {}
    }

    pub fn forget(&mut self) {
        match *self {}
    }

    pub fn show(&mut self, _: impl Iterator<Item = usize>, _: usize) {
        match *self {}
    }

    pub fn begin_series(&mut self) {
        match *self {}
    }

    pub fn series_passes(&self) -> usize {
        match *self {}
    }

    pub fn observe(&mut self, _: usize, _: &[f32], _: &Workers) {
        match *self {}
    }

    pub fn end_pass(&mut self, _: usize) {
        match *self {}
    }
}
