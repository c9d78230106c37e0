//! Pixels of a sensor that are noisier than most, brought to the noise of the others before it is smoothed.
//!
//! A pixel of variance v above that V of other pixels with as much light goes towards the mean of its neighbours, and keeps the share
//! V / (V + v) of itself: the weight that its residual has in a deconvolution (F. Huang et al. 2013, doi
//! 10.1038/nmeth.2488). What is left of its own noise then has the variance V² / (V + v), below V, and what smooths need know of one
//! kind of noise only.

use std::sync::Arc;

use crate::error::{Result, zeroed};
use crate::noise::Camera;
use crate::runtime::{Rows, Workers};

/// Variances of the pixels of planes, and room for one plane.
pub struct Pixels {
    /// Above that of most pixels, for each pixel (y, x), in the image's units, squared.
    extra: Arc<Vec<f32>>,
    /// A plane as it came.
    before: Vec<f32>,
    width: usize,
}

impl Pixels {
    /// For images of `shape` (z, y, x), all planes of which are of these pixels.
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new([_, ny, nx]: [usize; 3], extra: Arc<Vec<f32>>) -> Result<Self> {
        Ok(Self { extra, before: zeroed("the plane with noisy pixels", ny * nx)?, width: nx })
    }

    /// Bytes that it holds beside the variances.
    pub fn bytes([_, ny, nx]: [usize; 3]) -> u64 {
        (ny * nx * size_of::<f32>()) as u64
    }

    /// Brings the noisy pixels of `image`, packed samples (z, y, x) of that camera, to the noise of the others.
    pub fn even_out(&mut self, image: &mut [f32], camera: &Camera, workers: &Workers) {
        let Self { extra, before, width } = self;
        let (before, extra, width) = (&mut **before, &extra[..], *width);
        let [gain, offset, dark] = [camera.gain, camera.offset, camera.read_noise.powi(2)];
        // Of one photon where there is no read noise, so that no pixel's weight is infinite.
        let least = dark + gain * gain;
        for plane in image.chunks_exact_mut(before.len()) {
            before.copy_from_slice(plane);
            let before = &*before;
            workers.each((Rows::of_mut(plane, width), Rows::of(extra, width)), |_, y, (row, variances)| {
                for (x, (sample, &more)) in row.iter_mut().zip(variances).enumerate() {
                    let more = f64::from(more);
                    if more <= 0.0 {
                        continue;
                    }
                    let at = y * width + x;
                    let (mut sum, mut weights) = (0.0, 0.0);
                    let mut take = |is_there: bool, at: usize| {
                        if is_there {
                            let weight = 1.0 / (least + f64::from(extra[at]));
                            (sum, weights) = (sum + weight * f64::from(before[at]), weights + weight);
                        }
                    };
                    take(y > 0, at.wrapping_sub(width));
                    take(x > 0, at.wrapping_sub(1));
                    take(x + 1 < width, at + 1);
                    take(at + width < before.len(), at + width);
                    if weights > 0.0 {
                        let around = sum / weights;
                        let variance = dark + gain * (around - offset).max(gain);
                        let share = variance / (variance + more);
                        *sample = (around + share * (f64::from(*sample) - around)) as f32;
                    }
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::Random;

    const CAMERA: Camera = Camera { gain: 2.0, offset: 100.0, read_noise: 3.0, correlation: [0.0; 3] };

    /// Of even light, and the variance of pixels above that of the camera: a twentieth of them has ten times as much.
    fn image([nz, ny, nx]: [usize; 3]) -> (Vec<f32>, Vec<f32>) {
        let mut random = Random::new(3);
        let extra: Vec<f32> = (0..ny * nx).map(|at| if at % 20 == 7 { 90.0 } else { 0.0 }).collect();
        let samples = (0..nz * ny * nx).map(|at| {
            let variance = CAMERA.variance(110.0) + f64::from(extra[at % (ny * nx)]);
            (110.0 + variance.sqrt() * random.normal()) as f32
        });
        (samples.collect(), extra)
    }

    #[test]
    fn noisy_pixels_are_no_noisier_than_others_afterwards() {
        let shape = [3, 97, 128];
        let (mut image, extra) = image(shape);
        let deviation = |image: &[f32], noisy: bool| {
            let of = image.iter().zip(extra.iter().cycle()).filter(|(_, extra)| (**extra > 0.0) == noisy);
            let (sum, count) = of.fold((0.0, 0.0), |(sum, count), (sample, _)| {
                (sum + (f64::from(*sample) - 110.0).powi(2), count + 1.0)
            });
            (sum / count).sqrt()
        };
        let others = deviation(&image, false);
        assert!(deviation(&image, true) > 1.5 * others);
        Pixels::new(shape, Arc::new(extra.clone())).unwrap().even_out(&mut image, &CAMERA, &Workers::new(2).unwrap());
        assert!(deviation(&image, true) < 1.02 * others, "{} of {others}", deviation(&image, true));
        assert!(deviation(&image, false) == others);
    }

    #[test]
    fn each_goes_its_share_of_the_way_and_threads_change_nothing() {
        let shape = [2, 40, 33];
        let (image, mut extra) = image(shape);
        // One that is worth nothing, at a corner; two side by side.
        (extra[0], extra[200], extra[201]) = (1e20, 50.0, 400.0);
        let [mut one, mut four] = [image.clone(), image.clone()];
        for (image, threads) in [(&mut one, 1), (&mut four, 4)] {
            let mut pixels = Pixels::new(shape, Arc::new(extra.clone())).unwrap();
            pixels.even_out(image, &CAMERA, &Workers::new(threads).unwrap());
        }
        assert!(one == four);
        let [_, ny, nx] = shape;
        for (at, found) in one.iter().enumerate() {
            let (plane, y, x) = (at / (ny * nx), at / nx % ny, at % nx);
            let near = [(-1, 0), (0, -1), (0, 1), (1, 0)].map(|(dy, dx)| (y as i64 + dy, x as i64 + dx));
            let near = near.into_iter().filter(|(y, x)| (0..ny as i64).contains(y) && (0..nx as i64).contains(x));
            let weighed = near.map(|(y, x)| {
                let pixel = y as usize * nx + x as usize;
                (1.0 / (9.0 + 4.0 + f64::from(extra[pixel])), f64::from(image[plane * ny * nx + pixel]))
            });
            let (weights, sum) =
                weighed.fold((0.0, 0.0), |(all, sum), (weight, sample)| (all + weight, sum + weight * sample));
            let around = sum / weights;
            let variance = 9.0 + 2.0 * (around - 100.0).max(2.0);
            let share = variance / (variance + f64::from(extra[y * nx + x]));
            let expected = around + share * (f64::from(image[at]) - around);
            assert!((f64::from(*found) - expected).abs() < 1e-4, "{at}: {found} {expected}");
        }
    }

    #[test]
    fn an_image_of_one_sample_stays() {
        let mut image = [7.0];
        Pixels::new([1; 3], Arc::new(vec![5.0])).unwrap().even_out(&mut image, &CAMERA, &Workers::new(1).unwrap());
        assert_eq!(image, [7.0]);
    }
}
