//! What a deconvolution step can denoise with: a network given to it, or what is always there.

use std::sync::Arc;

use crate::deconvolve::Denoiser;
use crate::denoise::Denoise;
use crate::error::{Error, Result};
use crate::network::{Model, Network};
use crate::params::Settings;
use crate::plan::objects::Arguments;
use crate::plan::step::Place;
use crate::runtime::{Watch, Workers};

/// A denoiser that is not built yet.
pub enum Denoisers<'a> {
    /// By similar patches, see [`Denoise`].
    BuiltIn,
    /// A network whose images come out as large as they went in.
    Network(&'a Arc<Model>),
}

impl<'a> Denoisers<'a> {
    /// The network given to a step, otherwise the one that needs none.
    pub fn of(arguments: &'a Arguments) -> Self {
        arguments.model().map_or(Self::BuiltIn, Self::Network)
    }

    /// Bytes that it will hold.
    ///
    /// # Errors
    /// [`Error::Model`] for a network that does not give one sample for each.
    pub fn bytes(&self, place: &Place<'_>, budget: Option<u64>) -> Result<u64> {
        let shape = place.grid.volume();
        let Self::Network(model) = self else {
            return Ok(Denoise::workspace_bytes(shape, &Settings::new("denoise"), place.workers.threads()));
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
        let Self::Network(model) = self else {
            return Ok(Box::new(BuiltIn(Denoise::new(
                shape,
                &Settings::new("denoise"),
                &place.grid.camera,
                None,
                place.workers.threads(),
            )?)));
        };
        let image = [1, shape[0], shape[1], shape[2]];
        let settings = Settings::new("model");
        Ok(Box::new(Learned(Network::new(Arc::clone(model), image, &settings, place.limits.context, budget, watch)?)))
    }
}

struct BuiltIn(Denoise);

impl Denoiser for BuiltIn {
    fn denoise(&mut self, source: &[f32], target: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        target.copy_from_slice(source);
        self.0.execute(target, workers, watch).map(|_| ())
    }
}

struct Learned(Network);

impl Denoiser for Learned {
    fn denoise(&mut self, source: &[f32], target: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        self.0.execute(source, target, workers, watch).map(|_| ())
    }
}
