//! Point spread functions that change with depth: one kernel a slab of planes, blended where slabs overlap.
//!
//! Every slab is deconvolved with the kernel of its own depth, over its planes and as many on either side as the kernel
//! reaches, and the results are added with the slabs' weights. The weights of all slabs add up to 1 in every plane.

use super::source::{Kind, Source};
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
    /// The same source at this slab's depth.
    ///
    /// # Errors
    /// [`Error::Argument`] for kinds that know no depth, or a depth out of the range of `psf.depth_nm`.
    pub fn source(&self, source: &Source) -> Result<Source> {
        if matches!(source.kind, Kind::Gaussian | Kind::Measured | Kind::BornWolf | Kind::Motion) {
            return Err(Error::Argument(format!(
                "psf kind is {}; only models with layers change with depth",
                source.kind.name()
            )));
        }
        let mut source = source.clone();
        source.settings.set_f64(params::PSF_DEPTH_NM, self.depth_nm)?;
        Ok(source)
    }
}

/// Cuts `planes` planes, `step_nm` apart and the first at `first_depth_nm`, into `count` slabs whose weights rise and
/// fall linearly from one slab's middle to the next one's; planes before the first middle and beyond the last belong
/// to one slab alone.
///
/// # Errors
/// [`Error::Argument`] for no planes, no slab, or more slabs than planes.
pub fn slabs(planes: usize, step_nm: f64, first_depth_nm: f64, count: usize) -> Result<Vec<Slab>> {
    if count == 0 || count > planes {
        return Err(Error::Argument(format!("psf slabs are {count}; they must be 1 to the {planes} planes")));
    }
    let thickness = planes as f64 / count as f64;
    let middle = |slab: usize| (slab as f64 + 0.5) * thickness - 0.5;
    let weight = |slab: usize, plane: usize| {
        let distance = (plane as f64 - middle(slab)) / thickness;
        let alone = (slab == 0 && distance < 0.0) || (slab + 1 == count && distance > 0.0);
        if alone { 1.0 } else { (1.0 - distance.abs()).max(0.0) }
    };
    Ok((0..count)
        .map(|slab| {
            let held: Vec<usize> = (0..planes).filter(|&plane| weight(slab, plane) > 0.0).collect();
            Slab {
                depth_nm: (first_depth_nm + middle(slab) * step_nm).max(0.0),
                first: held[0],
                weights: held.iter().map(|&plane| weight(slab, plane) as f32).collect(),
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_to_one_and_depths_are_the_middles() {
        for (planes, count) in [(1, 1), (7, 7), (40, 3), (41, 4)] {
            let mut sums = vec![0.0; planes];
            for slab in slabs(planes, 200.0, 1000.0, count).unwrap() {
                for (at, weight) in slab.weights.iter().enumerate() {
                    sums[slab.first + at] += weight;
                }
            }
            assert!(sums.iter().all(|sum| (sum - 1.0_f32).abs() < 1e-6), "{planes} {count} {sums:?}");
        }
        let two = slabs(20, 100.0, 500.0, 2).unwrap();
        assert_eq!((two[0].depth_nm, two[1].depth_nm), (950.0, 1950.0));
        assert!(slabs(3, 100.0, 0.0, 4).is_err() && slabs(3, 100.0, 0.0, 0).is_err());
    }

    #[test]
    fn kinds_without_layers_are_refused() {
        let slab = slabs(4, 100.0, 0.0, 1).unwrap().remove(0);
        assert!(slab.source(&Source::new(Kind::Gaussian)).unwrap_err().to_string().contains("gaussian"));
        let deep = slab.source(&Source::new(Kind::Widefield)).unwrap();
        assert_eq!(deep.settings.f64(params::PSF_DEPTH_NM), Some(150.0));
    }
}
