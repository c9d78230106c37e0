//! Means, variances and covariances.

/// What pairs of samples have in common.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    /// Means of both.
    pub means: [f64; 2],
    /// Variances of both, of all samples.
    pub variances: [f64; 2],
    /// Their covariance.
    pub covariance: f64,
}

impl Moments {
    /// Pearson's correlation; `None` where one of both is constant.
    pub fn correlation(&self) -> Option<f64> {
        let product = self.variances[0] * self.variances[1];
        (product > 0.0).then(|| (self.covariance / product.sqrt()).clamp(-1.0, 1.0))
    }

    /// The mean square of the differences of both.
    pub fn mean_square(&self) -> f64 {
        let apart = self.means[0] - self.means[1];
        (self.variances[0] + self.variances[1] - 2.0 * self.covariance).max(0.0) + apart * apart
    }
}
