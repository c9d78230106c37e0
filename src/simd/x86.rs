//! Lanes of x86: AVX2 with fused products, and AVX-512.

use std::arch::x86_64::{
    __m256, __m512, _mm256_add_ps, _mm256_div_ps, _mm256_fmadd_ps, _mm256_fnmadd_ps, _mm256_loadu_ps, _mm256_max_ps,
    _mm256_min_ps, _mm256_mul_ps, _mm256_permute2f128_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_shuffle_ps,
    _mm256_sqrt_ps, _mm256_storeu_ps, _mm256_sub_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps, _mm512_add_ps,
    _mm512_div_ps, _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_loadu_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps,
    _mm512_set1_ps, _mm512_setzero_ps, _mm512_shuffle_f32x4, _mm512_shuffle_ps, _mm512_sqrt_ps, _mm512_storeu_ps,
    _mm512_sub_ps, _mm512_unpackhi_ps, _mm512_unpacklo_ps,
};

use super::vector::Vector;

/// Eight lanes.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(__m256);

/// Sixteen lanes.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(__m512);

macro_rules! arithmetic {
    ($lanes:literal, $load:ident, $store:ident, $splat:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $min:ident, $max:ident,
     $sqrt:ident, $mul_add:ident, $mul_sub_from:ident) => {
        const LANES: usize = $lanes;

        #[inline(always)]
        unsafe fn load(source: *const f32) -> Self {
            // SAFETY: the caller gives readable floats and a machine with these instructions.
            Self(unsafe { $load(source) })
        }
        #[inline(always)]
        unsafe fn store(self, target: *mut f32) {
            // SAFETY: the caller gives writable floats and a machine with these instructions.
            unsafe { $store(target, self.0) }
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            // SAFETY: the caller gives a machine with these instructions.
            Self(unsafe { $splat(value) })
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: the caller gives a machine with these instructions.
            Self(unsafe { $add(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            // SAFETY: the caller gives a machine with these instructions.
            Self(unsafe { $sub(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn mul(self, other: Self) -> Self {
            // SAFETY: the caller gives a machine with these instructions.
            Self(unsafe { $mul(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn div(self, other: Self) -> Self {
            // SAFETY: the caller gives a machine with these instructions.
            Self(unsafe { $div(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            // SAFETY: the caller gives a machine with these instructions.
            Self(unsafe { $min(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            // SAFETY: the caller gives a machine with these instructions.
            Self(unsafe { $max(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn sqrt(self) -> Self {
            // SAFETY: the caller gives a machine with these instructions.
            Self(unsafe { $sqrt(self.0) })
        }
        #[inline(always)]
        unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: the caller gives a machine with these instructions.
            Self(unsafe { $mul_add(self.0, factor.0, addend.0) })
        }
        #[inline(always)]
        unsafe fn mul_sub_from(self, factor: Self, addend: Self) -> Self {
            // SAFETY: the caller gives a machine with these instructions.
            Self(unsafe { $mul_sub_from(self.0, factor.0, addend.0) })
        }
    };
}

// SAFETY: each function is one instruction on the floats it names, or loads and stores of a square of them.
unsafe impl Vector for Avx2 {
    arithmetic!(
        8,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_set1_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_mul_ps,
        _mm256_div_ps,
        _mm256_min_ps,
        _mm256_max_ps,
        _mm256_sqrt_ps,
        _mm256_fmadd_ps,
        _mm256_fnmadd_ps
    );

    #[inline(always)]
    unsafe fn transpose(source: *const f32, source_step: usize, target: *mut f32, target_step: usize) {
        // SAFETY: the caller gives a readable and a writable square, and a machine with these instructions.
        unsafe {
            let mut rows = [_mm256_setzero_ps(); 8];
            let mut mixed = rows;
            for (at, row) in rows.iter_mut().enumerate() {
                *row = _mm256_loadu_ps(source.add(at * source_step));
            }
            // Pairs, then quads, then halves change places.
            for at in 0..4 {
                mixed[2 * at] = _mm256_unpacklo_ps(rows[2 * at], rows[2 * at + 1]);
                mixed[2 * at + 1] = _mm256_unpackhi_ps(rows[2 * at], rows[2 * at + 1]);
            }
            for at in [0, 4] {
                rows[at] = _mm256_shuffle_ps::<0x44>(mixed[at], mixed[at + 2]);
                rows[at + 1] = _mm256_shuffle_ps::<0xEE>(mixed[at], mixed[at + 2]);
                rows[at + 2] = _mm256_shuffle_ps::<0x44>(mixed[at + 1], mixed[at + 3]);
                rows[at + 3] = _mm256_shuffle_ps::<0xEE>(mixed[at + 1], mixed[at + 3]);
            }
            for at in 0..4 {
                let (low, high) = (rows[at], rows[at + 4]);
                _mm256_storeu_ps(target.add(at * target_step), _mm256_permute2f128_ps::<0x20>(low, high));
                _mm256_storeu_ps(target.add((at + 4) * target_step), _mm256_permute2f128_ps::<0x31>(low, high));
            }
        }
    }
}

// SAFETY: as for Avx2.
unsafe impl Vector for Avx512 {
    arithmetic!(
        16,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_set1_ps,
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_mul_ps,
        _mm512_div_ps,
        _mm512_min_ps,
        _mm512_max_ps,
        _mm512_sqrt_ps,
        _mm512_fmadd_ps,
        _mm512_fnmadd_ps
    );

    #[inline(always)]
    unsafe fn transpose(source: *const f32, source_step: usize, target: *mut f32, target_step: usize) {
        // SAFETY: the caller gives a readable and a writable square, and a machine with these instructions.
        unsafe {
            let mut rows = [_mm512_setzero_ps(); 16];
            let mut mixed = rows;
            for (at, row) in rows.iter_mut().enumerate() {
                *row = _mm512_loadu_ps(source.add(at * source_step));
            }
            // Pairs and quads change places within quarters, then quarters do.
            for at in 0..8 {
                mixed[2 * at] = _mm512_unpacklo_ps(rows[2 * at], rows[2 * at + 1]);
                mixed[2 * at + 1] = _mm512_unpackhi_ps(rows[2 * at], rows[2 * at + 1]);
            }
            for at in [0, 4, 8, 12] {
                rows[at] = _mm512_shuffle_ps::<0x44>(mixed[at], mixed[at + 2]);
                rows[at + 1] = _mm512_shuffle_ps::<0xEE>(mixed[at], mixed[at + 2]);
                rows[at + 2] = _mm512_shuffle_ps::<0x44>(mixed[at + 1], mixed[at + 3]);
                rows[at + 3] = _mm512_shuffle_ps::<0xEE>(mixed[at + 1], mixed[at + 3]);
            }
            for at in 0..4 {
                mixed[at] = _mm512_shuffle_f32x4::<0x88>(rows[at], rows[at + 4]);
                mixed[at + 4] = _mm512_shuffle_f32x4::<0xDD>(rows[at], rows[at + 4]);
                mixed[at + 8] = _mm512_shuffle_f32x4::<0x88>(rows[at + 8], rows[at + 12]);
                mixed[at + 12] = _mm512_shuffle_f32x4::<0xDD>(rows[at + 8], rows[at + 12]);
            }
            for at in 0..4 {
                let put = |row: usize, value: __m512| _mm512_storeu_ps(target.add(row * target_step), value);
                put(at, _mm512_shuffle_f32x4::<0x88>(mixed[at], mixed[at + 8]));
                put(at + 8, _mm512_shuffle_f32x4::<0xDD>(mixed[at], mixed[at + 8]));
                put(at + 4, _mm512_shuffle_f32x4::<0x88>(mixed[at + 4], mixed[at + 12]));
                put(at + 12, _mm512_shuffle_f32x4::<0xDD>(mixed[at + 4], mixed[at + 12]));
            }
        }
    }
}
