//! Where the point is in best focus.

use super::optics::Optics;
use super::pupil::{Pupil, Wave};
use crate::error::Result;

/// The drive position at which the intensity on the axis is greatest; of several optics at the same drive, the product
/// of theirs.
///
/// Searched where some ring of the pupil has its own focus, and a few depths of field around; the coarse maximum is
/// refined by golden sections.
pub(super) fn best(optics: &[&Optics], wave: Wave) -> Result<f64> {
    let scan = Scan::of(optics, wave)?;
    let coarse = (0..=scan.steps)
        .map(|step| (step, scan.on_axis(scan.at(step))))
        .fold((0, f64::MIN), |best, next| if next.1 > best.1 { next } else { best })
        .0;
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut from, mut to) = (scan.at(coarse.saturating_sub(1)), scan.at((coarse + 1).min(scan.steps)));
    while to - from > 1e-7 {
        let (left, right) = (to - golden * (to - from), from + golden * (to - from));
        if scan.on_axis(left) < scan.on_axis(right) {
            from = left;
        } else {
            to = right;
        }
    }
    Ok(0.5 * (from + to))
}

/// The centroid of the intensity on the axis.
pub(super) fn centroid(optics: &[&Optics], wave: Wave) -> Result<f64> {
    let scan = Scan::of(optics, wave)?;
    let (sum, moment) = (0..=scan.steps).fold((0.0, 0.0), |(sum, moment), step| {
        let value = scan.on_axis(scan.at(step));
        (sum + value, moment + value * scan.at(step))
    });
    Ok(moment / sum)
}

/// The axis near the focus.
struct Scan {
    pupils: Vec<Pupil>,
    low: f64,
    high: f64,
    steps: usize,
}

impl Scan {
    fn of(optics: &[&Optics], wave: Wave) -> Result<Self> {
        let (low, high) = caustic(optics[0]);
        let depth_of_field = optics.iter().map(|optics| optics.nyquist()[0]).fold(f64::MAX, f64::min);
        let (low, high) = (low - 4.0 * depth_of_field, high + 4.0 * depth_of_field);
        let pupils =
            optics.iter().map(|optics| Pupil::new(optics, wave, 0.0, [low, high])).collect::<Result<Vec<_>>>()?;
        let steps = ((high - low) / (depth_of_field / 8.0)).ceil() as usize;
        Ok(Self { pupils, low, high, steps })
    }

    fn at(&self, step: usize) -> f64 {
        self.low + (self.high - self.low) * step as f64 / self.steps as f64
    }

    fn on_axis(&self, drive: f64) -> f64 {
        self.pupils.iter().map(|pupil| pupil.on_axis(drive)).product()
    }
}

/// Least and greatest drive position at which a ring of the pupil is stationary in phase.
fn caustic(optics: &Optics) -> (f64, f64) {
    let immersion = optics.immersion_index;
    // Rings just inside the critical angle focus infinitely far away and carry nothing.
    let rim = optics.numerical_aperture.min(0.98 * optics.sample_index);
    (0..=RINGS)
        .map(|ring| {
            let q = rim * ring as f64 / RINGS as f64;
            let root = |index: f64| (index * index - q * q).sqrt();
            let slope = optics.depth / root(optics.sample_index) + optics.coverslip / root(optics.coverslip_index)
                - optics.design_coverslip / root(optics.design_coverslip_index)
                + optics.design_working_distance / root(immersion)
                - optics.design_working_distance / root(optics.design_immersion_index);
            -slope * root(immersion)
        })
        .fold((f64::MAX, f64::MIN), |(low, high), drive| (low.min(drive), high.max(drive)))
}

const RINGS: usize = 64;
