//! What takes the noise of an image away before it is deconvolved, tile by tile.
//!
//! Of what a tile reads there are two images: as it came, with all photons or those kept, and denoised. A denoised one is
//! given the light that the raw one has above the background, and a share of what was taken away is left out of it
//! again, with details that a denoiser takes for noise.

use super::found::Calibration;
use super::held_out::HeldOut;
use super::options::{Algorithm, Options};
use crate::error::{Error, Result};
use crate::image::{Region, Source, fill};
use crate::params::Settings;
use crate::runtime::{Rows, Watch, Workers};
use crate::tile::Tile;

/// What takes noise away from an image before it is deconvolved.
pub trait Denoiser: Send {
    /// What it is, for the report.
    fn name(&self) -> &'static str;

    /// Denoises `samples` in place, packed (z, y, x): the part `place` of the image that it was made for, where they lie.
    /// Allocates nothing.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and what stands in the way.
    fn denoise(&mut self, samples: &mut [f32], place: Region, workers: &Workers, watch: &mut Watch<'_>) -> Result<()>;
}

/// What a deconvolution works with whose images are denoised first.
pub(super) struct Denoising {
    pub denoiser: Box<dyn Denoiser>,
    /// How denoised images are iterated on, and how images are as they came.
    pub denoised: Options,
    pub plain: Options,
    /// Of what a tile reads: the photons that are not held out, and all of them later.
    pub raw: HeldOut,
    /// The same, denoised.
    pub clean: Vec<f32>,
    /// What is in these two.
    pub holds: Option<Held>,
}

/// What is known of what a tile reads.
#[derive(Clone, Copy)]
pub(super) struct Held {
    tile: Tile,
    /// Whether all of its photons are there; otherwise those kept.
    all: bool,
    is_denoised: bool,
    /// Whether that has the light of the raw one, and its share of it.
    is_mixed: bool,
}

/// What denoises the tiles of an image.
pub(super) struct Cleaning<'a> {
    pub denoising: &'a mut Denoising,
    /// What the light of what was denoised is multiplied with.
    pub light: f64,
}

impl Denoising {
    /// How denoised images are to be iterated on by other settings.
    ///
    /// # Errors
    /// As [`Deconvolution::restate`].
    pub fn restated(&self, settings: &Settings, image: [usize; 3]) -> Result<Options> {
        let denoised = Options::of(Algorithm::Hybrid, settings, image)?;
        denoised.check_work(&self.denoised)?;
        Ok(denoised)
    }

    /// Has `read` put what a tile reads into the first of both images, unless it is there.
    pub fn read(&mut self, tile: &Tile, all: bool, read: impl FnOnce(&mut HeldOut)) {
        if self.holds.is_none_or(|held| held.tile != *tile || held.all != all) {
            read(&mut self.raw);
            self.holds = Some(Held { tile: *tile, all, is_denoised: false, is_mixed: false });
        }
    }

    pub fn read_all(&mut self, source: Source<'_>, tile: &Tile) {
        self.read(tile, true, |raw| {
            source.copy(Region::whole(tile.shape), &mut raw.samples_mut()[..tile.shape.iter().product()]);
        });
    }

    /// Denoises what was read, unless that was done; says whether all of it is finite. The denoiser sees neighbours where nothing
    /// was measured.
    pub fn denoise(&mut self, workers: &Workers, watch: &mut Watch) -> Result<bool> {
        let Self { denoiser, raw, clean, holds, .. } = self;
        let Some(held) = holds.as_mut().filter(|held| !held.is_denoised) else { return Ok(true) };
        let shape = held.tile.shape;
        let samples: usize = shape.iter().product();
        let (raw, clean) = (&raw.samples()[..samples], &mut clean[..samples]);
        clean.copy_from_slice(raw);
        if clean.iter().any(|sample| sample.is_nan()) {
            fill(clean, shape, workers);
        }
        let place = Region { start: held.tile.input.map(|axis| axis.place(0)), shape };
        match denoiser.denoise(clean, place, workers, watch) {
            Ok(()) => held.is_denoised = true,
            // A network that gives no numbers.
            Err(Error::Model(_)) => return Ok(false),
            Err(error) => return Err(error),
        }
        Ok(clean.iter().all(|sample| sample.is_finite()))
    }

    /// The light above `dark` of a tile, as it was read and denoised.
    pub fn lights(&self, dark: f64) -> [f64; 2] {
        let Some(Held { tile, .. }) = self.holds else { return [0.0; 2] };
        let ([_, rows, columns], core) = (tile.shape, tile.core_within);
        let [_, _, own] = core.ranges();
        let mut sums = [0.0; 2];
        for line in 0..core.shape[0] * core.shape[1] {
            let [z, y] = [core.start[0] + line / core.shape[1], core.start[1] + line % core.shape[1]];
            let first = (z * rows + y) * columns;
            let line = first + own.start..first + own.end;
            let lines = self.raw.samples()[line.clone()].iter().zip(&self.clean[line]);
            for (raw, clean) in lines.filter(|(raw, _)| !raw.is_nan()) {
                sums[0] += f64::from(*raw) - dark;
                sums[1] += f64::from(*clean) - dark;
            }
        }
        sums
    }

    /// Takes a share of what was denoised, with its light above `dark` multiplied, unless that was done. What the denoiser made
    /// where nothing was measured is no data.
    pub fn mix(&mut self, light: f64, dark: f64, workers: &Workers) {
        let Self { raw, clean, denoised, holds, .. } = self;
        let Some(held) = holds.as_mut().filter(|held| !held.is_mixed) else { return };
        held.is_mixed = true;
        let samples: usize = held.tile.shape.iter().product();
        let (raw, strength) = (raw.samples(), denoised.hybrid.unwrap_or(1.0) as f32);
        let (light, dark) = (light as f32, dark as f32);
        workers.each(Rows::of_mut(&mut clean[..samples], CHUNK), |_, at, clean| {
            for (clean, raw) in clean.iter_mut().zip(&raw[at * CHUNK..]) {
                let denoised = dark + (*clean - dark) * light;
                *clean = if raw.is_nan() { f32::NAN } else { raw + strength * (denoised - raw) };
            }
        });
    }
}

impl Cleaning<'_> {
    /// What a tile reads, denoised.
    ///
    /// # Errors
    /// What the denoiser says; [`Error::Model`] where it gives no numbers.
    pub fn tile(
        &mut self,
        source: Source<'_>,
        tile: &Tile,
        found: &Calibration,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<Source<'_>> {
        let denoising = &mut *self.denoising;
        let (start, length) = watch.control().current_span();
        watch.control().span(start, length * DENOISING_COST);
        denoising.read_all(source, tile);
        if !denoising.denoise(workers, watch)? {
            return Err(Error::Model(
                "the denoiser gives samples that are not numbers; set deconvolve.denoising to 0 to do without it"
                    .into(),
            ));
        }
        denoising.mix(self.light, found.background, workers);
        watch.control().span(start + length * DENOISING_COST, length * (1.0 - DENOISING_COST));
        Ok(Source::packed(tile.shape, &denoising.clean))
    }
}

/// What makes the second of two lights the first; 1 where there is no light to speak of, so that no factor is known, and `None` where
/// it is no number.
pub(super) fn factor([before, after]: [f64; 2]) -> Option<f64> {
    let factor = Some(before / after).filter(|factor| (0.5..2.0).contains(factor));
    after.is_finite().then(|| factor.unwrap_or(1.0))
}

/// What denoising takes, in units of a tile, about.
pub(super) const DENOISING_COST: f64 = 0.1;
const CHUNK: usize = 1 << 14;
