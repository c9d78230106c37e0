//! Point spread functions: what a point in the sample looks like in the image.
//!
//! A [`PsfSpec`] is what the caller states: a [`Kind`] (an optical model, or [`Kind::Measured`] with [`Samples`]) and
//! the `psf.*` parameters in physical units. [`PsfSpec::sample`] turns it into a [`Kernel`], the values on the image's
//! own voxels, and [`PsfSpec::extent`] says which shape is large enough. A kernel's [`Report`] says what was done and
//! what is suspicious.
//!
//! Axis order is (z, y, x); 2-D is z = 1 and gives the plane in focus. The centre of a kernel is index `extent / 2` of
//! every axis, for odd and even extents. Samples sum to 1 over the kernel; what lies outside is reported, not hidden.
//! Planes follow the focus drive: a higher index is a focus deeper in the sample. All integrals are f64.
//!
//! `docs/psf.md` has the conventions with a figure each.

mod aberrated;
mod beads;
mod depth;
mod diagnosis;
mod doubts;
mod finding;
mod fit;
mod focus;
mod gaussian;
mod grid;
mod intensity;
mod kernel;
mod kind;
mod measured;
mod model;
mod motion;
mod node;
mod optical;
mod optics;
mod pinhole;
mod plane;
mod polar;
mod product;
mod pupil;
mod quadrature;
mod reader;
mod report;
mod resample;
mod round;
mod samples;
mod sampling;
mod shape;
mod spec;
mod spectrum;
mod sphere;
mod widths;
mod zernike;

pub use depth::{Slab, slabs};
pub use diagnosis::Diagnosis;
pub use finding::{Finding, Severity};
pub use fit::{Estimate, Fit, Searched, fit, searched, standard_errors};
pub use kernel::Kernel;
pub use kind::Kind;
pub use report::Report;
pub use samples::Samples;
pub use spec::PsfSpec;
