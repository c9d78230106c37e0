//! Taking the size of a bead out of its image.

use super::shape::{place, volume};
use crate::error::{Result, zeroed};
use crate::runtime::Job;

/// `values` deconvolved with a ball of `diameter_nm` by Richardson and Lucy's iteration (Richardson, JOSA 62 (1972) 55),
/// which keeps them positive; negative values are 0 after it. Voxel distances are (z, y, x) in nm.
pub(super) fn removed(
    values: &[f64],
    shape: [usize; 3],
    diameter_nm: f64,
    voxel_nm: [f64; 3],
    job: Job,
) -> Result<Vec<f64>> {
    let (ball, size) = ball(diameter_nm, voxel_nm, shape, job)?;
    let observed: Vec<f64> = values.iter().map(|value| value.max(0.0)).collect();
    if ball.len() == 1 {
        return Ok(observed);
    }
    let mut estimate = observed.clone();
    let floor = 1e-12 * observed.iter().copied().fold(0.0, f64::max);
    let weight = blurred(&vec![1.0; observed.len()], shape, &ball, size, job)?;
    for _ in 0..ITERATIONS {
        let mut ratio = blurred(&estimate, shape, &ball, size, job)?;
        for (ratio, observed) in ratio.iter_mut().zip(&observed) {
            *ratio = observed / ratio.max(floor);
        }
        let correction = blurred(&ratio, shape, &ball, size, job)?;
        for ((estimate, correction), weight) in estimate.iter_mut().zip(&correction).zip(&weight) {
            *estimate *= correction / weight;
        }
    }
    Ok(estimate)
}

/// A ball of sum 1 on the grid, each voxel by its share of the volume, and its extents (odd).
fn ball(diameter_nm: f64, voxel_nm: [f64; 3], shape: [usize; 3], job: Job) -> Result<(Vec<f64>, [usize; 3])> {
    let radius = 0.5 * diameter_nm;
    let size: [usize; 3] = std::array::from_fn(|axis| {
        // A single plane sees the ball's shadow.
        if shape[axis] == 1 { 1 } else { 2 * (radius / voxel_nm[axis] + 0.5).floor() as usize + 1 }
    });
    let mut values = zeroed("psf bead", volume(size)?)?;
    for (at, value) in values.iter_mut().enumerate() {
        job.check()?;
        let at = place(size, at);
        for part in 0..PARTS.pow(3) {
            let part = [part / PARTS / PARTS, part / PARTS % PARTS, part % PARTS];
            let square: f64 = (0..3)
                .map(|axis| {
                    let offset = at[axis] as f64 - (size[axis] / 2) as f64;
                    let inner = (part[axis] as f64 + 0.5) / PARTS as f64 - 0.5;
                    let span = if shape[axis] == 1 { diameter_nm } else { voxel_nm[axis] };
                    ((offset + inner) * span).powi(2)
                })
                .sum();
            *value += f64::from(u8::from(square <= radius * radius));
        }
    }
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum.max(1.0));
    if sum == 0.0 {
        return Ok((vec![1.0], [1; 3]));
    }
    Ok((values, size))
}

/// Convolution with a symmetric ball; outside the grid is 0.
fn blurred(values: &[f64], shape: [usize; 3], ball: &[f64], size: [usize; 3], job: Job) -> Result<Vec<f64>> {
    let mut target: Vec<f64> = zeroed("psf bead", values.len())?;
    for (tap, weight) in ball.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        job.check()?;
        let tap = place(size, tap);
        let offset: [i64; 3] = std::array::from_fn(|axis| tap[axis] as i64 - (size[axis] / 2) as i64);
        let range = |axis: usize| {
            let low = (-offset[axis]).max(0) as usize;
            let high = (shape[axis] as i64 - offset[axis].max(0)).max(0) as usize;
            low..high.max(low)
        };
        // A ball wider than the grid reaches over it here.
        if (0..3).any(|axis| range(axis).is_empty()) {
            continue;
        }
        for z in range(0) {
            for y in range(1) {
                let columns = range(2);
                let row = (z * shape[1] + y) * shape[2];
                let from = ((z as i64 + offset[0]) * shape[1] as i64 + y as i64 + offset[1]) * shape[2] as i64;
                let source = (from + columns.start as i64 + offset[2]) as usize;
                let length = columns.len();
                for (target, value) in
                    target[row + columns.start..row + columns.end].iter_mut().zip(&values[source..source + length])
                {
                    *target += weight * value;
                }
            }
        }
    }
    Ok(target)
}

const ITERATIONS: usize = 30;
/// Parts of a voxel along each axis when the ball is sampled.
const PARTS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blurred_bead_gets_back_its_width() {
        let shape = [21, 31, 31];
        let voxel = [100.0, 60.0, 60.0];
        let sharp: Vec<f64> = (0..volume(shape).unwrap())
            .map(|at| {
                let at = place(shape, at);
                let [z, y, x] = std::array::from_fn(|axis| at[axis] as f64 - (shape[axis] / 2) as f64);
                (-0.5 * ((z / 3.0).powi(2) + (y * y + x * x) / 4.0)).exp()
            })
            .collect();
        let workers = crate::runtime::Workers::new(1).unwrap();
        let job = Job::from(&workers);
        let (ball, size) = ball(400.0, voxel, shape, job).unwrap();
        let seen = blurred(&sharp, shape, &ball, size, job).unwrap();
        let restored = removed(&seen, shape, 400.0, voxel, job).unwrap();
        let error = |values: &[f64]| -> f64 {
            let sum: f64 = values.iter().zip(&sharp).map(|(value, sharp)| (value - sharp).powi(2)).sum();
            sum.sqrt()
        };
        assert!(error(&restored) < 0.1 * error(&seen), "{} {}", error(&restored), error(&seen));
    }
}
