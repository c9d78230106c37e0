//! Deconvolutions of images that are denoised first.

use super::denoisers::Denoisers;
use super::{DeconvolveStep, Notes};
use crate::deconvolve::{Deconvolution, Hybrid};
use crate::error::{Error, Result};
use crate::params::{
    Algorithm, DECONVOLVE_ALGORITHM, DECONVOLVE_DENOISING, DECONVOLVE_DEPTH_SLABS, DECONVOLVE_PRESET, DECONVOLVE_STOP,
    DECONVOLVE_WARM_START, Preset, Settings, Stop,
};
use crate::plan::objects::Arguments;
use crate::plan::step::{Flow, Group, Outcomes, Place, Stage};
use crate::plan::warnings::Tell;
use crate::psf::Kernel;
use crate::runtime::{Job, Watch, Workers};

impl DeconvolveStep {
    /// Whether images are denoised first, whatever it takes: where the algorithm is hybrid, and in the automatic mode where a
    /// network is given.
    pub(super) fn is_hybrid(&self) -> bool {
        let settings = &self.arguments.settings;
        let chosen = match settings.choice::<Algorithm>(DECONVOLVE_ALGORITHM) {
            Algorithm::Hybrid => true,
            Algorithm::Automatic => self.arguments.has_model(),
            _ => false,
        };
        chosen && settings.f64(DECONVOLVE_DENOISING) != Some(0.0)
    }

    /// Whether the automatic mode may denoise images: as the preset says, where nothing stated stands against it.
    pub(super) fn may_denoise(&self) -> bool {
        let Arguments { settings, calibrations, .. } = &self.arguments;
        settings.choice::<Algorithm>(DECONVOLVE_ALGORITHM) == Algorithm::Automatic
            && matches!(settings.choice(DECONVOLVE_PRESET), Preset::Automatic | Preset::Quality)
            && matches!(settings.choice(DECONVOLVE_STOP), Stop::Automatic | Stop::HeldOut)
            && settings.f64(DECONVOLVE_DENOISING) != Some(0.0)
            && settings.i64(DECONVOLVE_WARM_START) == 0
            && settings.i64(DECONVOLVE_DEPTH_SLABS) == 1
            && !self.is_hybrid()
            && calibrations.is_none()
    }

    /// Whether images are denoised first at `place`: the automatic mode does it with whole images, where there is room for that.
    ///
    /// # Errors
    /// As [`DeconvolveStep::tiling`].
    pub(super) fn denoises(&self, kernel: &Kernel, place: &Place<'_>, budget: Option<u64>) -> Result<bool> {
        let [_, ny, nx] = place.grid.volume();
        let is_whole = place.flow == Flow::Frame && place.grid.extra.is_none() && ny.min(nx) >= LEAST;
        if self.is_hybrid() || !(is_whole && self.may_denoise()) {
            return Ok(self.is_hybrid());
        }
        let Some(budget) = budget else { return Ok(true) };
        Ok(self.tiling_within(&self.settings()?, kernel, place, Some(budget), true)?.1 <= budget)
    }

    /// The settings, with the algorithm that a network chooses.
    pub(super) fn settings(&self) -> Result<Settings> {
        let mut settings = self.arguments.settings.clone();
        if self.is_hybrid() {
            settings.set_choice(DECONVOLVE_ALGORITHM, Algorithm::Hybrid)?;
        }
        Ok(settings)
    }

    /// # Errors
    /// [`Error::Argument`] for a network that no algorithm uses, and for what a hybrid cannot do.
    pub(super) fn check_denoiser(&self) -> Result<()> {
        let settings = &self.arguments.settings;
        let algorithm = settings.choice::<Algorithm>(DECONVOLVE_ALGORITHM);
        if self.arguments.has_model() && ![Algorithm::Hybrid, Algorithm::Automatic].contains(&algorithm) {
            return Err(Error::Argument(format!(
                "deconvolve.algorithm is {} with a network; it must be hybrid or automatic there, which denoise with it; give \
                 the network to a model step, or take another algorithm",
                algorithm.name()
            )));
        }
        if self.is_hybrid() && settings.i64(DECONVOLVE_WARM_START) == 1 {
            return Err(Error::Argument(
                "deconvolve.warm_start is 1 for hybrid; it must be 0 there: photons held out must be new to the estimate"
                    .into(),
            ));
        }
        if self.is_hybrid() && settings.i64(DECONVOLVE_DEPTH_SLABS) != 1 {
            return Err(Error::Argument(format!(
                "deconvolve.depth_slabs is {} for hybrid; it must be 1 there; set deconvolve.denoising to 0 to denoise nothing",
                settings.i64(DECONVOLVE_DEPTH_SLABS)
            )));
        }
        Ok(())
    }

    /// Bytes that a hybrid holds beside the deconvolution.
    pub(super) fn beside(&self, place: &Place<'_>, budget: Option<u64>) -> Result<u64> {
        Ok(Hybrid::bytes(place.grid.volume()) + Denoisers::of(&self.arguments, place.limits)?.bytes(place, budget)?)
    }

    pub(super) fn build_hybrid(
        &self,
        kernel: &Kernel,
        place: &Place<'_>,
        budget: Option<u64>,
        watch: &mut Watch<'_>,
    ) -> Result<Box<dyn Stage>> {
        let (tiling, _) = self.tiling(kernel, place, budget)?;
        let settings = self.settings()?;
        let denoiser = Denoisers::of(&self.arguments, place.limits)?.build(place, budget, watch)?;
        let job = Job::new(place.workers, watch.control());
        let deconvolution = Deconvolution::in_tiles(tiling, &settings, kernel, job)?.with_camera(&place.grid.camera);
        let deconvolution = deconvolution.with_extra(place.grid.extra.clone());
        let deconvolution = if place.gaps { deconvolution.with_gaps() } else { deconvolution };
        let mut hybrid = Hybrid::new(deconvolution, denoiser, &settings, job)?;
        hybrid.set_channels(place.channels)?;
        Ok(Box::new(HybridStage { hybrid, notes: Notes::new(place)? }))
    }
}

struct HybridStage {
    hybrid: Hybrid,
    notes: Notes,
}

impl Stage for HybridStage {
    fn retune(&mut self, settings: &Settings) -> Result<()> {
        self.hybrid.restate(settings, &self.notes.camera)
    }

    fn knows_gaps(&self) -> bool {
        self.hybrid.knows_gaps()
    }

    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        if self.notes.outcomes.is_empty() {
            self.hybrid.begin_images();
        }
        for channel in group.channels() {
            self.notes.outcomes.push(self.hybrid.execute(channel, workers, watch)?);
        }
        Ok(())
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.notes.outcomes
    }

    fn warnings(&self, tell: &mut Tell<'_>) {
        self.notes.warnings(tell);
    }
}

/// The fewest samples along y and x of images whose noise tells enough for a denoiser to be judged.
const LEAST: usize = 32;
