//! What a run of iterations comes to.

/// What the iterations came to.
#[derive(Default)]
pub(super) struct RunResult {
    pub iterations: usize,
    /// Iterations after which the photons held out were most likely, at least 1, where some were.
    pub best: usize,
    pub stopped: &'static str,
    pub change: f64,
    pub chi_square: f64,
    pub matched_from: usize,
    /// Weight of total variation where there is as much light as the mean.
    pub total_variation: Option<f32>,
    /// The greatest log likelihood of the photons held out, without what does not depend on the estimate.
    pub likelihood: f64,
    pub flux_inside: f64,
    pub flux_outside: f64,
    /// The sum of what counts of the result.
    pub flux: f64,
}
