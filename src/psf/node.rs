//! One node of the quadrature over the pupil.

use num_complex::Complex64;

/// One node of the quadrature over the pupil.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Lateral spatial frequency, rad/um.
    pub frequency: f64,
    /// Weight of the quadrature in terms of the frequency.
    pub measure: f64,
    /// Phase that a micrometre of drive adds, rad/um.
    pub rate: f64,
    /// Amplitudes of the orders 0, 1, 2, times the weight of the quadrature.
    pub amplitudes: [Complex64; 3],
}
