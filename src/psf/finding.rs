//! What the caller should know about a kernel or a fit.

use serde::Serialize;

/// One thing that the caller should know about a kernel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Short fixed name, e.g. `undersampled_z`.
    pub code: &'static str,
    /// What was found, with numbers.
    pub text: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A fact.
    Note,
    /// Suspicious; the kernel was made as asked.
    Warning,
    /// Was wrong with the samples given, and mended.
    Repaired,
}
