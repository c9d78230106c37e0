//! Deconvolution: what the specimen would look like without the blur of the microscope.
//!
//! A [`Deconvolution`] is planned for images of one shape (z, y, x) and one point spread function, and then restores
//! any number of images in place, one after another, without allocating anything. [`Background`] is the step that
//! takes camera offset and background away first. The [`Outcome`] says what was done.
//!
//! | file | what |
//! |---|---|
//! | `recipe` | what the settings ask for |
//! | `field` | the padded field around the image, its weights, the four passes of an iteration |
//! | `iterate` | the loop of the iterative algorithms |
//! | `richardson_lucy`, `total_variation`, `least_squares` | residuals and corrections of an algorithm |
//! | `heavy_ball`, `biggs_andrews`, `tempered`, `wiener_butterworth` | what makes iterations fast |
//! | `held_out` | when to end, by photons that were held out |
//! | `noise` | how noisy an image is |
//! | `linear` | filters in one step |
//! | `extension` | what lies around an image |
//! | `facts` | what an image is like before it is restored |
//! | `background` | the background step |
//! | `depth` | slabs with a kernel each |
//!
//! Intensities are linear: the image is the specimen blurred, plus noise, in any unit; the result has the same unit and
//! the same light, not more contrast by rescaling. Samples must be finite; negative ones are noise around no light, and
//! are taken as 0 where an algorithm counts photons. 2-D is z = 1; of a 3-D point spread function the plane in focus is
//! used then.
//!
//! ```
//! use abbe::deconvolve::Deconvolution;
//! use abbe::params::{self, Settings};
//! use abbe::psf::Kernel;
//! use abbe::runtime::{Answer, Control, Watch, Workers};
//!
//! // A point, blurred along x by (1/4, 1/2, 1/4).
//! let workers = Workers::new(1)?;
//! let kernel = Kernel::new([1, 1, 3], vec![0.25, 0.5, 0.25])?;
//! let mut settings = Settings::new("deconvolve");
//! settings.set_i64(params::DECONVOLVE_ALGORITHM, 1)?; // Richardson-Lucy
//! settings.set_i64(params::DECONVOLVE_ITERATIONS, 100)?;
//! let mut deconvolution = Deconvolution::new([1, 1, 7], &settings, &kernel, &workers)?;
//! let mut image = [0.0, 0.0, 25.0, 50.0, 25.0, 0.0, 0.0];
//! let control = Control::new();
//! let mut listener = |_| Answer::Continue;
//! let outcome = deconvolution.execute(&mut image, &workers, &mut Watch::new(&control, &mut listener))?;
//! assert!(image[3] > 95.0 && (outcome.flux_out - 100.0).abs() < 0.1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod background;
mod biggs_andrews;
mod depth;
mod extension;
mod facts;
mod field;
mod heavy_ball;
mod held_out;
mod iterate;
mod least_squares;
mod linear;
mod noise;
mod recipe;
mod richardson_lucy;
mod tempered;
mod total_variation;
mod wiener_butterworth;

use serde::Serialize;

pub use background::{Background, Subtracted};
pub use depth::DepthVariant;

use crate::error::Result;
use crate::params::Settings;
use crate::psf::Kernel;
use crate::runtime::{RowLocks, Watch, Workers};
use background::Level;
use facts::Facts;
use field::{Field, Geometry, Sums};
use iterate::{Estimate, Observed};
use noise::{Curve, Noise};
use recipe::{Algorithm, Recipe};

/// A planned deconvolution of images of one shape.
pub struct Deconvolution {
    recipe: Recipe,
    field: Field,
    sums: Sums,
    task: Task,
}

/// What an algorithm holds beside the field.
enum Task {
    Iterative { estimate: Box<Estimate>, level: Box<Level>, curve: Curve },
    Linear(RowLocks),
}

/// What a deconvolution did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// Name of the algorithm.
    pub algorithm: &'static str,
    /// Margin of the field: `full`, `half` or `none`.
    pub padding: &'static str,
    /// Extents of the field along (z, y, x).
    pub padded_shape: [usize; 3],
    /// Iterations done; 0 for filters.
    pub iterations: usize,
    /// Why it ended: `iterations`, `change`, `discrepancy`, `held_out`; `empty` when the image has no light; `filter` for filters.
    pub stopped: &'static str,
    /// The iteration from which the matched back projector was used because residuals grew with the tempered one; 0:
    /// none.
    pub matched_from: usize,
    /// The last iteration's change, as share of the estimate.
    pub change: f64,
    /// Squared residuals over those expected of the noise, before the last correction.
    pub misfit: f64,
    /// Sum of the image.
    pub flux_in: f64,
    /// Sum of the result.
    pub flux_out: f64,
    /// Sum of the estimate outside the image, where light in the image was found to come from.
    pub flux_outside: f64,
    /// Level that was left out of the result, in the image's units.
    pub background: f64,
    /// Even light that the estimate did not have to explain, and that was added to it again, in the image's units.
    pub pedestal: f64,
    /// Image units a photon, and what to add to samples before they count as photons; 0 for filters.
    pub photon_gain: f64,
    /// See `photon_gain`.
    pub photon_shift: f64,
    /// Samples that were negative.
    pub negative: u64,
    /// Noise power over signal power of a filter; 0 for others.
    pub noise_to_signal: f64,
}

impl Deconvolution {
    /// Bytes that [`Deconvolution::new`] will hold.
    ///
    /// # Errors
    /// As [`Deconvolution::new`].
    pub fn workspace_bytes(shape: [usize; 3], settings: &Settings, kernel: &Kernel, threads: usize) -> Result<u64> {
        let recipe = Recipe::new(settings, shape)?;
        let geometry = Geometry::new(shape, kernel, recipe.padding)?;
        let task = if recipe.algorithm.is_linear() {
            (shape[0] * shape[1]) as u64
        } else {
            Estimate::bytes(&geometry, &recipe) + Level::bytes(shape) + Curve::bytes(shape)
        };
        Ok(Field::bytes(&geometry, kernel, threads)? + Sums::bytes(geometry.rows()) + task)
    }

    /// Plans and allocates everything for images of `shape` (z, y, x) and the `deconvolve.*` settings.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::error::Error::Argument) for a shape that is empty or cannot be addressed with its margins; [`Error::State`](crate::error::Error::State) for a
    /// setting without a value; [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], settings: &Settings, kernel: &Kernel, workers: &Workers) -> Result<Self> {
        let recipe = Recipe::new(settings, shape)?;
        let geometry = Geometry::new(shape, kernel, recipe.padding)?;
        let mut field = Field::new(geometry, kernel, workers)?;
        let task = if recipe.algorithm.is_linear() {
            Task::Linear(iterate::locks(shape[0] * shape[1])?)
        } else {
            let estimate = Box::new(Estimate::new(&mut field, &recipe, kernel, workers)?);
            Task::Iterative { estimate, level: Box::new(Level::new(shape)?), curve: Curve::new(shape)? }
        };
        let sums = Sums::new(field.geometry.rows())?;
        Ok(Self { recipe, field, sums, task })
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> u64 {
        let task = match &self.task {
            Task::Iterative { estimate, .. } => {
                let shape = self.field.geometry.image;
                estimate.held_bytes(&self.field.geometry) + Level::bytes(shape) + Curve::bytes(shape)
            }
            Task::Linear(_) => (self.field.geometry.image[0] * self.field.geometry.image[1]) as u64,
        };
        self.field.held_bytes() + self.sums.held_bytes() + task
    }

    /// Restores `image`, packed samples (z, y, x), in place. After an error it is as before.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::error::Error::Argument) when `image` is not of the planned shape or holds a sample that is not finite;
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch) -> Result<Outcome> {
        let geometry = &self.field.geometry;
        let facts = Facts::of(image, geometry.image, &self.sums, workers)?;
        watch.advance(0.0)?;
        let mut outcome = Outcome {
            algorithm: self.recipe.algorithm.name(),
            padding: self.recipe.padding.name(),
            padded_shape: geometry.field,
            flux_in: facts.sum,
            ..Outcome::default()
        };
        match &mut self.task {
            Task::Linear(locks) => {
                let ratio = self.recipe.noise_to_signal.unwrap_or_else(|| facts.noise_to_signal());
                let gain = match self.recipe.algorithm {
                    Algorithm::Tikhonov => linear::tikhonov(ratio),
                    Algorithm::RegularizedInverse => linear::regularized_inverse(ratio),
                    _ => linear::wiener(ratio),
                };
                linear::filter(&mut self.field, gain, locks, image, workers, watch)?;
                outcome.stopped = "filter";
                outcome.noise_to_signal = ratio;
                outcome.flux_out = image.iter().map(|&sample| f64::from(sample)).sum();
            }
            Task::Iterative { estimate, level, curve } => {
                outcome.negative = facts.negative;
                let noise = match self.recipe.needs_noise() {
                    true => curve.of(image, workers),
                    false => Noise { gain: 1.0, shift: 0.0 },
                };
                // Where the noise would vanish no photon has arrived: the camera's offset. Haze is the specimen's.
                outcome.background = match self.recipe.background {
                    Some(background) => background,
                    None if noise.shift < 0.0 => level.of(image, workers).min(-noise.shift),
                    None => 0.0,
                };
                // No more is taken away before counting than counts as background, or light would be lost unsaid.
                let shift = noise.shift.max(-outcome.background);
                let noise = Noise { gain: self.recipe.photon_gain.unwrap_or(noise.gain), shift };
                (outcome.photon_gain, outcome.photon_shift) = (noise.gain, noise.shift);
                let mut mean = if outcome.background == 0.0 {
                    facts.mean_light()
                } else {
                    facts.sum / image.len() as f64 - outcome.background
                };
                if self.recipe.pedestal {
                    outcome.pedestal =
                        (level.of(image, workers) - outcome.background).clamp(0.0, MOST_EVEN * mean.max(0.0));
                    mean -= outcome.pedestal;
                }
                if mean.is_nan() || mean <= f64::from(f32::MIN_POSITIVE) {
                    image.fill(0.0);
                    outcome.stopped = "empty";
                    return Ok(outcome);
                }
                let observed = Observed::new(image, mean, outcome.background + outcome.pedestal, noise);
                let ended = estimate.run(&mut self.field, &self.sums, observed, &self.recipe, workers, watch)?;
                estimate.write(&self.field, mean, outcome.pedestal, image, workers);
                outcome.iterations = ended.iterations;
                outcome.stopped = ended.stopped;
                outcome.change = ended.change;
                outcome.misfit = ended.misfit;
                outcome.matched_from = ended.matched_from;
                outcome.flux_out = ended.flux_inside + outcome.pedestal * image.len() as f64;
                outcome.flux_outside = ended.flux_outside;
            }
        }
        Ok(outcome)
    }
}

/// The largest share of the light that may be a pedestal.
const MOST_EVEN: f64 = 0.9;
