//! Means, variances and covariances, the same bits for any number of threads: one thread adds.

/// What a pair of images has in common.
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
    /// Of pairs of samples, in two passes so that large offsets cost no digits.
    pub fn of(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let mut sums = [0.0; 3];
        pairs.clone().for_each(|(a, b)| {
            sums[0] += 1.0;
            sums[1] += a;
            sums[2] += b;
        });
        let [count, ..] = sums;
        let means = [sums[1] / count, sums[2] / count];
        let mut squares = [0.0; 3];
        pairs.for_each(|(a, b)| {
            let (a, b) = (a - means[0], b - means[1]);
            squares[0] += a * a;
            squares[1] += b * b;
            squares[2] += a * b;
        });
        let [a, b, both] = squares.map(|sum| sum / count);
        Self { means, variances: [a, b], covariance: both }
    }

    /// Of the samples of two images of equal extents.
    pub fn of_images(one: &[f32], other: &[f32]) -> Self {
        Self::of(one.iter().zip(other).map(|(a, b)| (f64::from(*a), f64::from(*b))))
    }

    /// Pearson's correlation; `None` where one of both is constant.
    pub fn correlation(&self) -> Option<f64> {
        let product = self.variances[0] * self.variances[1];
        (product > 0.0).then(|| (self.covariance / product.sqrt()).clamp(-1.0, 1.0))
    }
}
