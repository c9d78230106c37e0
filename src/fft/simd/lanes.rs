//! Which instructions do the work: chosen once for a plan, from what the machine has.

use super::columns::Extent;
use super::line::Line;
use super::portable::Portable;
use super::rows::{self, RealLine};
use super::tile::{self, Buffers, Response};
use super::vector::Vector;

/// The vector instructions of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// Sixteen lanes of AVX-512.
    Avx512,
    /// Eight lanes of AVX2 with fused products.
    Avx2,
    /// Four lanes that every machine has.
    Portable,
}

impl Lanes {
    /// What this machine has, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Avx512, Self::Avx2, Self::Portable].into_iter().filter(|lanes| lanes.is_available())
    }

    /// The fastest that this machine has.
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::Portable)
    }

    /// Whether this machine has them. Builds with debug assertions take none wider than what the variable
    /// `ABBE_TEST_LANES` says, a [`width`](Self::width): tests run again as on a machine that has less.
    pub fn is_available(self) -> bool {
        #[cfg(debug_assertions)]
        if self.width() > widest_for_tests() {
            return false;
        }
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && Self::Avx2.is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Self::Portable => true,
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// Floats in a vector.
    pub fn width(self) -> usize {
        self.kernels().lanes
    }

    pub(super) fn kernels(self) -> &'static Kernels {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => &avx512::KERNELS,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => &avx2::KERNELS,
            _ => &PORTABLE,
        }
    }
}

#[cfg(debug_assertions)]
fn widest_for_tests() -> usize {
    static WIDEST: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    let read = || std::env::var("ABBE_TEST_LANES").ok()?.parse().ok();
    *WIDEST.get_or_init(|| read().unwrap_or(usize::MAX))
}

/// Plain loops over slices, to be compiled for several sets of instructions.
pub trait Loop {
    /// What they come to.
    type Output;

    /// Runs them. Implementations must be `#[inline(always)]`, and call nothing that is not.
    fn run(self) -> Self::Output;
}

/// Runs loops with the widest vector instructions of this machine that compilers make good use of.
#[inline(always)]
pub fn vectorised<L: Loop>(work: L) -> L::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        fn entry<L: Loop>(work: L) -> L::Output {
            work.run()
        }
        if Lanes::Avx2.is_available() {
            // SAFETY: this machine has these instructions.
            return unsafe { entry(work) };
        }
    }
    work.run()
}

/// The entry points of one set of instructions.
pub(super) struct Kernels {
    pub lanes: usize,
    pub rows_forward: unsafe fn(&RealLine, *mut f32, usize, usize, &Buffers),
    pub rows_inverse: unsafe fn(&RealLine, *mut f32, usize, usize, &Buffers),
    pub transform: unsafe fn(&Line, bool, *mut f32, usize, Extent, &Buffers),
    pub filter: unsafe fn(&Line, *mut f32, usize, Extent, Response, &Buffers),
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
            use crate::fft::simd::x86::$vector;

            pub(super) static KERNELS: Kernels =
                Kernels { lanes: $vector::LANES, rows_forward, rows_inverse, transform, filter };

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
