//! Images of one field of view on other grids: other extents, and shifts.
//!
//! Sample i of n along an axis shows the same place as sample (i + 1/2) m / n - 1/2 of m. Finer grids get values between samples by
//! Lanczos' window (C. E. Duchon 1979, doi 10.1175/1520-0450(1979)018<1016:LFIOAT>2.0.CO;2) of six zeros on each side. On coarser ones
//! a sample is the mean over what it covers, as a camera's larger pixel has it, of what is left below the coarser grid's highest
//! frequency.

use std::borrow::Cow;

use super::image::Image;
use crate::error::{Error, Result};
use crate::runtime::{Job, Rows};

/// How an image of one grid is seen on another.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub from: [usize; 3],
    pub to: [usize; 3],
    /// What lies this many samples of `to` further on is brought here.
    pub shift: [f64; 3],
}

impl View {
    /// Of `image` on the grid of `onto`, both of the same field where they may differ at all.
    ///
    /// # Errors
    /// [`Error::Argument`] for other extents, unless `align` says that they may differ, and then for those that differ by more
    /// than a factor of eight, or by one along y and another along x.
    pub fn new((name, image): (&str, &Image), (onto, to): (&str, &Image), align: bool) -> Result<Self> {
        let view = Self { from: image.shape, to: to.shape, shift: [0.0; 3] };
        if view.from == view.to {
            return Ok(view);
        }
        let scale = view.scale();
        // Extents are whole numbers: the factors may differ by what half a sample makes.
        let apart = (scale[1] - scale[2]).abs() * view.to[1].min(view.to[2]) as f64;
        let same_field = apart <= 1.0 && scale.iter().all(|scale| (1.0 / MOST..=MOST).contains(scale));
        if align && same_field {
            return Ok(view);
        }
        let what_to_do = if same_field {
            format!("that is {scale:.4?} times as many; set assess.align to 1 to have it brought to that grid")
        } else {
            format!(
                "with assess.align a factor of 1/{MOST} to {MOST} is allowed, the same along y and x; it is {scale:.4?}; bring both to \
                 one grid first"
            )
        };
        Err(Error::Argument(format!(
            "{name} is {:?} samples along z, y, x; it must have the extents of {onto}, {:?}; {what_to_do}",
            view.from, view.to
        )))
    }

    /// Samples per sample of the other grid along (z, y, x).
    pub fn scale(&self) -> [f64; 3] {
        std::array::from_fn(|axis| self.from[axis] as f64 / self.to[axis] as f64)
    }

    /// Whether images are seen as they are.
    pub fn is_plain(&self) -> bool {
        self.from == self.to && self.shift == [0.0; 3]
    }

    /// Bytes of all images that [`View::bring`] makes.
    pub fn bytes(&self) -> u64 {
        let along =
            |axis: usize| (0..3).map(|at| if at <= axis { self.to[at] } else { self.from[at] } as u64).product::<u64>();
        (0..3).map(|axis| 4 * along(axis)).sum()
    }

    /// The samples on the other grid.
    ///
    /// # Errors
    /// [`Error::Memory`], [`Error::Cancelled`].
    pub fn bring<'a>(&self, samples: &'a [f32], job: Job) -> Result<Cow<'a, [f32]>> {
        let mut samples = Cow::Borrowed(samples);
        let mut shape = self.from;
        for axis in 0..3 {
            if self.from[axis] == self.to[axis] && self.shift[axis] == 0.0 {
                continue;
            }
            let weights = weights(self.from[axis], self.to[axis], self.shift[axis]);
            let inner: usize = shape[axis + 1..].iter().product();
            let (before, after) = (self.from[axis], self.to[axis]);
            shape[axis] = after;
            let mut target: Vec<f32> = job.zeroed("image on another grid", shape.iter().product())?;
            // Runs of what lies behind the axis; of the last axis a row is a run.
            let run = if inner > 1 { inner } else { after };
            job.each(Rows::of_mut(&mut target, run), |_, at, run| {
                if inner > 1 {
                    let start = at / after * before;
                    for (place, weight) in &weights[at % after] {
                        let source = &samples[(start + place) * inner..][..inner];
                        run.iter_mut().zip(source).for_each(|(sum, sample)| *sum += *weight as f32 * sample);
                    }
                } else {
                    let source = &samples[at * before..][..before];
                    for (sum, weights) in run.iter_mut().zip(&weights) {
                        *sum = weights.iter().map(|(place, weight)| weight * f64::from(source[*place])).sum::<f64>()
                            as f32;
                    }
                }
                Ok(())
            })?;
            samples = Cow::Owned(target);
        }
        Ok(samples)
    }

    /// The sample of `to` that shows the place of a sample of `from`.
    pub fn nearest(&self, at: usize) -> usize {
        let [_, ny, nx] = self.from;
        let place = [at / (ny * nx), at / nx % ny, at % nx];
        let [z, y, x] = std::array::from_fn(|axis| {
            let scale = self.to[axis] as f64 / self.from[axis] as f64;
            let place = (place[axis] as f64 + 0.5) * scale - self.shift[axis];
            (place.max(0.0) as usize).min(self.to[axis] - 1)
        });
        (z * self.to[1] + y) * self.to[2] + x
    }

    /// A map of `to` on the grid of `from`: each sample has the nearest value.
    ///
    /// # Errors
    /// [`Error::Memory`], [`Error::Cancelled`].
    pub fn spread_back(&self, map: Vec<f32>, job: Job) -> Result<Vec<f32>> {
        if self.is_plain() || map.is_empty() {
            return Ok(map);
        }
        let mut target: Vec<f32> = job.zeroed("map on the result's grid", self.from.iter().product())?;
        target.iter_mut().enumerate().for_each(|(at, value)| *value = map[self.nearest(at)]);
        Ok(target)
    }
}

/// For each of `to` samples those of `from` that it is made of, with weights that sum to 1; beyond the ends the last go on.
fn weights(from: usize, to: usize, shift: f64) -> Vec<Vec<(usize, f64)>> {
    let scale = from as f64 / to as f64;
    // In samples of the coarser grid; pixels of a finer one have been integrated over already.
    let (unit, covered) = (scale.max(1.0), if scale > 1.0 { scale } else { 0.0 });
    let lanczos = |at: f64| {
        let at = at / unit;
        let sinc = |x: f64| {
            if x.abs() < 1e-9 { 1.0 } else { libm::sin(std::f64::consts::PI * x) / (std::f64::consts::PI * x) }
        };
        if at.abs() < ZEROS { sinc(at) * sinc(at / ZEROS) } else { 0.0 }
    };
    let weight = |distance: f64| {
        let parts = if covered > 0.0 { PARTS } else { 1 };
        (0..parts)
            .map(|part| lanczos(distance + covered * ((f64::from(part) + 0.5) / f64::from(parts) - 0.5)))
            .sum::<f64>()
    };
    let reach = ZEROS * unit + 0.5 * covered;
    (0..to)
        .map(|at| {
            let centre = (at as f64 + 0.5 + shift) * scale - 0.5;
            let places = (centre - reach).ceil() as i64..=(centre + reach).floor() as i64;
            let mut made_of: Vec<(usize, f64)> = Vec::new();
            for place in places {
                let weight = weight(place as f64 - centre);
                let place = place.clamp(0, from as i64 - 1) as usize;
                match made_of.last_mut() {
                    Some(last) if last.0 == place => last.1 += weight,
                    _ => made_of.push((place, weight)),
                }
            }
            let sum: f64 = made_of.iter().map(|(_, weight)| weight).sum();
            made_of.iter_mut().for_each(|(_, weight)| *weight /= sum);
            made_of
        })
        .collect()
}

/// Most samples per sample of another grid.
const MOST: f64 = 8.0;
/// Zeros of the window on each side.
const ZEROS: f64 = 6.0;
/// Places at which a window is averaged over what a sample covers.
const PARTS: i32 = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Workers;

    /// A smooth function of the place in the field, 0 to 1.
    fn scene(y: f64, x: f64) -> f64 {
        10.0 + 3.0 * libm::sin(17.0 * x + 5.0 * y) + 2.0 * libm::cos(11.0 * y - 4.0 * x)
    }

    fn drawn([_, ny, nx]: [usize; 3], shift: [f64; 2], pixel: bool) -> Vec<f32> {
        let parts = if pixel { 8 } else { 1 };
        let mean = |at: usize| {
            let (y, x) = ((at / nx) as f64 + shift[0], (at % nx) as f64 + shift[1]);
            let inner = |part: i32| (f64::from(part) + 0.5) / f64::from(parts);
            let all = (0..parts * parts)
                .map(|part| scene((y + inner(part / parts)) / ny as f64, (x + inner(part % parts)) / nx as f64));
            (all.sum::<f64>() / f64::from(parts * parts)) as f32
        };
        (0..ny * nx).map(mean).collect()
    }

    #[test]
    fn images_are_those_that_the_other_grid_would_have_shown() {
        let workers = Workers::new(2).unwrap();
        for (from, to, shift) in [
            ([1, 128, 96], [1, 64, 48], [0.0, 0.0]),
            ([1, 64, 48], [1, 128, 96], [0.0, 0.0]),
            ([1, 96, 72], [1, 64, 48], [0.0, 0.0]),
            ([1, 64, 48], [1, 64, 48], [1.7, -0.4]),
            ([1, 128, 96], [1, 64, 48], [-0.6, 1.2]),
        ] {
            let view = View { from, to, shift: [0.0, shift[0], shift[1]] };
            let samples = drawn(from, [0.0; 2], from[1] > to[1]);
            let found = view.bring(&samples, Job::from(&workers)).unwrap();
            let expected = drawn(to, shift, from[1] > to[1]);
            for at in 0..expected.len() {
                let (y, x) = (at / to[2], at % to[2]);
                if (8..to[1] - 8).contains(&y) && (8..to[2] - 8).contains(&x) {
                    assert!(
                        (found[at] - expected[at]).abs() < 0.02,
                        "{} {} at {y} {x} of {from:?}",
                        found[at],
                        expected[at]
                    );
                }
            }
        }
    }
}
