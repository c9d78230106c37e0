//! How far an image can be believed: numbers and maps beside a result.
//!
//! [`measure`] compares an image with a reference that is true, or taken for true. [`assess`] needs none: it holds a result against
//! the raw image that it was made of, by the blur of the microscope and the noise of the camera, and where it can run what made
//! the result again, against halves of the light. Images are packed `f32` samples (z, y, x) of equal extents ([`Image`]);
//! nothing here is rescaled unless a number is defined so. `docs/trust.md` says what each number means and what it cannot tell.
//!
//! | file | what |
//! |---|---|
//! | `image` | samples with their extents, checked |
//! | `grid`, `scene` | other extents brought to one grid, and what was not measured |
//! | `register`, `displaced` | shifts: the highest cross-correlation, and steps of least squares from there |
//! | `sums`, `jackknife` | means, variances, covariances; numbers with standard errors |
//! | `metrics` | peak signal-to-noise ratio, root mean squared error, Pearson's correlation |
//! | `ssim` | structural similarity, MicroSSIM |
//! | `rings`, `cutoff` | Fourier ring and shell correlation, and where it falls below a threshold |
//! | `decorrelation` | where the structure of one plane ends |
//! | `splits` | one image as two of half its light |
//! | `halves` | resolution of one image; what repeats, and what is true |
//! | `blur`, `places`, `squirrel`, `explain` | the raw image as the result explains it, and where that counts |
//! | `forward` | residuals in units of the noise |
//! | `suspicion` | where result and raw image contradict each other |
//! | `support` | what the microscope has not measured |
//! | `intensities` | light kept, samples at limits, rims, seams |
//! | `assessment`, `memory` | all of these of one result, and what that takes |

mod assessment;
mod blur;
mod cutoff;
mod decorrelation;
mod displaced;
mod explain;
mod forward;
mod grid;
mod halves;
mod image;
mod intensities;
mod jackknife;
mod memory;
mod metrics;
mod places;
mod register;
mod rings;
mod scene;
mod splits;
mod squirrel;
mod ssim;
mod sums;
mod support;
mod suspicion;

pub use assessment::{Assessment, Maps, Request, assess};
pub use cutoff::Threshold;
pub use decorrelation::{Decorrelation, decorrelation};
pub use halves::Rerun;
pub use image::{Image, filled};
pub use jackknife::Estimate;
pub use memory::bytes;
pub use metrics::measure;
pub use rings::{Curve, Rings};
pub use splits::split;
