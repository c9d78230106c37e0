//! What a microscope makes of a result: its convolution with a point spread function, rims carried on outwards.

use crate::error::Result;
use crate::fft::{Buffer, Otf, Transform, good_size};
use crate::runtime::Job;

/// A kernel ready for images of one shape.
pub(super) struct Blur<'a> {
    job: Job<'a>,
    shape: [usize; 3],
    /// What kernels of one sample multiply by, without any rounding of transforms.
    factor: Option<f32>,
    transform: Transform,
    otf: Otf,
    volume: Buffer,
    scratch: Buffer,
}

impl<'a> Blur<'a> {
    /// For images of `shape` and a kernel, packed samples whose centre is at half their extents.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new((kernel, extents): (&[f32], [usize; 3]), shape: [usize; 3], job: Job<'a>) -> Result<Self> {
        let padded =
            |axis: usize| if extents[axis] == 1 { shape[axis] } else { good_size(shape[axis] + extents[axis] - 1) };
        let transform = Transform::new([padded(0), padded(1), padded(2)])?;
        let scratch = transform.scratch_len(job.workers().threads());
        job.count("blurred result", (3 * Buffer::bytes(transform.len()) + Buffer::bytes(scratch)) as u64)?;
        let volume = Buffer::new("blurred result", transform.len())?;
        let mut scratch = Buffer::new("scratch of transforms", scratch)?;
        let otf = transform.otf(kernel, extents, &mut scratch, job.workers())?;
        let factor = (extents == [1; 3]).then(|| kernel[0]);
        Ok(Self { job, shape, factor, transform, otf, volume, scratch })
    }

    /// Blurs an image into `blurred`; both packed.
    pub fn apply(&mut self, image: &[f32], blurred: &mut [f32]) {
        if let Some(factor) = self.factor {
            blurred.iter_mut().zip(image).for_each(|(blurred, value)| *blurred = factor * value);
            return;
        }
        let ([_, ny, nx], full, workers) = (self.shape, self.transform.shape(), self.job.workers());
        // Half of the padding carries on the end of an axis, the other half its beginning.
        let inside = |at: usize, axis: usize| {
            let (n, full) = (self.shape[axis], full[axis]);
            if at < n {
                at
            } else if at < n + (full - n) / 2 {
                n - 1
            } else {
                0
            }
        };
        self.transform.inner_forward(&mut self.volume, &mut self.scratch, workers, &|z, y, row| {
            let source = &image[(inside(z, 0) * ny + inside(y, 1)) * nx..][..nx];
            row[..nx].copy_from_slice(source);
            let middle = nx + (row.len() - nx) / 2;
            row[nx..middle].fill(source[nx - 1]);
            row[middle..].fill(source[0]);
        });
        self.transform.outer_filter(&mut self.volume, &self.otf, false, &mut self.scratch, workers);
        self.transform.inner_inverse(&mut self.volume, &mut self.scratch, workers, &|_, _, _| {});
        for (row, blurred) in blurred.chunks_exact_mut(nx).enumerate() {
            let start = row / ny * self.transform.plane_pitch() + row % ny * self.transform.row_pitch();
            blurred.copy_from_slice(&self.volume[start..start + nx]);
        }
    }
}

/// Samples from the middle to the rim of a Gaussian's kernel.
pub(super) fn reach(sigma: f64) -> usize {
    (4.0 * sigma).ceil() as usize
}

/// A Gaussian of `sigma` samples along y and x, whose sum is 1, and its extents.
pub(super) fn gaussian(sigma: f64) -> (Vec<f32>, [usize; 3]) {
    let reach = reach(sigma) as i32;
    let profile: Vec<f64> =
        (-reach..=reach).map(|at| libm::exp(-0.5 * f64::powi(f64::from(at) / sigma.max(1e-3), 2))).collect();
    let sum: f64 = profile.iter().sum();
    let side = profile.len();
    let kernel = (0..side * side).map(|at| (profile[at / side] * profile[at % side] / (sum * sum)) as f32);
    (kernel.collect(), [1, side, side])
}
