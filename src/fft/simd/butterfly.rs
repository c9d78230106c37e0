//! Small transforms in registers: X[k] = sum of x[j] exp(-2 pi i j k / R) in every lane.

use super::vector::Vector;

/// Complex numbers, one a lane.
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
            6 => coprime::<V, 2, 3, R>(x),
            8 => eight(x),
            9 => square::<V, 3, R>(x),
            10 => coprime::<V, 2, 5, R>(x),
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
            4 => four(x, [0, 1, 2, 3]),
            _ => prime(x),
        }
    }
}

/// The transform of the four numbers `at`.
#[inline(always)]
unsafe fn four<V: Vector, const R: usize>(x: &mut [Complex<V>; R], at: [usize; 4]) {
    // SAFETY: the machine has the instructions of V.
    unsafe {
        let (a, b) = (x[at[0]].add(x[at[2]]), x[at[0]].sub(x[at[2]]));
        let (c, d) = (x[at[1]].add(x[at[3]]), x[at[1]].sub(x[at[3]]));
        x[at[0]] = a.add(c);
        x[at[1]] = b.sub_turned(d);
        x[at[2]] = a.sub(c);
        x[at[3]] = b.add_turned(d);
    }
}

#[inline(always)]
unsafe fn eight<V: Vector, const R: usize>(x: &mut [Complex<V>; R]) {
    // SAFETY: the machine has the instructions of V.
    unsafe {
        let root = V::splat(std::f32::consts::FRAC_1_SQRT_2);
        four(x, [0, 2, 4, 6]);
        four(x, [1, 3, 5, 7]);
        // sqrt(2) times the odd half turned by 1/8 and 3/8: the factor is put in with the last sum.
        let one = Complex { re: x[3].re.add(x[3].im), im: x[3].im.sub(x[3].re) };
        let three = Complex { re: x[7].im.sub(x[7].re), im: V::splat(0.0).sub(x[7].re.add(x[7].im)) };
        let (even, odd) = ([x[0], x[2], x[4], x[6]], [x[1], x[5]]);
        (x[0], x[4]) = (even[0].add(odd[0]), even[0].sub(odd[0]));
        (x[1], x[5]) = (even[1].add_scaled(one, root), even[1].sub_scaled(one, root));
        (x[2], x[6]) = (even[2].sub_turned(odd[1]), even[2].add_turned(odd[1]));
        (x[3], x[7]) = (even[3].add_scaled(three, root), even[3].sub_scaled(three, root));
    }
}

/// Odd primes, by the symmetry of cosine and sine about the middle.
#[inline(always)]
unsafe fn prime<V: Vector, const R: usize>(x: &mut [Complex<V>; R]) {
    let (cos, sin) = cosines_and_sines(R);
    let half = R / 2;
    // SAFETY: the machine has the instructions of V.
    unsafe {
        let first = x[0];
        for j in 1..=half {
            (x[j], x[R - j]) = (x[j].add(x[R - j]), x[j].sub(x[R - j]));
            x[0] = x[0].add(x[j]);
        }
        let (mut sums, mut differences) = ([first; R], [first; R]);
        for k in 1..=half {
            for j in 1..=half {
                let turn = j * k % R;
                let (near, back) = if turn <= half { (turn - 1, false) } else { (R - turn - 1, true) };
                sums[k] = sums[k].add_scaled(x[j], V::splat(cos[near]));
                let factor = V::splat(sin[near]);
                differences[k] = match (j, back) {
                    // The sine of k itself comes first and is positive, since k <= half.
                    (1, _) => x[R - j].scale(factor),
                    (_, false) => differences[k].add_scaled(x[R - j], factor),
                    (_, true) => differences[k].sub_scaled(x[R - j], factor),
                };
            }
        }
        for k in 1..=half {
            x[k] = sums[k].sub_turned(differences[k]);
            x[R - k] = sums[k].add_turned(differences[k]);
        }
    }
}

/// R = A * B without common factor needs no twiddle factors (Good 1958, doi:10.1111/j.2517-6161.1958.tb00300.x):
/// point (B a + A b) mod R in, and the k with k = i mod A and k = j mod B out.
#[inline(always)]
unsafe fn coprime<V: Vector, const A: usize, const B: usize, const R: usize>(x: &mut [Complex<V>; R]) {
    // SAFETY: the machine has the instructions of V.
    unsafe {
        let mut columns = [[x[0]; A]; B];
        for a in 0..A {
            let mut row = [x[0]; B];
            for b in 0..B {
                row[b] = x[(B * a + A * b) % R];
            }
            simple(&mut row);
            for b in 0..B {
                columns[b][a] = row[b];
            }
        }
        for column in &mut columns {
            simple(column);
        }
        for k in 0..R {
            x[k] = columns[k % B][k % A];
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
