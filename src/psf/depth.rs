//! Point spread functions that change with depth: one kernel a slab of planes, blended where slabs overlap.
//!
//! Every slab is deconvolved with the kernel of its own depth, over its planes and as many on either side as the kernel
//! reaches, and the results are added with the slabs' weights. The weights of all slabs add up to 1 in every plane.

use super::optics::Optics;
use super::spec::PsfSpec;
use crate::error::{Error, Result};
use crate::params;

/// A slab of planes and its part in the blend.
#[derive(Clone, Debug, PartialEq)]
pub struct Slab {
    /// Depth below the coverslip that the slab's kernel is for, nm.
    pub depth_nm: f64,
    /// First plane with a weight above 0.
    pub first: usize,
    /// Weights of the planes from `first` on.
    pub weights: Vec<f32>,
}

impl Slab {
    /// The same point spread function at this slab's depth.
    ///
    /// # Errors
    /// [`Error::Argument`] for kinds that know no depth, or a depth out of the range of `psf.depth_nm`.
    pub fn spec(&self, spec: &PsfSpec) -> Result<PsfSpec> {
        if !spec.kind.is_layered() {
            return Err(no_layers(spec));
        }
        let mut spec = spec.clone();
        spec.settings.set_f64(params::PSF_DEPTH_NM, self.depth_nm)?;
        Ok(spec)
    }
}

/// Cuts a stack of `planes` planes into `count` slabs whose weights rise and fall linearly from one slab's middle to the
/// next one's; planes before the first middle and beyond the last belong to one slab alone. A `count` of 0 takes as many
/// as the point spread function's change asks for: within a slab's thickness the wavefront, but for its focus, differs
/// from that of the slab's own depth by a twentieth of the wavelength (root mean square) at most.
///
/// `psf.depth_nm` is the depth of the first plane, and planes are as far apart in the sample as the paraxial focus moves
/// for `psf.step_nm`: sample index / immersion index times that.
///
/// # Errors
/// [`Error::Argument`] for kinds that know no depth, or more slabs than planes; [`Error::State`] for a parameter that is
/// needed and not set.
pub fn slabs(spec: &PsfSpec, planes: usize, count: usize) -> Result<Vec<Slab>> {
    if !spec.kind.is_layered() {
        return Err(no_layers(spec));
    }
    if count > planes || planes == 0 {
        return Err(Error::Argument(format!(
            "deconvolve.depth_slabs is {count}; it must be at most the {planes} planes of the stack"
        )));
    }
    let optics = Optics::of(&spec.settings, spec.kind.colour())?;
    let step = spec.settings.required(params::PSF_STEP_NM)? * optics.sample_index / optics.immersion_index;
    let count = match count {
        0 => {
            let thickness = 2.0 * optics.wavelength * 1000.0 * MAX_WAVES / mismatch(&optics).max(1e-12);
            ((planes as f64 * step / thickness).ceil() as usize).clamp(1, planes.min(MAX_SLABS))
        }
        count => count,
    };
    Ok(cut(planes, step, optics.depth * 1000.0, count))
}

/// Root mean square over the pupil of the optical path that a unit of depth adds, but for what focusing takes away.
fn mismatch(optics: &Optics) -> f64 {
    let rim = optics.numerical_aperture.min(0.999 * optics.sample_index);
    let root = |index: f64, q: f64| (index * index - q * q).sqrt();
    let rings: Vec<[f64; 3]> = (0..RINGS)
        .map(|ring| {
            let q = rim * (ring as f64 + 0.5) / RINGS as f64;
            [q, root(optics.sample_index, q), root(optics.immersion_index, q)]
        })
        .collect();
    let total: f64 = rings.iter().map(|ring| ring[0]).sum();
    let mean = |value: &dyn Fn(&[f64; 3]) -> f64| rings.iter().map(|ring| ring[0] * value(ring)).sum::<f64>() / total;
    let (path, drive) = (mean(&|ring| ring[1]), mean(&|ring| ring[2]));
    let together = mean(&|ring| (ring[1] - path) * (ring[2] - drive));
    let slope = together / mean(&|ring| (ring[2] - drive).powi(2));
    mean(&|ring| (ring[1] - path - slope * (ring[2] - drive)).powi(2)).sqrt()
}

fn no_layers(spec: &PsfSpec) -> Error {
    Error::Argument(format!(
        "psf kind is {}; only models with layers change with depth; set deconvolve.depth_slabs to 1",
        spec.kind.name()
    ))
}

fn cut(planes: usize, step_nm: f64, first_depth_nm: f64, count: usize) -> Vec<Slab> {
    let thickness = planes as f64 / count as f64;
    let middle = |slab: usize| (slab as f64 + 0.5) * thickness - 0.5;
    let weight = |slab: usize, plane: usize| {
        let distance = (plane as f64 - middle(slab)) / thickness;
        let alone = (slab == 0 && distance < 0.0) || (slab + 1 == count && distance > 0.0);
        if alone { 1.0 } else { (1.0 - distance.abs()).max(0.0) }
    };
    (0..count)
        .map(|slab| {
            let held: Vec<usize> = (0..planes).filter(|&plane| weight(slab, plane) > 0.0).collect();
            Slab {
                depth_nm: first_depth_nm + middle(slab) * step_nm,
                first: held[0],
                weights: held.iter().map(|&plane| weight(slab, plane) as f32).collect(),
            }
        })
        .collect()
}

const RINGS: usize = 64;
/// Of the wavelength, root mean square.
const MAX_WAVES: f64 = 0.05;
/// More slabs than this are asked for, not chosen.
const MAX_SLABS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psf::Kind;

    #[test]
    fn weights_add_up_to_one_and_depths_are_the_middles() {
        for (planes, count) in [(1, 1), (7, 7), (40, 3), (41, 4)] {
            let mut sums = vec![0.0; planes];
            for slab in cut(planes, 200.0, 1000.0, count) {
                for (at, weight) in slab.weights.iter().enumerate() {
                    sums[slab.first + at] += weight;
                }
            }
            assert!(sums.iter().all(|sum| (sum - 1.0_f32).abs() < 1e-6), "{planes} {count} {sums:?}");
        }
        let two = cut(20, 100.0, 500.0, 2);
        assert_eq!((two[0].depth_nm, two[1].depth_nm), (950.0, 1950.0));
    }

    fn oil(sample: f64) -> PsfSpec {
        let mut spec = PsfSpec::new(Kind::Widefield);
        for (id, value) in [
            (params::PSF_NUMERICAL_APERTURE, 1.4),
            (params::PSF_WAVELENGTH_NM, 525.0),
            (params::PSF_STEP_NM, 200.0),
            (params::PSF_SAMPLE_INDEX, sample),
            (params::PSF_DEPTH_NM, 1000.0),
        ] {
            spec.settings.set_f64(id, value).unwrap();
        }
        spec
    }

    #[test]
    fn slabs_are_as_many_as_the_mismatch_asks_for() {
        assert_eq!(slabs(&oil(1.515), 100, 0).unwrap().len(), 1);
        let glycerol = slabs(&oil(1.47), 100, 0).unwrap().len();
        let water = slabs(&oil(1.4), 100, 0).unwrap().len();
        assert!((2..20).contains(&glycerol) && water > glycerol, "{glycerol} {water}");
        // The middle of 100 planes at 200 nm of drive.
        let one = slabs(&oil(1.47), 100, 1).unwrap().remove(0);
        assert!((one.depth_nm - (1000.0 + 49.5 * 200.0 * 1.47 / 1.515)).abs() < 1e-9);
        assert!(slabs(&oil(1.47), 3, 4).is_err());
    }

    #[test]
    fn kinds_without_layers_are_refused() {
        let slab = cut(4, 100.0, 0.0, 1).remove(0);
        let gaussian = PsfSpec::new(Kind::Gaussian);
        assert!(slab.spec(&gaussian).unwrap_err().to_string().contains("gaussian"));
        assert!(slabs(&gaussian, 4, 2).unwrap_err().to_string().contains("gaussian"));
        let deep = slab.spec(&PsfSpec::new(Kind::Widefield)).unwrap();
        assert_eq!(deep.settings.f64(params::PSF_DEPTH_NM), Some(150.0));
    }
}
