//! Means of a radial intensity over a disc or with the weights of a Gaussian.

use std::f64::consts::PI;

use super::quadrature::gauss_legendre;
use super::radial::{REACH, Radial, Reader};
use crate::error::{Result, zeroed};
use crate::runtime::{Rows, Workers};

/// The mean over a disc of that radius, um, around every distance whose disc the table holds; `cutoff` is half the
/// highest lateral frequency of the intensity, rad/um, and gives the number of points: Gauss-Legendre along the radius,
/// the trapezoidal rule (exact for what is periodic) around.
pub(super) fn disc_mean(table: &Radial, radius: f64, cutoff: f64, workers: &Workers) -> Result<Radial> {
    mean(table, radius, cutoff, 6, workers, |_| 2.0 / (radius * radius))
}

/// The mean with the weights of a Gaussian of standard deviation `sigma`, um, otherwise as [`disc_mean`]; the table
/// reaches [`gaussian_reach`] farther than the result.
pub(super) fn gaussian_mean(table: &Radial, sigma: f64, cutoff: f64, workers: &Workers) -> Result<Radial> {
    let square = sigma * sigma;
    mean(table, gaussian_reach(sigma), cutoff, 16, workers, |ring| (-0.5 * ring * ring / square).exp() / square)
}

/// Where a Gaussian's tail ends for the purposes here: 1e-8 of its integral lies beyond.
pub(super) fn gaussian_reach(sigma: f64) -> f64 {
    6.07 * sigma
}

/// The mean over a disc with the weight `density` times ring circumference / 2 pi, at every distance whose disc the
/// table holds; `more` is the number of rings beside those that the intensity's frequencies take.
fn mean(
    table: &Radial,
    radius: f64,
    cutoff: f64,
    more: usize,
    workers: &Workers,
    density: impl Fn(f64) -> f64,
) -> Result<Radial> {
    let step = table.step;
    let turns = 2.0 * cutoff * radius;
    let angles = (0.5 * turns).ceil() as usize + 8;
    let rings: Vec<(f64, f64)> = gauss_legendre((0.5 * turns).ceil() as usize + more)
        .into_iter()
        .map(|(x, weight)| {
            let ring = 0.5 * (x + 1.0) * radius;
            (ring, 0.5 * radius * weight * ring * density(ring) / angles as f64)
        })
        .collect();
    let count = table.count - (radius / step).ceil() as usize - REACH;
    let mut reader = Reader::default();
    let mut scratch = Vec::new();
    for at in 0..count {
        let centre = at as f64 * step;
        let points = rings.iter().flat_map(|&(ring, weight)| {
            // The mean over half a circle, which mirrors the other.
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

    #[test]
    fn a_gaussian_blurred_by_a_gaussian_is_a_wider_one() {
        let workers = Workers::new(1).unwrap();
        let (square, sigma): (f64, f64) = (0.04, 0.12);
        let values = (0..250).map(|at| (-0.5 * (f64::from(at) * 0.01).powi(2) / square).exp()).collect();
        let table = Radial { step: 0.01, count: 250, values };
        let mean = gaussian_mean(&table, sigma, 15.0, &workers).unwrap();
        let wide = square + sigma * sigma;
        for at in [0, 3, 20, 100] {
            let expected = square / wide * (-0.5 * (at as f64 * 0.01).powi(2) / wide).exp();
            assert!((mean.values[at] - expected).abs() < 1e-7, "{} {expected}", mean.values[at]);
        }
    }
}
