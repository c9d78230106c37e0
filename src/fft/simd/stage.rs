//! One stage of a mixed-radix transform without reordering (Stockham; Cochran et al. 1967,
//! doi:10.1109/TAU.1967.1161899), on all columns of a tile.

use super::butterfly::{self, Complex};
use super::columns::Stage;
use super::columnwise::Columnwise;
use crate::simd::{MAX_LANES, Vector};

/// Runs a stage.
///
/// # Safety
/// The machine has the instructions of V; all points named are valid for `V::LANES` floats, and no butterfly writes a
/// point that another one has yet to read.
#[inline(always)]
pub(super) unsafe fn run<V: Columnwise>(stage: &Stage) {
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
unsafe fn choose<V: Columnwise, const R: usize>(stage: &Stage) {
    let len = R * stage.groups * stage.repeats;
    // SAFETY: passed on.
    unsafe {
        match (stage.groups > 1, stage.filled >= len && stage.wanted >= len) {
            (true, true) => V::stage::<R, true, true>(stage),
            (true, false) => V::stage::<R, true, false>(stage),
            (false, true) => V::stage::<R, false, true>(stage),
            (false, false) => V::stage::<R, false, false>(stage),
        }
    }
}

/// The butterflies of a stage: `TWIDDLED` if they have twiddle factors, `WHOLE` if all points are read and written.
///
/// # Safety
/// As for [`run`].
#[inline(always)]
pub(super) unsafe fn butterflies<V: Vector, const R: usize, const TWIDDLED: bool, const WHOLE: bool>(stage: &Stage) {
    let Stage { groups, repeats, source, target, filled, wanted, .. } = *stage;
    let (leg_in, leg_out) = (repeats * groups * source.step, repeats * target.step);
    // Points that are not read or written are read and written here: branches around vectors would drive them all out
    // of their registers.
    let zeros = [0.0_f32; MAX_LANES];
    let mut nowhere = [0.0_f32; MAX_LANES];
    let nowhere = nowhere.as_mut_ptr();
    // SAFETY: as the caller promises.
    unsafe {
        let zero = Complex::<V>::splat(0.0, 0.0);
        for p in 0..groups {
            let twiddles = stage.twiddles.add(if TWIDDLED { p * 2 * (R - 1) } else { 0 });
            // Addresses that go on from butterfly to butterfly are cheaper than products for every point.
            let (mut from, mut to) = (source.at(repeats * p), target.at(repeats * p * R));
            for q in 0..repeats {
                let mut x = [zero; R];
                for (j, x) in x.iter_mut().enumerate() {
                    let [re, im] = if WHOLE || q + repeats * (p + j * groups) < filled {
                        [from.re.wrapping_add(j * leg_in).cast_const(), from.im.wrapping_add(j * leg_in).cast_const()]
                    } else {
                        [zeros.as_ptr(); 2]
                    };
                    *x = Complex { re: V::load(re), im: V::load(im) };
                }
                butterfly::transform(&mut x);
                for (j, &value) in x.iter().enumerate() {
                    let mut value = value;
                    if TWIDDLED && j > 0 {
                        let factor = twiddles.add(2 * (j - 1));
                        value = value.mul(Complex::splat(*factor, *factor.add(1)));
                    }
                    let [re, im] = if WHOLE || q + repeats * (p * R + j) < wanted {
                        [to.re.wrapping_add(j * leg_out), to.im.wrapping_add(j * leg_out)]
                    } else {
                        [nowhere; 2]
                    };
                    value.re.store(re);
                    value.im.store(im);
                }
                (from, to) = (from.at(1), to.at(1));
            }
        }
    }
}
