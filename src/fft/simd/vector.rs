//! What a lane-parallel kernel needs of a machine, and the form of it that every machine has.

use super::stage::{self, Stage};

/// A vector of `LANES` floats: one lane is one column of a volume, or one row of it after a transposition.
///
/// # Safety
/// Implementations touch exactly the floats that each function names. Those made of a machine's own instructions may
/// only be called where that machine has them.
pub(super) unsafe trait Vector: Copy {
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
    /// `self * factor + addend`
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// `addend - self * factor`
    unsafe fn mul_sub_from(self, factor: Self, addend: Self) -> Self;
    /// Runs a stage with these instructions; not inlined, so that all lines share one copy of the butterflies.
    unsafe fn stage(stage: &Stage);
    /// Reads a square of `LANES` rows of `LANES` floats, rows `source_step` floats apart, and writes it transposed with
    /// rows `target_step` floats apart. Everything is read before anything is written.
    unsafe fn transpose(source: *const f32, source_step: usize, target: *mut f32, target_step: usize);
}

/// Lanes of plain Rust, which compilers turn into what the baseline of a machine has (SSE2, NEON).
#[derive(Clone, Copy)]
pub(super) struct Portable([f32; 4]);

impl Portable {
    #[inline(always)]
    fn zip(self, other: Self, each: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|lane| each(self.0[lane], other.0[lane])))
    }
}

// SAFETY: loads and stores move one array of four floats; nothing depends on the machine.
unsafe impl Vector for Portable {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        // SAFETY: the caller gives four readable floats.
        Self(unsafe { source.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        // SAFETY: the caller gives four writable floats.
        unsafe { target.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        if cfg!(target_arch = "aarch64") {
            return Self(std::array::from_fn(|lane| self.0[lane].mul_add(factor.0[lane], addend.0[lane])));
        }
        // Where fused products are not in the baseline, `f32::mul_add` would call a slow library routine.
        self.zip(factor, |a, b| a * b).zip(addend, |product, c| product + c)
    }
    #[inline(always)]
    unsafe fn mul_sub_from(self, factor: Self, addend: Self) -> Self {
        let negative = Self(self.0.map(|a| -a));
        // SAFETY: nothing here depends on the machine.
        unsafe { negative.mul_add(factor, addend) }
    }
    unsafe fn stage(stage: &Stage) {
        // SAFETY: passed on.
        unsafe { stage::run::<Self>(stage) }
    }
    #[inline(always)]
    unsafe fn transpose(source: *const f32, source_step: usize, target: *mut f32, target_step: usize) {
        // SAFETY: the caller gives a readable and a writable square.
        unsafe {
            let rows: [Self; 4] = std::array::from_fn(|row| Self::load(source.add(row * source_step)));
            for column in 0..4 {
                Self(std::array::from_fn(|row| rows[row].0[column])).store(target.add(column * target_step));
            }
        }
    }
}
