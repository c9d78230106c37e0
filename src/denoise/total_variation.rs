//! Total variation denoising of an image whose noise has the standard deviation 1.
//!
//! Minimises 1/2 |u - f|^2 + strength TV(u) with isotropic total variation over 2 or 3 dimensions (Rudin, Osher and
//! Fatemi 1992, Physica D 60, 259-268, doi 10.1016/0167-2789(92)90242-F), by fast gradient projection on the dual
//! (Beck and Teboulle 2009, IEEE Transactions on Image Processing 18, 2419-2434, doi 10.1109/TIP.2009.2028250, algorithm
//! FGP without constraints). The border mirrors: no difference across it. The mean is kept.

use crate::error::{Result, zeroed};
use crate::runtime::{Rows, Watch, Workers};

/// Room for smoothing images of one shape.
pub struct TotalVariation {
    shape: [usize; 3],
    /// The image as far as it is smoothed, f + strength div q.
    smooth: Vec<f32>,
    /// The dual field, one (z, y, x) vector per sample, as it was last projected.
    dual: Vec<[f32; 3]>,
    /// The same carried on along its last change.
    ahead: Vec<[f32; 3]>,
    squares: Vec<f64>,
}

impl TotalVariation {
    /// For images of `shape` (z, y, x).
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        let samples = shape.iter().product();
        let thing = "the workspace of total variation";
        Ok(Self {
            shape,
            smooth: zeroed(thing, samples)?,
            dual: zeroed(thing, samples)?,
            ahead: zeroed(thing, samples)?,
            squares: zeroed(thing, shape[0] * shape[1])?,
        })
    }

    /// Bytes that it holds.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        let samples = shape.iter().product::<usize>();
        (samples * (size_of::<f32>() + 2 * size_of::<[f32; 3]>()) + shape[0] * shape[1] * size_of::<f64>()) as u64
    }

    /// Smooths `image` in place; gives the root of the sum of squares of what was taken away.
    ///
    /// # Errors
    /// [`crate::error::Error::Cancelled`]; `image` is untouched then.
    pub fn smooth(
        &mut self,
        image: &mut [f32],
        strength: f32,
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<f64> {
        let [nz, ny, nx] = self.shape;
        self.dual.fill([0.0; 3]);
        self.ahead.fill([0.0; 3]);
        // The operator's squared norm is at most 4 per dimension that has neighbours.
        let dimensions = self.shape.iter().filter(|extent| **extent > 1).count().max(1);
        let step = 1.0 / (4.0 * dimensions as f32 * strength.max(f32::MIN_POSITIVE));
        let mut momentum = 1.0_f32;
        for iteration in 0..ITERATIONS {
            self.primal(image, strength, workers);
            let next = 0.5 * (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt());
            let carry = (momentum - 1.0) / next;
            momentum = next;
            let smooth = &self.smooth;
            let parts = (Rows::of_mut(&mut self.dual, nx), Rows::of_mut(&mut self.ahead, nx));
            workers.each(parts, |_, row, (dual, ahead)| {
                let (z, y, start) = (row / ny, row % ny, row * nx);
                for x in 0..nx {
                    let here = smooth[start + x];
                    let slope = [
                        if z + 1 < nz { smooth[start + x + ny * nx] - here } else { 0.0 },
                        if y + 1 < ny { smooth[start + x + nx] - here } else { 0.0 },
                        if x + 1 < nx { smooth[start + x + 1] - here } else { 0.0 },
                    ];
                    let moved: [f32; 3] = std::array::from_fn(|axis| ahead[x][axis] + step * slope[axis]);
                    let length = moved.iter().map(|part| part * part).sum::<f32>().sqrt().max(1.0);
                    let projected = moved.map(|part| part / length);
                    ahead[x] = std::array::from_fn(|axis| projected[axis] + carry * (projected[axis] - dual[x][axis]));
                    dual[x] = projected;
                }
            });
            watch.advance((iteration + 1) as f64 / (ITERATIONS + 1) as f64)?;
        }
        std::mem::swap(&mut self.dual, &mut self.ahead);
        self.primal(image, strength, workers);
        let smooth = &self.smooth;
        workers.each((Rows::of_mut(image, nx), Rows::of_mut(&mut self.squares, 1)), |_, row, (image, squares)| {
            squares[0] = 0.0;
            for (sample, smooth) in image.iter_mut().zip(&smooth[row * nx..]) {
                squares[0] += f64::from(*sample - smooth).powi(2);
                *sample = *smooth;
            }
        });
        Ok(self.squares.iter().sum::<f64>().sqrt())
    }

    /// smooth = image + strength div ahead, with the divergence that is minus the adjoint of the forward difference.
    fn primal(&mut self, image: &[f32], strength: f32, workers: &Workers) {
        let [nz, ny, nx] = self.shape;
        let ahead = &self.ahead;
        workers.each((Rows::of_mut(&mut self.smooth, nx), Rows::of(image, nx)), |_, row, (smooth, image)| {
            let (z, y, start) = (row / ny, row % ny, row * nx);
            for x in 0..nx {
                let at = start + x;
                let here = ahead[at];
                let mut divergence = 0.0;
                if z + 1 < nz {
                    divergence += here[0];
                }
                if z > 0 {
                    divergence -= ahead[at - ny * nx][0];
                }
                if y + 1 < ny {
                    divergence += here[1];
                }
                if y > 0 {
                    divergence -= ahead[at - nx][1];
                }
                if x + 1 < nx {
                    divergence += here[2];
                }
                if x > 0 {
                    divergence -= ahead[at - 1][2];
                }
                smooth[x] = image[x] + strength * divergence;
            }
        });
    }
}

/// Enough for a change below a hundredth of the noise at strengths of a few standard deviations.
const ITERATIONS: usize = 60;
