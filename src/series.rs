//! What changes from time point to time point of a series and is no specimen: bleaching.
//!
//! | file | what |
//! |---|---|
//! | `bleach` | factors that keep the brightness |
//! | `histogram` | samples that get the first time point's intensities |

mod bleach;
mod histogram;

pub use bleach::{brightness, exponential, ratios};
pub use histogram::Matching;
