//! Means of a radial intensity over a disc.

use std::f64::consts::PI;

use super::quadrature::gauss_legendre;
use super::radial::{REACH, Radial, Reader};
use crate::error::{Result, zeroed};
use crate::runtime::{Rows, Workers};

/// The mean over a disc of that radius, um, around every distance whose disc the table holds; `cutoff` is half the
/// highest lateral frequency of the intensity, rad/um, and gives the number of points: Gauss-Legendre along the radius,
/// the trapezoidal rule (exact for what is periodic) around.
pub(super) fn disc_mean(table: &Radial, radius: f64, cutoff: f64, workers: &Workers) -> Result<Radial> {
    let step = table.step;
    let turns = 2.0 * cutoff * radius;
    let rings = gauss_legendre((0.5 * turns).ceil() as usize + 6);
    let angles = (0.5 * turns).ceil() as usize + 8;
    let count = table.count - (radius / step).ceil() as usize - REACH;
    let mut reader = Reader::default();
    let mut scratch = Vec::new();
    for at in 0..count {
        let centre = at as f64 * step;
        let points = rings.iter().flat_map(|(x, weight)| {
            let ring = 0.5 * (x + 1.0) * radius;
            // Mean over the disc: 2 s ds / radius^2, and the mean over half a circle, which mirrors the other.
            let weight = weight * ring / radius / angles as f64;
            (0..angles).map(move |angle| {
                let cosine = (PI * (angle as f64 + 0.5) / angles as f64).cos();
                let square = centre * centre + ring * ring + 2.0 * centre * ring * cosine;
                (square.max(0.0).sqrt() / step, weight)
            })
        });
        reader.push(points, &mut scratch);
    }
    let planes = table.values.len() / table.count;
    let mut values = zeroed("psf table", planes * count)?;
    workers.each(Rows::of_mut(&mut values, count), |_, plane, target: &mut [f64]| {
        reader.read(table.plane(plane), target);
    });
    Ok(Radial { step, count, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_a_parabola_and_of_a_gaussian_are_known() {
        let workers = Workers::new(1).unwrap();
        let values = (0..100).map(|at| (f64::from(at) * 0.01).powi(2)).collect();
        let table = Radial { step: 0.01, count: 100, values };
        let mean = disc_mean(&table, 0.3, 10.0, &workers).unwrap();
        for at in [0, 1, 17, 39] {
            // The mean of r^2 over a disc of radius a at distance d is d^2 + a^2 / 2.
            let expected = (at as f64 * 0.01).powi(2) + 0.045;
            assert!((mean.values[at] - expected).abs() < 1e-12, "{} {expected}", mean.values[at]);
        }
        let values = (0..200).map(|at| (-(f64::from(at) * 0.01).powi(2) / 0.08).exp()).collect();
        let table = Radial { step: 0.01, count: 200, values };
        let mean = disc_mean(&table, 0.3, 15.0, &workers).unwrap();
        let expected = 0.08 / 0.09 * (1.0 - (-0.09_f64 / 0.08).exp());
        assert!((mean.values[0] - expected).abs() < 1e-8, "{} {expected}", mean.values[0]);
    }
}
