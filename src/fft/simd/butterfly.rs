//! Small transforms in registers: X[k] = sum of x[j] exp(-2 pi i j k / R) in every lane.

use crate::simd::Vector;

/// Complex numbers, one per lane.
#[derive(Clone, Copy)]
pub(super) struct Complex<V> {
    pub re: V,
    pub im: V,
}

impl<V: Vector> Complex<V> {
    #[inline(always)]
    pub(super) unsafe fn splat(re: f32, im: f32) -> Self {
        // SAFETY: the machine has the instructions of V.
        unsafe { Self { re: V::splat(re), im: V::splat(im) } }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the machine has the instructions of V.
        unsafe { Self { re: self.re.add(other.re), im: self.im.add(other.im) } }
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // SAFETY: the machine has the instructions of V.
        unsafe { Self { re: self.re.sub(other.re), im: self.im.sub(other.im) } }
    }
    /// `self + i * other`
    #[inline(always)]
    unsafe fn add_turned(self, other: Self) -> Self {
        // SAFETY: the machine has the instructions of V.
        unsafe { Self { re: self.re.sub(other.im), im: self.im.add(other.re) } }
    }
    /// `self - i * other`
    #[inline(always)]
    unsafe fn sub_turned(self, other: Self) -> Self {
        // SAFETY: the machine has the instructions of V.
        unsafe { Self { re: self.re.add(other.im), im: self.im.sub(other.re) } }
    }
    /// `self * other`
    #[inline(always)]
    pub(super) unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the machine has the instructions of V.
        unsafe {
            Self {
                re: self.im.mul_sub_from(other.im, self.re.mul(other.re)),
                im: self.im.mul_add(other.re, self.re.mul(other.im)),
            }
        }
    }
    /// `self * factor`, with the same real factor in every lane
    #[inline(always)]
    unsafe fn scale(self, factor: V) -> Self {
        // SAFETY: the machine has the instructions of V.
        unsafe { Self { re: self.re.mul(factor), im: self.im.mul(factor) } }
    }
    /// `self + other * factor`
    #[inline(always)]
    unsafe fn add_scaled(self, other: Self, factor: V) -> Self {
        // SAFETY: the machine has the instructions of V.
        unsafe { Self { re: other.re.mul_add(factor, self.re), im: other.im.mul_add(factor, self.im) } }
    }
    /// `self - other * factor`
    #[inline(always)]
    unsafe fn sub_scaled(self, other: Self, factor: V) -> Self {
        // SAFETY: the machine has the instructions of V.
        unsafe { Self { re: other.re.mul_sub_from(factor, self.re), im: other.im.mul_sub_from(factor, self.im) } }
    }
}

/// The transform of R points.
///
/// # Safety
/// The machine has the instructions of V.
#[inline(always)]
pub(super) unsafe fn transform<V: Vector, const R: usize>(x: &mut [Complex<V>; R]) {
    // SAFETY: the machine has the instructions of V.
    unsafe {
        match R {
            6 => double::<V, 3, R>(x),
            8 => eight(x),
            9 => square::<V, 3, R>(x),
            10 => double::<V, 5, R>(x),
            16 => square::<V, 4, R>(x),
            _ => simple(x),
        }
    }
}

/// The transforms that the others are made of.
#[inline(always)]
unsafe fn simple<V: Vector, const R: usize>(x: &mut [Complex<V>; R]) {
    // SAFETY: the machine has the instructions of V.
    unsafe {
        match R {
            1 => {}
            2 => (x[0], x[1]) = (x[0].add(x[1]), x[0].sub(x[1])),
            4 => [x[0], x[1], x[2], x[3]] = four(x[0], x[1], x[2], x[3]),
            _ => prime(x),
        }
    }
}

/// The transform of four numbers.
#[inline(always)]
unsafe fn four<V: Vector>(x0: Complex<V>, x1: Complex<V>, x2: Complex<V>, x3: Complex<V>) -> [Complex<V>; 4] {
    // SAFETY: the machine has the instructions of V.
    unsafe {
        let (a, b) = (x0.add(x2), x0.sub(x2));
        let (c, d) = (x1.add(x3), x1.sub(x3));
        [a.add(c), b.sub_turned(d), a.sub(c), b.add_turned(d)]
    }
}

#[inline(always)]
unsafe fn eight<V: Vector, const R: usize>(x: &mut [Complex<V>; R]) {
    // SAFETY: the machine has the instructions of V.
    unsafe {
        let root = V::splat(std::f32::consts::FRAC_1_SQRT_2);
        let [even0, even1, even2, even3] = four(x[0], x[2], x[4], x[6]);
        let [odd0, odd1, odd2, odd3] = four(x[1], x[3], x[5], x[7]);
        // sqrt(2) times the odd half turned by 1/8 and 3/8: the factor is put in with the last sum.
        let one = Complex { re: odd1.re.add(odd1.im), im: odd1.im.sub(odd1.re) };
        let three = Complex { re: odd3.im.sub(odd3.re), im: V::splat(0.0).sub(odd3.re.add(odd3.im)) };
        (x[0], x[4]) = (even0.add(odd0), even0.sub(odd0));
        (x[1], x[5]) = (even1.add_scaled(one, root), even1.sub_scaled(one, root));
        (x[2], x[6]) = (even2.sub_turned(odd2), even2.add_turned(odd2));
        (x[3], x[7]) = (even3.add_scaled(three, root), even3.sub_scaled(three, root));
    }
}

/// Odd primes, by the symmetry of cosine and sine about the middle.
#[inline(always)]
unsafe fn prime<V: Vector, const R: usize>(x: &mut [Complex<V>; R]) {
    // SAFETY: the machine has the instructions of V.
    unsafe {
        let first = x[0];
        for j in 1..=R / 2 {
            (x[j], x[R - j]) = (x[j].add(x[R - j]), x[j].sub(x[R - j]));
            x[0] = x[0].add(x[j]);
        }
        // Written out: a loop over k that compilers leave keeps its vectors in memory.
        let one = harmonic::<V, 1, R>(x, first);
        let two = if R > 3 { harmonic::<V, 2, R>(x, first) } else { one };
        let three = if R > 5 { harmonic::<V, 3, R>(x, first) } else { one };
        for (k, [sum, difference]) in [one, two, three].into_iter().enumerate().take(R / 2) {
            x[k + 1] = sum.sub_turned(difference);
            x[R - k - 1] = sum.add_turned(difference);
        }
    }
}

/// Of the sums x[j] and differences x[R - j] of mirrored points, what makes harmonics K and R - K: their sum with the
/// first point by cosines, and their sum by sines.
#[inline(always)]
unsafe fn harmonic<V: Vector, const K: usize, const R: usize>(
    x: &[Complex<V>; R],
    first: Complex<V>,
) -> [Complex<V>; 2] {
    let (cos, sin) = cosines_and_sines(R);
    // SAFETY: the machine has the instructions of V.
    unsafe {
        // The sine of K itself is positive, since K < R / 2.
        let mut sum = first.add_scaled(x[1], V::splat(cos[K - 1]));
        let mut difference = x[R - 1].scale(V::splat(sin[K - 1]));
        for j in 2..=R / 2 {
            let turn = j * K % R;
            let (near, back) = if turn <= R / 2 { (turn - 1, false) } else { (R - turn - 1, true) };
            sum = sum.add_scaled(x[j], V::splat(cos[near]));
            let factor = V::splat(sin[near]);
            difference =
                if back { difference.sub_scaled(x[R - j], factor) } else { difference.add_scaled(x[R - j], factor) };
        }
        [sum, difference]
    }
}

/// R = 2 B with an odd B needs no twiddle factors (Good 1958, doi:10.1111/j.2517-6161.1958.tb00300.x): even points, and
/// odd ones from the middle on, become the k with k = b mod B.
///
/// Written out for both, since compilers would leave a loop around so much, and its vectors in memory.
#[inline(always)]
unsafe fn double<V: Vector, const B: usize, const R: usize>(x: &mut [Complex<V>; R]) {
    let (mut even, mut odd) = ([x[0]; B], [x[0]; B]);
    for b in 0..B {
        even[b] = x[2 * b];
        odd[b] = x[(2 * b + B) % R];
    }
    // SAFETY: the machine has the instructions of V.
    unsafe {
        simple(&mut even);
        simple(&mut odd);
        for b in 0..B {
            let k = b + b % 2 * B;
            x[k] = even[b].add(odd[b]);
            x[(k + B) % R] = even[b].sub(odd[b]);
        }
    }
}

/// R = Q * Q in two steps with twiddle factors between.
#[inline(always)]
unsafe fn square<V: Vector, const Q: usize, const R: usize>(x: &mut [Complex<V>; R]) {
    // SAFETY: the machine has the instructions of V.
    unsafe {
        let mut columns = [[x[0]; Q]; Q];
        for a in 0..Q {
            let mut row = [x[0]; Q];
            for b in 0..Q {
                row[b] = x[a + Q * b];
            }
            simple(&mut row);
            for b in 0..Q {
                columns[b][a] = match a * b {
                    0 => row[b],
                    4 if R == 16 => Complex::splat(0.0, 0.0).sub_turned(row[b]),
                    product => {
                        let (cos, sin) = root(R, product);
                        row[b].mul(Complex::splat(cos, -sin))
                    }
                };
            }
        }
        for b in 0..Q {
            simple(&mut columns[b]);
            for a in 0..Q {
                x[b + Q * a] = columns[b][a];
            }
        }
    }
}

/// cos and sin of 2 pi k / n for k up to (n - 1) / 2.
#[inline(always)]
fn cosines_and_sines(n: usize) -> (&'static [f32], &'static [f32]) {
    match n {
        3 => (&[-0.5], &[0.866_025_4]),
        5 => (&[0.309_017, -0.809_017], &[0.951_056_5, 0.587_785_24]),
        _ => (&[0.623_489_8, -0.222_520_93, -0.900_968_85], &[0.781_831_5, 0.974_927_9, 0.433_883_74]),
    }
}

/// cos and sin of 2 pi k / n for the products that 9 and 16 need.
#[inline(always)]
fn root(n: usize, k: usize) -> (f32, f32) {
    const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    match (n, k) {
        (9, 1) => (0.766_044_44, 0.642_787_6),
        (9, 2) => (0.173_648_18, 0.984_807_8),
        (9, _) => (-0.939_692_6, 0.342_020_14),
        (_, 1) => (0.923_879_5, 0.382_683_43),
        (_, 2) => (HALF, HALF),
        (_, 3) => (0.382_683_43, 0.923_879_5),
        (_, 6) => (-HALF, HALF),
        _ => (-0.923_879_5, -0.382_683_43),
    }
}
