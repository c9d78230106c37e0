//! The entry points of transforms, compiled for each set of instructions.

use super::columns::{Extent, Stage};
use super::columnwise::Columnwise;
use super::line::Line;
use super::rows::{self, RealLine};
use super::stage;
use super::tile::{self, Buffers, Response};
#[cfg(target_arch = "x86_64")]
use crate::simd::{Avx2, Avx512};
use crate::simd::{Lanes, Portable, Vector};

// SAFETY: passed on to the butterflies of these lanes.
unsafe impl Columnwise for Portable {
    unsafe fn stage<const R: usize, const TWIDDLED: bool, const WHOLE: bool>(stage: &Stage) {
        // SAFETY: passed on.
        unsafe { stage::butterflies::<Self, R, TWIDDLED, WHOLE>(stage) }
    }
}

/// The entry points of one set of instructions.
pub(super) struct Kernels {
    pub lanes: usize,
    pub rows_forward: unsafe fn(&RealLine, *mut f32, usize, usize, &Buffers),
    pub rows_inverse: unsafe fn(&RealLine, *mut f32, usize, usize, &Buffers),
    pub transform: unsafe fn(&Line, bool, *mut f32, usize, Extent, &Buffers),
    pub filter: unsafe fn(&Line, *mut f32, usize, Extent, Response, &Buffers),
}

/// Those of these lanes.
pub(super) fn kernels(lanes: Lanes) -> &'static Kernels {
    match lanes {
        #[cfg(target_arch = "x86_64")]
        Lanes::Avx512 => &avx512::KERNELS,
        #[cfg(target_arch = "x86_64")]
        Lanes::Avx2 => &avx2::KERNELS,
        _ => &PORTABLE,
    }
}

static PORTABLE: Kernels = Kernels {
    lanes: Portable::LANES,
    rows_forward: rows::forward::<Portable>,
    rows_inverse: rows::inverse::<Portable>,
    transform: tile::transform::<Portable>,
    filter: tile::filter::<Portable>,
};

#[cfg(target_arch = "x86_64")]
macro_rules! entries {
    ($name:ident, $vector:ident, $features:literal) => {
        mod $name {
            use super::*;

            pub(super) static KERNELS: Kernels =
                Kernels { lanes: $vector::LANES, rows_forward, rows_inverse, transform, filter };

            // SAFETY: passed on to the butterflies of these lanes.
            unsafe impl Columnwise for $vector {
                #[inline(always)]
                unsafe fn stage<const R: usize, const TWIDDLED: bool, const WHOLE: bool>(stage: &Stage) {
                    #[target_feature(enable = $features)]
                    unsafe fn entry<const R: usize, const TWIDDLED: bool, const WHOLE: bool>(stage: &Stage) {
                        // SAFETY: passed on.
                        unsafe { stage::butterflies::<$vector, R, TWIDDLED, WHOLE>(stage) }
                    }
                    // SAFETY: passed on; the caller gives a machine with these instructions.
                    unsafe { entry::<R, TWIDDLED, WHOLE>(stage) }
                }
            }

            #[target_feature(enable = $features)]
            unsafe fn rows_forward(real: &RealLine, rows: *mut f32, pitch: usize, count: usize, buffers: &Buffers) {
                // SAFETY: passed on.
                unsafe { rows::forward::<$vector>(real, rows, pitch, count, buffers) }
            }

            #[target_feature(enable = $features)]
            unsafe fn rows_inverse(real: &RealLine, rows: *mut f32, pitch: usize, count: usize, buffers: &Buffers) {
                // SAFETY: passed on.
                unsafe { rows::inverse::<$vector>(real, rows, pitch, count, buffers) }
            }

            #[target_feature(enable = $features)]
            unsafe fn transform(
                line: &Line,
                inverse: bool,
                start: *mut f32,
                step: usize,
                extent: Extent,
                buffers: &Buffers,
            ) {
                // SAFETY: passed on.
                unsafe { tile::transform::<$vector>(line, inverse, start, step, extent, buffers) }
            }

            #[target_feature(enable = $features)]
            unsafe fn filter(
                line: &Line,
                start: *mut f32,
                step: usize,
                extent: Extent,
                response: Response,
                buffers: &Buffers,
            ) {
                // SAFETY: passed on.
                unsafe { tile::filter::<$vector>(line, start, step, extent, response, buffers) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
entries!(avx2, Avx2, "avx2,fma");
#[cfg(target_arch = "x86_64")]
entries!(avx512, Avx512, "avx512f,avx2,fma");
