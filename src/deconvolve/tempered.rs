//! Unmatched back projectors that are tempered: fast where blur is strong, and still safe.
//!
//! Steps need not project residuals with Hᵀ, the matched back projector: other ones converge in far fewer iterations
//! (G. L. Zeng and G. T. Gullberg 2000, doi 10.1109/42.870265; M. Guo et al. 2020, doi 10.1038/s41587-020-0560-x), up
//! to noise that they amplify where |H| is small. Here the projector is H* (1 + t) / (|H| + t): with t = 0 all
//! frequencies that the microscope passes go the same way at the same speed, with t large it is the matched one, and
//! between them no frequency is sped up by more than 1 + 1/t. Light is kept, since the gain at frequency 0 is 1.
//!
//! Such projectors have negative values, so that Hᵀ1 is no weight for them. The matched weights stand in, bounded from
//! below, and residuals enter as d / Hx - 1, which is 0 outside the image: the border stays calm. Where squared
//! residuals do not fall in an iteration, the next ones go on with the matched projector: sharp projectors go in
//! cycles around what the point spread function cannot explain, noise or not, while the residuals grow only slowly.

use crate::fft::Gain;

/// The gain beside H* for a tempering t.
pub(super) fn gain(tempering: f64) -> Gain {
    let scale = 1.0 / (1.0 + tempering);
    Gain::new([tempering * scale, scale, 0.0])
}

/// The least weight that corrections are divided by.
pub(super) const MIN_WEIGHT: f32 = 0.1;
/// The largest factor of one step: sharp projectors overshoot beside bright points.
pub(super) const MAX_FACTOR: f32 = 50.0;
