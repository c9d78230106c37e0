//! The back projector of Wiener and Butterworth, with which a few iterations are enough.
//!
//! In the place of H*: H* (1 + α) / (|H|² + α) times 1 / √(1 + e r²ⁿ): M. Guo et al. 2020, "Rapid image deconvolution and
//! multiview fusion for optical microscopy", doi 10.1038/s41587-020-0560-x, supplementary note 2. With r = 1 at one
//! cycle over the kernel's full width at half maximum along each axis, which is what the microscope resolves, the
//! projector is close to an inverse up to there and falls to β beyond. Light is kept, since the gain at frequency 0 is 1.
//!
//! Used alone such steps overshoot and then diverge; here they begin, and the matched projector with its momentum goes
//! on where residuals grow ([`super::tempered`] has the guard and the bounds).

use crate::fft::{Gain, LowPass};
use crate::psf::Kernel;

/// The gain beside H* for a kernel.
pub(super) fn gain(kernel: &Kernel) -> Gain {
    let scale = 1.0 / (1.0 + ALPHA);
    let cutoff = std::array::from_fn(|axis| match width(kernel.samples(), kernel.shape(), axis) {
        Some(width) => (1.0 / width).min(0.5),
        None => f64::INFINITY,
    });
    Gain::new([ALPHA * scale, 0.0, scale]).within(LowPass { cutoff, ripple: 1.0 / (BETA * BETA) - 1.0, order: ORDER })
}

/// The full width at half maximum along `axis`, in voxels, of the line of a kernel through the kernel's brightest sample; `None`
/// along an axis of one sample.
pub(super) fn width(samples: &[f32], shape: [usize; 3], axis: usize) -> Option<f64> {
    if shape[axis] == 1 {
        return None;
    }
    let peak = (0..samples.len()).max_by(|&a, &b| samples[a].total_cmp(&samples[b]))?;
    let stride: usize = shape[axis + 1..].iter().product();
    let at = peak / stride % shape[axis];
    let line = |place: usize| f64::from(samples[peak - at * stride + place * stride]) / f64::from(samples[peak]);
    // Steps from the peak to where the line has fallen to half.
    let reach = |mut places: &mut dyn Iterator<Item = usize>| -> f64 {
        let (mut steps, mut before) = (0.0, 1.0);
        for place in &mut places {
            let value = line(place);
            if value < 0.5 {
                return steps + (before - 0.5) / (before - value);
            }
            (steps, before) = (steps + 1.0, value);
        }
        steps + 0.5
    };
    Some(reach(&mut (at + 1..shape[axis])) + reach(&mut (0..at).rev()))
}

/// What keeps the inverse from dividing by nothing.
const ALPHA: f64 = 0.05;
/// The filter's gain where the resolution ends.
const BETA: f64 = 0.01;
/// How steeply it falls there.
const ORDER: u32 = 10;
