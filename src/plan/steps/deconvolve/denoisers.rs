//! What a deconvolution step can denoise with: a network given to it, or what is always there.

use std::sync::Arc;

use crate::deconvolve::Denoiser;
use crate::denoise::Denoise;
use crate::error::{Error, Result};
use crate::network::{Model, Network};
use crate::params::{CONTEXT_DEVICE, DENOISE_METHOD, Denoising, Device, Settings};
use crate::plan::objects::Arguments;
use crate::plan::step::Place;
use crate::runtime::{Limits, Watch, Workers};

/// A denoiser that is not built yet.
pub enum Denoisers<'a> {
    /// By what is built in, see [`Denoise`]; a network by these weights, where some are given.
    BuiltIn(Denoising, Option<&'a [f32]>),
    /// A network whose images come out as large as they went in.
    Network(&'a Arc<Model>),
}

impl<'a> Denoisers<'a> {
    /// The network given to a step, otherwise the one that needs none. Networks of the built-in layers need no ONNX Runtime on
    /// processors.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a network that this build cannot run.
    pub fn of(arguments: &'a Arguments, limits: Limits<'_>) -> Result<Self> {
        if !arguments.has_model() {
            return Ok(Self::BuiltIn(Denoising::Network, None));
        }
        let given = arguments.model_object()?;
        let is_elsewhere = matches!(limits.context.choice(CONTEXT_DEVICE), Device::Cuda | Device::TensorRt);
        match given.weights() {
            Ok(weights) if !is_elsewhere => Ok(Self::BuiltIn(Denoising::Network, Some(weights))),
            _ => Ok(Self::Network(given.model()?)),
        }
    }

    /// Bytes that it will hold.
    ///
    /// # Errors
    /// [`Error::Model`] for a network that does not give one sample for each.
    pub fn bytes(&self, place: &Place<'_>, budget: Option<u64>) -> Result<u64> {
        let shape = place.grid.volume();
        let model = match self {
            Self::BuiltIn(method, _) => {
                return Ok(Denoise::workspace_bytes(shape, &settings_of(*method)?, place.workers.threads()));
            }
            Self::Network(model) => model,
        };
        let (image, settings) = ([1, shape[0], shape[1], shape[2]], Settings::new("model"));
        let output = Network::output_shape(model, image, &settings, place.limits)?;
        if output != image {
            return Err(Error::Model(format!(
                "the network makes images of {output:?} (c, z, y, x) of {image:?}; a denoiser must give one sample for each"
            )));
        }
        Network::workspace_bytes(model, image, &settings, place.limits, budget)
    }

    /// Allocates it.
    ///
    /// # Errors
    /// As [`Network::new`] and [`Denoise::new`].
    pub fn build(&self, place: &Place<'_>, budget: Option<u64>, watch: &mut Watch<'_>) -> Result<Box<dyn Denoiser>> {
        let shape = place.grid.volume();
        let model = match self {
            Self::BuiltIn(method, weights) => {
                let (settings, threads) = (settings_of(*method)?, place.workers.threads());
                let denoise = Denoise::new(shape, &settings, &place.grid.camera, *weights, threads)?;
                return Ok(Box::new(BuiltIn(denoise, method.name())));
            }
            Self::Network(model) => model,
        };
        let image = [1, shape[0], shape[1], shape[2]];
        let settings = Settings::new("model");
        Ok(Box::new(Learned(Network::new(Arc::clone(model), image, &settings, place.limits.context, budget, watch)?)))
    }
}

fn settings_of(method: Denoising) -> Result<Settings> {
    let mut settings = Settings::new("denoise");
    settings.set_choice(DENOISE_METHOD, method)?;
    Ok(settings)
}

/// By what is built in, and its name.
struct BuiltIn(Denoise, &'static str);

impl Denoiser for BuiltIn {
    fn name(&self) -> &'static str {
        self.1
    }

    fn denoise(&mut self, source: &[f32], target: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        target.copy_from_slice(source);
        self.0.execute(target, workers, watch).map(|_| ())
    }
}

struct Learned(Network);

impl Denoiser for Learned {
    fn name(&self) -> &'static str {
        "model"
    }

    fn denoise(&mut self, source: &[f32], target: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        self.0.execute(source, target, workers, watch).map(|_| ())
    }
}
