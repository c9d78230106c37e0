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
    let (low, high) = caustic(optics[0]);
    let depth_of_field = optics.iter().map(|optics| optics.nyquist()[0]).fold(f64::MAX, f64::min);
    let (low, high) = (low - 4.0 * depth_of_field, high + 4.0 * depth_of_field);
    let pupils = optics.iter().map(|optics| Pupil::new(optics, wave, 0.0, [low, high])).collect::<Result<Vec<_>>>()?;
    let on_axis = |drive: f64| pupils.iter().map(|pupil| pupil.on_axis(drive)).product::<f64>();
    let steps = ((high - low) / (depth_of_field / 8.0)).ceil() as usize;
    let at = |step: usize| low + (high - low) * step as f64 / steps as f64;
    let coarse = (0..=steps)
        .map(|step| (step, on_axis(at(step))))
        .fold((0, f64::MIN), |best, next| if next.1 > best.1 { next } else { best })
        .0;
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut from, mut to) = (at(coarse.saturating_sub(1)), at((coarse + 1).min(steps)));
    while to - from > 1e-7 {
        let (left, right) = (to - golden * (to - from), from + golden * (to - from));
        if on_axis(left) < on_axis(right) {
            from = left;
        } else {
            to = right;
        }
    }
    Ok(0.5 * (from + to))
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
