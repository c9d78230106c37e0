//! Which instructions do the work: chosen once for a plan, from what the machine has.

use super::line::Line;
use super::rows::{self, RealLine};
use super::tile::{self, Buffers, Extent, Response};
use super::vector::{Portable, Vector};

/// The vector instructions of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// Four lanes that every machine has.
    Portable,
}

impl Lanes {
    /// What this machine has, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Portable].into_iter()
    }

    /// The fastest that this machine has.
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::Portable)
    }

    pub(super) fn kernels(self) -> &'static Kernels {
        match self {
            Self::Portable => &PORTABLE,
        }
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

static PORTABLE: Kernels = Kernels {
    lanes: Portable::LANES,
    rows_forward: rows::forward::<Portable>,
    rows_inverse: rows::inverse::<Portable>,
    transform: tile::transform::<Portable>,
    filter: tile::filter::<Portable>,
};
