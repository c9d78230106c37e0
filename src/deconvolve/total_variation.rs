//! Richardson-Lucy with total variation: edges stay, noise between them does not.
//!
//! The factor of a step is divided by 1 - λ div(∇x / |∇x|): N. Dey et al. 2006, "Richardson-Lucy algorithm with total
//! variation regularization for 3D confocal microscope deconvolution", doi 10.1002/jemt.20294, eq. 11. Gradients are
//! forward differences, the divergence backward ones; voxels count as equally far apart along all axes.
//!
//! Where x is almost even, |∇x| is held to at least ε, so that the step is λ Δx / ε there, times x. Neighbours that differ
//! in sign are the fastest to fall: by 12 λ x / ε of themselves in three dimensions. Above 2 they grow instead, until
//! rounding decides which pattern the image has: with a small ε, a change in the seventh digit of an image changes the
//! result by a hundredth of its peak after 50 steps. With ε = 8 λ x they fall, and results are as steady as others.

use super::stored::Stored;

/// The estimate, packed rows of a field of that shape, which wraps around.
#[derive(Clone, Copy)]
pub(super) struct Neighbours<'a, S> {
    pub samples: &'a [S],
    pub shape: [usize; 3],
}

impl<'a, S: Stored> Neighbours<'a, S> {
    fn row(&self, z: usize, y: usize) -> &'a [S] {
        let [nz, ny, nx] = self.shape;
        &self.samples[((z % nz) * ny + y % ny) * nx..][..nx]
    }

    /// Divides `row`, the factors of row (z, y), by 1 - `weight` div(∇x / |∇x|).
    pub fn divide(&self, weight: f32, z: usize, y: usize, row: &mut [f32]) {
        let [nz, ny, nx] = self.shape;
        let (z_before, y_before) = (z + nz - 1, y + ny - 1);
        let (here, below, behind) = (self.row(z, y), self.row(z, y + 1), self.row(z + 1, y));
        let (above, above_behind) = (self.row(z, y_before), self.row(z + 1, y_before));
        let (front, front_below) = (self.row(z_before, y), self.row(z_before, y + 1));
        let next = |x: usize| if x + 1 < nx { x + 1 } else { 0 };
        // From a sample and the next ones along x, y and z.
        let unit = |here: &[S], x: usize, after: usize, below: &[S], behind: &[S]| {
            unit(here[x].value(), here[after].value(), below[x].value(), behind[x].value(), STEADY * weight)
        };
        let mut left = unit(here, nx - 1, 0, below, behind)[2];
        for (x, factor) in row.iter_mut().enumerate() {
            let after = next(x);
            let unit_here = unit(here, x, after, below, behind);
            let unit_above = unit(above, x, after, here, above_behind);
            let unit_front = unit(front, x, after, front_below, here);
            let divergence = unit_here[0] - unit_front[0] + unit_here[1] - unit_above[1] + unit_here[2] - left;
            left = unit_here[2];
            *factor /= (1.0 - weight * divergence).max(0.1);
        }
    }
}

/// ∇x / |∇x| along (z, y, x), from a sample and the next ones along x, y and z; gradients below `soft` times the sample
/// fall with their size.
fn unit(here: f32, right: f32, below: f32, behind: f32, soft: f32) -> [f32; 3] {
    let gradient = [behind - here, below - here, right - here];
    let square: f32 = gradient.iter().map(|part| part * part).sum();
    let least = SMOOTH.max(soft * here);
    let scale = 1.0 / (square + least * least).sqrt();
    gradient.map(|part| part * scale)
}

/// Gradients far below this, in units of the image's mean, count as none.
const SMOOTH: f32 = 1e-3;
/// Over the weight and a sample, the gradients there that count in full.
const STEADY: f32 = 8.0;
