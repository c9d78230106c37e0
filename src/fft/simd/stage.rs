//! One stage of a mixed-radix transform without reordering (Stockham; Cochran et al. 1967,
//! doi:10.1109/TAU.1967.1161899), on all columns of a tile.

use super::butterfly::{self, Complex};
use super::line::Columns;
use super::vector::Vector;

/// `groups * repeats` butterflies of `radix` points. With s = `repeats` and m = `groups`, butterfly (p, q) takes the
/// points q + s (p + j m) and gives the points q + s (p radix + j), times twiddle factor j of group p.
pub(super) struct Stage {
    pub radix: usize,
    pub groups: usize,
    pub repeats: usize,
    /// cos and sin of factors 1 to radix - 1 of every group; with one group they are all 1 and not read.
    pub twiddles: *const f32,
    pub source: Columns,
    pub target: Columns,
    /// Points of the source below are read, the others are zero.
    pub filled: usize,
    /// Points of the target below are written.
    pub wanted: usize,
}

/// Runs a stage.
///
/// # Safety
/// The machine has the instructions of V; all points named are valid for `V::LANES` floats, and no butterfly writes a
/// point that another one has yet to read.
#[inline(always)]
pub(super) unsafe fn run<V: Vector>(stage: &Stage) {
    // SAFETY: passed on.
    unsafe {
        match stage.radix {
            1 => choose::<V, 1>(stage),
            2 => choose::<V, 2>(stage),
            3 => choose::<V, 3>(stage),
            4 => choose::<V, 4>(stage),
            5 => choose::<V, 5>(stage),
            6 => choose::<V, 6>(stage),
            7 => choose::<V, 7>(stage),
            8 => choose::<V, 8>(stage),
            9 => choose::<V, 9>(stage),
            10 => choose::<V, 10>(stage),
            16 => choose::<V, 16>(stage),
            _ => unreachable!("radix {} has no butterfly", stage.radix),
        }
    }
}

#[inline(always)]
unsafe fn choose<V: Vector, const R: usize>(stage: &Stage) {
    // SAFETY: passed on.
    unsafe { if stage.groups > 1 { V::stage::<R, true>(stage) } else { V::stage::<R, false>(stage) } }
}

/// The butterflies of a stage; `TURNED` if they have twiddle factors.
///
/// # Safety
/// As for [`run`].
#[inline(always)]
pub(super) unsafe fn butterflies<V: Vector, const R: usize, const TURNED: bool>(stage: &Stage) {
    let Stage { groups, repeats, source, target, filled, wanted, .. } = *stage;
    let (leg_in, leg_out) = (repeats * groups * source.step, repeats * target.step);
    // SAFETY: as the caller promises.
    unsafe {
        let zero = Complex::<V>::splat(0.0, 0.0);
        for p in 0..groups {
            let twiddles = stage.twiddles.add(if TURNED { p * 2 * (R - 1) } else { 0 });
            for q in 0..repeats {
                let from = (q + repeats * p) * source.step;
                let to = (q + repeats * p * R) * target.step;
                let mut x = [zero; R];
                for (j, x) in x.iter_mut().enumerate() {
                    if q + repeats * (p + j * groups) < filled {
                        let at = from + j * leg_in;
                        *x = Complex { re: V::load(source.re.add(at)), im: V::load(source.im.add(at)) };
                    }
                }
                butterfly::transform(&mut x);
                for (j, mut value) in x.into_iter().enumerate() {
                    if TURNED && j > 0 {
                        let factor = twiddles.add(2 * (j - 1));
                        value = value.mul(Complex::splat(*factor, *factor.add(1)));
                    }
                    if q + repeats * (p * R + j) < wanted {
                        let at = to + j * leg_out;
                        value.re.store(target.re.add(at));
                        value.im.store(target.im.add(at));
                    }
                }
            }
        }
    }
}
