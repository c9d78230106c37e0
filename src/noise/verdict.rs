//! Which fit is taken, and how sure it is.

use serde::{Serialize, Serializer};

use super::block::{Block, SAMPLES};
use super::curve::{anchored, line, parabola};
use super::floor::Floor;
use super::groups::{Group, Groups};
use super::{Camera, Stated};

/// What is known of an image's noise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Noise {
    /// The model.
    #[serde(flatten)]
    pub camera: Camera,
    /// Standard error of the gain, as a share of it; 0 where it is stated, infinite where nothing is known.
    #[serde(serialize_with = "finite")]
    pub gain_error: f64,
    /// Whether the gain is known to within a tenth: stated, or by a fit that nothing speaks against.
    pub sure: bool,
    /// What speaks against it.
    pub doubts: Doubts,
    /// Whether the noise is the same everywhere: in the brightest places photons add hardly anything to that of reading.
    pub signal_independent: bool,
    /// Share of the samples that stand out alone, as hot pixels do; they are left out.
    pub outliers: f64,
    /// Share of the samples at the highest value, where that is a limit; blocks around them are left out.
    pub saturated: f64,
    /// That value.
    pub limit: Option<f64>,
}

/// Why a gain is not sure. The line is taken where it surely grows and surely does not pass by the origin, else the one through
/// the origin, as if there were no offset and no read noise; where samples are below 0, which contradicts that, one that does not
/// grow. What is taken otherwise is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Fewer than 16 blocks of 8 x 8 samples: photons are counted one by one unless stated otherwise.
    TooSmall,
    /// No noise is seen: a gain of a billionth of the mean stands for none.
    NoNoise,
    /// The variance does not surely grow with brightness.
    Flat,
    /// The standard error, structure included, is above a twentieth, or a line through the origin is as likely as another
    /// one that is farther from it.
    Imprecise,
    /// Variances follow a parabola rather than a line, as after gamma.
    Curved,
    /// Variances scatter around the line by more than chance.
    Scattered,
    /// Noise is less than a step of the samples.
    Quantised,
    /// Neighbours share noise: the gain is that of single samples, see [`Camera::long_range`].
    Correlated,
    /// Structure reaches the frequencies by which noise is told.
    Structure,
    /// Dark noise is cut off at the lowest value.
    Clipped,
    /// Most samples are at the lowest value and the rest follows Poisson's law above it: a line through that value is taken.
    FewPhotons,
    /// What is stated of the camera differs from what the image shows by more than a half; what is stated is taken.
    Contradicted,
}

impl Doubt {
    const ALL: [(Self, &'static str); 12] = [
        (Self::TooSmall, "too_small"),
        (Self::NoNoise, "no_noise"),
        (Self::Flat, "flat"),
        (Self::Imprecise, "imprecise"),
        (Self::Curved, "curved"),
        (Self::Scattered, "scattered"),
        (Self::Quantised, "quantised"),
        (Self::Correlated, "correlated"),
        (Self::Structure, "structure"),
        (Self::Clipped, "clipped"),
        (Self::FewPhotons, "few_photons"),
        (Self::Contradicted, "contradicted"),
    ];

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of [`Doubt`]s, in reports a list of names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubts(u16);

impl Doubts {
    /// Adds one.
    pub fn add(&mut self, doubt: Doubt) {
        self.0 |= doubt.bit();
    }

    /// Whether one is among them.
    pub fn has(self, doubt: Doubt) -> bool {
        self.0 & doubt.bit() != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Serialize for Doubts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(Doubt::ALL.iter().filter(|(doubt, _)| self.has(*doubt)).map(|(_, name)| name))
    }
}

/// JSON has no infinity.
fn finite<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() { serializer.serialize_some(value) } else { serializer.serialize_none() }
}

impl Noise {
    /// Whether the noise would vanish above a sample of 0: no photon has arrived below that.
    pub fn shows_offset(&self) -> bool {
        self.camera.shift() < 0.0
    }

    /// Whether the gain is not sure and yet close enough for photons to be told apart by it, which neighbours do not share.
    pub fn is_roughly_known(&self) -> bool {
        let unknown = [Doubt::TooSmall, Doubt::NoNoise, Doubt::Correlated];
        !self.sure && !unknown.into_iter().any(|doubt| self.doubts.has(doubt))
    }

    /// What is stated of the camera, whatever the image shows.
    pub fn stated(camera: Camera) -> Self {
        Self {
            camera,
            gain_error: 0.0,
            sure: true,
            doubts: Doubts::default(),
            signal_independent: false,
            outliers: 0.0,
            saturated: 0.0,
            limit: None,
        }
    }

    /// Of an image of that mean without noise that could be seen.
    pub(super) fn unseen(stated: &Stated, doubts: Doubts, mean: f64) -> Self {
        let none = if doubts.has(Doubt::NoNoise) { NONE * mean.abs() } else { 1.0 };
        let correlation = stated.correlation.unwrap_or(0.0);
        let camera = Camera {
            gain: stated.gain.unwrap_or(none.max(f64::MIN_POSITIVE)),
            offset: stated.offset.unwrap_or(0.0),
            read_noise: stated.read_noise.unwrap_or(0.0),
            correlation: [0.0, correlation, correlation],
        };
        let (light, variance) = ((mean - camera.offset).max(0.0), camera.read_noise * camera.read_noise);
        Self {
            signal_independent: variance > 0.0 && camera.gain * light <= HARDLY * variance,
            gain_error: if stated.gain.is_some() { 0.0 } else { f64::INFINITY },
            sure: stated.gain.is_some(),
            doubts,
            ..Self::stated(camera)
        }
    }
}

/// What an image shows of its noise.
pub(super) struct Evidence<'a> {
    pub groups: &'a Groups,
    pub blocks: &'a [Block],
    pub floor: Floor,
    /// The mean of the darkest blocks: no camera gives less without light.
    pub darkest: f64,
    /// The smallest difference of neighbouring samples.
    pub step: f64,
}

/// A fit in the form variance = gain mean + intercept.
struct Transfer {
    gain: f64,
    intercept: f64,
    /// Relative, of the gain.
    error: f64,
}

impl Evidence<'_> {
    /// The noise by all evidence.
    pub fn weigh(&self, stated: &Stated, mut doubts: Doubts) -> Noise {
        let list = self.groups.list();
        let brightest = list.iter().fold(0.0_f64, |most, group| most.max(group.mean.abs()));
        let found = self.transfer(stated, &mut doubts);
        let gain = match stated.gain {
            Some(gain) => {
                if doubts.is_empty() && (found.gain / gain).ln().abs() > 1.5_f64.ln() {
                    doubts.add(Doubt::Contradicted);
                }
                gain
            }
            None => found.gain.max(NONE * brightest).max(f64::MIN_POSITIVE),
        };
        let intercept = if stated.gain.is_some() { intercept_of(list, gain) } else { found.intercept };
        let (offset, read_noise) = self.split(stated, stated.gain.unwrap_or(found.gain).max(0.0), intercept);
        let error = if stated.gain.is_some() { 0.0 } else { found.error };
        // No place varies by as much as reading alone is said to make it.
        let most = list.iter().fold(0.0_f64, |most, group| most.max(group.variance));
        if stated.read_noise.is_some_and(|stated| stated * stated > 1.5_f64.powi(2) * most)
            && !doubts.has(Doubt::Clipped)
        {
            doubts.add(Doubt::Contradicted);
        }
        // Blocks whose mean lies below the level without light.
        if stated.offset.is_some_and(|offset| offset - self.darkest > read_noise.max(gain)) {
            doubts.add(Doubt::Contradicted);
        }
        // Where a line through the origin was but assumed, what is left of the variance in the dark is no read noise for sure.
        let is_said = stated.gain.is_some() || stated.offset.is_some() || stated.read_noise.is_some();
        let is_assumed = !is_said && found.intercept == 0.0;
        let variance = read_noise * read_noise;
        let light = self.light(read_noise, stated.offset.unwrap_or(self.darkest));
        Noise {
            gain_error: error,
            sure: stated.gain.is_some() || doubts.is_empty(),
            doubts,
            signal_independent: variance > 0.0 && !is_assumed && gain * light <= HARDLY * variance,
            ..Noise::stated(Camera { gain, offset, read_noise, correlation: self.groups.correlation })
        }
    }

    /// What the brightest places have above a level, of samples without what noise of that deviation may have added.
    fn light(&self, noise: f64, level: f64) -> f64 {
        let brightest = self.blocks.iter().filter(|block| !block.spike).map(|block| {
            let sample = f64::from(block.highest) - SIGMAS * noise;
            sample.max(f64::from(block.mean))
        });
        brightest.fold(level, f64::max) - level
    }

    /// The photon transfer curve.
    fn transfer(&self, stated: &Stated, doubts: &mut Doubts) -> Transfer {
        let (list, scatter) = (self.groups.list(), self.groups.scatter);
        let fit = line(list, scatter);
        let ((slope, slope_error), (intercept, intercept_error)) = (fit.slope(), fit.intercept());
        let error = self.relative_error(slope, slope_error, &fit.fitted);
        let through_origin = || {
            let (slope, error) = anchored(list, scatter, [0.0, 0.0]).slope();
            (slope > 0.0).then(|| Transfer { gain: slope, intercept: 0.0, error: error / slope })
        };
        self.doubt(slope, slope_error, error, &fit.fitted, doubts);
        if fit.chi_square >= MOST_SCATTER {
            doubts.add(Doubt::Scattered);
        }
        if let (Some(offset), Some(read_noise)) = (stated.offset, stated.read_noise) {
            let (slope, slope_error) = anchored(list, scatter, [offset, read_noise * read_noise]).slope();
            let error = (slope_error / slope.abs()).hypot(LEAST_ERROR).hypot(0.1 * self.groups.below.max(0.0));
            // Two numbers of the line are known: neither a flat field nor few blocks keep the third from being found.
            *doubts = doubts.without(Doubt::Flat).without(Doubt::Imprecise);
            if error > MOST_ERROR || slope <= 0.0 {
                doubts.add(Doubt::Imprecise);
            }
            return Transfer { gain: slope, intercept: read_noise * read_noise - slope * offset, error };
        }
        if let Some(counted) = self.counted() {
            doubts.add(Doubt::FewPhotons);
            return counted;
        }
        let found = Transfer { gain: slope, intercept, error };
        if slope > 3.0 * slope_error && intercept.abs() > 4.0 * intercept_error {
            return found;
        }
        // Samples below 0 are noise that no light made, as of images whose background was taken away: no line through the origin.
        if self.blocks.iter().any(|block| block.lowest < 0.0) {
            if slope > 3.0 * slope_error {
                return found;
            }
            let blocks: f64 = list.iter().map(|group| group.blocks).sum();
            let variance = list.iter().map(|group| group.blocks * group.variance).sum::<f64>() / blocks;
            return Transfer { gain: 0.0, intercept: variance, error };
        }
        // Light would be taken for an offset, another share of it in every frame.
        let Some(origin) = through_origin() else { return found };
        if (origin.gain / slope - 1.0).abs() > MOST_ERROR {
            doubts.add(Doubt::Imprecise);
        }
        Transfer { error, ..origin }
    }

    /// Notes what speaks against the line.
    fn doubt(&self, slope: f64, slope_error: f64, error: f64, fitted: &[f64], doubts: &mut Doubts) {
        let (list, groups) = (self.groups.list(), self.groups);
        if slope <= 3.0 * slope_error {
            doubts.add(Doubt::Flat);
        }
        if error.is_nan() || error > MOST_ERROR {
            doubts.add(Doubt::Imprecise);
        }
        if list.len() >= 5 {
            let span = list[list.len() - 1].mean - list[0].mean;
            let (bend, sureness) = parabola(list, groups.scatter).curvature(span);
            if bend > MOST_BEND && sureness > 3.0 {
                doubts.add(Doubt::Curved);
            }
        }
        if groups.is_correlated() {
            doubts.add(Doubt::Correlated);
        } else if groups.tilt.0 > 0.05_f64.max(2.5 * groups.tilt.1) {
            doubts.add(Doubt::Structure);
        }
        let blocks: f64 = list.iter().map(|group| group.blocks).sum();
        let variance = list.iter().zip(fitted).map(|(group, fitted)| group.blocks * fitted).sum::<f64>() / blocks;
        if variance.sqrt() < LEAST_NOISE * self.step && self.step.is_finite() {
            doubts.add(Doubt::Quantised);
        }
    }

    /// The standard error of a slope, relative, with what structure may have added to it and what the noise of the blocks'
    /// means takes away from it: a slope over a noisy axis is too small (W. A. Fuller 1987, doi 10.1002/9780470316665).
    fn relative_error(&self, slope: f64, slope_error: f64, fitted: &[f64]) -> f64 {
        let groups = self.groups;
        let weighted = |value: &dyn Fn(&Group, f64) -> f64| {
            let terms = groups.list().iter().zip(fitted);
            terms.map(|(group, &fitted)| group.blocks / fitted.powi(2) * value(group, fitted)).sum::<f64>()
        };
        let all = weighted(&|_, _| 1.0);
        let mean = weighted(&|group, _| group.mean) / all;
        let spread = weighted(&|group, _| (group.mean - mean).powi(2)) / all;
        // Neighbours that share noise make means vary more.
        let noise = weighted(&|_, fitted| fitted) / all / SAMPLES as f64 / groups.share;
        let diluted = noise / (spread - noise).max(1e-3 * spread);
        let slope_error = if slope == 0.0 { f64::INFINITY } else { slope_error / slope.abs() };
        [slope_error, 0.4 * diluted, 0.1 * groups.below.max(0.0), LEAST_ERROR]
            .iter()
            .fold(0.0, |sum: f64, part| sum.hypot(*part))
    }

    /// A line through the lowest value, where as many samples are at it as Poisson's law says.
    fn counted(&self) -> Option<Transfer> {
        if self.floor.share < MANY_EMPTY {
            return None;
        }
        let level = self.floor.level;
        let fit = anchored(self.groups.list(), self.groups.scatter, [level, 0.0]);
        let (gain, error) = fit.slope();
        if gain <= 0.0 || fit.chi_square >= MOST_SCATTER || !(0.6..1.7).contains(&(gain / self.step)) {
            return None;
        }
        let empty = |block: &Block| libm::exp(-(f64::from(block.mean) - level).max(0.0) / gain);
        let expected = self.blocks.iter().map(empty).sum::<f64>() / self.blocks.len() as f64;
        let agrees = (expected / self.floor.share - 1.0).abs() < 0.1;
        agrees.then(|| Transfer { gain, intercept: -gain * level, error: (error / gain).hypot(LEAST_ERROR) })
    }

    /// Offset and read noise of a line. It cannot tell the two apart where neither is stated: all that is left at the darkest
    /// sample is called read noise; where the line is below zero there, the offset is where it crosses zero.
    fn split(&self, stated: &Stated, gain: f64, intercept: f64) -> (f64, f64) {
        match (stated.offset, stated.read_noise) {
            (Some(offset), Some(read_noise)) => (offset, read_noise),
            (Some(offset), None) => (offset, (intercept + gain * offset).max(0.0).sqrt()),
            // A stated read noise that is too large would put the offset above the light.
            (None, Some(read_noise)) if gain > 0.0 => {
                (((read_noise * read_noise - intercept) / gain).min(self.darkest), read_noise)
            }
            (None, Some(read_noise)) => (self.darkest, read_noise),
            (None, None) => {
                let counted = self.blocks.iter().filter(|block| block.variance() > 0.0);
                let lowest = counted.fold(f64::INFINITY, |least, block| least.min(f64::from(block.lowest)));
                let dark = intercept + gain * lowest;
                let beneath = if gain > 0.0 { dark.min(0.0) / gain } else { 0.0 };
                ((lowest - beneath).min(self.darkest.max(lowest)), dark.max(0.0).sqrt())
            }
        }
    }
}

impl Doubts {
    fn without(self, doubt: Doubt) -> Self {
        Self(self.0 & !doubt.bit())
    }
}

/// What is left of the variances when a gain takes its part.
fn intercept_of(list: &[Group], gain: f64) -> f64 {
    let weight = |group: &Group| group.blocks / group.variance.max(f64::MIN_POSITIVE.sqrt()).powi(2);
    let rest = list.iter().map(|group| weight(group) * (group.variance - gain * group.mean)).sum::<f64>();
    rest / list.iter().map(weight).sum::<f64>()
}

/// A gain below this share of the brightest is no noise.
const NONE: f64 = 1e-9;
/// Relative standard error of a gain that is sure to be within a tenth.
const MOST_ERROR: f64 = 0.05;
/// What models of noise leave out.
const LEAST_ERROR: f64 = 0.015;
/// Squared residuals over their number that no line leaves.
const MOST_SCATTER: f64 = 4.0;
/// Relative change of the slope from the darkest to the brightest.
const MOST_BEND: f64 = 0.15;
/// Share of the read noise's variance that photons add at most where the noise is the same everywhere.
const HARDLY: f64 = 0.1;
/// Standard deviations that noise hardly reaches.
const SIGMAS: f64 = 5.0;
/// Noise in steps of the samples, below which rounding decides.
const LEAST_NOISE: f64 = 0.6;
/// Share of samples at the lowest value from which on they may have had no photon.
const MANY_EMPTY: f64 = 0.25;
