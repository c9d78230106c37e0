//! Tables of pupils whose aberrations are round.
//!
//! A matrix product of Bessel functions (distance x node) and phases (node x plane).

use num_complex::Complex64;

use super::polar::Polar;
use super::product::{BLOCK, TILE, intensities};
use super::pupil::Pupil;
use super::reader::REACH;
use crate::error::Result;
use crate::runtime::{Job, PerWorker, Rows};

/// Tabulates the intensity up to `radius` for every drive position.
pub(super) fn table(pupil: &Pupil, step: f64, radius: f64, drives: &[f64], job: Job) -> Result<Polar> {
    let count = ((radius / step).ceil() as usize + REACH).next_multiple_of(BLOCK);
    let planes = drives.len();
    let tiles = planes.div_ceil(TILE);
    let nodes = pupil.nodes.len();
    let mut blocks: Vec<f64> = job.zeroed("psf table", count * tiles * TILE)?;
    let orders = pupil.weights.len();
    let mut bessel: Vec<f64> = job.zeroed("psf bessel table", job.workers().threads() * orders * nodes * BLOCK)?;
    let phases = (0..orders).map(|order| phases(pupil, order, drives, job)).collect::<Result<Vec<_>>>()?;
    job.each(
        (Rows::of_mut(&mut blocks, BLOCK * tiles * TILE), PerWorker::of(&mut bessel, orders * nodes * BLOCK)),
        |_, block, (target, bessel)| {
            let distances = std::array::from_fn(|at| (block * BLOCK + at) as f64 * step);
            tabulate(pupil, distances, bessel);
            for (phases, bessel) in phases.iter().zip(bessel.chunks_exact(nodes * BLOCK)) {
                for (phases, target) in phases.chunks_exact(nodes * 2 * TILE).zip(target.chunks_exact_mut(BLOCK * TILE))
                {
                    intensities(bessel, phases, target);
                }
            }
            Ok(())
        },
    )?;
    let mut values = job.zeroed("psf table", count * planes)?;
    for (block, source) in blocks.chunks_exact(BLOCK * tiles * TILE).enumerate() {
        for (tile, source) in source.chunks_exact(BLOCK * TILE).enumerate() {
            for plane in 0..TILE.min(planes - tile * TILE) {
                for at in 0..BLOCK {
                    values[(tile * TILE + plane) * count + block * BLOCK + at] = source[at * TILE + plane];
                }
            }
        }
    }
    Ok(Polar { step, count, orders: 0, values })
}

/// sqrt(weight) amplitude exp(i rate drive) as tiles of planes: `[tile][node][real parts, imaginary parts]`.
fn phases(pupil: &Pupil, order: usize, drives: &[f64], job: Job) -> Result<Vec<f64>> {
    let nodes = pupil.nodes.len();
    let weight = pupil.weights[order].sqrt();
    let mut phases = job.zeroed("psf phases", drives.len().div_ceil(TILE) * nodes * 2 * TILE)?;
    for (planes, tile) in drives.chunks(TILE).zip(phases.chunks_exact_mut(nodes * 2 * TILE)) {
        job.check()?;
        for (node, row) in pupil.nodes.iter().zip(tile.chunks_exact_mut(2 * TILE)) {
            for (plane, drive) in planes.iter().enumerate() {
                let value = weight * node.amplitudes[order] * Complex64::cis(node.rate * drive);
                row[plane] = value.re;
                row[TILE + plane] = value.im;
            }
        }
    }
    Ok(phases)
}

/// Bessel functions of all orders: `[order][node][distance]`.
fn tabulate(pupil: &Pupil, distances: [f64; BLOCK], bessel: &mut [f64]) {
    let size = pupil.nodes.len() * BLOCK;
    for (node, at) in pupil.nodes.iter().zip((0..size).step_by(BLOCK)) {
        for (lane, distance) in distances.iter().enumerate() {
            let x = node.frequency * distance;
            let zeroth = libm::j0(x);
            bessel[at + lane] = zeroth;
            if pupil.weights.len() > 1 {
                let first = libm::j1(x);
                bessel[size + at + lane] = first;
                // The recurrence loses digits near 0; the series' next term is x^6 / 46080.
                bessel[2 * size + at + lane] =
                    if x < 0.02 { x * x / 8.0 * (1.0 - x * x / 12.0) } else { 2.0 * first / x - zeroth };
            }
        }
    }
}
