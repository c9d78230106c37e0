//! Deconvolutions of images that are denoised first.

use super::DeconvolveStep;
use super::denoisers::Denoisers;
use super::notes::Cramped;
use crate::deconvolve::Deconvolution;
use crate::error::{Error, Result};
use crate::params::{
    Algorithm, DECONVOLVE_ALGORITHM, DECONVOLVE_DENOISING, DECONVOLVE_DEPTH_SLABS, DECONVOLVE_PRESET, DECONVOLVE_STOP,
    DECONVOLVE_WARM_START, Preset, Settings, Stop,
};
use crate::plan::objects::Arguments;
use crate::plan::step::Place;
use crate::psf::Kernel;
use crate::tile::Tiling;

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
            && calibrations.as_ref().is_none_or(|given| given.iter().any(|given| given.denoised().is_some()))
    }

    /// Whether images are denoised first at `place`: in the automatic mode where there is room for that.
    ///
    /// # Errors
    /// As [`DeconvolveStep::tiling`].
    pub(super) fn denoises(&self, kernel: &Kernel, place: &Place<'_>, budget: Option<u64>) -> Result<bool> {
        if self.is_hybrid() || !self.may_denoise() {
            return Ok(self.is_hybrid());
        }
        Ok(self.arguments.calibrations.is_some() || Self::tells(place) && self.lacks(kernel, place, budget)? == 0)
    }

    /// Whether images at `place` are large enough to tell whether a denoiser is any good.
    fn tells(place: &Place<'_>) -> bool {
        let [_, ny, nx] = place.grid.volume();
        ny.min(nx) >= LEAST && place.grid.extra.is_none()
    }

    /// Bytes that a budget lacks to denoise images first.
    fn lacks(&self, kernel: &Kernel, place: &Place<'_>, budget: Option<u64>) -> Result<u64> {
        let Some(budget) = budget else { return Ok(0) };
        let (_, least) = self.tiling_within(&self.settings()?, kernel, place, Some(budget), true)?;
        Ok(least.saturating_sub(budget))
    }

    /// The cap with which images would be denoised first that are not for lack of room, and the one that there is.
    ///
    /// # Errors
    /// As [`DeconvolveStep::tiling`].
    pub(super) fn cramped(&self, kernel: &Kernel, place: &Place<'_>, budget: Option<u64>) -> Result<Option<Cramped>> {
        let Some(cap) = place.limits.memory else { return Ok(None) };
        if self.denoises(kernel, place, budget)? || !(self.may_denoise() && Self::tells(place)) {
            return Ok(None);
        }
        let lacks = self.lacks(kernel, place, budget)?;
        Ok((lacks > 0).then(|| Cramped { cap, needed: cap.saturating_add(lacks) }))
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

    /// What images are denoised with.
    ///
    /// # Errors
    /// As [`Denoisers::of`].
    pub(super) fn denoisers<'a>(&'a self, place: &Place<'a>) -> Result<Denoisers<'a>> {
        Denoisers::of(&self.arguments, place.limits)
    }

    /// Bytes that denoising first takes beside the deconvolution, for such tiles.
    pub(super) fn beside(&self, tiling: &Tiling, place: &Place<'_>, budget: Option<u64>) -> Result<u64> {
        let denoiser = self.denoisers(place)?.bytes(tiling.largest_input(), place, budget)?;
        Ok(Deconvolution::denoising_bytes(tiling) + denoiser)
    }
}

/// The fewest samples along y and x of images whose noise tells enough for a denoiser to be judged.
const LEAST: usize = 32;
