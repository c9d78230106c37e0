//! Moving volumes to another grid by cubic B-splines.
//!
//! M. Unser, "Splines: a perfect fit for signal and image processing", IEEE Signal Processing Magazine 16 (1999) 22:
//! the spline through the samples, with mirrored ends, evaluated axis by axis. Where the target is coarser, a mean is
//! taken that makes up for the wider voxel. Outside the source everything is 0.

use super::shape::volume;
use crate::error::{Result, zeroed};
use crate::runtime::Job;

/// Where the samples of one axis lie in another grid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// Extent of the target.
    pub extent: usize,
    /// Index in the source of the target's sample 0.
    pub start: f64,
    /// Samples of the source from one sample of the target to the next.
    pub step: f64,
}

/// The volume `source` of that shape on the grid `axes` (z, y, x).
pub(super) fn resample(source: &[f64], shape: [usize; 3], axes: [Axis; 3], job: Job) -> Result<Vec<f64>> {
    let mut values = source.to_vec();
    let mut now = shape;
    for (axis, plan) in axes.into_iter().enumerate() {
        if plan.extent == now[axis] && plan.start == 0.0 && plan.step == 1.0 {
            continue;
        }
        let mut next = now;
        next[axis] = plan.extent;
        let mut target = zeroed("psf samples", volume(next)?)?;
        let inner: usize = now[axis + 1..].iter().product();
        let outer: usize = now[..axis].iter().product();
        let mut line = vec![0.0; now[axis]];
        for at in 0..outer * inner {
            job.check()?;
            let (block, offset) = (at / inner, at % inner);
            for (index, value) in line.iter_mut().enumerate() {
                *value = values[(block * now[axis] + index) * inner + offset];
            }
            let spline = Spline::through(&line);
            for index in 0..plan.extent {
                target[(block * plan.extent + index) * inner + offset] =
                    spline.mean(plan.start + index as f64 * plan.step, plan.step);
            }
        }
        values = target;
        now = next;
    }
    Ok(values)
}

/// A cubic spline through equidistant samples.
struct Spline {
    coefficients: Vec<f64>,
}

impl Spline {
    fn through(samples: &[f64]) -> Self {
        let mut coefficients = samples.to_vec();
        let count = samples.len();
        if count > 1 {
            // The recursive prefilter with the pole sqrt(3) - 2 (Unser 1999, box 2).
            let pole = 3.0_f64.sqrt() - 2.0;
            let mut first = 0.0;
            let mut power = 1.0;
            for step in 0..60 {
                let step = step % (2 * count - 2);
                first += power * samples[if step < count { step } else { 2 * count - 2 - step }];
                power *= pole;
            }
            coefficients[0] = first;
            for at in 1..count {
                coefficients[at] += pole * coefficients[at - 1];
            }
            coefficients[count - 1] =
                pole / (pole * pole - 1.0) * (coefficients[count - 1] + pole * coefficients[count - 2]);
            for at in (0..count - 1).rev() {
                coefficients[at] = pole * (coefficients[at + 1] - coefficients[at]);
            }
            for value in &mut coefficients {
                *value *= 6.0;
            }
        }
        Self { coefficients }
    }

    /// The value seen through a voxel `step` times as wide as the source's. The source's own width is in its samples
    /// already, so the mean is over sqrt(step^2 - 1), which makes the variances add up.
    fn mean(&self, position: f64, step: f64) -> f64 {
        let width = (step * step - 1.0).max(0.0).sqrt();
        let parts = if width > 0.0 { (2.0 * width).ceil() as usize + 1 } else { 1 };
        let sum: f64 =
            (0..parts).map(|part| self.value(position + width * ((part as f64 + 0.5) / parts as f64 - 0.5))).sum();
        sum / parts as f64
    }

    fn value(&self, position: f64) -> f64 {
        let last = self.coefficients.len() as f64 - 1.0;
        if position < -1e-9 || position > last + 1e-9 {
            return 0.0;
        }
        if last == 0.0 {
            return self.coefficients[0];
        }
        let floor = position.floor();
        let t = position - floor;
        let weights = [
            (1.0 - t).powi(3) / 6.0,
            2.0 / 3.0 - t * t + 0.5 * t.powi(3),
            2.0 / 3.0 - (1.0 - t).powi(2) + 0.5 * (1.0 - t).powi(3),
            t.powi(3) / 6.0,
        ];
        let count = self.coefficients.len() as i64;
        weights
            .iter()
            .enumerate()
            .map(|(at, weight)| {
                let index = (floor as i64 + at as i64 - 1).abs();
                let index = if index >= count { (2 * count - 2 - index).max(0) } else { index };
                weight * self.coefficients[index as usize]
            })
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spline_goes_through_its_samples_and_follows_smooth_curves() {
        let curve = |x: f64| (-0.5 * ((x - 10.3) / 2.0).powi(2)).exp();
        let samples: Vec<f64> = (0..21).map(|x| curve(f64::from(x))).collect();
        let spline = Spline::through(&samples);
        for (x, value) in samples.iter().enumerate() {
            assert!((spline.value(x as f64) - value).abs() < 1e-12);
        }
        for part in 0..40 {
            let x = 1.0 + 0.45 * f64::from(part);
            assert!((spline.value(x) - curve(x)).abs() < 1e-3, "{x}");
        }
        assert_eq!(spline.value(-0.1), 0.0);
    }

    #[test]
    fn short_axes_work() {
        for count in 1..5 {
            let samples: Vec<f64> = (0..count).map(|x| f64::from(x) + 1.0).collect();
            let spline = Spline::through(&samples);
            for (x, value) in samples.iter().enumerate() {
                assert!((spline.value(x as f64) - value).abs() < 1e-9, "{count} {x} {}", spline.value(x as f64));
            }
        }
    }

    #[test]
    fn coarser_grids_keep_the_sum() {
        let shape = [1, 1, 60];
        let samples: Vec<f64> = (0..60).map(|x| (-0.5 * ((f64::from(x) - 30.0) / 4.0).powi(2)).exp()).collect();
        let whole = Axis { extent: 1, start: 0.0, step: 1.0 };
        let workers = crate::runtime::Workers::new(1).unwrap();
        let axes = [whole, whole, Axis { extent: 20, start: 0.0, step: 3.0 }];
        let coarse = resample(&samples, shape, axes, (&workers).into()).unwrap();
        let ratio = coarse.iter().sum::<f64>() * 3.0 / samples.iter().sum::<f64>();
        assert!((ratio - 1.0).abs() < 1e-6, "{ratio}");
    }
}
