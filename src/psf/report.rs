//! What is known about a kernel beside its samples.

use serde::Serialize;

use super::diagnosis::Diagnosis;
use super::finding::{Finding, Severity};

/// What is known about a kernel beside its samples; becomes JSON in the C ABI.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Name of the kind, e.g. `widefield`.
    pub kind: &'static str,
    /// Extents along (z, y, x).
    pub shape: [usize; 3],
    /// Index of the point along (z, y, x). The samples sum to 1 over the kernel.
    pub centre: [usize; 3],
    /// Share of the light in the kernel's planes that falls outside the kernel's edges; `None` where unknown. The
    /// samples times `1 - energy_missed` are shares of all light in these planes.
    pub energy_missed: Option<f64>,
    /// Largest distance between pixels that the optics allow (Nyquist).
    pub nyquist_pixel_nm: Option<f64>,
    /// Largest distance between planes that the optics allow (Nyquist).
    pub nyquist_step_nm: Option<f64>,
    /// Highest sample over what it would be at a point in focus without aberrations.
    pub strehl: Option<f64>,
    /// Numbers about measured samples.
    pub diagnosis: Option<Diagnosis>,
    /// What the caller should know.
    pub findings: Vec<Finding>,
}

impl Report {
    /// A report about a kernel of that kind, with nothing found yet.
    pub fn of(kind: &'static str) -> Self {
        Self { kind, ..Self::default() }
    }

    /// Adds a finding.
    pub fn find(&mut self, severity: Severity, code: &'static str, text: String) {
        self.findings.push(Finding { severity, code, text });
    }

    /// Whether a finding of that code is there.
    pub fn has(&self, code: &str) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}
