//! Lanes that every machine has.

use super::vector::Vector;

/// Lanes of plain Rust, which compilers turn into what the baseline of a machine has (SSE2, NEON).
#[derive(Clone, Copy)]
pub(crate) struct Portable([f32; 4]);

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
        Self([self.0[0] + other.0[0], self.0[1] + other.0[1], self.0[2] + other.0[2], self.0[3] + other.0[3]])
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self([self.0[0] - other.0[0], self.0[1] - other.0[1], self.0[2] - other.0[2], self.0[3] - other.0[3]])
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self([self.0[0] * other.0[0], self.0[1] * other.0[1], self.0[2] * other.0[2], self.0[3] * other.0[3]])
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] / other.0[lane]))
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].min(other.0[lane])))
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].max(other.0[lane])))
    }
    #[inline(always)]
    unsafe fn sqrt(self) -> Self {
        Self(self.0.map(f32::sqrt))
    }
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        let one = |a: f32, b: f32, c: f32| {
            // Where fused products are not in the baseline, `f32::mul_add` would call a slow library routine.
            if cfg!(target_arch = "aarch64") { a.mul_add(b, c) } else { a * b + c }
        };
        let (a, b, c) = (self.0, factor.0, addend.0);
        Self([one(a[0], b[0], c[0]), one(a[1], b[1], c[1]), one(a[2], b[2], c[2]), one(a[3], b[3], c[3])])
    }
    #[inline(always)]
    unsafe fn mul_sub_from(self, factor: Self, addend: Self) -> Self {
        let negative = Self([-self.0[0], -self.0[1], -self.0[2], -self.0[3]]);
        // SAFETY: nothing here depends on the machine.
        unsafe { negative.mul_add(factor, addend) }
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
