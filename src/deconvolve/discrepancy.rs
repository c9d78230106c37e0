//! How far residuals are from the noise: over all samples, over the light, and in bright places by themselves.
//!
//! Dark samples outnumber bright ones in many images and are explained at once. The mean over the light tells how far bright
//! ones are, unless haze has most of the light; samples of some times the mean light tell it of what is sparse. A point spread
//! function that is not quite right leaves residuals there that no iteration takes away: bright places count only while
//! theirs fall.

/// Brightness, in units of the mean light, from which on samples are judged by themselves.
pub(super) const BRIGHT: [f32; 3] = [4.0, 16.0, 64.0];

/// Sums over samples: squared residuals over those of the noise, capped; their number; the former times the light; the light;
/// and the first two for samples as bright as [`BRIGHT`] says.
pub(super) const TERMS: usize = 4 + 2 * BRIGHT.len();

/// See [`TERMS`].
pub(super) type Terms = [f64; TERMS];

/// How far residuals are from the noise, 1 where they are as large, by the sums of this iteration and of the one before.
pub(super) fn discrepancy(now: &Terms, before: Option<&Terms>) -> f64 {
    let share = |terms: &Terms, at: usize| if terms[at + 1] > 0.0 { terms[at] / terms[at + 1] } else { 0.0 };
    let bright = (0..BRIGHT.len()).map(|class| 4 + 2 * class).filter_map(|at| {
        let misfit = share(now, at) / (1.0 + SIGMAS * (2.0 / now[at + 1].max(1.0)).sqrt());
        let falls = before.is_none_or(|before| share(now, at) < FALLING * share(before, at));
        (now[at + 1] >= FEWEST && falls).then_some(misfit)
    });
    bright.fold(share(now, 0).max(share(now, 2)), f64::max)
}

/// Fewer bright samples say nothing.
const FEWEST: f64 = 30.0;
/// Standard deviations by which the mean of few may exceed the noise.
const SIGMAS: f64 = 2.0;
/// Residuals that fall by less in an iteration stay.
const FALLING: f64 = 0.98;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_bright_samples_count_while_their_residuals_fall() {
        let terms = |bright: f64| {
            let mut terms = [0.0; TERMS];
            terms[..4].copy_from_slice(&[900.0, 1000.0, 90.0, 100.0]);
            terms[4..6].copy_from_slice(&[100.0 * bright, 100.0]);
            terms
        };
        assert_eq!(discrepancy(&terms(1.0), None), 0.9);
        assert!(discrepancy(&terms(9.0), Some(&terms(10.0))) > 5.0);
        assert_eq!(discrepancy(&terms(9.0), Some(&terms(9.05))), 0.9);
        // Too few.
        let mut few = terms(0.0);
        few[4..6].copy_from_slice(&[50.0, 5.0]);
        assert_eq!(discrepancy(&few, None), 0.9);
    }
}
