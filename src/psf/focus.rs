//! Where the point is in best focus.

use super::optics::Optics;
use super::pupil::Wave;
use super::zernike::Aberration;
use crate::error::Result;

/// Intensities on the axis for some drive positions.
pub(super) type OnAxis<'a> = dyn Fn(&[f64]) -> Result<Vec<f64>> + 'a;

/// The drive position at which the intensity on the axis is greatest, um.
///
/// The coarse maximum is bracketed ever tighter.
pub(super) fn best(search: &Search, on_axis: &OnAxis) -> Result<f64> {
    let (mut from, mut to, mut parts) = (search.low, search.high, search.parts);
    loop {
        let places: Vec<f64> = (0..=parts).map(|part| from + (to - from) * part as f64 / parts as f64).collect();
        let values = on_axis(&places)?;
        let highest = (0..=parts).fold(0, |best, part| if values[part] > values[best] { part } else { best });
        (from, to) = (places[highest.saturating_sub(1)], places[(highest + 1).min(parts)]);
        if to - from < FINEST {
            return Ok(0.5 * (from + to));
        }
        parts = PARTS;
    }
}

/// The centroid of the intensity on the axis, um.
pub(super) fn centroid(search: &Search, on_axis: &OnAxis) -> Result<f64> {
    let place = |part: usize| search.low + (search.high - search.low) * part as f64 / search.parts as f64;
    let places: Vec<f64> = (0..=search.parts).map(place).collect();
    let values = on_axis(&places)?;
    let moment: f64 = places.iter().zip(&values).map(|(place, value)| place * value).sum();
    Ok(moment / values.iter().sum::<f64>())
}

/// Where the focus is looked for.
pub(super) struct Search {
    /// Least drive position, um.
    pub low: f64,
    /// Greatest drive position, um.
    pub high: f64,
    /// Of which the coarse search looks at every end.
    parts: usize,
}

impl Search {
    /// Where some ring of the pupil has its own focus, and a few depths of field around; `optics` are those of
    /// the emission and of the excitation.
    pub fn of(optics: &[&Optics], wave: Wave, aberration: &Aberration) -> Self {
        let (low, high) = caustic(optics[0], wave, aberration);
        let depth_of_field = optics.iter().map(|optics| optics.nyquist()[0]).fold(f64::MAX, f64::min);
        let (low, high) = (low - 4.0 * depth_of_field, high + 4.0 * depth_of_field);
        Self { low, high, parts: ((high - low) / (depth_of_field / 8.0)).ceil() as usize }
    }
}

/// Least and greatest drive position at which a ring of the pupil is stationary in phase.
fn caustic(optics: &Optics, wave: Wave, aberration: &Aberration) -> (f64, f64) {
    let immersion = optics.immersion_index;
    // Rings just inside the critical angle focus infinitely far away and carry nothing.
    let rim = match wave {
        Wave::BornWolf => optics.numerical_aperture,
        _ => optics.numerical_aperture.min(0.98 * optics.sample_index),
    };
    (1..=RINGS)
        .map(|ring| {
            let q = rim * ring as f64 / RINGS as f64;
            let root = |index: f64| (index * index - q * q).sqrt();
            let layers = optics.depth / root(optics.sample_index) + optics.coverslip / root(optics.coverslip_index)
                - optics.design_coverslip / root(optics.design_coverslip_index)
                + optics.design_working_distance / root(immersion)
                - optics.design_working_distance / root(optics.design_immersion_index);
            let slope = if wave == Wave::BornWolf { 0.0 } else { layers };
            let bend = aberration.bend(q / optics.numerical_aperture) / optics.numerical_aperture.powi(2);
            (bend - slope) * root(immersion)
        })
        .fold((f64::MAX, f64::MIN), |(low, high), drive| (low.min(drive), high.max(drive)))
}

const RINGS: usize = 64;
/// Parts of a bracket that are looked at for the next one.
const PARTS: usize = 64;
/// Of brackets, um.
const FINEST: f64 = 1e-7;
