//! What a lane-parallel kernel needs of a machine.

/// A vector of `LANES` floats.
///
/// # Safety
/// Implementations touch exactly the floats that each function names. Those made of a machine's own instructions may
/// only be called where that machine has them.
pub(crate) unsafe trait Vector: Copy {
    /// Floats in a vector.
    const LANES: usize;
    /// Reads `LANES` floats from `source`.
    unsafe fn load(source: *const f32) -> Self;
    /// Writes `LANES` floats to `target`.
    unsafe fn store(self, target: *mut f32);
    /// The same value in every lane.
    unsafe fn splat(value: f32) -> Self;
    /// `self + other`
    unsafe fn add(self, other: Self) -> Self;
    /// `self - other`
    unsafe fn sub(self, other: Self) -> Self;
    /// `self * other`
    unsafe fn mul(self, other: Self) -> Self;
    /// `self / other`
    unsafe fn div(self, other: Self) -> Self;
    /// The smaller one.
    unsafe fn min(self, other: Self) -> Self;
    /// The larger one.
    unsafe fn max(self, other: Self) -> Self;
    /// The square root.
    unsafe fn sqrt(self) -> Self;
    /// `self * factor + addend`
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// `addend - self * factor`
    unsafe fn mul_sub_from(self, factor: Self, addend: Self) -> Self;
    /// Reads a square of `LANES` rows of `LANES` floats, rows `source_step` floats apart, and writes it transposed with
    /// rows `target_step` floats apart. Everything is read before anything is written.
    unsafe fn transpose(source: *const f32, source_step: usize, target: *mut f32, target_step: usize);
}

/// The lanes of the widest vector.
pub(crate) const MAX_LANES: usize = 16;
