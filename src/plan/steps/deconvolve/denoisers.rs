//! What a deconvolution step can denoise with: a network given to it, or what is always there.

use std::sync::Arc;

use crate::deconvolve::Denoiser;
use crate::denoise;
use crate::error::{Error, Result, zeroed};
use crate::image::Region;
use crate::network::{Model, Network};
use crate::params::{CONTEXT_DEVICE, Denoising, Device, Settings};
use crate::plan::objects::Arguments;
use crate::plan::step::Place;
use crate::runtime::{Limits, Watch, Workers};

/// A denoiser that is not built yet.
pub enum Denoisers<'a> {
    /// By the network that is built in, with these weights where some are given.
    BuiltIn(Option<&'a [f32]>),
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
            return Ok(Self::BuiltIn(None));
        }
        let given = arguments.model_object()?;
        let is_elsewhere = matches!(limits.context.choice(CONTEXT_DEVICE), Device::Cuda | Device::TensorRt);
        match given.weights() {
            Ok(weights) if !is_elsewhere => Ok(Self::BuiltIn(Some(weights))),
            _ => Ok(Self::Network(given.model()?)),
        }
    }

    /// Whether it takes images in parts. What other networks make of a part may depend on the whole.
    pub fn takes_parts(&self) -> bool {
        matches!(self, Self::BuiltIn(_))
    }

    /// Bytes that it will hold for parts of that size.
    ///
    /// # Errors
    /// [`Error::Model`] for a network that does not give one sample for each.
    pub fn bytes(&self, largest: [usize; 3], place: &Place<'_>, budget: Option<u64>) -> Result<u64> {
        let shape = place.grid.volume();
        let model = match self {
            Self::BuiltIn(_) => return Ok(denoise::BuiltIn::bytes(largest, shape, place.workers.threads())),
            Self::Network(model) => model,
        };
        let (image, settings) = ([1, shape[0], shape[1], shape[2]], Settings::new("model"));
        let output = Network::output_shape(model, image, &settings, place.limits)?;
        if output != image {
            return Err(Error::Model(format!(
                "the network makes images of {output:?} (c, z, y, x) of {image:?}; a denoiser must give one sample for each"
            )));
        }
        let copy = (shape.iter().product::<usize>() * size_of::<f32>()) as u64;
        Ok(copy + Network::workspace_bytes(model, image, &settings, place.limits, budget)?)
    }

    /// Allocates it.
    ///
    /// # Errors
    /// As [`Network::new`]; [`Error::Memory`].
    pub fn build(
        &self,
        largest: [usize; 3],
        place: &Place<'_>,
        budget: Option<u64>,
        watch: &mut Watch<'_>,
    ) -> Result<Box<dyn Denoiser>> {
        let shape = place.grid.volume();
        let model = match self {
            Self::BuiltIn(weights) => {
                let network = denoise::BuiltIn::of_parts(largest, shape, *weights, place.workers.threads())?;
                return Ok(Box::new(BuiltIn(network)));
            }
            Self::Network(model) => model,
        };
        let image = [1, shape[0], shape[1], shape[2]];
        let (settings, context) = (Settings::new("model"), place.limits.context);
        let network = Network::new(Arc::clone(model), image, &settings, context, budget, watch)?;
        let source = zeroed("the image that is denoised", shape.iter().product())?;
        Ok(Box::new(Learned { network, source }))
    }
}

/// By what is built in.
struct BuiltIn(denoise::BuiltIn);

impl Denoiser for BuiltIn {
    fn name(&self) -> &'static str {
        Denoising::Network.name()
    }

    fn denoise(&mut self, samples: &mut [f32], place: Region, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        self.0.smooth(samples, place, 1.0, |sample| sample, workers, watch).map(|_| ())
    }
}

/// By a network of whole images.
struct Learned {
    network: Network,
    source: Vec<f32>,
}

impl Denoiser for Learned {
    fn name(&self) -> &'static str {
        "model"
    }

    fn denoise(&mut self, samples: &mut [f32], _: Region, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        self.source.copy_from_slice(samples);
        self.network.execute(&self.source, samples, workers, watch).map(|_| ())
    }
}
