//! Means of an intensity over a disc or with the weights of a Gaussian.
//!
//! Both weights are round, so that a row f of the angular order m stays one: its mean around the distance d is that of
//! f(s) cos(m angle) over points (s, angle) around (d, 0), and the same for cosine and sine.

use std::f64::consts::PI;

use super::polar::Polar;
use super::quadrature::gauss_legendre;
use super::reader::{POINTS, REACH, Reader, stencil};
use crate::error::{Result, grown};
use crate::runtime::{Job, Rows};

/// The mean over a disc of that radius, um, around every distance whose disc the table holds; `cutoff` is half the
/// highest lateral frequency of the intensity, rad/um.
///
/// f(s) cos(m angle) is the divergence of G(s) / s cos(m angle) along the radius, G(s) the integral of f(t) t from 0 to s, so
/// that Gauss's theorem makes one integral around the rim of two over the disc: with s^2 = d^2 + a^2 + 2 d a cos t the
/// mean is 2 / (pi a) Int_0^pi (a + d cos t) G(s) / s^2 cos(m angle) dt. The integrand is periodic in t, for which
/// the midpoint rule converges faster than any power.
pub(super) fn disc_mean(table: &Polar, radius: f64, cutoff: f64, job: Job) -> Result<Polar> {
    let inner = inner_means(table, job)?;
    mean(&inner, radius, job, |centre, points| {
        let nodes = (cutoff * radius.min(centre)).ceil() as usize + inner.orders + 24;
        grown("psf disc", points, nodes)?;
        for node in 0..nodes {
            let (sine, cosine) = (PI * (node as f64 + 0.5) / nodes as f64).sin_cos();
            let weight = 2.0 / (radius * nodes as f64) * (radius + centre * cosine);
            points.push([radius * sine, centre + radius * cosine, weight]);
        }
        Ok(())
    })
}

/// The mean with the weights of a Gaussian of standard deviation `sigma`, um, at every distance that the table goes
/// [`gaussian_reach`] beyond: Gauss-Legendre along the radius, the midpoint rule around.
pub(super) fn gaussian_mean(table: &Polar, sigma: f64, cutoff: f64, job: Job) -> Result<Polar> {
    let reach = gaussian_reach(sigma);
    let turns = cutoff * reach;
    let angles = turns.ceil() as usize + 8;
    let mut rings = gauss_legendre(turns.ceil() as usize + 16, job)?;
    for (x, weight) in &mut rings {
        let ring = 0.5 * (*x + 1.0) * reach;
        let density = (-0.5 * (ring / sigma).powi(2)).exp() / (sigma * sigma);
        (*x, *weight) = (ring, 0.5 * reach * *weight * ring * density / angles as f64);
    }
    mean(table, reach, job, |centre, points| {
        grown("psf blur", points, rings.len() * angles)?;
        for &(ring, weight) in &rings {
            for angle in 0..angles {
                let (sine, cosine) = (PI * (angle as f64 + 0.5) / angles as f64).sin_cos();
                points.push([ring * sine, centre + ring * cosine, weight]);
            }
        }
        Ok(())
    })
}

/// Where a Gaussian's tail ends for the purposes here: 1e-8 of its integral lies beyond.
pub(super) fn gaussian_reach(sigma: f64) -> f64 {
    6.07 * sigma
}

/// Int_0^s f(t) t dt / s^2 for every row f of a table.
fn inner_means(table: &Polar, job: Job) -> Result<Polar> {
    let count = table.count - REACH;
    // From a sample to the next, a rule for the polynomials that `stencil` interpolates by, times t.
    let rule: Vec<(f64, f64, [f64; POINTS])> = gauss_legendre(5, job)?
        .into_iter()
        .map(|(x, weight)| (0.5 * (x + 1.0), 0.5 * weight, stencil(0.5 * (x + 1.0)).1))
        .collect();
    let first = stencil(0.0).0;
    let mut values: Vec<f64> = job.zeroed("psf table", table.planes() * table.rows() * count)?;
    let rows = table.rows();
    job.each(
        (Rows::of_mut(&mut values, count), Rows::of(&table.values, table.count)),
        |_, index, (target, row): (&mut [f64], &[f64])| {
            let odd = (index % rows).div_ceil(2) % 2 == 1;
            let sample = |at: i64| {
                if at < 0 && odd { -row[at.unsigned_abs() as usize] } else { row[at.unsigned_abs() as usize] }
            };
            target[0] = if index % rows == 0 { 0.5 * row[0] } else { 0.0 };
            let mut sum = 0.0;
            for (at, target) in target.iter_mut().enumerate().skip(1) {
                for (part, weight, lagrange) in &rule {
                    let from = at as i64 - 1 + first;
                    let value: f64 =
                        lagrange.iter().enumerate().map(|(tap, share)| share * sample(from + tap as i64)).sum();
                    sum += weight * (at as f64 - 1.0 + part) * value;
                }
                *target = sum / (at * at) as f64;
            }
            Ok(())
        },
    )?;
    Ok(Polar { step: table.step, count, orders: table.orders, values })
}

/// Weighted means around every distance of which the table holds all points that `points` adds for it: y, x and weight,
/// at most `radius` away and without their mirrors at y < 0.
fn mean(
    table: &Polar,
    radius: f64,
    job: Job,
    points: impl Fn(f64, &mut Vec<[f64; 3]>) -> Result<()> + Sync,
) -> Result<Polar> {
    let step = table.step;
    let count = table.count - (radius / step).ceil() as usize - REACH;
    let lines = table.planes() * table.rows();
    // [sample][plane][row]
    let mut turned: Vec<f64> = job.zeroed("psf table", lines * count)?;
    job.each(Rows::of_mut(&mut turned, lines), |_, at, target: &mut [f64]| {
        let centre = at as f64 * step;
        let mut places = Vec::new();
        points(centre, &mut places)?;
        let mut reader = Reader::new(table.orders);
        reader.push(places.iter().map(|[y, x, weight]| [y / step, x / step, *weight]))?;
        for (line, target) in target.iter_mut().enumerate() {
            let row = &table.values[line * table.count..][..table.count];
            *target = reader.mean_around(row, (line % table.rows()).div_ceil(2));
        }
        Ok(())
    })?;
    let mut values = job.zeroed("psf table", lines * count)?;
    for (line, row) in values.chunks_exact_mut(count).enumerate() {
        for (value, lines) in row.iter_mut().zip(turned.chunks_exact(lines)) {
            *value = lines[line];
        }
    }
    Ok(Polar { step, count, orders: table.orders, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Workers;

    #[test]
    fn the_mean_of_a_parabola_and_of_a_gaussian_are_known() {
        let workers = Workers::new(1).unwrap();
        let values = (0..100).map(|at| (f64::from(at) * 0.01).powi(2)).collect();
        let table = Polar { step: 0.01, orders: 0, count: 100, values };
        let mean = disc_mean(&table, 0.3, 10.0, (&workers).into()).unwrap();
        for at in [0, 1, 17, 39] {
            // The mean of r^2 over a disc of radius a at distance d is d^2 + a^2 / 2.
            let expected = (at as f64 * 0.01).powi(2) + 0.045;
            assert!((mean.values[at] - expected).abs() < 1e-12, "{} {expected}", mean.values[at]);
        }
        let values = (0..200).map(|at| (-(f64::from(at) * 0.01).powi(2) / 0.08).exp()).collect();
        let table = Polar { step: 0.01, orders: 0, count: 200, values };
        let mean = disc_mean(&table, 0.3, 15.0, (&workers).into()).unwrap();
        let expected = 0.08 / 0.09 * (1.0 - (-0.09_f64 / 0.08).exp());
        assert!((mean.values[0] - expected).abs() < 1e-8, "{} {expected}", mean.values[0]);
    }

    #[test]
    fn discs_of_any_width_are_those_of_a_slow_integral() {
        // A ring and an arm of three turns, as far out as the widest disc needs.
        let workers = Workers::new(1).unwrap();
        let (round, arm) =
            (|r: f64| (-r * r / 0.3).exp() * (5.0 * r).cos().powi(2), |r: f64| r.powi(3) * (-r * r / 0.2).exp());
        let samples = || (0..700).map(|at| f64::from(at) * 0.01);
        let rows = [samples().map(round).collect(), vec![0.0; 4 * 700], samples().map(arm).collect(), vec![0.0; 700]];
        let table = Polar { step: 0.01, count: 700, orders: 3, values: rows.concat() };
        for radius in [0.05, 0.4, 3.0] {
            let mean = disc_mean(&table, radius, 12.0, (&workers).into()).unwrap();
            for at in [0, 5, 40, 41, 150, 300] {
                let centre = f64::from(at) * 0.01;
                let (rings, turns) = (2000, 400);
                let (mut one, mut three) = (0.0, 0.0);
                for ring in 0..rings {
                    let distance = radius * (f64::from(ring) + 0.5) / f64::from(rings);
                    for turn in 0..turns {
                        let (s, c) = (PI * (f64::from(turn) + 0.5) / f64::from(turns)).sin_cos();
                        let (y, x) = (distance * s, centre + distance * c);
                        one += distance * round(y.hypot(x));
                        three += distance * arm(y.hypot(x)) * (3.0 * y.atan2(x)).cos();
                    }
                }
                let scale = 2.0 / (radius * f64::from(rings * turns));
                let row = |row: usize| mean.plane(0)[row * mean.count + at as usize];
                assert!((row(0) - scale * one).abs() < 2e-7, "{radius} {at}: {} {}", row(0), scale * one);
                assert!((row(5) - scale * three).abs() < 2e-7, "{radius} {at}: {} {}", row(5), scale * three);
            }
        }
    }

    #[test]
    fn a_gaussian_blurred_by_a_gaussian_is_a_wider_one() {
        let workers = Workers::new(1).unwrap();
        let (square, sigma): (f64, f64) = (0.04, 0.12);
        let values = (0..250).map(|at| (-0.5 * (f64::from(at) * 0.01).powi(2) / square).exp()).collect();
        let table = Polar { step: 0.01, orders: 0, count: 250, values };
        let mean = gaussian_mean(&table, sigma, 15.0, (&workers).into()).unwrap();
        let wide = square + sigma * sigma;
        for at in [0, 3, 20, 100] {
            let expected = square / wide * (-0.5 * (at as f64 * 0.01).powi(2) / wide).exp();
            assert!((mean.values[at] - expected).abs() < 1e-7, "{} {expected}", mean.values[at]);
        }
    }
}
