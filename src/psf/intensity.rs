//! The intensity that a pupil gives, by the way that its aberrations allow.

use num_complex::Complex64;

use super::polar::Polar;
use super::pupil::Pupil;
use super::{aberrated, round};
use crate::error::Result;
use crate::runtime::Job;

impl Pupil {
    /// Tabulates the intensity up to `radius` for every drive position.
    ///
    /// # Errors
    /// [`Error::Memory`]; [`Error::Cancelled`].
    pub fn table(&self, step: f64, radius: f64, drives: &[f64], job: Job) -> Result<Polar> {
        match &self.spectrum {
            None => round::table(self, step, radius, drives, job),
            Some(spectrum) => aberrated::table(self, spectrum, usize::MAX, step, radius, drives, job),
        }
    }

    /// As [`Pupil::table`], but only the means over the angle.
    ///
    /// # Errors
    /// [`Error::Memory`]; [`Error::Cancelled`].
    pub fn means(&self, step: f64, radius: f64, drives: &[f64], job: Job) -> Result<Polar> {
        match &self.spectrum {
            None => round::table(self, step, radius, drives, job),
            Some(spectrum) => aberrated::table(self, spectrum, 0, step, radius, drives, job),
        }
    }

    /// Intensity on the axis.
    pub fn on_axis(&self, drive: f64) -> f64 {
        if let Some(spectrum) = &self.spectrum {
            return aberrated::on_axis(self, spectrum, drive);
        }
        let field: Complex64 =
            self.nodes.iter().map(|node| node.amplitudes[0] * Complex64::cis(node.rate * drive)).sum();
        field.norm_sqr()
    }
}
