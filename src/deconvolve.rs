//! Deconvolution: what the specimen would look like without the blur of the microscope.
//!
//! A [`Deconvolution`] is planned for images of one shape (z, y, x) and one point spread function, and then restores
//! any number of images in place, one after another, without allocating anything. [`Background`] is the step that
//! takes camera offset and background away first. The [`Outcome`] says what was done.
//!
//! | file | what |
//! |---|---|
//! | `options` | what the settings ask for |
//! | `survey` | what an image is like before it is restored: sums, noise, level |
//! | `calibration`, `found`, `calibrated` | what that comes to, and the same as hosts state it |
//! | `observed` | the image as iterations see it |
//! | `outliers` | samples that no light made |
//! | `border` | how far the field reaches beyond the image, and what lies there |
//! | `field`, `weights`, `sums` | the padded field, the four passes of an iteration, sums over rows |
//! | `iterate`, `run`, `result` | the loop of the iterative algorithms, what it works with, what it comes to |
//! | `schedule` | iterations and momenta that the tiles of an image share |
//! | `richardson_lucy`, `total_variation`, `least_squares` | residuals and corrections of an algorithm |
//! | `heavy_ball`, `biggs_andrews`, `tempered`, `wiener_butterworth` | what makes iterations fast |
//! | `stored` | how the estimate is kept |
//! | `blind` | blind deconvolution: how wide the point spread function is |
//! | `hybrid`, `denoising` | denoised first, and ended by photons held out; tiles denoised |
//! | `course` | how far the images of one plan go together |
//! | `discrepancy` | when to end, by residuals beside the noise |
//! | `held_out` | when to end, by photons that were held out |
//! | `linear` | filters in one step |
//! | `tiling`, `blocks` | images in tiles, under a memory cap or larger than memory |
//! | `background` | the background step |
//! | `depth` | slabs with a kernel each |
//! | `psf_estimate` | parameters of the point spread function from an image |
//!
//! Intensities are linear: the image is the specimen blurred, plus noise, in any unit; the result has the same unit and
//! the same light, not more contrast by rescaling. Samples must be finite; negative ones are noise around no light, and
//! are taken as 0 where an algorithm counts photons. 2-D is z = 1; of a 3-D point spread function the plane in focus is
//! used then.
//!
//! ```
//! use abbe::deconvolve::Deconvolution;
//! use abbe::params::{self, Algorithm, Settings};
//! use abbe::psf::Kernel;
//! use abbe::runtime::{Answer, Control, Watch, Workers};
//!
//! // A point, blurred along x by (1/4, 1/2, 1/4).
//! let workers = Workers::new(1)?;
//! let kernel = Kernel::new([1, 1, 3], vec![0.25, 0.5, 0.25])?;
//! let mut settings = Settings::new("deconvolve");
//! settings.set_choice(params::DECONVOLVE_ALGORITHM, Algorithm::RichardsonLucy)?;
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
mod blind;
mod blocks;
mod border;
mod calibrated;
mod calibration;
mod course;
mod denoising;
mod depth;
mod discrepancy;
mod field;
mod found;
mod heavy_ball;
mod held_out;
mod hybrid;
mod in_place;
mod iterate;
mod least_squares;
mod linear;
mod observed;
mod options;
mod outcome;
mod outliers;
mod psf_estimate;
mod result;
mod richardson_lucy;
mod run;
mod schedule;
mod stored;
mod sums;
mod survey;
mod tempered;
mod tiling;
mod total_variation;
mod weights;
mod wiener_butterworth;

pub use background::{Background, Subtracted};
pub use blocks::Blocks;
pub use calibrated::Calibrated;
pub use denoising::Denoiser;
pub use depth::DepthVariant;
pub use in_place::Volumes;
pub use outcome::{HybridOutcome, Outcome, WidthEstimate};
pub use psf_estimate::{PsfEstimate, estimate_psf};
pub use tiling::{Budget, Choice, frame_bytes};

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::image::Source;
use crate::noise::{Noise, Stated};
use crate::params::{DECONVOLVE_ALGORITHM, Settings};
use crate::psf::Kernel;
use crate::runtime::{Job, Watch, Workers};
use crate::tile::{Tile, Tiling};
use blind::WidthSearch;
use border::Reflection;
use course::Courses;
use denoising::Denoising;
use field::{Field, Geometry};
use found::Calibration;
use held_out::Thinned;
use in_place::InPlace;
use iterate::Iterates;
use linear::Filter;
use options::{Algorithm, Options, Stop};
use outliers::Found;
use result::RunResult;
use run::Run;
use schedule::Schedule;
use sums::Sums;
use survey::Survey;

/// A planned deconvolution of images of one shape.
pub struct Deconvolution {
    options: Options,
    tiling: Tiling,
    field: Field,
    sums: Sums,
    survey: Survey,
    task: Task,
    width_search: Option<WidthSearch>,
    /// The noise of the image, where it is known.
    noise: Option<Noise>,
    outliers: Found,
    /// See [`outliers::share`].
    share: f64,
    courses: Courses,
    /// Of the image, see [`Exposure::brightness`].
    brightness: f64,
    darkest: Option<f64>,
    /// See [`Deconvolution::with_extra`].
    extra: Option<Arc<Vec<f32>>>,
    /// See [`Deconvolution::with_calibrations`].
    given: Option<Arc<Vec<Calibrated>>>,
    /// See [`Deconvolution::only_looking`].
    only_looks: bool,
    /// See [`Deconvolution::denoised_by`].
    hybrid: Option<Box<Denoising>>,
}

/// What an algorithm holds beside the field.
enum Task {
    Iterative(Box<dyn Iterates>, Schedule),
    Linear,
}

impl Deconvolution {
    /// Bytes that [`Deconvolution::new`] will hold.
    ///
    /// # Errors
    /// As [`Deconvolution::new`].
    pub fn workspace_bytes(shape: [usize; 3], settings: &Settings, kernel: &Kernel, threads: usize) -> Result<u64> {
        Ok(Self::tiling(shape, settings, kernel, threads, Budget::NONE)?.bytes)
    }

    /// Plans and allocates everything for images of `shape` (z, y, x) and the `deconvolve.*` settings.
    ///
    /// # Errors
    /// [`Error::Argument`] for a shape that is empty or cannot be addressed with its margins; [`Error::State`] for a
    /// setting without a value; [`Error::Memory`]; [`Error::Cancelled`].
    pub fn new<'a>(shape: [usize; 3], settings: &Settings, kernel: &Kernel, job: impl Into<Job<'a>>) -> Result<Self> {
        let job = job.into();
        let choice = Self::tiling(shape, settings, kernel, job.workers().threads(), Budget::NONE)?;
        Self::in_tiles(choice.tiling, settings, kernel, job)
    }

    /// As [`Deconvolution::new`], for images in tiles.
    ///
    /// # Errors
    /// As [`Deconvolution::new`].
    pub fn in_tiles<'a>(tiling: Tiling, settings: &Settings, kernel: &Kernel, job: impl Into<Job<'a>>) -> Result<Self> {
        Self::stopping(tiling, settings, None, kernel, job.into())
    }

    /// Takes NaN for samples that were not measured, which the estimate need not explain. Filters need them all.
    #[must_use]
    pub fn with_gaps(mut self) -> Self {
        self.survey.statistics.may_miss = !self.options.algorithm.is_linear();
        self
    }

    /// Whether NaN is taken for samples that were not measured.
    pub fn knows_gaps(&self) -> bool {
        self.survey.statistics.may_miss
    }

    /// Takes what is stated of the camera, where the settings do not state it.
    #[must_use]
    pub fn with_camera(mut self, stated: &Stated) -> Self {
        self.options.camera = self.options.camera.or(stated);
        self.survey.state(self.options.camera);
        self
    }

    /// Takes the variance of each pixel (y, x) above what is stated of the camera, in the image's units, squared: algorithms after
    /// Richardson and Lucy weigh residuals by it. All planes are of these pixels.
    #[must_use]
    pub fn with_extra(self, extra: Option<Arc<Vec<f32>>>) -> Self {
        Self { extra, ..self }
    }

    /// Takes what images are as known, one for each image from [`Deconvolution::begin_images`] on, and restores them as far.
    #[must_use]
    pub fn with_calibrations(self, given: Option<Arc<Vec<Calibrated>>>) -> Self {
        Self { given, ..self }
    }

    /// Finds out what images are, and how far they are to go, and writes no result.
    #[must_use]
    pub fn only_looking(self, only_looks: bool) -> Self {
        Self { only_looks, ..self }
    }

    /// What the next image is, where that is stated.
    fn given(&self) -> Option<&Calibrated> {
        self.given.as_ref()?.get(self.courses.image())
    }

    /// Takes the numbers of settings that differ in nothing else, and what is stated of the camera where these do not
    /// state it.
    ///
    /// # Errors
    /// [`Error::State`] where they need memory or transforms that were not planned; it is as before then.
    pub fn restate(&mut self, settings: &Settings, camera: &Stated) -> Result<()> {
        let hybrid = self.hybrid.as_ref().map(|hybrid| hybrid.restated(settings, self.tiling.image())).transpose()?;
        let planned = self.hybrid.as_ref().map_or(&self.options, |hybrid| &hybrid.plain);
        let chosen = match planned.hybrid {
            Some(_) => Algorithm::Hybrid,
            None => settings.choice(DECONVOLVE_ALGORITHM),
        };
        let mut options = Options::of(chosen, settings, self.tiling.image())?;
        options.check_work(planned)?;
        if let Task::Iterative(estimate, schedule) = &mut self.task {
            if schedule.room().is_some_and(|most| options.iterations > most) {
                return Err(Error::State(format!(
                    "deconvolve.iterations is {}; tiles were committed with less, and more need more memory; call \
                     abbe_plan_commit() first",
                    options.iterations
                )));
            }
            if let Some(tempering) = options.tempering {
                estimate.temper(tempering);
            }
        }
        options.camera = options.camera.or(camera);
        self.survey.restate(&options);
        if let (Some(hybrid), Some(denoised)) = (&mut self.hybrid, hybrid) {
            hybrid.denoised = Options { camera: options.camera, ..denoised };
            hybrid.plain = options.clone();
        }
        self.options = options;
        Ok(())
    }

    /// Works by options that need the same memory and transforms.
    fn turn_to(&mut self, options: &Options) {
        if let (Task::Iterative(estimate, _), Some(tempering)) = (&mut self.task, options.tempering) {
            estimate.temper(tempering);
        }
        self.options = options.clone();
    }

    /// Has images share their course as the settings say: images of so many channels, time point by time point from
    /// [`Deconvolution::begin_images`] on.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn set_channels(&mut self, channels: usize) -> Result<()> {
        if self.options.shares_course() {
            self.courses = Courses::new(self.options.course, channels)?;
        }
        Ok(())
    }

    /// The next image is the first of its series.
    pub fn begin_images(&mut self) {
        self.courses.begin();
    }

    /// As [`Deconvolution::in_tiles`], with another rule of when to end.
    fn stopping(tiling: Tiling, settings: &Settings, stop: Option<Stop>, kernel: &Kernel, job: Job) -> Result<Self> {
        let mut options = Options::new(settings, tiling.image())?;
        options.stop = stop.unwrap_or(options.stop);
        let geometry = Geometry::new(&tiling, kernel)?;
        let mut field = Field::new(geometry, kernel, options.storage, job)?;
        let task = if options.algorithm.is_linear() {
            Task::Linear
        } else {
            let estimate = iterate::estimate(&mut field, &options, kernel, job)?;
            Task::Iterative(estimate, Schedule::new(&options, tiling.count())?)
        };
        let width_search = match options.algorithm {
            Algorithm::BlindRichardsonLucy => {
                Some(WidthSearch::new(field.geometry.samples(kernel)?, field.geometry.samples_shape())?)
            }
            _ => None,
        };
        let sums = Sums::new(field.geometry.rows())?;
        let survey = Survey::new(tiling.image(), &options)?;
        let outliers = Found::new(tiling.image(), options.judges_by_noise())?;
        let share = outliers::share(kernel);
        Ok(Self {
            options,
            tiling,
            field,
            sums,
            survey,
            task,
            width_search,
            noise: None,
            outliers,
            share,
            courses: Courses::APART,
            brightness: 0.0,
            darkest: None,
            extra: None,
            given: None,
            only_looks: false,
            hybrid: None,
        })
    }

    /// Bytes that [`Deconvolution::in_tiles`] will hold.
    fn bytes_in_tiles(tiling: &Tiling, settings: &Settings, kernel: &Kernel, threads: usize) -> Result<u64> {
        let options = Options::new(settings, tiling.image())?;
        let geometry = Geometry::new(tiling, kernel)?;
        let task = if options.algorithm.is_linear() {
            0
        } else {
            iterate::bytes(&geometry, &options) + Schedule::bytes(&options, tiling.count())
        };
        let width_search = match options.algorithm {
            Algorithm::BlindRichardsonLucy => WidthSearch::bytes(geometry.samples_shape()),
            _ => 0,
        };
        let field = Field::bytes(&geometry, kernel, options.storage, threads)?;
        let outliers = Found::bytes(tiling.image(), options.judges_by_noise());
        let survey = Survey::bytes(tiling.image(), &options) + outliers;
        Ok(width_search + field + Sums::bytes(geometry.rows()) + survey + task)
    }

    /// Restores `image`, packed samples (z, y, x), in place, where it is planned in one tile. After an error it is as
    /// before.
    ///
    /// # Errors
    /// [`Error::Argument`] when `image` is not of the planned shape or holds a sample that is not finite;
    /// [`Error::State`] when it is planned in several tiles; [`Error::Cancelled`].
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch) -> Result<Outcome> {
        let shape = self.tiling.image();
        let samples: usize = shape.iter().product();
        if image.len() != samples {
            return Err(Error::Argument(format!("image holds {} samples; this plan takes {samples}", image.len())));
        }
        if self.tiling.count() > 1 {
            return Err(Error::State("the plan is one of tiles; it must be one of the whole image".into()));
        }
        self.execute_blocks(&mut InPlace { shape, samples: image }, &mut [], workers, watch)
    }

    /// What was restored last has reached the host, or has not: then the next image starts afresh, since a cancelled run
    /// overwrites the estimate of the image before.
    pub fn settle(&mut self, done: bool) {
        if let Task::Iterative(estimate, _) = &mut self.task {
            estimate.settle(done);
        }
    }

    /// The point spread function that the last execute found, packed samples (z, y, x) and extents, the centre at index
    /// extent / 2; `None` where it found none.
    pub fn estimated_psf(&self) -> Option<(&[f32], [usize; 3])> {
        self.width_search.as_ref().and_then(WidthSearch::found)
    }

    /// What is known before anything is done.
    fn outcome(&self) -> Outcome {
        Outcome {
            algorithm: self.options.algorithm.name(),
            padding: self.options.padding.name(),
            padded_shape: self.field.geometry.field,
            tiles: self.tiling.counts(),
            overlap: self.tiling.halo(),
            flux_in: self.survey.statistics.sum,
            ..Outcome::default()
        }
    }

    /// Restores what a tile reads, of which samples that stand out alone are left out already. Afterwards its core is in the field.
    fn restore(
        &mut self,
        source: Source,
        tile: &Tile,
        calibration: Calibration,
        thinned: Option<Thinned>,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<RunResult> {
        let options = &self.options(&calibration);
        let core = tile.core_within;
        match &mut self.task {
            Task::Linear => {
                let gain = match self.options.algorithm {
                    Algorithm::Tikhonov => linear::tikhonov(calibration.noise_to_signal),
                    Algorithm::RegularisedInverse => linear::regularised_inverse(calibration.noise_to_signal),
                    _ => linear::wiener(calibration.noise_to_signal),
                };
                let reach = border::reach(self.options.algorithm, self.tiling.image(), self.field.geometry.kernel);
                let around = Reflection::Point { reach, level: calibration.mean as f32 };
                let filter = Filter { gain, around, core };
                let source = source.less(calibration.background);
                let flux = filter.run(&mut self.field, source, &self.sums, workers, watch)?;
                Ok(RunResult { stopped: "filter", flux, ..RunResult::default() })
            }
            Task::Iterative(estimate, schedule) => {
                let has_gaps = self.survey.statistics.missing > 0;
                let limit = self.noise.and_then(|noise| noise.limit);
                let width = self.tiling.image()[2];
                let extra = self.extra.as_ref().map(|extra| Source::planes(width, extra).at(tile.input));
                let observed = calibration.observed(source).with_extra(extra);
                let observed = observed.with_gaps(has_gaps).with_limit(limit);
                let observed = thinned.map_or(observed, |thinned| thinned.share.of(observed));
                let (field, sums) = (&mut self.field, &self.sums);
                let mut run = Run { field, core, sums, options, schedule, thinned, workers, watch };
                let ended = match &mut self.width_search {
                    Some(width_search) => width_search.run(estimate.as_mut(), &mut run, observed)?,
                    None => estimate.run(&mut run, observed)?,
                };
                let flux =
                    estimate.put(&mut self.field, core, [calibration.mean, calibration.pedestal], &self.sums, workers);
                Ok(RunResult { flux, ..ended })
            }
        }
    }
}
