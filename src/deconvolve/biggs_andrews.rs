//! Acceleration by vector extrapolation, whose momentum follows from the last two steps.
//!
//! With g the change that a step made at the point ahead, m = Σ g g₋ / Σ g₋², between 0 and 1: D. S. C. Biggs and
//! M. Andrews 1997, "Acceleration of iterative image restoration algorithms", doi 10.1364/AO.36.001766, eq. 9. The sums
//! run over the whole field, so that the next point is known only after a pass of its own.

/// The momentum for sums Σ g g₋ and Σ g₋².
pub(super) fn momentum(product: f64, square: f64) -> f32 {
    if square > 0.0 { (product / square).clamp(0.0, 1.0 - 1e-6) as f32 } else { 0.0 }
}
