//! The sampled point spread function.

use super::report::Report;
use super::shape::{place, volume};
use crate::error::{Error, Result, number};

/// Values of a point spread function on a grid, ready for deconvolution.
///
/// Axis order is (z, y, x), x fastest. The point's place is index `extent / 2` of every axis. No sample is negative or
/// not finite, and they sum to 1 (added in f64).
#[derive(Clone, Debug)]
pub struct Kernel {
    shape: [usize; 3],
    samples: Vec<f32>,
    report: Report,
}

impl Kernel {
    /// A kernel from `samples` of that shape, divided by their sum.
    ///
    /// # Errors
    /// [`Error::Argument`] for an extent of 0, samples that do not fill the shape, are negative or not finite, or sum
    /// to nothing.
    pub fn new(shape: [usize; 3], mut samples: Vec<f32>) -> Result<Self> {
        if volume(shape)? != samples.len() {
            return Err(Error::Argument(format!(
                "psf samples are {}; the shape {shape:?} holds {}",
                samples.len(),
                volume(shape)?
            )));
        }
        let mut sum = 0.0;
        for (at, &value) in samples.iter().enumerate() {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(Error::Argument(format!(
                    "psf sample at {:?} is {}; all must be finite and not negative",
                    place(shape, at),
                    number(value)
                )));
            }
            sum += f64::from(value);
        }
        if sum <= 0.0 || !sum.is_finite() {
            return Err(Error::Argument(format!("psf samples sum to {}; the sum must be above 0", number(sum))));
        }
        let scale = 1.0 / sum;
        for value in &mut samples {
            *value = (f64::from(*value) * scale) as f32;
        }
        let report = Report { shape, centre: shape.map(|extent| extent / 2), ..Report::default() };
        Ok(Self { shape, samples, report })
    }

    /// The same kernel with a report; shape and centre stay as they are.
    pub fn with_report(mut self, report: Report) -> Self {
        self.report = Report { shape: self.shape, centre: self.report.centre, ..report };
        self
    }

    /// The same kernel with what `find` adds to its report.
    pub(super) fn with_findings(mut self, find: impl FnOnce(&mut Report)) -> Self {
        find(&mut self.report);
        self
    }

    /// Extents along (z, y, x).
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Index of the point along (z, y, x): `extent / 2`.
    pub fn centre(&self) -> [usize; 3] {
        self.report.centre
    }

    /// The samples, x fastest.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// What was done and found.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_sum_to_one_and_the_centre_is_half_the_extent() {
        let kernel = Kernel::new([2, 3, 4], (0..24).map(|value| value as f32).collect()).unwrap();
        let sum: f64 = kernel.samples().iter().map(|&value| f64::from(value)).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        assert_eq!(kernel.centre(), [1, 1, 2]);
        assert!((kernel.samples()[23] - 23.0 / 276.0).abs() < 1e-8);
    }

    #[test]
    fn bad_samples_are_named() {
        let told = |shape, samples: &[f32]| Kernel::new(shape, samples.to_vec()).unwrap_err().to_string();
        assert!(told([0, 1, 1], &[]).contains("every extent"));
        assert!(told([1, 1, 2], &[1.0]).contains("holds 2"));
        assert!(told([1, 1, 2], &[1.0, -1.0]).contains("[0, 0, 1] is -1"));
        assert!(told([1, 1, 2], &[f32::NAN, 1.0]).contains("NaN"));
        assert!(told([1, 1, 2], &[0.0, 0.0]).contains("sum to 0"));
        assert!(told([usize::MAX, 2, 1], &[]).contains("more than memory"));
    }
}
