//! Tables of pupils whose aberrations need not be round.
//!
//! The pupil's wave is expanded in the angle, exp(i k W) = sum over m of c_m(rho) exp(i m angle), and each order gives a
//! Hankel transform: U(r, angle) = sum over m of i^m exp(i m angle) Int c_m J_m (Jacobi and Anger). So the radial
//! quadrature and interpolation of the round models serve here too, and no pupil is sampled on squares.
//!
//! The field of a dipole is, in the pupil, an amplitude of order 0, 1 or 2 (see `pupil`) times the cosine or sine of as
//! many turns. In circular components the intensity of freely rotating dipoles is |U_0|^2 + |U_+1|^2 + |U_-1|^2 +
//! (|U_+2|^2 + |U_-2|^2) / 2, where U_s is the transform of the amplitude of order |s| times exp(i s angle) exp(i k W):
//! without aberration |U_s| = |I_|s|| and the sum is |I_0|^2 + 2 |I_1|^2 + |I_2|^2 again.

use num_complex::Complex64;

use super::node::Node;
use super::polar::{Polar, rows};
use super::product::{BLOCK, TILE, fields};
use super::pupil::Pupil;
use super::reader::REACH;
use super::spectrum::Spectrum;
use crate::error::Result;
use crate::runtime::{Job, PerWorker, Rows};

/// Intensity on the axis.
pub(super) fn on_axis(pupil: &Pupil, spectrum: &Spectrum, drive: f64) -> f64 {
    let components = Component::of(pupil);
    let mut fields = [Complex64::ZERO; VECTORIAL.len()];
    for (at, node) in pupil.nodes.iter().enumerate() {
        let wave = Complex64::cis(node.rate * drive);
        for (component, field) in components.iter().zip(&mut fields) {
            *field += component.amplitude(node) * spectrum.order(at, -component.turns) * wave;
        }
    }
    components.iter().zip(fields).map(|(component, field)| component.weight * field.norm_sqr()).sum()
}

/// Tabulates the intensity up to `radius` for every drive position, with at most that many angular orders.
pub(super) fn table(
    pupil: &Pupil,
    spectrum: &Spectrum,
    max_orders: usize,
    step: f64,
    radius: f64,
    drives: &[f64],
    job: Job,
) -> Result<Polar> {
    let components = Component::of(pupil);
    let highest = spectrum.highest + components.iter().map(|component| component.turns).max().unwrap_or(0) as usize;
    let count = ((radius / step).ceil() as usize + REACH).next_multiple_of(BLOCK);
    let nodes = pupil.nodes.len();
    // [block][order][node][distance of the block]
    let size = (highest + 1) * nodes * BLOCK;
    let mut bessel: Vec<f64> = job.zeroed("psf bessel table", count / BLOCK * size)?;
    let mut ladders: Vec<f64> = job.zeroed("psf bessel table", job.workers().threads() * (highest + 1))?;
    job.each(
        (Rows::of_mut(&mut bessel, size), PerWorker::of(&mut ladders, highest + 1)),
        |_, block, (target, ladder): (&mut [f64], &mut [f64])| {
            for (at, node) in pupil.nodes.iter().enumerate() {
                job.check()?;
                for lane in 0..BLOCK {
                    bessel_ladder(node.frequency * (block * BLOCK + lane) as f64 * step, ladder);
                    for (order, value) in ladder.iter().enumerate() {
                        target[(order * nodes + at) * BLOCK + lane] = *value;
                    }
                }
            }
            Ok(())
        },
    )?;
    let kept = max_orders.min(2 * highest);
    let rows = rows(kept);
    let tiles = drives.len().div_ceil(TILE);
    let mut values: Vec<f64> = job.zeroed("psf table", tiles * TILE * rows * count)?;
    let phases_size = nodes * 2 * TILE;
    let (sides, waves) = (2 * highest + 1, components.len() * (2 * highest + 1) * phases_size);
    let mut scratch: Vec<f64> =
        job.zeroed("psf phases", job.workers().threads() * (waves + sides * BLOCK * 2 * TILE))?;
    job.each(
        (Rows::of_mut(&mut values, TILE * rows * count), PerWorker::of(&mut scratch, waves + sides * BLOCK * 2 * TILE)),
        |_, tile, (target, scratch): (&mut [f64], &mut [f64])| {
            let drives = &drives[tile * TILE..drives.len().min((tile + 1) * TILE)];
            let (phases, found) = scratch.split_at_mut(waves);
            for (component, phases) in components.iter().zip(phases.chunks_exact_mut(sides * phases_size)) {
                job.check()?;
                component.phases(pupil, spectrum, highest, drives, phases);
            }
            for (block, bessel) in bessel.chunks_exact(size).enumerate() {
                job.check()?;
                for (component, phases) in components.iter().zip(phases.chunks_exact(sides * phases_size)) {
                    for (side, (phases, found)) in
                        phases.chunks_exact(phases_size).zip(found.chunks_exact_mut(BLOCK * 2 * TILE)).enumerate()
                    {
                        let order = side.abs_diff(highest);
                        let bessel = &bessel[order * nodes * BLOCK..(order + 1) * nodes * BLOCK];
                        found.copy_from_slice(fields(bessel, phases).as_flattened());
                    }
                    harmonics(found, component.weight, [kept, count, block * BLOCK], target);
                }
            }
            Ok(())
        },
    )?;
    values.truncate(drives.len() * rows * count);
    Ok(Polar { step, count, orders: kept, values }.trimmed())
}

/// A circular component of the field: turns of its phase around the pupil, and its weight in the intensity.
#[derive(Clone, Copy, Debug)]
struct Component {
    turns: i64,
    weight: f64,
}

impl Component {
    /// Those of a pupil's waves.
    fn of(pupil: &Pupil) -> &'static [Self] {
        if pupil.weights.len() == 1 { SCALAR } else { VECTORIAL }
    }

    fn amplitude(&self, node: &Node) -> Complex64 {
        node.amplitudes[self.turns.unsigned_abs() as usize]
    }

    /// i^|m| c amplitude exp(i rate drive) for m from -highest to highest: `[m][node][real parts, imaginary parts]`.
    fn phases(&self, pupil: &Pupil, spectrum: &Spectrum, highest: usize, drives: &[f64], phases: &mut [f64]) {
        for (at, node) in pupil.nodes.iter().enumerate() {
            for (plane, drive) in drives.iter().enumerate() {
                let wave = self.amplitude(node) * Complex64::cis(node.rate * drive);
                for (side, phases) in phases.chunks_exact_mut(pupil.nodes.len() * 2 * TILE).enumerate() {
                    let order = side as i64 - highest as i64;
                    // J_-m = (-1)^m J_m, and i^-m (-1)^m = i^m.
                    let quarter = [Complex64::ONE, Complex64::I, -Complex64::ONE, -Complex64::I]
                        [order.unsigned_abs() as usize % 4];
                    let value = quarter * spectrum.order(at, order - self.turns) * wave;
                    phases[at * 2 * TILE + plane] = value.re;
                    phases[at * 2 * TILE + TILE + plane] = value.im;
                }
            }
        }
    }
}

/// Adds the harmonics of |sum over m of U_m exp(i m angle)|^2 to the rows of every plane of a tile.
///
/// `found` is `[m][distance of the block][real parts, imaginary parts of the planes]`; `target` has the orders up to
/// `kept` in rows of `count` samples, of which the block's first is `at`.
fn harmonics(found: &[f64], weight: f64, [kept, count, at]: [usize; 3], target: &mut [f64]) {
    let rows = rows(kept);
    for order in 0..=kept {
        let mut sums = [[0.0; 2 * TILE]; BLOCK];
        let pairs =
            found[order * BLOCK * 2 * TILE..].chunks_exact(BLOCK * 2 * TILE).zip(found.chunks_exact(BLOCK * 2 * TILE));
        for (high, low) in pairs {
            let lanes = high.chunks_exact(2 * TILE).zip(low.chunks_exact(2 * TILE));
            for (sums, (high, low)) in sums.iter_mut().zip(lanes) {
                for plane in 0..TILE {
                    let (a, b) = (high[plane], high[TILE + plane]);
                    let (c, d) = (low[plane], low[TILE + plane]);
                    sums[plane] += a * c + b * d;
                    sums[TILE + plane] += b * c - a * d;
                }
            }
        }
        for plane in 0..TILE {
            let rows = &mut target[plane * rows * count..(plane + 1) * rows * count];
            for (lane, sums) in sums.iter().enumerate() {
                if order == 0 {
                    rows[at + lane] += weight * sums[plane];
                } else {
                    rows[(2 * order - 1) * count + at + lane] += 2.0 * weight * sums[plane];
                    rows[2 * order * count + at + lane] -= 2.0 * weight * sums[TILE + plane];
                }
            }
        }
    }
}

/// J_0(x), J_1(x), ... by the recurrence from above, where it is stable (J. C. P. Miller; Abramowitz and Stegun, 9.12).
fn bessel_ladder(x: f64, target: &mut [f64]) {
    target.fill(0.0);
    if x < TINY {
        target[0] = 1.0;
        return;
    }
    let needed = (target.len() as f64).max(x);
    let top = 2 * ((needed + 20.0 + 4.0 * needed.sqrt()) / 2.0).ceil() as usize;
    let (mut above, mut now, mut sum) = (0.0, 1e-300, 0.0);
    for order in (0..top).rev() {
        (above, now) = (now, 2.0 * (order + 1) as f64 / x * now - above);
        if now.abs() > HUGE {
            [above, now, sum] = [above / HUGE, now / HUGE, sum / HUGE];
            target.iter_mut().for_each(|value| *value /= HUGE);
        }
        if order < target.len() {
            target[order] = now;
        }
        // 1 = J_0 + 2 J_2 + 2 J_4 + ...
        if order % 2 == 0 {
            sum += if order == 0 { now } else { 2.0 * now };
        }
    }
    target.iter_mut().for_each(|value| *value /= sum);
}

const SCALAR: &[Component] = &[Component { turns: 0, weight: 1.0 }];
const VECTORIAL: &[Component] = &[
    Component { turns: 0, weight: 1.0 },
    Component { turns: 1, weight: 1.0 },
    Component { turns: -1, weight: 1.0 },
    Component { turns: 2, weight: 0.5 },
    Component { turns: -2, weight: 0.5 },
];
/// Below it J_1 is nothing beside J_0 = 1.
const TINY: f64 = 1e-20;
const HUGE: f64 = 1e150;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ladders_are_the_bessel_functions() {
        for x in [0.0, 1e-9, 0.01, 0.7, 3.0, 14.2, 55.5, 250.0] {
            let mut ladder = [0.0; 41];
            bessel_ladder(x, &mut ladder);
            for (order, value) in ladder.iter().enumerate() {
                let expected = libm::jn(order as i32, x);
                assert!((value - expected).abs() < 1e-13, "{order} {x}: {value} {expected}");
            }
        }
    }
}
